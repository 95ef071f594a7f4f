"""Which place of the case each code of a picture is at: a number on the verdict's marks. Pure."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain.codes.identity import Code, Meaning
from app.domain.decision import Mark, Verdict
from app.domain.packing import cells
from app.domain.packing.containers import Packing
from app.domain.reasons import Outcome, Reason
from app.messages import Frame


def celled(verdict: Verdict, frame: Frame, codes: Sequence[Meaning], packing: Packing | None) -> Verdict:
    """The verdict with the place of each unit, and a mark for each place that was not read."""
    if packing is None or not frame.width or len(frame.seen) + len(frame.unread) < 2:
        return verdict
    unit, count = packing.plan.levels[0].level, packing.plan.levels[1].count
    units = [at for at, code in enumerate(codes) if not isinstance(code, Code) or code.level in ("", unit)]
    places = [frame.seen[at].corners for at in units] + list(frame.unread)
    if not all(len(set(place)) > 1 for place in places):         # a reader that tells no places
        return verdict
    found = cells.lay_out(places, count=count, width=frame.width, height=frame.height)
    numbers, cell = found.numbers, dict(zip(units, found.numbers, strict=False))
    unread = tuple(Mark(-1, Outcome.WARNING, Reason.UNREADABLE, cell=number) for number in numbers[len(units):])
    marks = tuple(replace(mark, cell=cell.get(mark.index, -1)) for mark in verdict.marks)
    data = {**verdict.data, "grid": f"{found.rows}x{found.columns}"} if unread and found.rows else verdict.data
    why = " ".join(f"{number}:{cause}" for number, cause in zip(numbers[len(units):], frame.causes, strict=False)
                   if cause and number >= 0)
    if why:
        data = {**data, "why": why}
    return replace(verdict, data=data, marks=(*marks, *unread))
