"""By which shipment an object left the house, and whether that was taken back since. Reads only.

An object left by itself or in what held it; of all its movements the last one counts, but none that was declared wrong.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

import msgspec

from app.domain.events import Act, Event
from app.domain.warehouse.goods import Share, Shipment
from app.store import objects
from app.store.catalogue import Catalogue
from app.store.database import Connection

LEFT = ("shipping", "consigning")
TAKING_BACK = ("voided", "taken_off")        # verdicts
NOT_DECLARED = "NOT EXISTS (SELECT 1 FROM event AS wrong WHERE wrong.event_id = event.event_id || '#declared')"
_LAST = f"""
SELECT event.id, event.biz_step, event.event_id, event.at, event.body
FROM event_object CROSS JOIN event ON event.id = event_object.event
WHERE event_object.object = ? AND event.biz_step IN ('shipping', 'consigning', 'void_shipping', 'receiving')
    AND {NOT_DECLARED} ORDER BY event_object.event DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Move:
    """The last movement of an object out of the house or into it; `epc` is what was scanned then."""

    epc: str
    step: str
    event_id: str
    at: str
    body: bytes


def last_move(connection: Connection, epc: str) -> Move | None:
    """Of the object itself or of anything it is in."""
    found = ((above, row) for number, above in connection.execute(objects.UPWARDS, (epc,)).fetchall()
             if (row := connection.execute(_LAST, (number,)).fetchone()))
    newest = max(found, key=lambda each: each[1][0], default=None)
    return Move(newest[0], *newest[1][1:]) if newest else None


def moves(connection: Connection, epcs: Iterable[str]) -> dict[str, Move]:
    """The last movement of each that has one."""
    return {epc: move for epc in epcs if (move := last_move(connection, epc))}


def of(connection: Connection, moved: Mapping[str, Move]) -> dict[str, Shipment]:
    """Of these movements, the shipments: what left and was neither voided nor received back."""
    return {epc: shipment(connection, move) for epc, move in moved.items() if move.step in LEFT}


def left_by(connection: Connection, epcs: Iterable[str]) -> dict[str, Shipment]:
    """Of these EPCs, those that left and whose shipment was not voided."""
    return of(connection, moves(connection, epcs))


def last_steps(connection: Connection, epcs: Iterable[str]) -> dict[str, str]:
    """The CBV step of the last movement of each that has one."""
    return {epc: move.step for epc, move in moves(connection, epcs).items()}


def shipment(connection: Connection, move: Move) -> Shipment:
    act = msgspec.json.decode(move.body, type=Event).act
    documents, kind = documents_of(act), str(dict(act.extra).get("kind", "ship"))
    first = documents[0] if documents else ""
    row = connection.execute("SELECT partner FROM object WHERE epc=?", (move.epc,)).fetchone()
    lines = dict(connection.execute("SELECT line, quantity FROM document_object WHERE document=? AND epc=?",
                                    (first, move.epc)))
    return Shipment(move.epc, first, row[0] if row else "", move.event_id, move.at, lines, kind, documents, act)


def documents_of(act: Act) -> tuple[str, ...]:
    """All documents that an event is about, the first one first."""
    told = dict(act.extra)
    if "documents" in told:
        return tuple(map(unquote, str(told["documents"]).split()))
    return (str(told["document"]),) if "document" in told else ()


def shares(connection: Connection, catalogue: Catalogue, documents: Sequence[str], epc: str) -> tuple[Share, ...]:
    """What a scanned object has on each line of these documents."""
    return tuple(_shares(connection, catalogue, documents, epc))


def _shares(connection: Connection, catalogue: Catalogue, documents: Sequence[str], epc: str) -> Iterator[Share]:
    for each in documents:
        document = catalogue.document(each)
        lines = {line.line: line for line in document.lines} if document else {}
        for number, units in connection.execute(
                "SELECT line, quantity FROM document_object WHERE document=? AND epc=? ORDER BY line", (each, epc)):
            line = lines.get(number)
            yield Share(each, number, units, line.product if line else "", line.lot if line else "")


def to_take_back(connection: Connection, catalogue: Catalogue, epcs: Iterable[str]) -> dict[str, Shipment]:
    """left_by, with what each has on its lines."""
    return {epc: replace(each, shares=shares(connection, catalogue, each.documents, each.epc))
            for epc, each in left_by(connection, epcs).items()}


def still_out(connection: Connection, catalogue: Catalogue, document: str) -> dict[str, Shipment]:
    """All that left by a document and was neither voided nor received back, by the EPC that was scanned."""
    epcs = [row[0] for row in connection.execute(
        "SELECT DISTINCT epc FROM document_object WHERE document=? ORDER BY id", (document,))]
    found = to_take_back(connection, catalogue, epcs)
    return {epc: each for epc, each in found.items() if document in each.documents and each.epc == epc}


def progress(connection: Connection, catalogue: Catalogue, documents: Iterable[str]) -> dict[str, tuple[str, int]]:
    """(stage at this station, units done) of these documents."""
    found = {}
    for each in dict.fromkeys(documents):
        stage, done = connection.execute(
            "SELECT (SELECT state FROM document_state WHERE document=?1), (SELECT coalesce(sum(quantity), 0)"
            " FROM document_object WHERE document=?1)", (each,)).fetchone()
        document = None if stage else catalogue.document(each)
        found[each] = (stage or (document.state if document else ""), done)
    return found


def taken_back_last(connection: Connection, documents: Sequence[str]) -> str:
    """What a VOID or TAKE-OFF took back of these documents, where that was the last thing done about them; else ""."""
    last = (connection.execute("SELECT max(event) FROM event_document WHERE document=?", (each,)).fetchone()[0]
            for each in documents)
    number = max(filter(None, last), default=0)
    row = connection.execute("SELECT entry.reason, event.body FROM event JOIN entry ON entry.seq = event.entry"
                             " WHERE event.id=?", (number,)).fetchone()
    if row is None or row[0] not in TAKING_BACK:
        return ""
    epcs = msgspec.json.decode(row[1], type=Event).act.epcs
    return epcs[0] if epcs else ""
