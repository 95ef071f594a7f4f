"""Work orders that a person writes down at this station, and the list of codes that an order was given.

Both go in as the feed's records do, checked by the catalogue, in the caller's process; a running station sees them
within seconds, as it sees `station import`. Knows no files and no sentences.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.store import rows, typed
from app.store.catalogue import BadRecord, Catalogue
from app.store.database import Connection, transaction
from app.store.registry import Registry
from app.views import NewOrder

MARK = "/"               # between the station's name and the order's: the server's numbers never begin so
AT_ONCE = 50_000
MOST_BESIDE = 500_000    # codes that one transaction takes beside a running station: some three seconds


class TooManyBeside(Exception):
    """So many codes would keep a running station from writing."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(f"{count} codes")


@dataclass(frozen=True, slots=True)
class Issued:
    """What an order was given now, by level; `known` were on its list before."""

    levels: dict[str, int]
    known: int = 0


def local_id(station: str, id: str) -> str:
    """The number of an order made here: the station's name before it, so that the server's can never be the same."""
    return id if id.startswith(f"{station}{MARK}") else f"{station}{MARK}{id}"


def add_order(connection: Connection, new: NewOrder, station: str) -> str:
    """Takes the order in and gives the number that it has here. Begins and ends a transaction.

    Raises ValueError with "id_taken", "no_product" or "no_plan", BadRecord for what else is wrong, DiskFull.
    """
    catalogue = Catalogue(connection)
    id = local_id(station, new.id.strip())
    with transaction(connection):
        if not new.id.strip():
            raise BadRecord("id", "id", "", most=100)
        if catalogue.order(id):
            raise ValueError("id_taken")
        product = catalogue.product(new.product)
        if product is None:
            raise ValueError("no_product")
        plan = catalogue.plan(product.plan)
        if plan is None:
            raise ValueError("no_plan")
        catalogue.put("order", id, {
            "product": product.id, "plan": plan.id, "plan_version": plan.version, "lot": new.lot.strip(),
            "produced": new.produced, "expiry": new.expiry, "planned": new.planned})
        rows.put_number(connection, "catalogue", rows.number(connection, "catalogue", 0) + 1)
    return id


def add_document(connection: Connection, id: str, data: dict[str, Any], station: str, by: str, at: datetime) -> str:
    """Takes a document in that a person typed, and gives the number that it has here; `id` "" is the next free one.
    The station writes it into its journal: `by` whom and when (aware).

    Begins and ends a transaction. Raises ValueError where the number is taken, BadRecord for what else is wrong,
    DiskFull.
    """
    catalogue = Catalogue(connection)
    with transaction(connection):
        number = rows.number(connection, "typed", 0) + 1
        while not id.strip() and catalogue.document(local_id(station, f"D{number:04d}")):
            number += 1
        found = local_id(station, id.strip() or f"D{number:04d}")
        if catalogue.document(found):
            raise ValueError("id_taken")
        catalogue.put("document", found, {**data, "id": found}, strict_keys=True)
        connection.execute("UPDATE document SET made=1 WHERE id=?", (found,))
        typed.keep(connection, found, by, at)
        if not id.strip():
            rows.put_number(connection, "typed", number)
        rows.put_number(connection, "catalogue", rows.number(connection, "catalogue", 0) + 1)
    return found


class Stage:
    """Codes on their way onto an order's list: in a table of this connection alone until they all go in at once."""

    def __init__(self, connection: Connection, order: str) -> None:
        self._connection, self._order, self.count = connection, order, 0
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS staged(level TEXT NOT NULL, epc TEXT NOT NULL,"
                           " row INTEGER NOT NULL, PRIMARY KEY(level, epc)) WITHOUT ROWID")
        connection.execute("DELETE FROM staged")

    def add(self, codes: Sequence[tuple[str, str, int]]) -> list[tuple[str, int, int]]:
        """(level, EPC, row); gives (EPC, row, first row) of those that were there already."""
        run, twice = self._connection.execute, list[tuple[str, int, int]]()
        before = self._connection.total_changes
        self._connection.executemany("INSERT OR IGNORE INTO staged VALUES (?,?,?)", codes)
        added = self._connection.total_changes - before
        if added < len(codes):
            for level, epc, row in codes:
                first = run("SELECT row FROM staged WHERE level=? AND epc=?", (level, epc)).fetchone()[0]
                if first != row:
                    twice.append((epc, row, first))
        self.count += added
        return twice

    def take(self, beside: bool = False, register: bool = False) -> Issued:
        """Puts them onto the list, all or none; `register`: among the issued codes, too.

        Raises TooManyBeside, DiskFull.
        """
        run = self._connection.execute
        if beside and self.count > MOST_BESIDE:
            raise TooManyBeside(self.count)
        with transaction(self._connection):
            levels = dict(run("SELECT level, count(*) FROM staged GROUP BY level"))
            before = self._connection.total_changes
            run("INSERT OR IGNORE INTO order_code(work_order, level, epc) SELECT ?, level, epc FROM staged",
                (self._order,))
            known = self.count - (self._connection.total_changes - before)
            codes = run("SELECT epc FROM staged") if register else None
            while codes and (some := codes.fetchmany(AT_ONCE)):
                Registry(self._connection).add(epc for (epc,) in some)
        return Issued(levels, known)
