"""Plays a shift on the ground: shows crates, scans codes, waits for each verdict, pulls the network plug.

Every step has to end in the verdict that the script expects; anything else ends the demo with a sentence. After a
restart, steps whose goal is in the store already are passed over.
"""
from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from app.demo.ground import Ground
from app.demo.script import Crate, Goal, Network, Scanned, Shift, Step
from app.domain.reasons import Outcome
from app.messages import Notice, Published
from app.store.reader import Reader
from drivers.crate import render_case

VERDICT_S = 30.0
AHEAD = 2                # crates drawn while the one before is being read


class ShiftFailed(Exception):
    """A step did not end as it should; the text says which, what was expected and what came."""


@dataclass
class Played:
    """What was measured while playing."""

    scans_ms: list[float] = field(default_factory=list)
    frames_ms: list[float] = field(default_factory=list)
    steps: int = 0
    skipped: int = 0


class Player:
    """`shown(name)` is called on the player's thread after a step that has a screen to show."""

    def __init__(self, ground: Ground, shift: Shift, reader: Reader, progress: Callable[[int, int, Step], None],
                 shown: Callable[[str], None]) -> None:
        self._ground, self._shift, self._reader = ground, shift, reader
        self._progress, self._shown = progress, shown
        self._verdicts: queue.Queue[Published] = queue.Queue()
        self._drawn: dict[int, Future[np.ndarray]] = {}
        self._catching_up = True
        self.played = Played()

    def hear(self, notice: Notice) -> None:
        """Listener for the station: every verdict of a scan or a picture."""
        if isinstance(notice, Published) and notice.source:
            self._verdicts.put(notice)

    def play(self, stopped: Callable[[], bool]) -> None:
        """The whole shift, from where the store says it is. Raises ShiftFailed, GroundFailed."""
        steps = list(self._shift.steps())
        crates = [at for at, step in enumerate(steps) if isinstance(step, Crate)]
        with ThreadPoolExecutor(1, "crates") as painters:
            for at, step in enumerate(steps):
                if stopped():
                    return
                self._progress(at, len(steps), step)
                if not isinstance(step, Network) and step.goal and self._reached(step.goal):
                    self.played.skipped += 1
                    continue
                for ahead in [each for each in crates if each >= at][:AHEAD]:
                    if ahead not in self._drawn:
                        self._drawn[ahead] = painters.submit(self._draw, steps[ahead])
                self._step(at, step)
                self.played.steps += 1
        self._progress(len(steps), len(steps), steps[-1])

    def _step(self, at: int, step: Step) -> None:
        match step:
            case Network(up):
                self._ground.server_up() if up else self._ground.server_down()
            case Crate():
                self._ground.camera.show(self._drawn.pop(at).result(), f"case {at:05d}.png")
                self.played.frames_ms.append(self._await(step, "camera").took_ms)
                if step.shows:
                    self._shown(step.shows)
            case Scanned(text):
                self._ground.scanner.scan(text.encode())
                self.played.scans_ms.append(self._await(step, "scanner").took_ms)
                if step.shows:
                    self._shown(step.shows)

    def _await(self, step: Crate | Scanned, source: str) -> Published:
        """The verdict of this step. Where a kill had cut one off, its work may be half done: repeating it is right."""
        try:
            published = self._verdicts.get(timeout=VERDICT_S)
        except queue.Empty:
            raise ShiftFailed(f"no verdict within {VERDICT_S:.0f} s on {step}") from None
        verdict = published.verdict
        again = self._catching_up and verdict.outcome in (Outcome.DUPLICATE, Outcome.COMMAND)
        if published.source != source or verdict.reason is not step.expects and not again:
            raise ShiftFailed(f"expected {step.expects} from {source}, got {verdict.reason} from {published.source} "
                              f"({dict(verdict.data)}) on {step}")
        if step.goal and verdict.reason is step.expects:
            self._catching_up = self._catching_up and not self._reached(step.goal)
        return published

    def _draw(self, crate: Crate) -> np.ndarray:
        shape = self._shift.shape
        hidden = () if crate.hidden < 0 else (crate.hidden,)
        return render_case(crate.bottles, crate.label or None, seed=hash_of(crate.bottles[0]), rows=shape.rows,
                           cols=shape.columns, damaged=hidden)

    def _reached(self, goal: Goal) -> bool:
        if goal.kind == "document":
            open_ones = (*self._reader.documents("out"), *self._reader.documents("in"))
            return not any(row.id == goal.subject for row in open_ones)
        found = self._reader.look_up(goal.subject)
        match goal.kind:
            case "closed":
                return found.known and found.tree is not None and bool(found.tree.children)
            case "received":
                return found.known and found.status == "in_progress"
            case _:
                return found.known and found.status == "in_transit"


def hash_of(text: str) -> int:
    """A number that is the same in every process."""
    return crc32(text.encode())
