"""The figures of a played shift: from the store and the server, not from what was hoped."""
from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import Any

from app.demo.ground import Ground
from app.demo.player import Played
from app.demo.script import Shift
from app.store.database import open_reader


def figures(database: Path, ground: Ground, shift: Shift, played: Played, seconds: float,
            pictures: list[str]) -> dict[str, Any]:
    """What stands in the report. `events.accepted` counts what the server shows exactly once."""
    connection = open_reader(database)
    try:
        ids = [row[0] for row in connection.execute("SELECT event_id FROM event ORDER BY id")]
        states = dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY state"))
        closed = dict(connection.execute("SELECT level, closed FROM work WHERE work_order=?", (shift.order,)))
        entries = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
    finally:
        connection.close()
    stored = ground.stored(ids)
    done, refused = states.get("done", 0), states.get("refused", 0)
    return {
        "shift": shift.shape.name, "number": shift.number,
        "cases": closed.get("case", 0), "pallets": closed.get("pallet", 0), "entries": entries,
        "events": {"written": len(ids), "accepted": sum(stored[each] == 1 for each in ids),
                   "refused": refused, "waiting": len(ids) - done - refused,
                   "doubled": sum(count > 1 for count in stored.values())},
        "scan_to_verdict_ms": spread(played.scans_ms), "frame_to_verdict_ms": spread(played.frames_ms),
        "steps": {"played": played.steps, "skipped": played.skipped},
        "seconds": round(seconds, 1), "pictures": pictures,
    }


def whole(report: dict[str, Any]) -> bool:
    """True where everything written was accepted exactly once."""
    events = report["events"]
    return bool(events["written"] == events["accepted"] and not events["refused"] and not events["doubled"])


def spread(values: list[float]) -> dict[str, float]:
    """Median and 99th percentile in ms; zeros for nothing measured."""
    if not values:
        return {"p50": 0.0, "p99": 0.0, "count": 0.0}
    ordered = sorted(values)
    rank = math.ceil(len(ordered) * 0.99) - 1
    return {"p50": round(statistics.median(ordered), 2), "p99": round(ordered[rank], 2), "count": len(ordered)}
