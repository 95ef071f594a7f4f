"""The second tries: what the engine alone leaves unread, found at its place, within the time."""
from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from app.vision import whole
from app.vision.decoders import EngineMissing, engine
from app.vision.reader import Reader
from app.vision.reading import FrameReading, centre
from app.vision.recipe import Recipe
from app.vision.rungs import LADDERS, OTHERS, levelled
from drivers.crate import Condition, layout, render_case

SOFT = Condition(blur=1.6)     # a lens so far out of focus that the engine alone misses many
PATIENT_S = 30.0               # the tests' machine may be busy; what is read must not hang on it


def children(symbology: str, seed: int, count: int = 24) -> list[str]:
    if symbology == "QRCode":
        return [f"https://q.brand.example/b/{seed:03d}{i:07d}" for i in range(count)]
    return [f"\x1d010690123456789221{seed:03d}{i:05d}" for i in range(count)]


def texts(reading: FrameReading) -> list[str]:
    return sorted(code.raw.decode() for code in reading.codes)


def alone(picture: np.ndarray, symbology: str) -> int:
    return len(engine("zxing").read(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (symbology,)))


@pytest.mark.parametrize(("symbology", "condition", "most"), [
    ("QRCode", "low contrast", 4), ("QRCode", "dots", 4), ("DataMatrix", "dots", 4), ("QRCode", SOFT, 11),
])
def test_what_the_engine_alone_leaves_unread_is_read(symbology: str, condition: str | Condition, most: int) -> None:
    codes = children(symbology, 2, 12)
    picture = render_case(codes, None, seed=2, size=(1280, 720), rows=3, cols=4, symbology=symbology,
                          condition=condition)
    assert alone(picture, symbology) <= most
    reading = Reader(Recipe((symbology,), count=12), budget_s=PATIENT_S).read(picture)
    assert texts(reading) == sorted(code.removeprefix("\x1d") for code in codes) and reading.unread == ()


@pytest.mark.parametrize("condition", [SOFT, "dots"])
def test_codes_of_the_second_tries_lie_where_they_are(condition: str | Condition) -> None:
    codes = children("QRCode", 5)
    picture = render_case(codes, None, seed=5, condition=condition)
    reading = Reader(Recipe(("QRCode",), count=24), budget_s=PATIENT_S).read(picture)
    plan = layout(24, with_label=False)
    assert texts(reading) == sorted(codes)
    for code in reading.codes:
        assert math.dist(centre(code.corners), plan.centres[codes.index(code.raw.decode())]) < 0.25 * plan.cell


@pytest.mark.parametrize("symbology", ["QRCode", "DataMatrix"])
def test_torn_codes_and_empty_cells_are_ringed_where_they_are(symbology: str) -> None:
    torn, gone = (4, 13), (17,)
    picture = render_case(children(symbology, 3), "https://q.brand.example/c/0000017", seed=3, symbology=symbology,
                          damaged=torn, missing=gone, condition="clean")
    plan = layout(24)
    for expected, rings in ((25, torn + gone), (0, torn)):
        reading = Reader(Recipe((symbology, "QRCode"), count=expected), budget_s=PATIENT_S).read(picture)
        assert len(reading.codes) == 22
        at = [centre(corners) for corners in reading.unread]
        assert len(at) == len(rings), at
        for index in rings:
            assert min(math.dist(plan.centres[index], each) for each in at) < 0.35 * plan.cell


def test_many_unread_of_a_known_number_are_all_ringed() -> None:
    """Nearly half of the codes are gone; where their cells are is still plain from those that are read."""
    torn = (1, 3, 6, 8, 10, 13, 16, 17, 19, 22)
    picture = render_case(children("QRCode", 6), None, seed=6, damaged=torn, condition="clean")
    plan = layout(24, with_label=False)
    reading = Reader(Recipe(("QRCode",), count=24), budget_s=PATIENT_S).read(picture)
    at = [centre(corners) for corners in reading.unread]
    assert len(reading.codes) == 14 and len(at) == 10
    assert all(min(math.dist(plan.centres[i], each) for each in at) < 0.35 * plan.cell for i in torn)


