"""Whether a camera's pictures count: not while the camera is set up, and not what lies under it when that ends.

The set-up is lent for some seconds and lent again while it goes on; so a window that hangs or is gone ends it, too.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable

LENT_S = 15.0            # for which a set-up goes on without a word
OTHERS = 3               # pictures in a row with other codes only: what lay there was taken away
EMPTY = 15               # pictures in a row without any code; a passing hand is quicker


class Withheld:
    """`lies`: of a live camera the same goods are seen again and again; a folder shows each picture once."""

    def __init__(self, mono: Callable[[], float], *, lies: bool) -> None:
        self._mono, self._lies = mono, lies
        self._until_s = float("-inf")
        self._held = False               # pictures were withheld, and what lay there has not been taken away yet
        self._fresh = False              # no picture has been judged since the set-up ended
        self._lying: set[bytes] = set()  # the codes that were seen there last
        self._away = 0                   # pictures in a row without any of them

    def lend(self, seconds: float) -> None:
        """From any thread: a set-up goes on for so long; 0 ends it."""
        self._until_s = self._mono() + seconds if seconds > 0 else float("-inf")

    @property
    def word(self) -> str:
        """What a screen is to be told: "set_up" while it goes on, "set_up_over" until what lay there is gone, ""."""
        return "set_up" if self._mono() < self._until_s else "set_up_over" if self._held else ""

    def holds(self, raws: Iterable[bytes]) -> bool:
        """Whether a picture with these codes counts for nothing. For the camera's own thread, of each picture."""
        seen = set(raws)
        if self._mono() < self._until_s:
            self._held = self._fresh = True
            self._away = 0
            if seen:
                self._lying = seen | self._lying if seen & self._lying else seen
            return True
        if not self._held:
            return False
        if self._lies and (self._fresh or seen & self._lying):
            self._lying |= seen          # also what was put there in the moment in which the set-up ended
            self._fresh, self._away = False, 0
            return self._still()
        self._away += 1
        if self._lies and self._away < (OTHERS if seen else EMPTY):
            return True
        self._held, self._lying = False, set()
        return False

    def _still(self) -> bool:
        """Nothing lay there at all: then there is nothing to be taken away."""
        self._held = bool(self._lying)
        return True
