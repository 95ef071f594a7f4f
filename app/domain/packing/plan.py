"""A packaging plan: which levels there are, from the innermost outwards, how many go into the next, and their codes.

Two kinds of link, never mixed: codes of one level's `roles` are peers on ONE object; levels are parent and child.
"""
from __future__ import annotations

from dataclasses import dataclass

JOINED = ("line", "file")
LABELS = ("", "sscc")


@dataclass(frozen=True, slots=True)
class CodeRole:
    """One code that every object of a level carries: "cap_outer", "cap_inner", "carton_outside" … (`Rule.role`).

    `joined` says who ties it to the object's identity: "line" (this station reads both) or "file" (its maker's pair
    file). Of the first role of a level, which is the identity itself, it says nothing.
    """

    role: str
    joined: str = "file"


@dataclass(frozen=True, slots=True)
class PlanLevel:
    """One level. `count` is how many of the level below it hold (0 for the innermost).

    `roles` are the codes of one object, its identity first; () is one code, whatever its role. `label` "sscc" means
    that this station prints the label with an SSCC of its own; "" that labelled containers come to the line.
    """

    level: str
    count: int = 0
    roles: tuple[CodeRole, ...] = ()
    label: str = ""

    @property
    def identity(self) -> str:
        """The role whose code is the object's EPC; "" where there is one code only."""
        return self.roles[0].role if self.roles else ""

    @property
    def on_line(self) -> tuple[str, ...]:
        """The roles that have to be read here for one object to be whole, identity first; () where one code does."""
        peers = tuple(each.role for each in self.roles[1:] if each.joined == "line")
        return (self.identity, *peers) if peers else ()


@dataclass(frozen=True, slots=True)
class Plan:
    id: str
    version: int
    levels: tuple[PlanLevel, ...]    # innermost first: bottle, case (24), pallet (48)

    def index(self, level: str) -> int:
        """Place of a level, innermost 0; -1 where the plan has no such level."""
        return next((i for i, each in enumerate(self.levels) if each.level == level), -1)

    def at(self, level: str) -> PlanLevel:
        """The level of this name. Raises KeyError."""
        index = self.index(level)
        if index < 0:
            raise KeyError(level)
        return self.levels[index]

    def units(self, level: str) -> int:
        """How many innermost units a full container of this level holds."""
        units = 1
        for each in self.levels[1 : self.index(level) + 1]:
            units *= each.count
        return units

    @property
    def codes(self) -> int:
        """How many codes tie one object of each level together: 3 is 三码合一, 5 is 五码合一."""
        return sum(max(1, len(each.roles)) for each in self.levels)

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
        if self.levels[0].label:
            return f"the innermost level {names[0]!r} comes with its code: its label must be empty"
        for each in self.levels:
            roles = [role.role for role in each.roles]
            if len(set(roles)) != len(roles) or not all(roles):
                return f"the roles of level {each.level!r} must be given and all different"
            if any(role.joined not in JOINED for role in each.roles):
                return f"joined of a role of level {each.level!r} must be one of {', '.join(JOINED)}"
            if each.label not in LABELS:
                return f"label of level {each.level!r} must be one of {', '.join(map(repr, LABELS))}"
        return ""
