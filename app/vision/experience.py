"""What the pictures so far told of the codes: how large, which, and which tries read them. A reader keeps it.

It makes the next picture faster and is never needed: every entry may be wrong for the next picture.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.vision import rungs
from app.vision.ladder import Ladder, Tally
from app.vision.reading import SeenCode, side
from app.vision.recipe import Recipe
from app.vision.rungs import Rung
from app.vision.tries import Wanted

ENOUGH = 3               # codes that tell what the others are
SIZES = 3                # sizes that one kind of code is believed to have

Kinds = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What can be kept with a recipe: the tallies of the rungs by symbology, and the codes' side in pixels."""

    side: float = 0.0
    tallies: Mapping[str, Mapping[str, Tally]] = field(default_factory=dict)      # symbologies joined by "+": rung: …


class Experience:
    """For one camera and recipe. `have` says which rungs can be tried at all."""

    def __init__(self, recipe: Recipe, have: Callable[[Rung, Kinds], bool], learnt: Learnt | None = None) -> None:
        self._recipe, self._have = recipe, have
        self.side = recipe.side or (learnt.side if learnt else 0.0)
        self.sizes: dict[str, tuple[tuple[int, int], ...]] = {}
        self.alone = False           # the places alone held every code: no pass over the frame was needed
        self._ladders = {tuple(name.split("+")): self._built(tuple(name.split("+")), dict(tallies))
                         for name, tallies in (learnt.tallies if learnt else {}).items()}

    def _built(self, kinds: Kinds, tallies: dict[str, Tally] | None = None) -> Ladder:
        return Ladder([rung for rung in rungs.ladder(kinds) if self._have(rung, kinds)], tallies)

    def ladder(self, kinds: Kinds) -> Ladder:
        """The rungs for places that may hold any of `kinds`."""
        if kinds not in self._ladders:
            self._ladders[kinds] = self._built(kinds)
        return self._ladders[kinds]

    def begin(self) -> None:
        """A new picture, of which nothing is known."""
        for ladder in self._ladders.values():
            ladder.forget()

    def wanted(self, kinds: Kinds, dark: bool | None) -> Wanted:
        """What to try for, where the codes of this picture are `dark` on light as far as is seen."""
        sizes = self._recipe.sizes or (self.sizes.get(kinds[0], ()) if len(kinds) == 1 else ())
        return Wanted(kinds, sizes, dark if self._recipe.dark is None else self._recipe.dark)

    def saw(self, like: Sequence[SeenCode]) -> None:
        """Learns from the codes of one kind that a picture showed."""
        if len(like) < min(ENOUGH, self._recipe.expected or ENOUGH):
            return
        self.side = float(np.median([side(code.corners) for code in like]))
        known = Counter(code.size for code in like if code.size != (0, 0))
        if known:
            self.sizes[like[0].symbology] = tuple(size for size, _ in known.most_common(SIZES))

    def learnt(self) -> Learnt:
        """For keeping."""
        return Learnt(self.side, {"+".join(kinds): dict(ladder.tallies) for kinds, ladder in self._ladders.items()})
