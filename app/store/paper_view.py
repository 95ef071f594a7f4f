"""Documents for people: lists for choosing, and one document with all that was scanned on it. Reads only."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from app.domain.events import Event
from app.domain.products import Name, Partner
from app.domain.warehouse.documents import Document
from app.domain.warehouse.kinds import BY_NAME, Direction, of
from app.domain.warehouse.papers import may_be_on
from app.store import who
from app.store.catalogue import Catalogue
from app.store.database import Connection
from app.store.warehouse import NOW
from app.views import DocumentRow, PartnerRow

OPEN = ("open", "paused")
MOST = 500

_LIST = f"""
SELECT document.id, kind, document.partner, partner.body, made, {NOW} AS now,
    CASE WHEN EXISTS (SELECT 1 FROM quota WHERE quota.document = document.id)
        THEN (SELECT coalesce(sum(quantity), 0) FROM quota WHERE quota.document = document.id AND station = ?1)
        ELSE wanted END,
    (SELECT coalesce(sum(quantity), 0) FROM document_object WHERE document_object.document = document.id) AS done,
    wanted = 0
FROM document LEFT JOIN document_state ON document_state.document = document.id
    LEFT JOIN partner ON partner.id = document.partner
WHERE kind IN (SELECT value FROM json_each(?2)) AND (now IN (SELECT value FROM json_each(?3))
        OR now = 'cancelled' AND done > 0 AND EXISTS (SELECT 1 FROM json_each(?3) WHERE value = 'open'))
    AND (?5 = '' OR document.id LIKE ?5 ESCAPE '~' OR document.partner LIKE ?5 ESCAPE '~'
         OR EXISTS (SELECT 1 FROM json_each(CAST(partner.body AS TEXT), '$.name') WHERE value LIKE ?5 ESCAPE '~'))
ORDER BY now <> 'open', done = 0, document.id LIMIT ?4"""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """`mine` is what this station may do of it, where the document is shared."""

    line: int
    product: str
    name: Name
    lot: str
    wanted: int
    done: int
    mine: int


@dataclass(frozen=True, slots=True)
class PaperObject:
    """What was scanned: a pallet, a case, a bottle. `units` by line; `at` ISO time, `operator` name and id, "" where
    it is not known."""

    epc: str
    level: str
    product: str
    lot: str
    expiry: str
    units: dict[int, int]
    at: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """One document as this station has it. `state` and `why` are this station's where it has got that far."""

    document: Document
    partner: Partner | None
    state: str
    why: str
    lines: tuple[PaperLine, ...]
    objects: tuple[PaperObject, ...]

    @property
    def done(self) -> int:
        return sum(line.done for line in self.lines)

    @property
    def wanted(self) -> int:
        return sum(line.wanted for line in self.lines)


def direction_of(way: str) -> Direction | None:
    """"in", "out", "count", or the way that a kind goes; None for anything else."""
    if way in tuple(Direction):
        return Direction(way)
    return BY_NAME[way].direction if way in BY_NAME else None


def listed(connection: Connection, named: Callable[[Name], str], way: str, states: Sequence[str] = OPEN,
           station: str = "", limit: int = MOST, find: str = "") -> tuple[DocumentRow, ...]:
    """Documents that go this way, those worked on first, those cancelled with goods on them among the open ones; `way`
    "" is all. `station`'s share where there are quotas. `find` is a part of a document's number, or of its
    partner's number or name."""
    direction = direction_of(way)
    kinds = of(direction) if direction else tuple(BY_NAME)
    rows = connection.execute(_LIST, (station, msgspec.json.encode(kinds).decode(),
                                      msgspec.json.encode(tuple(states)).decode(), limit, _pattern(find)))
    return tuple(DocumentRow(id, kind, named(_name(body)), wanted, done, now, partner, bool(made), bool(free))
                 for id, kind, partner, body, made, now, wanted, done, free in rows)


