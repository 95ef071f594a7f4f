"""What somebody still has to see to: provisional goods, goods held for diversion, checks that differed. Reads only.

What is settled leaves the list by itself: the server knows the goods, two people or a supervisor released them, they
are gone.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.domain.facts import END_OF_LIFE
from app.domain.warehouse.checking import DAMAGE
from app.domain.warehouse.checking import HOLD as MISMATCH
from app.domain.warehouse.suspicion import HOLD as DIVERSION
from app.moves import Unsettled
from app.store import who
from app.store.check_view import checks
from app.store.database import Connection

_LAST = """SELECT event.at, entry.operator FROM object JOIN event_object ON event_object.object = object.id
    JOIN event ON event.id = event_object.event JOIN entry ON entry.seq = event.entry
    WHERE object.epc=? ORDER BY event.id DESC LIMIT 1"""


def unsettled(connection: Connection) -> tuple[Unsettled, ...]:
    """Held goods first, then checks, then provisional goods; of each the oldest first."""
    name = who.named(connection)
    found = (*_diverted(connection), *_checked(connection), *_provisional(connection))
    return tuple(replace(each, by=name(each.by)) for each in found)


def _diverted(connection: Connection) -> Iterator[Unsettled]:
    for epc, number, finding, document in connection.execute(
            "SELECT held_back.epc, number, finding, document FROM held_back JOIN suspected ON suspected.epc ="
            " held_back.epc AND state='open' WHERE held_back.reason=? ORDER BY suspected.id", (DIVERSION,)).fetchall():
        yield _told(connection, "diversion", epc, finding, document, number)


def _checked(connection: Connection) -> Iterator[Unsettled]:
    held = dict(connection.execute("SELECT epc, reason FROM held_back WHERE reason IN (?,?)", (MISMATCH, DAMAGE)))
    for each in checks(connection) if held or _is_open(connection) else ():
        apart = [epc for epc, _ in each.differences if epc in held]
        if not each.finding or each.finding not in ("verified", "given_up") and (each.epc in held or apart):
            yield _told(connection, "check", each.epc, each.finding, each.document, str(each.number),
                        len(each.differences))


def _is_open(connection: Connection) -> bool:
    return connection.execute("SELECT 1 FROM spot_check WHERE finding='' LIMIT 1").fetchone() is not None


def _provisional(connection: Connection) -> Iterator[Unsettled]:
    for epc, document, answer, status in connection.execute(
            "SELECT provisional.epc, document, answer, coalesce(status, '') FROM provisional"
            " LEFT JOIN object USING(epc) WHERE answer<>'known' ORDER BY document, provisional.epc").fetchall():
        if status not in END_OF_LIFE:
            yield _told(connection, "provisional", epc, answer, document)


def _told(connection: Connection, kind: str, epc: str, word: str, document: str, number: str = "",
          differs: int = 0) -> Unsettled:
    level = connection.execute("SELECT level FROM object WHERE epc=?", (epc,)).fetchone()
    at, by = connection.execute(_LAST, (epc,)).fetchone() or ("", "")
    return Unsettled(kind, epc, level[0] if level else "", word, document, number, at, by, differs)
