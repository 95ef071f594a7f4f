"""One layer over its pictures: what was read counts on while it looks the same, the rest is looked for again."""
from __future__ import annotations

import math
import time

import cv2
import numpy as np
import pytest

from app.vision.decoders import Zxing
from app.vision.experience import Experience
from app.vision.layer import Layer
from app.vision.reader import Reader
from app.vision.reading import CellState, FrameReading, centre
from app.vision.recipe import Recipe
from app.vision.search import Known, Search
from app.vision.tries import Engines
from drivers.crate import layout, render_case

SIZE = (1280, 720)
PATIENT_S = 30.0
PLAN = layout(12, SIZE, rows=3, cols=4, with_label=False)


def texts(seed: int) -> list[str]:
    return [f"https://q.brand.example/b/{seed:03d}{i:07d}" for i in range(12)]


def case(seed: int, codes: list[str] | None = None, missing: tuple[int, ...] = (),
         torn: tuple[int, ...] = ()) -> np.ndarray:
    return render_case(codes or texts(seed), None, seed=seed, size=SIZE, rows=3, cols=4, missing=missing, damaged=torn)


def reader(count: int = 12) -> Reader:
    return Reader(Recipe(("QRCode",), count=count), budget_s=PATIENT_S)


def read(reading: FrameReading) -> list[str]:
    return sorted(code.raw.decode() for code in reading.codes)


def shifted(picture: np.ndarray, x: int, y: int) -> np.ndarray:
    return cv2.warpAffine(picture, np.float64([[1, 0, x], [0, 1, y]]), SIZE, borderMode=cv2.BORDER_REPLICATE)


