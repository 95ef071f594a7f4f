"""What the line page asks: sums by hour, shift and order, the line's pace and stops, cells, causes. Only reads.

Works on the sums of `app.store.tally`; none of the questions looks at more than a few thousand rows, whatever a week
has had. The caller holds the connection; times are aware UTC.
"""
from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.packing.cells import shapes
from app.domain.packing.drift import drifts
from app.store.database import Connection
from app.store.tally import DUPLICATE, GOOD, KINDS, NO_READ, SLOT_S, WRONG
from app.views import Cause, CellRate, CellsView, LineNow, RefusedRow, Sums

ROLLING_S = 300
LEFT_OVER_S = 1800           # the pace that the end of an order is reckoned from
SAME_SHIFT = timedelta(hours=5)      # a longer break: the shift of the same name is another day's
WEEK = timedelta(days=7)
MOST_RAWS = 60
ALARMED, CALM = 2_000, 200           # pictures that are looked at for why a cell was not read
Outer = Callable[[str], tuple[str, int]]     # order → (the level above the units, units that it holds)


def by_hour(connection: Connection, now: datetime, hours: int = 12) -> tuple[Sums, ...]:
    """Each of the last hours, the running one last; hours without a code too."""
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    starts = [last - timedelta(hours=back) for back in range(hours - 1, -1, -1)]
    found: dict[str, dict[str, int]] = {}
    for hour, kind, count in connection.execute(
            "SELECT hour, kind, sum(count) FROM tally WHERE hour>=? GROUP BY hour, kind", (_hour(starts[0]),)):
        found.setdefault(hour, {})[kind] = count
    return tuple(_sums(start, "", found.get(_hour(start), {})) for start in starts)


def by_shift(connection: Connection, now: datetime, most: int = 9) -> tuple[Sums, ...]:
    """The last shifts of a week, oldest first. A shift that comes back after a long break is another one."""
    return _runs(connection.execute(
        "SELECT hour, shift, kind, sum(count) FROM tally WHERE hour>=? GROUP BY hour, shift, kind ORDER BY hour",
        (_hour(now - WEEK),)), SAME_SHIFT)[-most:]


def by_order(connection: Connection, now: datetime, most: int = 9) -> tuple[Sums, ...]:
    """The orders of a week, the one begun last at the end."""
    return _runs(connection.execute(
        "SELECT hour, work_order, kind, sum(count) FROM tally WHERE hour>=? AND work_order<>''"
        " GROUP BY hour, work_order, kind ORDER BY hour", (_hour(now - WEEK),)), WEEK)[-most:]


def of_order(connection: Connection, order: str) -> dict[str, int]:
    """Codes of one order by reason, good and not, since it began."""
    return dict(connection.execute("SELECT reason, sum(count) FROM tally WHERE work_order=? GROUP BY reason", (order,)))


def pareto(connection: Connection, since: datetime, order: str = "") -> tuple[Cause, ...]:
    """Why codes were not good since then, the commonest first. `order` "": of all orders."""
    rows = connection.execute(
        "SELECT kind, reason, sum(count) FROM tally WHERE hour>=?1 AND kind<>'good' AND (?2='' OR work_order=?2)"
        " GROUP BY kind, reason ORDER BY 3 DESC, reason", (_hour(since), order))
    return tuple(Cause(*row) for row in rows)


