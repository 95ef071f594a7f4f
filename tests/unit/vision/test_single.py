"""One code held before a webcam: read wherever it is held, told once, never guessed."""
from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.vision import decoders, witness
from app.vision.reading import SeenCode, centre
from app.vision.single import ALONE, LEFT, REMEMBERED, THOROUGH, Held, Single
from drivers.symbols import modules
from tests.unit.vision.pictures import on_paper

WIDE, HIGH = 1280, 720
# Text, pixels a module, blur, smear, degrees, noise: the engine reads another valid number here, mostly the same one.
MISREAD = [("6908876174051", 1.88, 1.05, 0, 4.1, 3.0), ("6906704390819", 1.94, 0.79, 2, -5.5, 3.0)]


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


def soft(text: str, px: float, blur: float, smear: int, degrees: float, noise: float, seed: int) -> np.ndarray:
    """Grey (160, 300): small blurred bars."""
    bars = np.pad(modules(text, "EAN13")[:1] < 128, ((0, 0), (12, 12)))
    large = np.where(np.kron(bars, np.ones((320, 8))), 45, 205).astype(np.float32)
    turn = cv2.getRotationMatrix2D((large.shape[1] / 2, large.shape[0] / 2), degrees, 3 * px / 8)
    turn[:, 2] += np.array([900, 480]) / 2 - np.array(large.shape[::-1]) / 2
    picture = cv2.resize(cv2.warpAffine(large, turn, (900, 480), borderValue=205), (300, 160),
                         interpolation=cv2.INTER_AREA)
    picture = cv2.GaussianBlur(picture, (0, 0), blur)
    picture = cv2.blur(picture, (smear, 1)) if smear else picture
    return np.clip(picture + np.random.default_rng(seed).normal(0, noise, picture.shape), 0, 255).astype(np.uint8)


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


def test_several_in_view_are_told_together_and_one_by_itself_when_it_is_alone() -> None:
    one = held("ONE", at=(560, 360))
    both = held("TWO", at=(690, 360), onto=one)
    single, once = Single(("QRCode",)), Held()
    pictures = [both] * 4 + [one] * (ALONE - 1) + [both] * 2 + [one] * (ALONE + 3)
    found = [(at, sorted(code.raw for code in reading.codes)) for at, picture in enumerate(pictures)
             if (reading := once.add(single.read(picture)))]
    assert found == [(0, [b"ONE", b"TWO"]), (4 + ALONE - 1 + 2 + ALONE - 1, [b"ONE"])]


def test_a_retail_code_counts_at_once_when_its_drawing_says_the_same() -> None:
    assert [code.raw for code in Single(("EAN13",)).read(held("6901234000009", "EAN13")).codes] == [b"6901234000009"]


@pytest.mark.parametrize("text, px, blur, smear, degrees, noise", MISREAD)
def test_what_the_engine_misreads_again_and_again_is_never_told(
        text: str, px: float, blur: float, smear: int, degrees: float, noise: float) -> None:
    pictures = [soft(text, px, blur, smear, degrees, noise, seed) for seed in range(8)]
    engine, single = decoders.engine("zxing"), Single(("EAN13",))
    read = {code.raw for picture in pictures for code in engine.read(picture, ("EAN13",))}
    said = {code.raw for picture in pictures for code in single.read(picture).codes}
    assert read - {text.encode()}, "the engine reads it right today: the picture is no test any more"
    assert said <= {text.encode()}


def test_nothing_is_told_while_two_texts_stand_at_one_place() -> None:
    single = Single(("EAN13",))
    one, two = (held(text, "EAN13") for text in ("6901234000009", "6901234000016"))
    assert [code.raw for code in single.read(one).codes] == [b"6901234000009"]
    for _ in range(REMEMBERED):
        assert single.read(two).codes == ()
    assert [code.raw for code in single.read(two).codes] == [b"6901234000016"], "the first is forgotten"


def test_two_retail_codes_side_by_side_do_not_speak_against_each_other() -> None:
    one = held("6901234000009", "EAN13", at=(560, 240))
    both = held("6901234000016", "EAN13", at=(620, 470), onto=one)
    assert told([both, both], "EAN13") in ([b"6901234000009"], [b"6901234000016"])


def test_the_same_picture_sent_twice_is_no_second_one() -> None:
    single, still = Single(("Codabar",)), held("A40156B", "Codabar")
    assert [single.read(still).codes for _ in range(4)] == [()] * 4
    assert [code.raw for code in single.read(held("A40156B", "Codabar", seed=1)).codes] == [b"A40156B"]


def test_a_part_of_an_itf_is_no_itf() -> None:
    single, whole = Single(("ITF",)), held("5539696778", "ITF")
    assert [code.raw for code in single.read(whole).codes or single.read(held("5539696778", "ITF", seed=1)).codes] == \
        [b"5539696778"]
    columns = np.nonzero(whole[HIGH // 2, :, 0] < 90)[0]
    left, right = WIDE // 2 - 40, int(columns[columns < WIDE // 2 + 120].max())
    code = SeenCode(b"696778", "]I0", "ITF", ((left, 330), (right, 330), (right, 390), (left, 390)))
    assert not witness.alone(whole[..., 0], code)


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
