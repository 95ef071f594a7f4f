"""The reconciliation report of a work order, as a workbook (XLSX) and on paper (PDF), in either language.

Reads the store on a connection of its own; changes nothing. A file is there whole or not at all.
"""
from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from app.domain.products import Name
from app.reports.account import Account, UnknownOrder, account
from app.store import orders
from app.store.catalogue import BadRecord, Catalogue
from app.store.database import open_reader, open_writer
from app.views import NewOrder
from app.words import Words

__all__ = ["KINDS", "Account", "OrderDesk", "UnknownOrder", "account", "write_report"]
KINDS = ("xlsx", "pdf")


def write_report(path: Path, told: Account, *, kind: str, language: str, station: str, printed: datetime) -> Path:
    """Writes one file of `kind` "xlsx" or "pdf". Raises FontMissing, OSError, ValueError for a strange kind."""
    from app.reports.said import Said

    said = Said(told, Words(language), station, printed)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".report-", suffix=f".{kind}")
    os.close(handle)
    part = Path(name)
    try:
        match kind:                      # each library takes its time to import
            case "xlsx":
                from app.reports.workbook import Workbook

                Workbook(part, said).write()
            case "pdf":
                from app.fonts import chinese_font
                from app.reports.paper import Paper

                part.write_bytes(Paper(said, chinese_font()).draw())
            case _:
                raise ValueError(f"kind {kind!r}: expected one of {', '.join(KINDS)}")
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


class OrderDesk:
    """What a person does to orders besides working on them: the window's port `Orders`. Any thread; each call its own
    connection. `folder` is where reports go."""

    def __init__(self, database: Path, folder: Path, *, station: str, station_name: str,
                 zone: tzinfo | None = None) -> None:
        self._database, self._folder, self._zone = database, folder, zone
        self._station, self._name = station, station_name

    def products(self) -> Sequence[tuple[str, Name]]:
        """(id, name) of what can be ordered here."""
        connection = open_reader(self._database)
        try:
            catalogue = Catalogue(connection)
            return tuple((each.id, each.name) for each in catalogue.products() if catalogue.plan(each.plan))
        finally:
            connection.close()

    def new_order(self, order: NewOrder) -> str:
        """The number that the order has here. Raises ValueError with a word under ui.new_order.problem, or a text."""
        connection = open_writer(self._database)
        try:
            return orders.add_order(connection, order, self._station)
        except BadRecord as error:
            raise ValueError("dates" if error.key in ("produced", "expiry") else str(error)) from error
        finally:
            connection.close()

    def report(self, order: str, kind: str, language: str) -> str:
        """Writes the report and gives the file. Raises UnknownOrder, FontMissing, OSError, StoreRefused."""
        now = datetime.now(self._zone).astimezone(self._zone)
        path = self._folder / file_name(order, kind, language, now)
        told = account(self._database, order, self._zone)
        return str(write_report(path, told, kind=kind, language=language, station=self._name, printed=now))


def file_name(order: str, kind: str, language: str, at: datetime) -> str:
    """A name that every system takes; numbers of orders may hold anything."""
    plain = re.sub(r"[^\w.-]+", "_", order).strip("._")[:60] or "order"
    return f"order-{plain}-{at:%Y%m%d-%H%M%S}-{language}.{kind}"
