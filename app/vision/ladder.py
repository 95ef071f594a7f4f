"""In which order the rungs are tried: by what each brings for its time, learnt from every try of this recipe.

Old tries count less and less, so that a changed lens or printer is learnt within a frame or two. Knows no pixels.
"""
from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.vision.rungs import Rung

FADES = 0.94             # weight of a try after each later one of its rung: a frame or two are remembered
SLOWEST = 8.0            # times the measured milliseconds: what a slower machine may have learnt, and is unlearnt again
TRUST = 2.0              # tries that the measured rate is worth at the beginning


@dataclass(frozen=True, slots=True)
class Tally:
    """How a rung did: tries and wins (faded), and the milliseconds that a try takes. For keeping with a recipe."""

    tried: float = 0.0
    won: float = 0.0
    ms: float = 0.0


class Ladder:
    """The rungs of a symbology with their tallies. For one frame at a time; not for several threads."""

    def __init__(self, rungs: Iterable[Rung], learnt: dict[str, Tally] | None = None) -> None:
        self.rungs = tuple(rungs)
        self.tallies = {rung.name: _believed((learnt or {}).get(rung.name, Tally()), rung) for rung in self.rungs}
        self._slower = 1.0               # this machine at this moment, against the one that the rungs were measured on

    def rate(self, rung: Rung) -> float:
        """The chance that a try of this rung reads the place."""
        tally = self.tallies[rung.name]
        return (tally.won + TRUST * rung.rate) / (tally.tried + TRUST)

    def ms(self, rung: Rung) -> float:
        """The time of one try."""
        return self.tallies[rung.name].ms or rung.ms * self._slower

    def next(self, tried: Collection[str], left_ms: float, most_ms: float) -> tuple[float, Rung] | None:
        """The rung that brings most for its time and how much, wins a millisecond; None where none is left.

        `left_ms` is what there is of real time, `most_ms` how dear the rung may be on the machine it was measured on.
        """
        best = None
        for rung in self.rungs:
            ms = self.ms(rung)
            if rung.name not in tried and ms <= left_ms and rung.ms <= most_ms:
                value = self.rate(rung) / ms
                if best is None or value > best[0]:
                    best = value, rung
        return best

    def forget(self) -> None:
        """A new picture: half of what is known of each rung goes, so that none is given up for ever."""
        for name, tally in self.tallies.items():
            self.tallies[name] = Tally(tally.tried / 2, tally.won / 2, tally.ms)

    def tell(self, rung: Rung, won: bool, ms: float) -> None:
        """What one try brought."""
        old = self.tallies[rung.name]
        before = old.ms or rung.ms * self._slower
        usual = before + 0.1 * (min(ms, 3 * before) - before)        # one slow try must not spoil what is known
        self._slower += 0.02 * (usual / rung.ms - self._slower)
        self.tallies[rung.name] = Tally(old.tried * FADES + 1, old.won * FADES + won, usual)


def _believed(tally: Tally, rung: Rung) -> Tally:
    """What an earlier run learnt, as far as it can be true: no rung may be thought too dear ever to be tried again."""
    return Tally(tally.tried, min(tally.won, tally.tried), min(tally.ms, SLOWEST * rung.ms))
