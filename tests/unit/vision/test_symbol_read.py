"""A place that is about known is read: turned anyhow, faint, light on dark, from behind, damaged; nothing else is."""
from __future__ import annotations

import numpy as np
import pytest

from app.vision import symbol
from app.vision.symbol import datamatrix
from tests.unit.vision import symbols

TEXT = "01095011015300034215BX77QA"
DM = symbols.data_matrix(TEXT, (22, 22))
QR = symbols.qr("HTTPS://EXAMPLE.COM/7Q2", 2)
MODULE, MIDDLE, SHAPE = 4.0, (130.0, 130.0), (260, 260)


def shown(dark: np.ndarray, degrees: float = 20, *, seed: int = 1, behind: bool = False, **look) -> np.ndarray:
    grid = symbols.turned(dark.shape, MODULE, degrees, MIDDLE, behind=behind)
    return symbols.seen(dark, grid, SHAPE, luck=np.random.default_rng(seed), **look)


def place(dark: np.ndarray, off: float = 0.2, larger: float = 1.12, seed: int = 1) -> tuple:
    side, luck = max(dark.shape) * MODULE, np.random.default_rng(seed)
    angle = luck.uniform(0, 2 * np.pi)
    centre = (MIDDLE[0] + off * side * np.cos(angle), MIDDLE[1] + off * side * np.sin(angle))
    return symbols.box(centre, side * larger)


@pytest.mark.parametrize("degrees", range(0, 360, 24))
@pytest.mark.parametrize(("kind", "dark", "text"), [("DataMatrix", DM, TEXT), ("QRCode", QR, "HTTPS://EXAMPLE.COM/7Q2")])
def test_turned_anyhow_and_told_inexactly(kind, dark, text, degrees) -> None:
    for larger in (0.87, 1.15):
        found = symbol.read(shown(dark, degrees), place(dark, 0.2, larger, seed=degrees), kind, (dark.shape,))
        assert found is not None and found.code is not None
        assert found.code.raw == text.encode() and not found.code.doubtful and found.dark and found.size == dark.shape
        truth = symbols.corners(symbols.turned(dark.shape, MODULE, degrees, MIDDLE), dark.shape)
        assert np.abs(np.array(found.code.corners) - truth).max() < 0.35 * MODULE      # the printed top left first
        assert found.px_module == pytest.approx(MODULE, rel=0.03)


@pytest.mark.parametrize(("kind", "dark"), [("DataMatrix", DM), ("QRCode", QR)])
@pytest.mark.parametrize("look", [{"ink": 112, "paper": 128, "noise": 1.5}, {"ink": 210, "paper": 30}, {"blur": 1.7},
                                  {"ink": 60, "paper": 120, "noise": 9.0}], ids=("faint", "light", "blurred", "grainy"))
def test_faint_light_on_dark_blurred_grainy(kind, dark, look) -> None:
    found = symbol.read(shown(dark, 33, **look), place(dark), kind, (dark.shape,))
    assert found is not None and found.code is not None
    assert found.dark == (look.get("ink", 0) < look.get("paper", 255))


def test_polarity_can_be_told() -> None:
    picture = shown(DM, 33)
    assert symbol.read(picture, place(DM), "DataMatrix", (DM.shape,), dark=True).code is not None
    other = symbol.read(picture, place(DM), "DataMatrix", (DM.shape,), dark=False)
    assert other is None or other.code is None


@pytest.mark.parametrize(("kind", "dark"), [("DataMatrix", DM), ("QRCode", QR),
                                            ("DataMatrix", symbols.data_matrix("ABC123DEF", (12, 26)))])
def test_from_behind(kind, dark) -> None:
    picture = shown(dark, 70, behind=True)
    found = symbol.read(picture, place(dark), kind, (dark.shape,))
    assert found is not None and found.code is not None and found.size == dark.shape
    truth = symbols.corners(symbols.turned(dark.shape, MODULE, 70, MIDDLE, behind=True), dark.shape)
    assert np.abs(np.array(found.code.corners) - truth).max() < 0.4 * MODULE


