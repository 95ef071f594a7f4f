"""Master data the station works with: products, plans, partners, locations, orders, documents, holds, people, rules.

Typed values out, checked records in; a record that refers to what is not there is not taken. Writing happens inside
the caller's transaction.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import msgspec

from app.domain.codes.rule import Rule
from app.domain.codes.text import safe
from app.domain.packing.plan import Plan
from app.domain.people import Person
from app.domain.products import Hold, Location, Name, Order, Partner, Product
from app.domain.warehouse.documents import Announced, Announcement, Document
from app.store import announced, papers
from app.store.database import Connection
from app.store.records import BadRecord, every, record
from app.store.warehouse import keep_document

__all__ = ["BadRecord", "Catalogue"]

TABLES = {"product": "product", "plan": "plan", "partner": "partner", "location": "location", "order": "work_order",
          "document": "document", "announced": "announcement", "hold": "hold", "person": "person", "rule": "rule"}
MOST_ASIDE = 1_000
_DOCUMENT = msgspec.json.Decoder(Document)


class Catalogue:
    """On the caller's connection."""

    def __init__(self, connection: Connection) -> None:
        self._run: Callable[..., Any] = connection.execute
        self._connection = connection

    # --- in ---------------------------------------------------------------------------------------------------------
    def put(self, kind: str, id: str, data: object, *, strict_keys: bool = False) -> None:
        """Takes one record of the feed or of a file, new or changed. Raises BadRecord; KeyError for a strange kind.

        `id` is used where the data has none of its own (a rule's id is its name).
        """
        key = "name" if kind == "rule" else "id"
        if isinstance(data, dict) and key not in data:
            data = {key: id, **data}
        found = record(kind, data, strict_keys=strict_keys)
        self._run("SAVEPOINT record")
        try:
            _KINDS[kind](self, found)
        except BadRecord:
            self._run("ROLLBACK TO record")
            raise
        finally:
            self._run("RELEASE record")

    def delete(self, kind: str, id: str) -> None:
        """Forgets a record (every version of a plan); one that is not there is no error. A document that was made or
        changed here stays while something is on it."""
        if kind == "product":
            self._run("DELETE FROM gtin WHERE product=?", (id,))
        if kind == "document":
            if self._ours(id):
                return
            announced.forget(self._connection, id)
            self._run("DELETE FROM quota WHERE document=?", (id,))
        if kind == "announced":
            for (document,) in self._run("SELECT document FROM announcement WHERE id=?", (id,)).fetchall():
                announced.put(self._connection, document, (), self._plan_of, id)
        self._run(f"DELETE FROM {TABLES[kind]} WHERE id=?", (id,))

    def _put_plan(self, plan: Plan) -> None:
        """A version that an order packs by never changes: what is open or closed was counted by it."""
        before = self.plan(plan.id, plan.version)
        used = before and before.levels != plan.levels and self._run(
            "SELECT 1 FROM work_order WHERE json_extract(CAST(body AS TEXT), '$.plan')=?"
            " AND json_extract(CAST(body AS TEXT), '$.plan_version')=? LIMIT 1", (plan.id, plan.version)).fetchone()
        if used:
            raise BadRecord("levels", "plan_used", "; ".join(f"{each.level}={each.count}" for each in plan.levels))
        self._run("INSERT OR REPLACE INTO plan(id, version, body) VALUES (?,?,?)", (plan.id, plan.version, _body(plan)))

    def _put_product(self, product: Product) -> None:
        plan = self.plan(product.plan)
        if plan is None:
            raise BadRecord("plan", "plan_known", product.plan)
        for level, gtin in product.gtins.items():
            if plan.index(level) < 0:
                raise BadRecord(f"gtins.{level}", "plan_level", level, choices=", ".join(e.level for e in plan.levels))
            owner = self._run("SELECT product FROM gtin WHERE gtin=? AND product<>?", (gtin, product.id)).fetchone()
            if owner or list(product.gtins.values()).count(gtin) > 1:
                raise BadRecord(f"gtins.{level}", "gtin_free", gtin, product=owner[0] if owner else product.id)
        self._run("DELETE FROM gtin WHERE product=?", (product.id,))
        self._run("INSERT OR REPLACE INTO product(id, body) VALUES (?,?)", (product.id, _body(product)))
        for level, gtin in product.gtins.items():
            self._run("INSERT INTO gtin(gtin, product, level) VALUES (?,?,?)", (gtin, product.id, level))

    def _put_partner(self, partner: Partner) -> None:
        self._run("INSERT OR REPLACE INTO partner(id, gln, body) VALUES (?,?,?)",
                  (partner.id, partner.gln, _body(partner)))

    def _put_order(self, order: Order) -> None:
        self._known("product", order.product)
        if self.plan(order.plan, order.plan_version) is None:
            raise BadRecord("plan", "plan_known", f"{order.plan} version {order.plan_version}")
        before = self.order(order.id)
        if before and self._begun(order.id):
            for key in ("product", "lot", "plan", "plan_version"):     # what is packed would become something else
                was, now = str(getattr(before, key)), str(getattr(order, key))
                if was != now:
                    raise BadRecord(key, "order_begun", now, detail=was)
        self._run("INSERT OR REPLACE INTO work_order(id, product, state, body) VALUES (?,?,?,?)",
                  (order.id, order.product, order.state, _body(order)))

    def _begun(self, order: str) -> bool:
        """True while the order has an open container or anything in closed ones."""
        return self._run("SELECT 1 FROM container WHERE work_order=?1 UNION ALL SELECT 1 FROM work WHERE work_order=?1"
                         " AND closed>0 LIMIT 1", (order,)).fetchone() is not None

    def _put_location(self, location: Location) -> None:
        every(location.products, lambda product: self._known("product", product, "products"))
        self._run("INSERT OR REPLACE INTO location(id, body) VALUES (?,?)", (location.id, _body(location)))

    def _put_document(self, document: Document) -> None:
        """The feed's word on a document that was made or changed here counts only while nothing is on it."""
        every(document.lines, lambda line: self._known("product", line.product, "lines.product"))
        if document.partner:
            partner = self.partner(document.partner)
            if partner is None:
                raise BadRecord("partner", "partner_known", document.partner)
            papers.fits(partner, document.does)
        before = None if self._ours(document.id) else self.document(document.id)
        if before and self._run("SELECT 1 FROM document_object WHERE document=? LIMIT 1", (document.id,)).fetchone():
            for key in ("kind", "partner"):                # what left for one would stand on a paper for another
                was, now = str(getattr(before, key)), str(getattr(document, key))
                if was != now:
                    raise BadRecord(key, "document_begun", now, detail=was)
        announced.put(self._connection, document.id, document.announced, self._plan_of)
        if not self._ours(document.id):
            keep_document(self._connection, document)

    def _put_announced(self, part: Announcement) -> None:
        self._known("document", part.document)
        for (before,) in self._run("SELECT document FROM announcement WHERE id=? AND document<>?",
                                   (part.id, part.document)).fetchall():
            announced.put(self._connection, before, (), self._plan_of, part.id)
        announced.put(self._connection, part.document, part.announced, self._plan_of, part.id)
        self._run("INSERT OR REPLACE INTO announcement(id, document) VALUES (?,?)", (part.id, part.document))

    def _ours(self, document: str) -> bool:
        """Whether the document was made or changed at this station, and something was scanned on it."""
        return self._run("SELECT 1 FROM document JOIN document_object ON document_object.document = document.id"
                         " WHERE document.id=? AND made=1 LIMIT 1", (document,)).fetchone() is not None

    def _plan_of(self, product_id: str) -> Plan | None:
        product = self.product(product_id)
        return self.plan(product.plan) if product else None

    def _put_hold(self, hold: Hold) -> None:
        if hold.product:
            self._known("product", hold.product)
        self._run("INSERT OR REPLACE INTO hold(id, epc, product, lot, active, body) VALUES (?,?,?,?,?,?)",
                  (hold.id, hold.epc, hold.product, hold.lot, int(hold.active), _body(hold)))

    def _put_person(self, person: Person) -> None:
        self._run("INSERT OR REPLACE INTO person(id, body) VALUES (?,?)", (person.id, _body(person)))

    def _put_rule(self, rule: Rule) -> None:
        self._run("INSERT OR REPLACE INTO rule(id, body) VALUES (?,?)", (rule.name, _body(rule)))

    def _known(self, kind: str, id: str, key: str = "") -> None:
        if self._run(f"SELECT 1 FROM {TABLES[kind]} WHERE id=?", (id,)).fetchone() is None:
            raise BadRecord(key or kind, f"{kind}_known", id)

    # --- out --------------------------------------------------------------------------------------------------------
    def product(self, id: str) -> Product | None:
        return self._one("SELECT body FROM product WHERE id=?", (id,), Product)

    def products(self) -> list[Product]:
        return self._all("SELECT body FROM product ORDER BY id", (), Product)

    def plan(self, id: str, version: int | None = None) -> Plan | None:
        """This version of a plan, or its newest."""
        if version is None:
            return self._one("SELECT body FROM plan WHERE id=? ORDER BY version DESC LIMIT 1", (id,), Plan)
        return self._one("SELECT body FROM plan WHERE id=? AND version=?", (id, version), Plan)

    def plans(self) -> list[Plan]:
        """Each plan in its newest version."""
        return self._all("SELECT body FROM plan AS one WHERE version="
                         "(SELECT max(version) FROM plan WHERE plan.id=one.id) ORDER BY id", (), Plan)

    def partner(self, id: str) -> Partner | None:
        return self._one("SELECT body FROM partner WHERE id=?", (id,), Partner)

    def order(self, id: str) -> Order | None:
        return self._one("SELECT body FROM work_order WHERE id=?", (id,), Order)

    def orders(self, state: str = "") -> list[Order]:
        """Work orders in this state, or all."""
        return self._all("SELECT body FROM work_order WHERE ? IN ('', state) ORDER BY id", (state,), Order)

    def location(self, id: str) -> Location | None:
        """The place with this code; one that is not in use any more as well."""
        return self._one("SELECT body FROM location WHERE id=?", (id,), Location)

    def locations(self, most: int = -1) -> list[Location]:
        return self._all("SELECT body FROM location ORDER BY id LIMIT ?", (most,), Location)

    def partners(self) -> list[Partner]:
        return self._all("SELECT body FROM partner ORDER BY id", (), Partner)

    def partners_at(self, gln: str) -> tuple[str, ...]:
        """Ids of the partners with this GLN."""
        return tuple(row[0] for row in self._run(
            "SELECT id FROM partner WHERE json_extract(CAST(body AS TEXT), '$.gln')=? ORDER BY id", (gln,)))

    def place_name(self, location: str, owner: str = "") -> Name:
        """What a place (URI) is called: its shelf, else whose house it is; `owner` where none has its GLN."""
        house, _, shelf = location.partition("/254/")
        if shelf:
            place = self.location(unquote(shelf))
            return place.name if place else {}
        for id in (*self.partners_at(house.rpartition("/")[2]), owner):
            if id and (partner := self.partner(id)):
                return partner.name
        return {}

    def has_document(self, id: str) -> bool:
        return self._run("SELECT 1 FROM document WHERE id=?", (id,)).fetchone() is not None

    def document(self, id: str) -> Document | None:
        """Without the objects that it announces: `announced` gives them, `announces` says that there are some."""
        row = self._run("SELECT body, EXISTS (SELECT 1 FROM announced WHERE announced.document = document.id)"
                        " FROM document WHERE id=?", (id,)).fetchone()
        return replace(_DOCUMENT.decode(row[0]), announces=bool(row[1])) if row else None

    def announced(self, document: str) -> tuple[Announced, ...]:
        """What a document announces, in its order."""
        return announced.of(self._connection, document)

    def document_ids(self, kinds: Iterable[str], states: Iterable[str] = ("open",)) -> list[str]:
        """Ids of documents of these kinds and states, without reading them. The state is the station's own where it
        has got that far."""
        kinds, states = tuple(kinds), tuple(states)
        return [row[0] for row in self._run(
            "SELECT id FROM document LEFT JOIN document_state ON document_state.document = document.id"
            f" WHERE kind IN ({_marks(kinds)}) AND coalesce(document_state.state, document.state)"
            f" IN ({_marks(states)}) ORDER BY id", (*kinds, *states))]

    def documents(self, kind: str = "", state: str = "") -> list[Document]:
        """Documents of this kind and state, or all. The state is the station's own where it has got that far."""
        return self._all(
            "SELECT body FROM document LEFT JOIN document_state ON document_state.document = document.id"
            " WHERE ? IN ('', kind) AND ? IN ('', coalesce(document_state.state, document.state)) ORDER BY id",
            (kind, state), Document)

    def holds(self) -> list[Hold]:
        """Holds in force."""
        return self._all("SELECT body FROM hold WHERE active=1 ORDER BY id", (), Hold)

    def person(self, id: str) -> Person | None:
        return self._one("SELECT body FROM person WHERE id=?", (id,), Person)

    def people(self) -> list[Person]:
        return self._all("SELECT body FROM person ORDER BY id", (), Person)

    def rules(self) -> list[Rule]:
        return self._all("SELECT body FROM rule ORDER BY id", (), Rule)

    def gtins(self) -> dict[str, tuple[str, str]]:
        """GTIN (14 digits) → (product id, packaging level)."""
        return {gtin: (product, level) for gtin, product, level in self._run(
            "SELECT gtin, product, level FROM gtin ORDER BY product, level")}

    def _one(self, sql: str, arguments: tuple[object, ...], shape: type) -> Any:
        row = self._run(sql, arguments).fetchone()
        return msgspec.json.decode(row[0], type=shape) if row else None

    def _all(self, sql: str, arguments: tuple[object, ...], shape: type) -> list[Any]:
        decoder: Any = msgspec.json.Decoder(shape)
        return [decoder.decode(row[0]) for row in self._run(sql, arguments)]

    # --- the feed ---------------------------------------------------------------------------------------------------
    def feed(self, address: str) -> tuple[str, int]:
        """The name that the feed at this address gave itself, and how far it was read; ("", 0) for not at all."""
        return self._run("SELECT name, cursor FROM feed WHERE id=?", (address,)).fetchone() or ("", 0)

    def set_feed(self, address: str, name: str, cursor: int) -> None:
        self._run("INSERT OR REPLACE INTO feed(id, name, cursor) VALUES (?,?,?)", (address, name, cursor))

    def set_aside(self, kind: str, id: str, data: object, problem: str, at: str) -> None:
        """Keeps a record of the feed that was not taken, with the reason, until a good one of the same name comes.

        The newest MOST_ASIDE are kept; of a huge one only the reason.
        """
        body = msgspec.json.encode(data)
        self._run("INSERT OR REPLACE INTO aside(kind, id, at, problem, body) VALUES (?,?,?,?,?)",
                  (safe(kind, 40), safe(id, 200), at, problem, body if len(body) < 100_000 else b"null"))
        if self.count_aside() > MOST_ASIDE:
            self._run("DELETE FROM aside WHERE (kind, id) IN (SELECT kind, id FROM aside ORDER BY at LIMIT 1)")

    def take_back(self, kind: str, id: str) -> None:
        self._run("DELETE FROM aside WHERE kind=? AND id=?", (safe(kind, 40), safe(id, 200)))

    def aside(self, limit: int = MOST_ASIDE) -> list[tuple[str, str, Any, str]]:
        """(kind, id, data, problem) of what was not taken, oldest first."""
        return [(kind, id, msgspec.json.decode(body), problem) for kind, id, body, problem in self._run(
            "SELECT kind, id, body, problem FROM aside ORDER BY at, kind, id LIMIT ?", (limit,)).fetchall()]

    def count_aside(self) -> int:
        return self._run("SELECT count(*) FROM aside").fetchone()[0]


_KINDS: dict[str, Callable[[Catalogue, Any], None]] = {
    kind: getattr(Catalogue, f"_put_{kind}") for kind in TABLES
}


def _body(value: object) -> bytes:
    return msgspec.json.encode(value)


def _marks(values: tuple[object, ...]) -> str:
    return ",".join("?" * len(values))
