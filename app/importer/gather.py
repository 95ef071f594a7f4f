"""Rows to records: one row each, or all rows of one plan or document together; every fault with its place.

Only what a row says by itself is judged here. Badges and PINs are hashed later and never shown.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.codes.text import safe
from app.importer import cells
from app.importer.columns import Heading, Kind, headings
from app.importer.faults import BadCell, BadFile, Fault, Faults
from app.importer.tables import Cell, Sheet
from app.store.records import BadRecord

MOST_ROWS = 250_000                  # of records, which are held in memory; issued codes have no such limit


@dataclass(slots=True)
class Gathered:
    """One record as the catalogue takes it: the row where it begins, and those of its members."""

    id: str
    data: dict[str, Any]
    row: int
    rows: list[int] = field(default_factory=list)
    whole: bool = True               # False: what is said of the record itself is bad


def letters(place: int) -> str:
    """A column's letters in Excel: 0 is A, 26 is AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(65 + rest) + name
    return name


class Table:
    """A sheet with its kind, and how its rows are read."""

    def __init__(self, sheet: Sheet, kind: Kind, faults: Faults, read_code: Callable[[str], str]) -> None:
        """Raises BadFile for a heading that does not fit."""
        self.name, self.kind, self.headings = sheet.name, kind, headings(kind, sheet.heading)
        self._rows, self._faults, self._width = sheet.rows, faults, len(sheet.heading)
        self._read_code = read_code
        self._same: dict[str, str] = {}          # what a whole column repeats is kept once

    def rows(self) -> Iterator[tuple[int, dict[str, Any], bool]]:
        """(number, key → value, good) of each row that holds anything; of a bad one the faults are told."""
        for number, row in self._rows:
            if any(row):
                yield number, *self._values(number, row)

    def _values(self, number: int, row: Sequence[Cell]) -> tuple[dict[str, Any], bool]:
        before = self._faults.count
        found: dict[str, Any] = {}
        for place in range(self._width, len(row)):
            if row[place]:
                self._fault(number, letters(place), BadCell("no_more_cells", self._shown(row[place]), most=self._width))
                break
        empty = self.kind.free and not any(row[each.place] for each in self.headings
                                           if each.column.member and each.place < len(row))
        for each in self.headings:
            cell = row[each.place] if each.place < len(row) else ""
            try:
                if isinstance(cell, BadCell):
                    raise cell
                if cell:
                    read = self._read_code(cell) if each.column.type == "epc" else cells.value(each.column.type, cell)
                    kept = isinstance(read, str) and each.key != "epc"
                    found[each.key] = self._same.setdefault(read, read) if kept else read
                elif each.column.needed and (each.column.member and not empty
                                             or each.key in (self.kind.group or (each.key,))):
                    raise BadCell("filled")
            except BadCell as error:
                self.fault(number, each, error)
        return found, self._faults.count == before

    def fault(self, number: int, heading: Heading | None, error: BadCell) -> None:
        secret = heading is not None and heading.column.type == "secret"
        if secret and error.got:
            error = BadCell(error.expected, "…", **error.data)
        self._fault(number, f"{letters(heading.place)} {heading.text}" if heading else "", error)

    def told(self, number: int, heading: Heading | None) -> bool:
        """Whether something is said to be wrong with this cell already."""
        return heading is not None and any(
            (each.sheet, each.row, each.column) == (self.name, number, f"{letters(heading.place)} {heading.text}")
            for each in self._faults.shown)

    def _fault(self, number: int, column: str, error: BadCell) -> None:
        self._faults.add(Fault(self.name, number, column, error.expected, safe(error.got, 120), error.data))

    def _shown(self, cell: Cell) -> str:
        """Cells out of line may hold a PIN that slipped."""
        text = cell if isinstance(cell, str) else cell.got
        return "…" if any(each.column.type == "secret" for each in self.headings) else text

    def heading(self, error: BadRecord) -> Heading | None:
        """The column that a refusal of the catalogue is about, where one can be named."""
        key = error.key
        if self.kind.members and key == self.kind.members:
            key = {"level": "level", "number": "count"}.get(error.expected, key)
        key = key.removeprefix(f"{self.kind.members}.") if self.kind.members else key
        if error.expected == "rule" or key.startswith("quotas."):
            key = "pattern" if error.expected == "rule" else "quotas"
        for each in self.headings:
            if each.key == key or each.key.startswith(f"{key}."):
                return each
        return next((each for each in self.headings if each.key == "id"), None) if key == "document" else None