def partners(connection: Connection, named: Callable[[Name], str], kind: str) -> tuple[PartnerRow, ...]:
    """Whom a document of this kind may name, by name."""
    found = (each for each in Catalogue(connection).partners() if may_be_on(each, kind))
    return tuple(sorted((PartnerRow(each.id, named(each.name) or each.id, each.role, each.territory) for each in found),
                        key=lambda row: (row.name, row.id)))


def paper(connection: Connection, id: str, station: str = "") -> Paper | None:
    """The document with its lines and objects; None where there is none of this number."""
    catalogue = Catalogue(connection)
    document = catalogue.document(id)
    if document is None:
        return None
    row = connection.execute(f"SELECT {NOW}, document_state.reason FROM document_state JOIN document"
                             " ON document.id = document_state.document WHERE document_state.document=?",
                             (id,)).fetchone()
    done = dict(connection.execute(
        "SELECT line, sum(quantity) FROM document_object WHERE document=? GROUP BY line", (id,)))
    lines = []
    for line in document.lines:
        product = catalogue.product(line.product)
        lines.append(PaperLine(line.line, line.product, product.name if product else {}, line.lot, line.quantity,
                               done.get(line.line, 0), document.share(station, line)))
    partner = catalogue.partner(document.partner) if document.partner else None
    return Paper(document, partner, row[0] if row else document.state, row[1] if row else document.reason,
                 tuple(lines), tuple(_objects(connection, id)))


def events(connection: Connection, id: str) -> Iterator[tuple[Event, str, str]]:
    """(event, sending state, what the server said) of all that this document brought about, oldest first."""
    for body, state, problem in connection.execute(
            "SELECT event.body, coalesce(outbox.state, ''), coalesce(quarantine.problem, '') FROM event_document"
            " JOIN event ON event.id = event_document.event LEFT JOIN outbox ON outbox.event = event.id"
            " LEFT JOIN quarantine ON quarantine.event = event.id WHERE event_document.document=? ORDER BY event.id",
            (id,)):
        yield msgspec.json.decode(body, type=Event), state, problem


def unsettled(connection: Connection, *, all: bool = False) -> list[tuple[str, str, str]]:
    """(EPC, document, answer) of what was taken in provisionally and the server did not know, or was not asked of yet;
    `all` of it."""
    return connection.execute("SELECT epc, document, answer FROM provisional WHERE ? OR answer<>'known'"
                              " ORDER BY document, epc", (int(all),)).fetchall()


def count_unknown(connection: Connection) -> int:
    """How many objects were taken in that the server does not know; 0 in a database of an earlier version."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name='provisional'").fetchone():
        return 0
    return int(connection.execute("SELECT count(*) FROM provisional WHERE answer='unknown'").fetchone()[0])


def _objects(connection: Connection, id: str) -> Iterator[PaperObject]:
    seen = {epc: (at, operator) for epc, at, operator in connection.execute(
        "SELECT value, event.at, entry.operator FROM event_document JOIN event ON event.id = event_document.event"
        " JOIN entry ON entry.seq = event.entry, json_each(event.body, '$.act.epcs') WHERE event_document.document=?"
        " ORDER BY event.id", (id,))}
    name, found = who.named(connection), dict[str, PaperObject]()
    for epc, line, quantity, level, product, lot, expiry in connection.execute(
            "SELECT document_object.epc, line, quantity, level, product, lot, expiry FROM document_object"
            " LEFT JOIN object USING(epc) WHERE document=? ORDER BY document_object.id", (id,)):
        made = found.setdefault(epc, PaperObject(epc, level or "", product or "", lot or "", expiry or "", {},
                                                 at := seen.get(epc, ("", ""))[0], name(seen[epc][1]) if at else ""))
        made.units[line] = quantity
    yield from found.values()


def _pattern(find: str) -> str:
    """A part of a text as LIKE wants it; "" finds everything."""
    quoted = find.strip().replace("~", "~~").replace("%", "~%").replace("_", "~_")
    return f"%{quoted}%" if quoted else ""


def _name(body: bytes | None) -> Name:
    return msgspec.json.decode(body, type=Partner).name if body else {}