def noisy(picture: np.ndarray, seed: int) -> np.ndarray:
    grain = np.random.default_rng(seed).normal(0, 4, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("step", [(0, 0), (9, -14), (31, 22)])
def test_codes_go_with_the_case(step: tuple[int, int]) -> None:
    one, picture = reader(), case(1)
    assert read(one.read(picture)) == sorted(texts(1))
    after = one.follow(noisy(shifted(picture, *step), 5))
    assert read(after) == sorted(texts(1))
    for code in after.codes:
        x, y = PLAN.centres[texts(1).index(code.raw.decode())]
        assert math.dist(centre(code.corners), (x + step[0], y + step[1])) < 0.25 * PLAN.cell


def test_nothing_is_decoded_again_while_all_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    one, picture = reader(), case(1)
    one.read(picture)
    monkeypatch.setattr(Search, "run", lambda *_, **__: pytest.fail("a search was made"))
    monkeypatch.setattr(Engines, "attempt", lambda *_, **__: pytest.fail("a code was tried again"))
    assert read(one.follow(noisy(shifted(picture, 7, 3), 6))) == sorted(texts(1))


@pytest.mark.parametrize("count", [0, 12])
def test_what_the_first_picture_lacks_comes_from_the_next(count: int) -> None:
    """A hand over three caps, then over one other."""
    one, picture = reader(count), case(2)
    first, second = picture.copy(), picture.copy()
    for at, into in ((0, first), (5, first), (6, first), (10, second)):
        x, y = (int(value) for value in PLAN.centres[at])
        cv2.circle(into, (x, y), int(0.4 * PLAN.cell), (90, 120, 160), -1)
    assert len(one.read(first).codes) == 9
    both = {*read(one.follow(noisy(second, 1)))}
    assert len(both) == 11, "a covered code does not count on"
    assert read(one.follow(noisy(picture, 2))) == sorted(texts(2))


def test_another_case_in_the_same_place_has_its_own_codes() -> None:
    """The same seed lays the caps the same way round; only the numbers differ."""
    one = reader()
    one.read(case(3))
    others = [text.replace("003", "773") for text in texts(3)]
    assert read(one.follow(case(3, others))) == sorted(others)
    assert read(one.follow(case(4))) == sorted(texts(4))


def test_a_bottle_put_in_place_of_another_is_read_anew() -> None:
    one, codes = reader(), texts(5)
    one.read(case(5))
    codes[6] = "https://q.brand.example/b/9990000123"
    assert read(one.follow(noisy(case(5, codes), 1))) == sorted(codes)


@pytest.mark.parametrize("blur", [0.0, 2.5])
@pytest.mark.parametrize("count", [0, 12])
def test_a_bottle_in_place_of_another_that_cannot_be_read_is_unread(count: int, blur: float) -> None:
    """Torn or blurred: what was read there before counts no more, and the place is ringed."""
    one, codes = reader(count), texts(7)
    one.read(case(7))
    codes[6] = "https://q.brand.example/b/0070009106"
    picture = cv2.cvtColor(case(7, codes, torn=() if blur else (6,)), cv2.COLOR_BGR2GRAY)
    x, y = (int(value) for value in PLAN.centres[6])
    reach = int(0.6 * PLAN.cell)
    if blur:
        soft = cv2.GaussianBlur(picture, (0, 0), blur)
        picture[y - reach:y + reach, x - reach:x + reach] = soft[y - reach:y + reach, x - reach:x + reach]
    for i in range(3):
        after = one.follow(noisy(picture, i))
        assert read(after) == sorted({*texts(7)} - {texts(7)[6]})
        assert [math.dist(centre(place), (x, y)) < reach for place in after.unread] == [True]


def test_one_that_is_another_is_read_at_its_place_without_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    one, codes = reader(), texts(5)
    one.read(case(5))
    codes[6] = codes[6][:-2] + "90"
    monkeypatch.setattr(Search, "run", lambda *_, **__: pytest.fail("a search was made"))
    assert read(one.follow(noisy(case(5, codes), 1))) == sorted(codes)


def test_what_cannot_be_read_again_is_a_place_to_try() -> None:
    recipe, engines = Recipe(("QRCode",), count=12), Engines(Zxing())
    grey = cv2.cvtColor(case(5, torn=(6,)), cv2.COLOR_BGR2GRAY)
    codes = reader().read(case(5)).codes
    search = Search(engines, grey, recipe, Experience(recipe, engines.have), time.perf_counter(), PATIENT_S, Known())
    search.check(codes)
    assert sorted(code.raw.decode() for code in search.codes) == sorted({*texts(5)} - {texts(5)[6]})
    assert [math.dist(spot.at, PLAN.centres[6]) < 0.2 * PLAN.cell for spot in search.spots] == [True]


def test_a_code_that_is_gone_counts_no_more() -> None:
    one = reader()
    one.read(case(6))
    after = one.follow(noisy(case(6, missing=(7,)), 1))
    assert read(after) == sorted({*texts(6)} - {texts(6)[7]})
    assert [cell.state for cell in after.cells if cell.state is not CellState.READ] != []


def test_a_camera_that_writes_into_the_same_memory_changes_nothing() -> None:
    one, memory = reader(), cv2.cvtColor(case(3), cv2.COLOR_BGR2GRAY)
    one.read(memory)
    others = [text.replace("003", "773") for text in texts(3)]
    memory[:] = cv2.cvtColor(case(3, others), cv2.COLOR_BGR2GRAY)
    assert read(one.follow(memory)) == sorted(others)


def test_read_begins_anew() -> None:
    one = reader()
    one.read(case(7))
    assert read(one.read(case(7, torn=(2,)))) == sorted({*texts(7)} - {texts(7)[2]})


def test_an_empty_belt_and_then_a_case() -> None:
    one = reader()
    blank = np.full((720, 1280), 120, np.uint8)
    assert one.follow(blank).codes == one.follow(noisy(blank, 1)).codes == ()
    assert read(one.follow(case(8))) == sorted(texts(8))
    assert one.follow(blank).codes == ()


def test_a_picture_of_another_size_is_another_layer() -> None:
    one = reader()
    one.read(case(9))
    half = cv2.resize(case(9), None, fx=0.5, fy=0.75, interpolation=cv2.INTER_AREA)
    assert one.follow(half).width == 640


@pytest.mark.parametrize("shape", [(1, 1), (2, 40), (9, 9), (64, 3)])
def test_tiny_pictures_are_followed_without_a_fault(shape: tuple[int, int]) -> None:
    tiny = np.zeros(shape, np.uint8)
    assert Layer(tiny, Known()).followed(tiny) is not None
    one = reader()
    assert one.follow(tiny).codes == one.follow(tiny).codes == ()
