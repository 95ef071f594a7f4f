"""What may not move and what is not whole any more is seen where it is: on the line, in the trees, at the look-up."""
from __future__ import annotations

from dataclasses import replace

import pytest

from app.messages import ReworkView
from app.ui.trees import branches, marks
from app.views import TreeNode
from app.words import LANGUAGES, Words
from tests.ui.sample import CASE, LOOKUP, OTHER, PACKING, SSCC, case_tree

HELD = replace(PACKING, packing=replace(PACKING.packing, levels=(
    PACKING.packing.levels[0], replace(PACKING.packing.levels[1], held=2))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_held_case_in_the_open_pallet_is_marked_on_the_line(bench, language: str) -> None:
    one = bench(HELD, language, (1280, 800))
    strip = one.window.page.held
    assert strip.isVisible() and strip.tone == "care" and "2" in strip.title and "Ctrl+F11" in strip.text
    assert not bench(PACKING, language).window.page.held.isVisible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_and_after_show_the_hold(language: str) -> None:
    words = Words(language, strict=True)
    case = case_tree("C0041", range(24))
    before = (TreeNode(SSCC, "pallet", "in_progress", (case, OTHER)),)
    after = (replace(before[0], children=(replace(case, held="QC"), OTHER)),)
    lines = branches(words, after, before, "came")
    held = next(line for line in lines if "C0041" in line.text)
    assert held.kind == "changed" and words.word("common.choice", "QC") in held.note
    assert [line.kind for line in branches(words, before, after, "left") if "C0041" in line.text] == ["changed"]
    assert [line.kind for line in lines if "C0042" in line.text] == ["same"]


def test_a_case_that_lost_a_bottle_is_not_whole() -> None:
    words = Words("en", strict=True)
    whole = case_tree("C0041", range(24))
    lost = replace(case_tree("C0041", range(1, 24)), whole=False)
    line = branches(words, (lost,), (whole,), "came")[0]
    assert (line.kind, line.note) == ("changed", "not whole")
    assert marks(words, replace(lost, held="QC")) == "on hold: Quality check · not whole" and marks(words, whole) == ""


def test_the_look_up_marks_them_too(bench, qtbot) -> None:
    one = bench(LOOKUP)
    page = one.window.page
    found = one.shelf.look_up(CASE)
    assert found.tree is not None
    page.show_object(replace(found, tree=replace(found.tree, held="QC", whole=False)))
    assert "on hold: Quality check · not whole" in page.facts.texts()
    row = next(row for row in page.tree.rows if row.icon == "hold")
    assert row.note == "case · on hold: Quality check · not whole"


def test_the_panel_of_a_hold_is_painted(bench, qtbot) -> None:
    case = case_tree("C0041", range(24))
    before = (TreeNode(SSCC, "pallet", "in_progress", (case, OTHER)),)
    after = (replace(before[0], children=(replace(case, held="QC"), OTHER)),)
    one = bench(replace(HELD, rework=ReworkView("HOLD", before, after, ("holding",))))
    assert one.window.page.rework is not None and one.window.page.rework.isVisible()
    assert any("Quality check" in line.note for line in one.window.page.rework.after)
