"""The stack light from what the station shows: red stop, yellow abnormal, green running, blue a person is asked.

Colours mean what IEC 60073 says. Pure; which lamp is wired where is not known here.
"""
from __future__ import annotations

from app.domain.reasons import Outcome
from app.messages import Published, StationView

WORK = ("packing", "receiving", "shipping")


def lights(last: Published | None, *, stopped: bool, faulty: bool) -> dict[str, bool]:
    """`stopped`: the line must not run, whatever the screen says; `faulty`: a device does not serve."""
    view = last.view if last else None
    red = stopped or bool(view and view.alarm)
    warned = bool(last and last.verdict.outcome in (Outcome.WARNING, Outcome.DUPLICATE, Outcome.REJECTED))
    return {
        "red": red,
        "yellow": faulty or warned,
        "green": not red and bool(view and _runs(view)),
        "blue": bool(view and _asks(view)),
    }


def must_stop(last: Published | None) -> bool:
    """Whether the station itself asks the line to stand still: a stop on its screen, a queue that is not trusted."""
    view = last.view if last else None
    if view is None:
        return False
    queue = view.packing.queue if view.packing else None
    return bool(view.alarm and view.alarm.outcome is Outcome.STOP) or bool(queue and queue.stopped)


def _runs(view: StationView) -> bool:
    if view.task == "packing" and view.packing:
        return view.packing.state == "started"
    return view.task in WORK and bool(view.operator)


def _asks(view: StationView) -> bool:
    """Somebody has to scan, confirm or sign before the work goes on."""
    packing = view.packing
    return bool(view.alarm or view.waiting_for or view.armed or (packing and (
        packing.label_wanted or packing.half_wanted or (packing.queue and packing.queue.stopped))))
