"""Which station this is, and what surrounds it: what the engine is given and never reaches for by itself."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.codes.rule import Rule
from app.domain.packing.labels import SsccRange
from app.domain.packing.line_queue import USUAL, Conveyor
from app.domain.warehouse.policy import Policy, Site


@dataclass(frozen=True, slots=True)
class Place:
    """Which station this is; the same in every event."""

    station: str
    name: str
    read_point: str
    location: str
    max_children: int = 1000
    operator: str = ""                           # signed in by itself on an unattended line
    lock_after: timedelta = timedelta(minutes=10)
    rules: tuple[Rule, ...] = ()                 # of the site, before those of the products
    order: str = ""                              # packed from the start on an unattended line
    clearance: bool = False                      # an order takes nothing before somebody has started it
    sscc: SsccRange | None = None                # numbers for labels printed here
    queued: frozenset[str] = frozenset()         # devices whose codes enter the in-line queue
    conveyor: Conveyor = USUAL                   # from that reader to the packer
    site: Site = Site()                          # whose warehouse it is, in which territory
    policy: Policy = field(default_factory=Policy)

    @property
    def ground(self) -> tuple[str, Policy]:
        """Where goods stand here, and what is done in doubt."""
        return self.location, self.policy


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the engine must not reach for by itself."""

    now: Callable[[], datetime]                  # aware, with the local offset
    mono: Callable[[], float]
    new_id: Callable[[datetime], str]
    pin_matches: Callable[[str, str], bool]      # (argon2 hash, digits)
    room: Callable[[], bool] = lambda: True      # False: the disk is so full that new work has to stop
