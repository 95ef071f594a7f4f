"""A line that has run since the morning, as the reader tells it: with two stops, a cell that drifts, kept pictures."""
from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from app.views import Cause, CellRate, CellsView, LineNow, RefusedRow, SavedPicture, Sums

AT = datetime(2027, 11, 30, 2, 42, 7, tzinfo=UTC)
HOUR = AT.replace(minute=0, second=0)
RAWS = ("https://q.brand.example/b/7F3KQ2004117", "(01)16901234567895(21)C0041", "a\x1db<b>no</b>")


class LineShelf:
    """What the line page asks. `picture_file` is a JPEG that stands for every kept picture."""

    picture_file = ""
    idle = False                 # nothing has run yet

    def line_now(self, order: str, now: datetime, stop_s: float = 60) -> LineNow:
        if self.idle:
            return LineNow(AT)
        chance = random.Random(4)
        cases = [0 if 150 <= at < 173 or 40 <= at < 44 else chance.randint(22, 26) for at in range(240)]
        return LineNow(AT, "WO-2711-01", "鲜牛奶 250 ml", "271130A", 11520, 4824, "open", tuple(cases),
                       ((200.0, 196.0), (90.0, 67.0)), 24.6, 227.0,
                       Sums(HOUR - timedelta(hours=3), "A 早班", 19204, 131, 24, 7))

    def by_hour(self, now: datetime, hours: int = 12) -> tuple[Sums, ...]:
        chance = random.Random(2)
        return tuple(Sums(HOUR - timedelta(hours=back), "", *(0, 0, 0, 0) if self.idle or back == 7 else (
            chance.randint(30_000, 36_000), chance.randint(30, 260), chance.randint(2, 40), chance.randint(0, 24)))
            for back in range(hours - 1, -1, -1))

    def by_shift(self, now: datetime) -> tuple[Sums, ...]:
        return () if self.idle else tuple(
            Sums(HOUR - timedelta(hours=8 * back), "ABC"[back % 3], 251_000 - 9_000 * back, 600 + 40 * back, 90, 30)
            for back in range(8, -1, -1))

    def by_order(self, now: datetime) -> tuple[Sums, ...]:
        return () if self.idle else tuple(
            Sums(HOUR - timedelta(hours=20 * back), f"WO-2711-{7 - back:02d}", 90_000 + 7_000 * back, 400, 60, 20)
            for back in range(6, -1, -1))

    def cells(self, order: str) -> CellsView | None:
        if self.idle:
            return None
        chance = random.Random(6)
        cells = []
        for at in range(24):
            unread = chance.randint(0, 4)
            cells.append(CellRate(at, 9_000 - unread, unread + 12, 1_480 - unread, unread))
        cells[6] = CellRate(6, 9_000, 61, 1_441, 47, "others", (("blur", 31), ("glare", 16)))
        cells[17] = CellRate(17, 9_000, 30, 1_470, 11)
        return CellsView("WO-2711-01", "line-camera", 4, 6, tuple(cells))

    def pareto(self, since: datetime, order: str = "") -> tuple[Cause, ...]:
        return () if self.idle else (
            Cause("no_read", "unreadable", 131), Cause("duplicate", "duplicate_in_frame", 15),
            Cause("duplicate", "packed_before", 9), Cause("wrong", "wrong_batch", 4), Cause("wrong", "not_issued", 2),
            Cause("wrong", "no_rule", 1))

    def refused(self, reason: str, before: int = 1 << 62, limit: int = 50) -> tuple[RefusedRow, ...]:
        return tuple(RefusedRow(900 - at, AT - timedelta(minutes=7 * at), "line-camera", "li.na", "WO-2711-01", reason,
                                RAWS[at % 3 :] * (1 + 4 * (at % 2)), (),
                                "https://id.gs1.org/01/16901234567895/21/7F3K0017" if at % 2 else "")
                     for at in range(9))

    def no_reads(self, cell: int, order: str = "", before: int = 1 << 62, limit: int = 50) -> tuple[RefusedRow, ...]:
        return tuple(RefusedRow(900 - at, AT - timedelta(minutes=9 * at + cell), "line-camera", "li.na", "WO-2711-01",
                                "container_short", RAWS[:2] * 11, (cell,)) for at in range(8))

    def picture(self, row: RefusedRow) -> SavedPicture | None:
        if not self.picture_file or row.seq % 4 == 3:
            return None
        rings = tuple((cell, tuple((x + dx, y + dy) for dx, dy in ((-36, -36), (36, -36), (36, 36), (-36, 36))))
                      for cell, (x, y) in ((6, (147, 278)), (17, (1133, 441))))
        return SavedPicture(self.picture_file, 1280, 720, rings)