def gather(table: Table, progress: Callable[[int], None]) -> list[Gathered]:
    """All records of a table, in order. Raises BadFile for one that is too long."""
    id_key = "name" if table.kind.name == "rule" else "id"
    found: dict[tuple[Any, ...], tuple[Gathered, dict[str, Any]]] = {}
    for count, (number, values, good) in enumerate(table.rows(), start=1):
        progress(count)
        if count > MOST_ROWS:
            raise BadFile("too_many", most=MOST_ROWS)
        key = tuple(values.get(each) for each in table.kind.group or (id_key,))
        if None in key:
            continue
        if key not in found:
            record = Gathered(str(values[id_key]), _record(table, values), number)
            record.whole = _complete(table, number, values, good) and (good or bool(table.kind.members))
            found[key] = record, values
        elif table.kind.members:
            _same(table, *found[key], number, values)
        else:
            heading = next(each for each in table.headings if each.key == id_key)
            table.fault(number, heading, BadCell("once_in_file", str(values[id_key]), row=found[key][0].row))
        record = found[key][0]
        if table.kind.members == "levels" and not good:
            record.whole = False             # a plan that lacks a level is another plan
        if table.kind.members and good and (not table.kind.free or any(
                each.column.member and each.key in values for each in table.headings)):
            record.rows.append(number)
            record.data[table.kind.members].append(_member(table, record.data, values, len(record.rows)))
    return [record for record, _ in found.values()]


def _complete(table: Table, number: int, values: dict[str, Any], good: bool) -> bool:
    """What is said once for all rows of a record stands in its first one."""
    missing = [each for each in table.headings if each.column.needed and not each.column.member
               and each.key not in values]
    for each in missing if good else ():
        table.fault(number, each, BadCell("filled"))
    return not missing


def _record(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for each in table.headings:
        if each.key in values and not each.column.member:
            into, _, name = each.key.rpartition(".")
            (data.setdefault(into, {}) if into else data)[name] = values[each.key]
    if table.kind.members:
        data[table.kind.members] = []
    return data


def _member(table: Table, data: dict[str, Any], values: dict[str, Any], number: int) -> dict[str, Any]:
    member = {each.key: values[each.key] for each in table.headings if each.column.member and each.key in values}
    if table.kind.members == "lines":
        member.setdefault("line", number)
        for station, quantity in member.pop("quotas", {}).items():       # a line's shares belong to the document
            data.setdefault("quotas", []).append({"station": station, "line": member["line"], "quantity": quantity})
    if "roles" in member:            # "cap_outer cap_inner:line": the identity first, then the peers and who ties them
        parts = [each.partition(":") for each in re.split(r"[\s,;+、，；]+", str(member["roles"])) if each]
        member["roles"] = [{"role": role, **({"joined": joined} if joined else {})} for role, _, joined in parts]
    return member


def _same(table: Table, known: Gathered, first: dict[str, Any], number: int, values: dict[str, Any]) -> None:
    """In one more row of a record, what is said of the record itself must be the same, or left out."""
    for each in table.headings:
        said = values.get(each.key)
        if said is None or each.column.member or said == first.get(each.key):
            continue
        if each.column.type == "pairs":
            have = known.data.setdefault(each.key, [])
            have += [pair for pair in said if pair not in have]
        else:
            was = str(first.get(each.key, ""))
            table.fault(number, each, BadCell("same_as", str(said), row=known.row, value=was))
            known.whole = False
