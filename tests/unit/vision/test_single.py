"""One code held before a webcam: read wherever it is held, told once, never guessed."""
from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.vision.reading import centre
from app.vision.single import LEFT, THOROUGH, Held, Single
from tests.unit.vision.pictures import on_paper

WIDE, HIGH = 1280, 720


def held(content: str, kind: str = "QRCode", at: tuple[int, int] = (WIDE // 2, HIGH // 2), *, seed: int = 0,
         degrees: float = 0.0, onto: np.ndarray | None = None) -> np.ndarray:
    """BGR, a webcam's picture: a hand's paper in front of a room."""
    luck = np.random.default_rng(seed)
    if onto is None:
        room = cv2.resize(luck.integers(60, 140, (9, 16)).astype(np.uint8), (WIDE, HIGH), interpolation=cv2.INTER_CUBIC)
        onto = cv2.cvtColor(room, cv2.COLOR_GRAY2BGR)
    paper = on_paper(content, kind, module=3, degrees=degrees)
    high, wide = paper.shape
    top, left = at[1] - high // 2, at[0] - wide // 2
    picture = onto.copy()
    picture[top:top + high, left:left + wide] = cv2.GaussianBlur(paper, (0, 0), 0.8)[..., None]
    noisy = picture + luck.normal(0, 3, (HIGH, WIDE, 1)).astype(np.float32)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def told(pictures: list[np.ndarray], *kinds: str) -> list[bytes]:
    single, once = Single(kinds), Held()
    readings = [once.add(single.read(picture)) for picture in pictures]
    return [reading.codes[0].raw for reading in readings if reading]


@pytest.mark.parametrize("kind, content", [
    ("QRCode", "https://q.brand.example/1"), ("DataMatrix", "A1B2C3"), ("EAN13", "6901234000009"),
    ("Code128", "CASE-7")])
@pytest.mark.parametrize("at", [(640, 380), (230, 225), (1040, 490)])
def test_a_code_is_told_once_wherever_it_is_held(kind: str, content: str, at: tuple[int, int]) -> None:
    pictures = [held(content, kind, (at[0] + 3 * i, at[1] - i), seed=i, degrees=2 * i) for i in range(3 * THOROUGH)]
    assert told(pictures, kind) == [content.encode()]


def test_the_place_is_told_in_pixels_of_the_picture() -> None:
    single = Single(("QRCode",))
    for at in ((660, 330), (300, 200)):
        reading = single.read(held("HERE", at=at))
        reading = reading if reading.codes else next(
            each for each in (single.read(held("HERE", at=at, seed=i)) for i in range(THOROUGH)) if each.codes)
        assert np.hypot(*np.subtract(centre(reading.codes[0].corners), at)) < 5
        assert (reading.width, reading.height) == (WIDE, HIGH)


def test_the_next_one_is_told_at_once_and_the_same_again_only_after_it_was_away() -> None:
    one, two, nothing = held("ONE"), held("TWO"), np.full((HIGH, WIDE, 3), 90, np.uint8)
    assert told([one, one, two, two, one], "QRCode") == [b"ONE", b"TWO", b"ONE"]
    assert told([one] + [nothing] * (LEFT // 2) + [one], "QRCode") == [b"ONE"]
    assert told([one] + [nothing] * LEFT + [one], "QRCode") == [b"ONE", b"ONE"]


def test_of_two_in_view_the_one_that_is_held_stays() -> None:
    one = held("ONE", at=(560, 360))
    both = held("TWO", at=(690, 360), onto=one)
    assert told([one, both, both, both], "QRCode") == [b"ONE"]
    assert told([both, both], "QRCode") == [b"TWO"], "the nearer to the middle"


def test_a_retail_code_counts_when_two_pictures_say_the_same() -> None:
    single = Single(("EAN13",))
    assert single.read(held("6901234000009", "EAN13")).codes == ()
    assert [code.raw for code in single.read(held("6901234000009", "EAN13", seed=1)).codes] == [b"6901234000009"]


def test_bars_that_go_on_beyond_the_middle_are_not_read_in_part() -> None:
    single = Single(("ITF",))
    picture = held("12345678901231", "ITF14", (900, 360))
    for _ in range(2 * THOROUGH):
        assert all(code.raw == b"12345678901231" for code in single.read(picture).codes)


@pytest.mark.parametrize("shape", [(1, 1), (3, 700, 3), (700, 2)])
def test_a_picture_of_any_shape_is_survived(shape: tuple[int, ...]) -> None:
    single = Single()
    for _ in range(THOROUGH):
        assert single.read(np.zeros(shape, np.uint8)).codes == ()


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        Single().read(np.zeros((4, 4, 4), np.uint8))
