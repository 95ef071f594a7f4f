"""Codes in files: as printed (element strings, links, brand URLs) to the EPC by which the station knows them.

Issued codes are checked while they stream by and wait as fingerprints in a temporary file; nothing is kept of them.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from tempfile import SpooledTemporaryFile
from typing import IO

from app.domain.codes.checks import whole
from app.domain.codes.identity import Code, Refusal
from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable
from app.domain.codes.text import pasted, safe
from app.domain.reasons import Reason
from app.importer.faults import BadCell
from app.importer.gather import Table
from app.store.catalogue import Catalogue
from app.store.records import BadRecord, check_epc
from app.store.registry import fingerprint

KEY = 16
_IN_MEMORY = 4 << 20
CANONICAL = re.compile(r"https://id\.gs1\.org/(?:01/([0-9]{14})/21/[0-9A-Za-z._-]{1,20}|00/([0-9]{18}))", re.ASCII)
sound = lru_cache(1000)(whole)


class Codes:
    """Reads codes as the station would, by the site's rules and those of the catalogue."""

    def __init__(self, catalogue: Catalogue, site: Sequence[Rule]) -> None:
        products = catalogue.products()
        rules = (*site, *catalogue.rules(), *(rule for product in products for rule in product.rules))
        self._table = RuleTable(rules, catalogue.gtins())
        self._quick = not any("gs1" in rule.pattern for rule in rules)

    def epc(self, text: str) -> str:
        """The EPC of a code as it is printed, or of one that is written as an EPC already. Raises BadCell."""
        found = CANONICAL.fullmatch(text) if self._quick else None
        if found and sound(found[1] or found[2]):
            return text
        meaning = self._table.read(pasted(text))
        if isinstance(meaning, Code):
            return meaning.epc
        if isinstance(meaning, Refusal) and meaning.reason is not Reason.NO_RULE:
            raise BadCell("code", safe(text, 120), problem=str(meaning.reason))
        try:
            check_epc("epc", text)
        except BadRecord:
            raise BadCell("code", safe(text, 120), problem=str(Reason.NO_RULE)) from None
        return text


class Issued:
    """Fingerprints of the codes of one table, in a file of their own."""

    def __init__(self) -> None:
        self._file: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)      # noqa: SIM115 (closed by close)
        self.count = 0

    def fill(self, table: Table, progress: Callable[[int], None]) -> None:
        for count, (_, values, good) in enumerate(table.rows(), start=1):
            progress(count)
            if good:
                self._file.write(fingerprint(values["epc"]))
                self.count += 1

    def keys(self, at_once: int) -> Iterator[list[bytes]]:
        self._file.seek(0)
        while block := self._file.read(KEY * at_once):
            yield [block[at:at + KEY] for at in range(0, len(block), KEY)]

    def close(self) -> None:
        self._file.close()
