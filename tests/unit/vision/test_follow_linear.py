"""Linear codes of a live camera: later pictures are searched too, and a doubtful one counts once a second says it."""
from __future__ import annotations

import cv2
import numpy as np

from app.vision.decoders import Zxing
from app.vision.experience import Experience
from app.vision.layer import Layer
from app.vision.reader import Reader
from app.vision.reading import SeenCode
from app.vision.recipe import Recipe
from app.vision.search import Known, Search
from app.vision.tries import Engines
from tests.unit.vision.pictures import on_paper, side_by_side

EAN = "4006381333931"
PATIENT_S = 30.0


def grainy(picture: np.ndarray, seed: int, grain: float = 3.0) -> np.ndarray:
    luck = np.random.default_rng(seed)
    return np.clip(picture + luck.normal(0, grain, picture.shape), 0, 255).astype(np.uint8)


def test_bars_that_the_first_picture_hid_are_read_in_the_next() -> None:
    beside = on_paper("BESIDE THE BARS", "QRCode")
    bars = on_paper("00123456789012345675", "Code128", module=2)
    both = side_by_side(beside, bars)
    hidden = both.copy()
    hidden[:, beside.shape[1]:] = 255
    reader = Reader(Recipe(("QRCode", "Code128"), count=2), budget_s=PATIENT_S)
    assert [code.symbology for code in reader.read(grainy(hidden, 1)).codes] == ["QRCode"]
    assert sorted(code.symbology for code in reader.follow(grainy(both, 2)).codes) == ["Code128", "QRCode"]


def searched(grey: np.ndarray, known: Known) -> Search:
    recipe = Recipe(("EAN13",))
    engines = Engines(Zxing())
    return Search(engines, grey, recipe, Experience(recipe, engines.have), 0.0, 0.0, known)


def test_the_same_try_in_a_second_picture_is_a_second_word() -> None:
    paper = cv2.copyMakeBorder(on_paper(EAN, "EAN13", module=2), 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)
    first, second = grainy(paper, 1), grainy(paper, 2)
    engine = Zxing()

    def seen(picture: np.ndarray) -> list[SeenCode]:
        found = engine.read(picture, ("EAN13",))
        assert [code.raw.decode() for code in found] == [EAN]
        return [SeenCode(code.raw, code.aim, code.symbology, code.corners, rung="frame") for code in found]

    begun = searched(first, Known())
    begun.add(seen(first))
    begun.add(seen(first))
    assert not begun.codes and len(begun.doubts) == 1, "the same try on the same pixels says it once"
    layer = Layer(first, Known(doubts=begun.doubts))
    again = searched(first, layer.followed(first))
    again.add(seen(first))
    assert not again.codes, "a picture that was sent twice is one picture"
    later = searched(second, layer.followed(second))
    later.add(seen(second))
    assert [code.raw.decode() for code in later.codes] == [EAN] and not later.codes[0].doubtful and not later.doubts
