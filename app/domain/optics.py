"""Whether lens, light and belt let codes be read at all: pixels a module, blur and movement against the module.

Pure figures. The limits were measured: below them no engine and no enlarging reads a code. What to do is said by the
sentences under recipe.toml; who measures, and who may keep a set-up that will not do, is decided elsewhere.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

PLAN, ACCEPT, ALARM = 3.5, 2.5, 2.0      # pixels a module: to plan for, to accept, below which the line must be told
BLUR_GOOD, BLUR_MOST = 0.3, 0.45         # sigma of the blur in modules
MOTION_GOOD, MOTION_MOST = 0.25, 0.5     # modules that the case moves while the shutter is open

Fact = tuple[str, dict[str, str | int]]          # a key of recipe.toml without its table, and its fields


class Grade(StrEnum):
    GOOD = "good"
    FAIR = "fair"            # reads, but leaves nothing for a bad day
    REFUSED = "refused"      # cannot be relied on


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure of the set-up. `what` is "px_module", "blur" or "motion", `value` in pixels or modules.

    `most` is the limit that is accepted; `better` what would make it good: how many times as many pixels a module,
    the blur in modules, or the longest exposure in ms (0 where it cannot be told).
    """

    what: str
    grade: Grade
    value: float
    most: float
    better: float = 0.0


@dataclass(frozen=True, slots=True)
class Belt:
    """What a camera cannot see: the module as printed, the belt's speed, the exposure. 0 where it is not known."""

    module_mm: float = 0.0
    speed_mm_s: float = 0.0
    exposure_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class SetUp:
    """A camera as it stands: `px_module` and `blur` (in modules) as measured, 0 where they are not known."""

    px_module: float = 0.0
    blur: float = 0.0
    belt: Belt = Belt()

    @property
    def findings(self) -> tuple[Finding, ...]:
        belt = self.belt
        return judged(self.px_module, self.blur, module_mm=belt.module_mm, speed_mm_s=belt.speed_mm_s,
                      exposure_ms=belt.exposure_ms)

    @property
    def hopeless(self) -> bool:
        return hopeless(self.findings)


def px_module(sensor_px: float, field_mm: float, module_mm: float) -> float:
    """Pixels a module where so many pixels of the sensor see so many millimetres. All above 0."""
    return sensor_px / field_mm * module_mm


def judged(pixels: float = 0.0, blur: float = 0.0, *, module_mm: float = 0.0, speed_mm_s: float = 0.0,
           exposure_ms: float = 0.0) -> tuple[Finding, ...]:
    """A finding for each figure that is known (above 0). `pixels` a module, `blur` its sigma in modules.

    The belt needs all three of the last; without the exposure the finding tells the longest that will do.
    """
    found = []
    if pixels > 0:
        grade = Grade.GOOD if pixels >= PLAN else Grade.FAIR if pixels >= ACCEPT else Grade.REFUSED
        found.append(Finding("px_module", grade, pixels, ACCEPT, PLAN / pixels))
    if blur > 0:
        grade = Grade.GOOD if blur <= BLUR_GOOD else Grade.FAIR if blur <= BLUR_MOST else Grade.REFUSED
        found.append(Finding("blur", grade, blur, BLUR_MOST, BLUR_GOOD))
    if speed_mm_s > 0 and module_mm > 0:
        motion = exposure_ms / 1000 * speed_mm_s / module_mm
        grade = Grade.GOOD if motion <= MOTION_GOOD else Grade.FAIR if motion <= MOTION_MOST else Grade.REFUSED
        longest = MOTION_MOST * module_mm / speed_mm_s * 1000
        found.append(Finding("motion", grade, motion, MOTION_MOST, longest))
    return tuple(found)


def hopeless(found: Sequence[Finding]) -> bool:
    """Whether the set-up is to be refused."""
    return any(finding.grade is Grade.REFUSED for finding in found)


def fact_of(finding: Finding) -> Fact:
    """The sentence for one figure, with what to do where it is not good."""
    still = "_still" if finding.what == "motion" and finding.value == 0 else ""
    better = finding.better
    return f"{finding.what}.{finding.grade}{still}", {
        "value": f"{finding.value:.2f}", "most": f"{finding.most:g}", "better": f"{better:.2g}",
        "percent": round(100 / better) if finding.what == "px_module" and better else 0}
