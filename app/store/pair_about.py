"""What a set of peer pairs says of itself. Apart from its file (pair_file), which takes its time to import."""
from __future__ import annotations

from datetime import datetime

import msgspec


class PairsDamaged(Exception):
    """The file is no whole set of pairs; the text says why."""


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What a set holds. `identity` is the column whose code is the object's EPC; `sheets` (name, rows before it)."""

    id: str
    roles: tuple[str, ...]
    identity: int
    rows: int                    # that count; `last_row` is the last one of the source
    last_row: int
    source: str                  # the file's name
    sha256: str                  # of the source
    level: str = ""
    product: str = ""
    skipped: int = 0             # bad rows that were left out
    sheets: tuple[tuple[str, int], ...] = ()
    imported_at: datetime
    blocks: int = 0
    codes: int = 0
    table_at: int = 0
    hashes_at: int = 0
    places_at: int = 0
    digest: str = ""             # BLAKE2b of all that stands before the description

    def place(self, row: int) -> tuple[str, int]:
        """(sheet, row in it) of a row of the source; the sheet is "" where there is one table only."""
        name, before = max(((name, before) for name, before in self.sheets if before < row),
                           key=lambda pair: pair[1], default=("", 0))
        return name, row - before
