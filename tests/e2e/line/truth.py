"""What is physically there: which bottle stands in which case, which case on which pallet, what is gone for good."""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Case:
    """A carton. `label` is the code that sticks on it, "" while it is bare."""

    number: int
    bottles: list[str] = field(default_factory=list)
    label: str = ""
    gone: bool = False           # taken apart


@dataclass
class Pallet:
    cases: list[Case] = field(default_factory=list)
    label: str = ""


@dataclass
class Truth:
    cases: list[Case] = field(default_factory=list)
    pallets: list[Pallet] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)      # code → scrapped, sampled, …
    acts: Counter[str] = field(default_factory=Counter)      # faults thrown and what was done about them

    def parents(self) -> dict[str, str]:
        """Each code in something → the code of what it is in. Raises AssertionError for what cannot be."""
        found: dict[str, str] = {}

        def put(child: str, parent: str) -> None:
            assert parent, f"{child} is in something without a label"
            assert child not in found, f"{child} is in {found[child]} and in {parent}"
            found[child] = parent

        for case in self.cases:
            for bottle in () if case.gone else case.bottles:
                put(bottle, case.label)
        for pallet in self.pallets:
            for case in pallet.cases:
                put(case.label, pallet.label)
        return found