def line_now(connection: Connection, now: datetime, order: str, left: int, outer: Outer, minutes: int = 240,
             stop_s: float = 60) -> LineNow:
    """Pace and stops of the whole line up to `now`; how long the `left` units of `order` take at the last half hour's.

    A stop is declared where nothing was closed for `stop_s` seconds, between two closings or since the last one.
    The order's names, plan and progress are the caller's to add.
    """
    end = now.astimezone(UTC).timestamp()
    begin = end - minutes * 60
    slots: dict[int, int] = {}
    mine = 0
    for slot, work_order, level, closed in connection.execute(
            "SELECT slot, work_order, level, closed FROM pace WHERE slot>=? AND slot<=?",
            (int(begin) // SLOT_S, int(end) // SLOT_S)):
        if level == outer(work_order)[0]:
            slots[slot] = slots.get(slot, 0) + closed
            mine += closed if work_order == order and slot * SLOT_S >= end - LEFT_OVER_S else 0
    cases = [0] * minutes
    for slot, closed in slots.items():
        cases[max(0, min(minutes - 1, int((slot * SLOT_S - begin) // 60)))] += closed
    rolling = sum(closed for slot, closed in slots.items() if slot * SLOT_S >= end - ROLLING_S)
    ran_s = min(ROLLING_S, max(60.0, end - min(slots) * SLOT_S)) if slots else ROLLING_S
    stops = [((end - here) / 60, (end - there) / 60) for here, there in _gaps(sorted(slots), end, stop_s)]
    past_s = min(LEFT_OVER_S, max(60.0, end - min(slots) * SLOT_S)) if slots else LEFT_OVER_S
    units_a_minute = mine * outer(order)[1] * 60 / past_s
    shifts = by_shift(connection, now, 1)
    running = shifts[-1] if shifts and now - shifts[-1].start < timedelta(hours=24) else None
    return LineNow(now, order, cases=tuple(cases), stops=tuple(stops), per_minute=rolling * 60 / ran_s,
                   left_min=left / units_a_minute if units_a_minute else 0.0, shift=running)


def cells(connection: Connection, order: str, count: int, cases: int = 500) -> CellsView | None:
    """Read rates of the places of the case, of one order and its busiest reader; None where there are none.

    `order` "": the one counted last. `count` is what a full case holds, 0 where it is not known. The newest hours
    that have `cases` looks at a cell are compared with the other cells and with the hours before (`domain…drift`).
    """
    if not order:
        row = connection.execute(
            "SELECT work_order FROM tally WHERE EXISTS (SELECT 1 FROM cell_count WHERE cell_count.work_order ="
            " tally.work_order) ORDER BY hour DESC LIMIT 1").fetchone()
        order = row[0] if row else ""
    busiest = connection.execute("SELECT source FROM cell_count WHERE work_order=? GROUP BY source"
                                 " ORDER BY sum(read + unread) DESC LIMIT 1", (order,)).fetchone()
    if busiest is None:
        return None
    source, looks, since = busiest[0], 0, ""
    for hour, most in connection.execute(
            "SELECT hour, max(read + unread) FROM cell_count WHERE work_order=? AND source=? GROUP BY hour"
            " ORDER BY hour DESC", (order, source)):
        looks, since = looks + most, hour
        if looks >= cases:
            break
    sums = {cell: ((new_read, new_unread), (old_read, old_unread))
            for cell, new_read, new_unread, old_read, old_unread in connection.execute(
                "SELECT cell, sum(iif(hour>=?3, read, 0)), sum(iif(hour>=?3, unread, 0)), sum(iif(hour<?3, read, 0)),"
                " sum(iif(hour<?3, unread, 0)) FROM cell_count WHERE work_order=?1 AND source=?2 GROUP BY cell",
                (order, source, since))}
    number, nothing = max(count, max(sums) + 1), ((0, 0), (0, 0))
    recent, earlier = ([sums.get(cell, nothing)[part] for cell in range(number)] for part in (0, 1))
    rows, columns = _shape(connection, number)
    found = enumerate(zip(recent, earlier, drifts(recent, earlier), strict=True))
    return CellsView(order, source, rows, columns, tuple(
        CellRate(cell, new[0] + old[0], new[1] + old[1], new[0], new[1], drift.against,
                 _whys(connection, cell, order, since, ALARMED if drift.against else CALM) if new[1] else ())
        for cell, (new, old, drift) in found))


def _whys(connection: Connection, cell: int, order: str, since: str, most: int) -> tuple[tuple[str, int], ...]:
    """The guesses why a cell was not read since that hour, the commonest first; at most the newest `most` pictures."""
    counts: dict[str, int] = {}
    for (told,) in connection.execute(
            "SELECT json_extract(CAST(data AS TEXT), '$.why') FROM unread_cell"
            " JOIN entry ON entry.seq = unread_cell.seq WHERE cell=?1 AND work_order=?2 AND at>=?3"
            " ORDER BY unread_cell.seq DESC LIMIT ?4", (cell, order, since, most)):
        for at, cause in _why(told or ""):
            if at == cell:
                counts[cause] = counts.get(cause, 0) + 1
    return tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def refused(connection: Connection, reason: str, before: int = 1 << 62, limit: int = 50,
            order: str = "") -> tuple[RefusedRow, ...]:
    """Entries in which something was not good for this reason, newest first, with a number below `before`."""
    return tuple(_refused(connection.execute(
        "SELECT entry.seq, at, source, operator, work_order, entry.reason, kind, raw, data FROM refusal"
        " JOIN entry ON entry.seq = refusal.seq WHERE refusal.reason=?1 AND refusal.seq<?2"
        " AND (?4='' OR work_order=?4) ORDER BY refusal.seq DESC LIMIT ?3", (reason, before, limit, order))))


def no_reads(connection: Connection, cell: int, before: int = 1 << 62, limit: int = 50,
             order: str = "") -> tuple[RefusedRow, ...]:
    """Pictures on which this cell was not read, newest first."""
    return tuple(_refused(connection.execute(
        "SELECT entry.seq, at, source, operator, work_order, entry.reason, kind, raw, data FROM unread_cell"
        " JOIN entry ON entry.seq = unread_cell.seq WHERE cell=?1 AND unread_cell.seq<?2"
        " AND (?4='' OR work_order=?4) ORDER BY unread_cell.seq DESC LIMIT ?3", (cell, before, limit, order))))


def _refused(rows: Iterable[Sequence[Any]]) -> Iterable[RefusedRow]:
    for seq, at, source, operator, order, reason, kind, raw, data in rows:
        told = json.loads(bytes(data) if isinstance(data, bytes) else data)
        unread = tuple(int(each) for each in str(told.get("unread_cells", "")).split() if each.isdigit())
        yield RefusedRow(seq, datetime.fromisoformat(at).astimezone(UTC), source, operator, order, reason,
                         _raws(kind, raw), unread, str(told.get("code", "")), _why(str(told.get("why", ""))))


def _why(told: str) -> tuple[tuple[int, str], ...]:
    """"5:blur 11:glare" as pairs; anything else in it is left out."""
    pairs = (each.partition(":") for each in told.split())
    return tuple((int(cell), cause) for cell, _, cause in pairs if cell.isdigit() and cause)


def _raws(kind: str, raw: bytes | None) -> tuple[str, ...]:
    """What came, as text; bytes that are no text as escapes."""
    return tuple(each.decode("utf-8", "backslashreplace") for each in raws(kind, raw)[:MOST_RAWS])


def raws(kind: str, raw: bytes | None) -> list[bytes]:
    """What came in an entry: of a frame its codes."""
    if raw is None:
        return []
    if kind == "frame" and raw[:1] == b"[":
        try:
            return [base64.b64decode(each, validate=True) for each in json.loads(raw)]
        except (ValueError, TypeError, binascii.Error):
            pass                         # one code that begins like a list
    return [raw]


def _shape(connection: Connection, count: int) -> tuple[int, int]:
    """(rows, columns): as the newest picture says, else the squarest that there is."""
    row = connection.execute("SELECT data FROM entry WHERE seq=(SELECT max(seq) FROM unread_cell)").fetchone()
    told = str(json.loads(row[0]).get("grid", "")) if row else ""
    rows, _, columns = told.partition("x")
    if rows.isdigit() and columns.isdigit() and int(rows) * int(columns) >= count:
        return int(rows), int(columns)
    high, wide = shapes(count)[0]
    if wide > 3 * high + 2:          # a prime number of cells is seen better with an empty place or two
        high = max(1, round((count / 1.4) ** 0.5))
        wide = -(-count // high)
    return high, wide


def _gaps(slots: list[int], end: float, stop_s: float) -> list[tuple[float, float]]:
    """(from, to) in seconds since 1970 where nothing was closed for so long."""
    times = [(slot + 1) * SLOT_S for slot in slots]
    gaps: list[tuple[float, float]] = [(here, there - SLOT_S)
                                       for here, there in zip(times, times[1:], strict=False)]
    if times:
        gaps.append((times[-1], end))
    return [(here, there) for here, there in gaps if there - here >= stop_s]


def _runs(rows: Iterable[tuple[str, str, str, int]], longest_break: timedelta) -> tuple[Sums, ...]:
    """Rows of (hour, name, kind, count) in the order of time, put together by name."""
    done: list[tuple[datetime, str, dict[str, int]]] = []
    open_runs: dict[str, tuple[datetime, int]] = {}      # name: its last hour, its place in `done`
    for hour, name, kind, count in rows:
        at = datetime.fromisoformat(f"{hour}:00+00:00")
        last = open_runs.get(name)
        if last is None or at - last[0] > longest_break:
            done.append((at, name, {}))
            last = at, len(done) - 1
        open_runs[name] = at, last[1]
        sums = done[last[1]][2]
        sums[kind] = sums.get(kind, 0) + count
    return tuple(_sums(*each) for each in done)


def _sums(start: datetime, name: str, counts: dict[str, int]) -> Sums:
    assert KINDS == (GOOD, NO_READ, DUPLICATE, WRONG)
    return Sums(start, name, *(counts.get(kind, 0) for kind in KINDS))


def _hour(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()[:13]
