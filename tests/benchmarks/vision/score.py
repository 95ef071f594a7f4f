"""What each engine read of each shot, how long it took, and the figures that follow."""
from __future__ import annotations

import math
import re
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.benchmarks.vision.peers import Look, Read
from tests.benchmarks.vision.shots import Shot

SLOW_S = 1.0             # a shot that takes an engine longer than this is not repeated


@dataclass(frozen=True, slots=True)
class Score:
    """Of one engine on one shot."""

    shot: str
    condition: str
    read: int
    codes: int
    wrong: tuple[bytes, ...]
    first_ms: float
    later_ms: tuple[float, ...] = ()
    cpu_ms: float = 0.0               # of all threads, for the first frame
    fault: str = ""                   # what the engine raised; it then read nothing

    @property
    def complete(self) -> bool:
        return self.read >= self.codes


def measure(shot: Shot, look: Look, repeats: int) -> tuple[Score, list[Read]]:
    """Reads the shot `repeats` times; of each frame the shortest time counts, of the codes those of the first time,
    but a wrong text of any. Once is enough where it took more than SLOW_S."""
    fastest, cpu = [math.inf] * len(shot.frames), math.inf
    kept: list[Read] = []
    fault, wrong = "", set[bytes]()
    started = time.perf_counter()
    for turn in range(max(1, repeats)):
        for at, frame in enumerate(shot.frames):
            began, worked = time.perf_counter(), time.process_time()
            try:
                read = look(frame, at > 0)
            except Exception as e:        # an engine that breaks off is a row of the table, not the end of the run
                read, fault = Read(()), f"{type(e).__name__}: {e}"
            fastest[at] = min(fastest[at], (time.perf_counter() - began) * 1000)
            cpu = min(cpu, (time.process_time() - worked) * 1000) if at == 0 else cpu
            wrong.update(judged(shot, _texts(read))[1])
            if turn == 0:
                kept.append(read)
        if time.perf_counter() - started > SLOW_S:
            break
    good, _ = judged(shot, {raw for read in kept for raw in _texts(read)})
    return Score(shot.name, shot.condition, good, shot.codes, tuple(sorted(wrong)), fastest[0], tuple(fastest[1:]), cpu,
                 fault), kept


def _texts(read: Read) -> set[bytes]:
    return {raw.removeprefix(b"\x1d") for raw, _ in read.codes}


def judged(shot: Shot, found: Iterable[bytes]) -> tuple[int, tuple[bytes, ...]]:
    """How many of the shot's codes are among what was found, and what of it is on no code of it."""
    found = set(found)
    if shot.texts is None:
        fitting = {raw for raw in found if re.search(shot.pattern, raw.decode("utf-8", "replace"))}
        return min(len(fitting), shot.codes), tuple(sorted(found - fitting))
    right = frozenset().union(*shot.texts)
    bare = {raw: raw.translate(None, b"\x1d()") for raw in found}         # as lists write what was sent
    return (sum(bool(spelt & {*found, *bare.values()}) for spelt in shot.texts),
            tuple(sorted(raw for raw in found if raw not in right and bare[raw] not in right)))


@dataclass(frozen=True, slots=True)
class Figures:
    shots: int
    codes: int
    read: float              # %
    complete: float          # % of the shots
    wrong: int
    median_ms: float
    p90_ms: float
    later_ms: float          # median of the later frames; 0 where there are none
    later_p90_ms: float
    cpu_ms: float            # mean of the first frames


def figures(scores: Sequence[Score]) -> Figures:
    """`scores` is not empty."""
    codes, first = sum(s.codes for s in scores), sorted(s.first_ms for s in scores)
    later = sorted(ms for s in scores for ms in s.later_ms) or [0.0]
    return Figures(len(scores), codes, 100 * sum(s.read for s in scores) / max(codes, 1),
                   100 * sum(s.complete for s in scores) / len(scores), sum(len(s.wrong) for s in scores),
                   statistics.median(first), _p90(first), statistics.median(later), _p90(later),
                   statistics.mean(s.cpu_ms for s in scores))


def _p90(ordered: Sequence[float]) -> float:
    return ordered[math.ceil(0.9 * len(ordered)) - 1]