def test_scattered_codes_are_no_case() -> None:
    """Boxes thrown on a table: nothing tells that there are more, unless their number is known."""
    picture = render_case(children("QRCode", 6), None, seed=6, condition="clean",
                          missing=[i for i in range(24) if i not in (0, 2, 5, 7, 9, 14, 16, 19, 21)])
    reading = Reader(Recipe(("QRCode",)), budget_s=PATIENT_S).read(picture)
    assert len(reading.codes) == 9 and reading.unread == ()


def test_the_same_text_on_two_caps_is_two_codes_also_when_tried_again() -> None:
    codes = children("QRCode", 1, 12)
    codes[7] = codes[2]
    picture = render_case(codes, None, seed=1, size=(1280, 720), rows=3, cols=4, condition="low contrast")
    assert texts(Reader(Recipe(("QRCode",)), budget_s=PATIENT_S).read(picture)) == sorted(codes)


def test_one_engine_pass_over_a_huge_frame_is_reduced_and_the_cut_outs_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "WHOLE_PIXELS", 400_000)
    codes = children("QRCode", 4)
    reading = Reader(Recipe(("QRCode",), count=24), budget_s=PATIENT_S).read(render_case(codes, None, seed=4))
    plan = layout(24, with_label=False)
    assert texts(reading) == sorted(codes)
    assert all(math.dist(centre(code.corners), plan.centres[codes.index(code.raw.decode())]) < 0.25 * plan.cell
               for code in reading.codes)


def test_no_second_try_is_begun_after_the_time() -> None:
    picture = render_case(children("QRCode", 1), None, seed=1, condition="dots")
    hasty, patient = (Reader(Recipe(("QRCode",), count=24), budget_s=seconds).read(picture)
                      for seconds in (0.0, PATIENT_S))
    assert len(hasty.codes) == alone(picture, "QRCode") < len(patient.codes) == 24


def test_places_are_told_even_when_there_is_no_time_to_try_them() -> None:
    picture = render_case(children("QRCode", 4), None, seed=4, damaged=[8], condition="clean")
    reading = Reader(Recipe(("QRCode",), count=24), budget_s=0.0).read(picture)
    assert len(reading.codes) == 23 and len(reading.unread) == 1
    assert math.dist(centre(reading.unread[0]), layout(24, with_label=False).centres[8]) < 0.35 * layout(24).cell


def test_pyzbar_takes_the_same_way() -> None:
    codes = children("QRCode", 2, 6)
    try:
        reader = Reader(Recipe(("QRCode",), count=6), "pyzbar", PATIENT_S)
    except EngineMissing as missing:
        pytest.skip(str(missing))
    assert texts(reader.read(render_case(codes, None, seed=2, size=(960, 640)))) == sorted(codes)


@pytest.mark.parametrize("rung", {rung for ladder in (*LADDERS.values(), OTHERS) for rung in ladder},
                         ids=lambda rung: rung.name)
def test_each_rung_knows_the_way_back(rung: object) -> None:
    """A dark spot of the cut-out is found again where it was, to half a pixel."""
    cut = np.full((90, 110), 240, np.uint8)
    cv2.circle(cut, (50, 48), 4, 60, -1)
    picture, back = rung.prepare(cut)                # type: ignore[attr-defined]
    weight = (picture < 128) / (picture < 128).sum()
    y, x = (float((weight * axis).sum()) for axis in np.indices(picture.shape))
    assert math.dist(back @ (x, y, 1), (50, 48)) < 0.5


def test_levelling_uses_the_whole_range_and_survives_a_flat_cut() -> None:
    faint = np.random.default_rng(1).integers(100, 120, (40, 40), np.uint8)
    assert np.ptp(levelled(faint)) == 255
    assert np.ptp(levelled(np.full((40, 40), 77, np.uint8))) == 0
    assert levelled(np.full((12, 12), 255, np.uint8)).shape == (12, 12)
