"""The codes that an order was given, from CSV and XLSX files: read as the station would, all of a file or none.

Streams: a file of some hundred thousand rows is judged whole before anything goes in. Says nothing to people.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from app.domain.codes.identity import Code, Refusal
from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable
from app.domain.codes.text import pasted, safe
from app.domain.packing.plan import Plan
from app.domain.products import Order
from app.domain.reasons import Reason
from app.importer import columns
from app.importer.codes import CANONICAL, sound
from app.importer.faults import BadCell, BadFile, Fault, Faults
from app.importer.gather import Table
from app.importer.tables import open_sheets
from app.store.catalogue import Catalogue
from app.store.database import Connection
from app.store.orders import Issued, Stage
from app.store.pairs import Pairs

AT_ONCE = 5_000


@dataclass(slots=True)
class Result:
    """What came of one file; `issued` is None where nothing of it was taken."""

    path: Path
    rows: int = 0
    faults: Faults = field(default_factory=Faults)
    problem: BadFile | None = None
    issued: Issued | None = None


class OrderCodes:
    """On the caller's writing connection; `pairs` is the folder of the sets from pair files.

    Raises LookupError with the order's number where the catalogue does not have it whole.
    """

    def __init__(self, connection: Connection, order: str, site: Sequence[Rule], pairs: Path, *, level: str = "",
                 progress: Callable[[int], None] = lambda rows: None) -> None:
        catalogue = Catalogue(connection)
        known = catalogue.order(order)
        plan = catalogue.plan(known.plan, known.plan_version) if known else None
        if known is None or plan is None:
            raise LookupError(order)
        products = catalogue.products()
        self._register = any(each.issued_only for each in products if each.id == known.product)
        rules = (*site, *catalogue.rules(), *(rule for product in products for rule in product.rules))
        self._gtins = catalogue.gtins()
        self._rules = RuleTable(rules, self._gtins)
        self._quick = not any("gs1" in rule.pattern for rule in rules)      # nothing of the site's own about GS1 codes
        self._order: Order = known
        self._plan: Plan = plan
        self.levels = tuple(each.level for each in plan.levels)
        self._level, self._progress = level, progress
        self._connection, self._pairs = connection, Pairs(connection, pairs)

    def close(self) -> None:
        self._pairs.close()

    def take(self, path: Path, beside: bool = False) -> Result:
        """Puts the file's codes onto the order's list, or nothing of it. Raises OSError, TooManyBeside, DiskFull."""
        result, stage = Result(path), Stage(self._connection, self._order.id)
        try:
            for sheet in open_sheets(path):
                table = Table(sheet, columns.kind_named("issued"), result.faults, self._read)
                self._stage(table, result, stage)
        except BadFile as error:
            result.problem = error
        if result.problem is None and not result.faults.count:
            result.issued = stage.take(beside, self._register)
        return result

    def _stage(self, table: Table, result: Result, stage: Stage) -> None:
        rows = table.rows()
        while some := list(islice(rows, AT_ONCE)):
            result.rows += len(some)
            self._progress(result.rows)
            codes = list(self._objects([(number, values["epc"]) for number, values, good in some if good]))
            for epc, row, first in stage.add(codes):
                # Two codes of one object are one object; the same line twice is a slip.
                result.faults.add(Fault(table.name, row, table.headings[0].text, "once_in_file", safe(epc, 120),
                                        {"row": first}))

    def _objects(self, codes: list[tuple[int, str]]) -> Iterator[tuple[str, str, int]]:
        """(level, EPC, row) of each object; codes that a pair file ties to one object count once."""
        parted = [(row, *text.partition(" ")) for row, text in codes]
        identities = self._pairs.identities([epc for _, _, _, epc in parted])
        seen: set[str] = set()
        for row, level, _, epc in parted:
            identity = identities.get(epc, epc)
            if identity != epc and identity in seen:
                continue
            seen.add(identity)
            yield level, identity, row

    def _read(self, text: str) -> str:
        """"LEVEL EPC" of a code as it is printed. Raises BadCell."""
        found = CANONICAL.fullmatch(text) if self._quick else None
        if found and sound(found[1] or found[2]) and (found[2] or found[1] in self._gtins):
            product, level = self._gtins[found[1]] if found[1] else ("", "")
            return self._fitting(text, text, product, level, "")
        meaning = self._rules.read(pasted(text))
        if isinstance(meaning, Refusal):
            raise BadCell("code", safe(text, 120), problem=str(meaning.reason))
        if not isinstance(meaning, Code):
            raise BadCell("code", safe(text, 120), problem=str(Reason.NO_RULE))
        return self._fitting(text, meaning.epc, meaning.product, meaning.level, meaning.lot)

    def _fitting(self, text: str, epc: str, product: str, level: str, lot: str) -> str:
        level = level or self._level or self._plan.levels[-1].level
        if product and product != self._order.product:
            raise BadCell("order_product", safe(text, 120), product=self._order.product)
        if lot and lot != self._order.lot:
            raise BadCell("order_lot", safe(text, 120), lot=self._order.lot)
        if self._plan.index(level) < 0:
            raise BadCell("order_level", safe(text, 120), choices=", ".join(self.levels))
        return f"{level} {epc}"
