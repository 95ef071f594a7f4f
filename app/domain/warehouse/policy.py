"""What a site and its brands want done in doubt: stop, warn, or pass and record. Data only; from settings and feed."""
from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Measure(StrEnum):
    """What is done about a finding."""

    OFF = "off"
    RECORD = "record"        # pass and record
    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Site:
    """Where this station stands: whose it is, in which territory, and where on the map (degrees)."""

    partner: str = ""        # id of the partner that this site is; "" the brand owner's own
    territory: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """`diversion` by brand, "" for every other. `unknown`: "refuse" or "provisional". `check` is of a hundred
    containers received how many are opened. `min_life_days` of a customer who names none; `speed_km_h` is how fast
    goods can travel at most."""

    unknown: str = "refuse"
    fefo: Measure = Measure.WARN
    expired: Measure = Measure.STOP
    life: Measure = Measure.STOP
    min_life_days: int = 0
    check: int = 0
    diversion: dict[str, Measure] = field(default_factory=lambda: {"": Measure.STOP})
    speed_km_h: int = 120
    break_pallet: str = "ask"      # "ask" or "refuse"

    def on_diversion(self, brand: str) -> Measure:
        return self.diversion.get(brand, self.diversion.get("", Measure.STOP))


def inside(site: str, location: str) -> bool:
    """Whether a place (URI) is the site or a shelf of it."""
    return location == site or location.startswith(site + "/254/")