@pytest.mark.parametrize("size", [(10, 10), (16, 16), (32, 32), (8, 18), (8, 32), (16, 48)], ids=str)
def test_other_sizes(size) -> None:
    text = "A1B2"[:datamatrix.LAYOUTS[size].data - 1]
    dark = symbols.data_matrix(text, size)
    found = symbol.read(shown(dark, 110), place(dark, 0.1, 1.05), "DataMatrix", (size,))
    assert found is not None and found.code is not None and found.code.raw == text.encode()


@pytest.mark.parametrize("version", [1, 4, 7, 10])
def test_other_versions(version) -> None:
    dark = symbols.qr("HTTPS://E.COM", version, "m")
    found = symbol.read(shown(dark, 200), place(dark, 0.1, 1.05), "QRCode", (dark.shape,))
    assert found is not None and found.code is not None and found.code.raw == b"HTTPS://E.COM"


def test_the_size_need_not_be_known() -> None:
    for kind, dark in (("DataMatrix", DM), ("QRCode", QR)):
        found = symbol.read(shown(dark, 15), place(dark, 0.05, 1.03), kind)
        assert found is not None and found.code is not None and found.size == dark.shape


def test_dirt_is_mended_and_told() -> None:
    picture = shown(DM, 0)
    picture[120:141, 100:117] = 128
    found = symbol.read(picture, place(DM, 0.05, 1.0), "DataMatrix", (DM.shape,))
    assert found is not None and found.code is not None and found.code.raw == TEXT.encode()


def test_too_much_dirt_is_an_attempt_without_a_code() -> None:
    picture = shown(DM, 0)
    picture[100:165, 95:160] = np.random.default_rng(2).integers(40, 200, (65, 65))
    found = symbol.read(picture, place(DM, 0.02, 1.0), "DataMatrix", (DM.shape,))
    assert found is not None and found.code is None and found.soft.shape == DM.shape and found.agreement > 0.6


def test_two_half_blind_pictures_make_one_code() -> None:
    halves = []
    for rows in (slice(92, 130), slice(130, 168)):
        picture = shown(DM, 0, seed=rows.start)
        picture[rows, 92:168] = 255
        found = symbol.read(picture, place(DM, 0.02, 1.0), "DataMatrix", (DM.shape,))
        assert found is not None and found.code is None
        halves.append(found)
    code = symbol.decode("DataMatrix", DM.shape, halves[0].soft + halves[1].soft)
    assert code is not None and code.raw == TEXT.encode()


def test_nothing_is_read_where_nothing_is() -> None:
    luck = np.random.default_rng(9)
    fields = [luck.integers(0, 256, SHAPE, dtype=np.uint8), np.full(SHAPE, 128, np.uint8),
              np.kron(luck.integers(0, 2, (65, 65)) * 160 + 40, np.ones((4, 4))).astype(np.uint8),
              np.tile((np.arange(260) // 4 % 2 * 180 + 30).astype(np.uint8), (260, 1))]
    for picture in fields:
        for kind, dark in (("DataMatrix", DM), ("QRCode", QR)):
            found = symbol.read(picture, place(dark), kind, (dark.shape,))
            assert found is None or found.code is None


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1e12])
def test_corners_that_are_none(bad) -> None:
    place_ = ((bad, 0.0), (88.0, 0.0), (88.0, 88.0), (0.0, 88.0))
    assert symbol.read(shown(DM), place_, "DataMatrix", (DM.shape,)) is None
    assert symbol.read(shown(DM), symbols.box((130, 130), 0.0), "DataMatrix", (DM.shape,)) is None


def test_at_the_rim_and_beyond_it() -> None:
    picture = shown(DM, 20)
    for centre in ((0.0, 0.0), (259.0, 130.0), (-400.0, 50.0), (130.0, 900.0)):
        found = symbol.read(picture, symbols.box(centre, 88), "DataMatrix", (DM.shape,))
        assert found is None or found.code is None
    assert symbol.read(picture[:6, :6], symbols.box((3, 3), 88), "DataMatrix", (DM.shape,)) is None
    cut = picture[60:, 60:]
    found = symbol.read(cut, symbols.box((70, 70), 88), "DataMatrix", (DM.shape,))
    assert found is not None and found.code is not None and found.code.corners[0][0] < 60
