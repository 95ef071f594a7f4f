"""The optics check as the window says it: each figure as a bar with its limit, and what to do where it is not good."""
from __future__ import annotations

from app.domain.optics import BLUR_GOOD, MOTION_GOOD, PLAN, Finding, Grade, SetUp, fact_of
from app.ui.ports import WordsLike
from app.ui.sentences import Scale, Sentence

TONES = {Grade.GOOD: "good", Grade.FAIR: "care", Grade.REFUSED: "bad"}
SCALES = {"px_module": (PLAN, 5.0, True), "blur": (BLUR_GOOD, 0.9, False), "motion": (MOTION_GOOD, 1.0, False)}


def verdict(stands: SetUp) -> str:
    """ "refused", "good", or "" while too little is known to say so."""
    return "refused" if stands.hopeless else "good" if stands.px_module and stands.blur else ""


def sentences(words: WordsLike, stands: SetUp) -> list[Sentence]:
    """A sentence for each figure; [] where nothing is known."""
    return [_sentence(words, each, stands) for each in stands.findings]


def _sentence(words: WordsLike, finding: Finding, stands: SetUp) -> Sentence:
    name, data = fact_of(finding)
    said = finding.grade is not Grade.GOOD or not finding.value      # what is good is told by its bar
    return Sentence(words(f"recipe.{name}", **data) if said else "",
                    TONES[finding.grade] if finding.value else "plain", _scale(words, finding, stands))


def _scale(words: WordsLike, finding: Finding, stands: SetUp) -> Scale:
    plan, most, more = SCALES[finding.what]
    if finding.what == "motion":
        exposure = stands.belt.exposure_ms
        text = words("recipe.scale.most_ms", value=f"{exposure:.3g}" if exposure else "–",
                     limit=f"{finding.better:.2g}")
    else:
        text = words("recipe.scale.least" if more else "recipe.scale.most", value=f"{finding.value:.2f}",
                     limit=f"{finding.most:g}")
    return Scale(words(f"recipe.scale.{finding.what}"), text, finding.value or None, finding.most, plan, most, more)


def belt_words(words: WordsLike, stands: SetUp) -> str:
    """What is known of module, belt and exposure; "" for nothing."""
    belt = stands.belt
    told = {"module": belt.module_mm, "speed": belt.speed_mm_s, "exposure": belt.exposure_ms}
    return words("recipe.recipe.belt", **{name: f"{value:g}" if value else "" for name, value in told.items()}) \
        if any(told.values()) else ""
