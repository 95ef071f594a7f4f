"""A packaging plan: which levels there are, from the innermost outwards, and how many go into the next."""
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlanLevel:
    """One level. `count` is how many of the level below it hold (0 for the innermost)."""

    level: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    id: str
    version: int
    levels: tuple[PlanLevel, ...]    # innermost first: bottle, case (24), pallet (48)

    def index(self, level: str) -> int:
        """Place of a level, innermost 0; -1 where the plan has no such level."""
        return next((i for i, each in enumerate(self.levels) if each.level == level), -1)

    def units(self, level: str) -> int:
        """How many innermost units a full container of this level holds."""
        units = 1
        for each in self.levels[1 : self.index(level) + 1]:
            units *= each.count
        return units

    def problem(self) -> str:
        """What is wrong with the plan, in English for the importer; "" when it is sound."""
        names = [each.level for each in self.levels]
        if len(names) < 2:
            return "a plan needs at least two levels"
        if len(set(names)) != len(names) or not all(names):
            return "level names must be given and all different"
        if self.levels[0].count != 0:
            return f"the innermost level {names[0]!r} holds nothing: its count must be 0"
        if any(each.count < 1 for each in self.levels[1:]):
            return "every outer level needs a count of at least 1"
        return ""
