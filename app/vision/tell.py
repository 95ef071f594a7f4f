"""What a recipe holds and how good a set-up is, as sentences' names with their fields. The words are said elsewhere.

Pure values: the command line and the window say the same of the same picture.
"""
from __future__ import annotations

from collections.abc import Sequence

from app.domain.optics import Belt, Fact, Finding, fact_of
from app.vision.learn import Lesson
from app.vision.reading import CellState
from app.vision.recipe import WHOLE, Recipe

PLACES = 6               # named at most


def recipe_facts(recipe: Recipe) -> list[Fact]:
    """What is known of the codes, the most important first."""
    sizes = ", ".join(f"{rows}×{columns}" for rows, columns in recipe.sizes)
    facts: list[Fact] = []
    if recipe.symbologies:
        facts.append(("recipe.codes", {"symbologies": ", ".join(recipe.symbologies), "sizes": sizes}))
    if recipe.rows and recipe.columns:
        facts.append(("recipe.lattice", {"rows": recipe.rows, "columns": recipe.columns, "count": recipe.expected}))
    elif recipe.count:
        facts.append(("recipe.count", {"count": recipe.count}))
    if recipe.dark is not None:
        facts.append((f"recipe.{'dark' if recipe.dark else 'light'}", {}))
    if recipe.side:
        facts.append(("recipe.side", {"side": round(recipe.side)}))
    left, top, width, height = (round(100 * each) for each in recipe.region)
    facts.append(("recipe.whole", {}) if recipe.region == WHOLE else
                 ("recipe.region", {"left": left, "top": top, "right": left + width, "bottom": top + height}))
    if recipe.lengths:
        facts.append(("recipe.lengths", {"lengths": ", ".join(map(str, recipe.lengths))}))
    if recipe.gtins:
        facts.append(("recipe.gtins", {"gtins": ", ".join(recipe.gtins)}))
    if recipe.alphabet:
        facts.append(("recipe.alphabet", {"alphabet": recipe.alphabet}))
    return facts


def fault_facts(lesson: Lesson) -> list[Fact]:
    """Why a picture teaches nothing; [] where it may be used."""
    read = len(lesson.reading.codes)
    data: dict[str, str | int] = {"read": read, "expected": lesson.asked, "unread": len(lesson.unread),
                                  "empty": sum(cell.state is CellState.EMPTY for cell in lesson.reading.cells),
                                  "suspect": sum(cell.state is CellState.SUSPECT for cell in lesson.reading.cells)}
    return [(f"fault.{fault}", data) for fault in lesson.faults]


def place_facts(lesson: Lesson) -> list[Fact]:
    """The places that were not read, with the guess why: `place.<cause>`; then what to do about each cause."""
    places: list[Fact] = [(f"place.{cell.cause or 'none'}", {"row": cell.node[0] + 1, "column": cell.node[1] + 1})
                          for cell in lesson.unread[:PLACES] if cell.node]
    return places + [(f"why_do.{cause}", {}) for cause in dict.fromkeys(cell.cause for cell in lesson.unread) if cause]


def finding_facts(findings: Sequence[Finding]) -> list[Fact]:
    """A sentence for each figure of the set-up, with what to do where it is not good."""
    return [fact_of(each) for each in findings]


def belt_facts(belt: Belt) -> list[Fact]:
    """What was told of module, belt and exposure; [] where nothing was."""
    told: dict[str, str | int] = {name: f"{value:g}" if value else "" for name, value in
                                  (("module", belt.module_mm), ("speed", belt.speed_mm_s),
                                   ("exposure", belt.exposure_ms))}
    return [("recipe.belt", told)] if any(told.values()) else []
