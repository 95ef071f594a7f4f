"""A recipe from one picture: right where every place was read, none where not; and the reader that uses it."""
from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from app.vision.learn import Lesson, learn
from app.vision.reader import Reader
from app.vision.reading import Cause, centre
from app.vision.recipe import WHOLE, Recipe, recipe_of, table_of
from app.vision.tell import fault_facts, finding_facts, place_facts, recipe_facts
from app.words import LANGUAGES, Words
from drivers.crate import render_case
from tests.crates import PRESETS, Crate

SMALL = replace(PRESETS["dm22-24"], name="small", size=(1280, 960), rows=3, columns=4)


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return Crate(SMALL, "typical", seed=11).frame().pixels


@pytest.fixture(scope="module")
def lesson(picture: np.ndarray) -> Lesson:
    return learn(picture)


def said(facts: object) -> None:
    for language in LANGUAGES:
        words = Words(language, strict=True)
        for name, data in facts:           # type: ignore[attr-defined]
            assert words(f"recipe.{name}", **data)


def test_a_good_picture_teaches_all_there_is(lesson: Lesson) -> None:
    recipe = lesson.recipe
    assert lesson.faults == () and len(lesson.reading.codes) == 12
    assert (recipe.symbologies, recipe.sizes, recipe.rows, recipe.columns, recipe.expected, recipe.dark) == \
        (("DataMatrix",), ((22, 22),), 3, 4, 12, True)
    assert recipe.side == pytest.approx(88, rel=0.05) and recipe.lengths == () and recipe.gtins == ()
    assert lesson.px_module == pytest.approx(4, rel=0.05) and lesson.blur < 0.3
    said(recipe_facts(recipe))


def test_what_was_learnt_reads_the_next_picture_of_the_same_cases(lesson: Lesson) -> None:
    scene = Crate(SMALL, "typical", seed=12).frame()
    reading = Reader(lesson.recipe).read(scene.pixels)
    assert {code.raw for code in reading.codes} == scene.raws


def test_the_locks_keep_others_out(picture: np.ndarray) -> None:
    locked = learn(picture, lock=True).recipe
    assert locked.lengths and locked.gtins and all(len(gtin) == 14 for gtin in locked.gtins)
    other = Crate(SMALL, "typical", seed=13).frame().pixels
    assert not Reader(replace(locked, gtins=("06901234567892",))).read(other).codes
    said(recipe_facts(locked))


def test_the_region_leaves_room_and_is_left_out_where_the_codes_fill_the_picture(picture: np.ndarray) -> None:
    wide = np.full((1400, 2400), 90, np.uint8)
    wide[300:300 + 960, 200:200 + 1280] = picture
    taught = learn(wide)
    left, top, width, height = taught.recipe.region
    assert taught.recipe.region != WHOLE and left + width < 0.8
    for code in taught.reading.codes:
        x, y = centre(code.corners)
        assert left + 0.03 < x / 2400 < left + width - 0.03 and top + 0.03 < y / 1400 < top + height
    assert learn(wide, whole=True).recipe.region == WHOLE
    said(recipe_facts(taught.recipe))
    again = Reader(taught.recipe).read(wide)
    assert {code.raw for code in again.codes} == {code.raw for code in taught.reading.codes}


def test_a_place_that_is_not_read_teaches_nothing_and_is_told_with_its_cause(picture: np.ndarray,
                                                                          lesson: Lesson) -> None:
    spoilt = picture.copy()
    cell = next(each for each in lesson.reading.cells if each.node == (1, 2))
    x, y = (int(each) for each in centre(cell.corners))
    part = spoilt[y - 62:y + 62, x - 62:x + 62]
    part[:] = cv2.GaussianBlur(part, (0, 0), 2.6)
    assert learn(spoilt).faults in (("unread",), ("empty",))
    taught = learn(spoilt, Recipe(count=12))
    assert taught.faults == ("unread",) and [each.node for each in taught.unread] == [(1, 2)]
    assert taught.unread[0].cause is Cause.BLUR
    assert place_facts(taught) == [("place.blur", {"row": 2, "column": 3}), ("why_do.blur", {})]
    said([*fault_facts(taught), *place_facts(taught)])


def test_an_empty_place_is_asked_about_unless_the_number_of_codes_is_known(picture: np.ndarray, lesson: Lesson) -> None:
    bare = picture.copy()
    x, y = (int(each) for each in centre(next(each for each in lesson.reading.cells if each.node == (1, 2)).corners))
    bare[y - 62:y + 62, x - 62:x + 62] = 60
    taught = learn(bare)
    assert taught.faults == ("empty",)
    said(fault_facts(taught))
    known = learn(bare, Recipe(count=11))
    assert known.faults == () and (known.recipe.expected, known.recipe.rows) == (11, 0)


def test_too_few_too_many_and_none(picture: np.ndarray) -> None:
    assert "fewer" in learn(picture, Recipe(count=13)).faults or "unread" in learn(picture, Recipe(count=13)).faults
    more = learn(picture, Recipe(count=5))
    assert more.faults in (("more",), ())            # the reader stops where it has all that are expected
    empty = learn(np.full((480, 640), 128, np.uint8))
    assert empty.faults == ("nothing",) and empty.recipe == Recipe()
    said([*fault_facts(empty), *finding_facts(())])


def test_what_is_asked_for_is_kept(picture: np.ndarray) -> None:
    asked = Recipe(("DataMatrix",), region=(0.0, 0.0, 1.0, 0.99), alphabet="")
    assert learn(picture, asked).recipe.region == asked.region


def test_a_recipe_and_its_table_are_the_same(lesson: Lesson) -> None:
    for recipe in (lesson.recipe, Recipe(), Recipe(("QRCode",), ((25, 25),), dark=False, lengths=(31,), alphabet="AB",
                                                   gtins=("06901234567892",), region=(0.1, 0.2, 0.3, 0.4))):
        assert recipe_of(table_of(recipe)) == recipe
    assert recipe_of({}) == Recipe()


def test_a_label_beside_the_case_does_not_hide_its_lattice() -> None:
    """Learnt with six caps and a label; one cap torn later is told as a place that was not read."""
    caps = [f"https://q.brand.example/b/{at:010d}" for at in range(6)]
    label = "https://q.brand.example/c/02500010000001"
    size = (960, 640)
    lesson = learn(render_case(caps, label, seed=3, size=size, rows=2, cols=3), Recipe(count=7))
    assert not lesson.faults and (lesson.recipe.rows, lesson.recipe.columns, lesson.recipe.count) == (2, 3, 7)
    reading = Reader(lesson.recipe).read(render_case(caps, label, seed=3, size=size, rows=2, cols=3, damaged=(4,)))
    assert len(reading.codes) == 6 and len(reading.unread) == 1
    assert [cell.node for cell in reading.cells if cell.corners == reading.unread[0]] == [(1, 1)]
