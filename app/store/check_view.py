"""The spot-checks for people: which container, what was found, who saw it and when. Reads only."""
from __future__ import annotations

from collections.abc import Iterator

from app.moves import CheckRow
from app.store import who
from app.store.database import Connection

_CHECKS = """
SELECT spot_check.id, spot_check.document, spot_check.epc, spot_check.finding, hand,
    (SELECT count(*) FROM spot_expected WHERE spot = spot_check.id),
    (SELECT count(*) FROM spot_seen WHERE spot = spot_check.id),
    coalesce((SELECT level FROM object WHERE object.epc = spot_check.epc), '')
FROM spot_check WHERE ? IN ('', document) ORDER BY spot_check.id"""
# what was told of a check that ended: RELEASE inspects, too, but says nothing of the contents
_TOLD = """
SELECT event.at, entry.operator FROM object JOIN event_object ON event_object.object = object.id
JOIN event ON event.id = event_object.event JOIN entry ON entry.seq = event.entry
WHERE object.epc = ? AND event.biz_step = 'inspecting'
    AND json_array_length(CAST(event.body AS TEXT), '$.act.persistent') > 0 ORDER BY event.id"""


def checks(connection: Connection, document: str = "") -> Iterator[CheckRow]:
    """The checks of a document, or all, the oldest first; one that is still open has no finding."""
    before: dict[str, int] = {}
    name = who.named(connection)
    for number, paper, epc, finding, hand, expected, seen, level in connection.execute(_CHECKS, (document,)).fetchall():
        at = by = ""
        if finding not in ("", "given_up"):
            told = connection.execute(_TOLD, (epc,)).fetchall()
            place = before.get(epc, 0)
            before[epc] = place + 1
            at, by = told[place] if place < len(told) else ("", "")
        yield CheckRow(number, paper, epc, level, finding, expected, seen, bool(hand), at, name(by),
                       tuple(_differences(connection, number, bool(finding))))


def _differences(connection: Connection, number: int, ended: bool) -> Iterator[tuple[str, str]]:
    """(EPC, finding) of what differs; nothing is missing before somebody has said that all was seen."""
    if ended:
        yield from ((epc, "missing") for (epc,) in connection.execute(
            "SELECT epc FROM spot_expected WHERE spot=?1 AND epc NOT IN (SELECT epc FROM spot_seen WHERE spot=?1)"
            " ORDER BY place", (number,)))
    yield from connection.execute("SELECT epc, finding FROM spot_seen WHERE spot=? AND finding<>'right' ORDER BY id",
                                  (number,)).fetchall()
