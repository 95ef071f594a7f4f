"""Drawn cases and labels: the same every time, with the codes that were asked for, and refused in words."""
from __future__ import annotations

import numpy as np
import pytest
import zxingcpp

from drivers.crate import CONDITIONS, layout, render_case
from drivers.symbols import bracketed, modules, render_label

CODES = [f"https://q.brand.example/b/{i:010d}" for i in range(12)]
SMALL = (1280, 720)


def decoded(picture: np.ndarray, *kinds: str) -> list[tuple[str, bytes]]:
    formats = [zxingcpp.barcode_format_from_str(kind) for kind in kinds]
    found = zxingcpp.read_barcodes(np.ascontiguousarray(picture), formats=formats)
    return sorted((code.symbology_identifier, code.bytes) for code in found)


def test_the_same_arguments_give_the_same_picture() -> None:
    one, same, other = (render_case(CODES, CODES[0], seed=seed, size=SMALL) for seed in (1, 1, 2))
    assert (one == same).all() and (one != other).any()
    assert one.shape == (720, 1280, 3) and one.dtype == np.uint8


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_condition_can_be_drawn(condition: str) -> None:
    picture = render_case(CODES[:4], None, seed=1, size=(480, 320), condition=condition)
    assert picture.shape == (320, 480, 3) and np.ptp(picture) > 40


@pytest.mark.parametrize(("symbology", "aim"), [("QRCode", "]Q1"), ("DataMatrix", "]d1")])
def test_the_caps_carry_the_codes(symbology: str, aim: str) -> None:
    picture = render_case(CODES, None, seed=3, size=SMALL, symbology=symbology, condition="clean", missing=[5],
                          damaged=[7])
    assert decoded(picture, symbology) == [(aim, code.encode()) for i, code in enumerate(CODES) if i not in (5, 7)]


@pytest.mark.parametrize(("label", "aim", "raw"), [
    ("\x1d00069012345000000018", "]C1", b"00069012345000000018"),
    (b"\x1d010690123456789210LOT1\x1d21S1", "]C1", b"010690123456789210LOT1\x1d21S1"),
    ("(00)069012345000000018", "]C1", b"00069012345000000018"),
    ("https://q.brand.example/c/0001", "]Q1", b"https://q.brand.example/c/0001"),
])
def test_the_flap_carries_the_label(label: str | bytes, aim: str, raw: bytes) -> None:
    picture = render_case(CODES, label, seed=3, condition="clean", missing=range(12),
                          label_lines=("浓香型白酒 52% vol", "LOT A1"))
    assert decoded(picture, "QRCode", "Code128") == [(aim, raw)]
    assert decoded(render_label(label), "QRCode", "Code128") == [(aim, raw)]


@pytest.mark.parametrize(("content", "form"), [
    ("\x1d010690123456789210LOT1\x1d21S(1)", "[01]06901234567892[10]LOT1[21]S(1)"),
    (b"\x1d00069012345000000018", "[00]069012345000000018"),
    ("\x1d0106901234567892310300123417261231", "[01]06901234567892[3103]001234[17]261231"),
    ("\x1d4109876543210128240ABC\x1d8008261231", "[410]9876543210128[240]ABC[8008]261231"),
])
def test_element_strings_are_taken_apart(content: str | bytes, form: str) -> None:
    assert bracketed(content) == form


def test_children_lie_row_by_row() -> None:
    plan = layout(24, rows=4, cols=6)
    assert (plan.rows, plan.cols, len(plan.centres)) == (4, 6, 24)
    assert plan.centres[1][0] > plan.centres[0][0] and plan.centres[6][1] > plan.centres[0][1]
    assert all(0 < x < plan.label[0] and 0 < y < 1080 for x, y in plan.centres)
    for count in (1, 2, 3, 5, 7, 12, 48, 60):
        plan = layout(count)
        assert plan.rows * plan.cols >= count > (plan.rows - 1) * plan.cols


def test_what_cannot_be_drawn_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="12 children do not fit into 2 rows of 3"):
        render_case(CODES, None, seed=1, rows=2, cols=3)
    with pytest.raises(ValueError, match="'Runes' is not known"):
        modules("x", "Runes")
    with pytest.raises(ValueError, match="cannot be drawn as EAN13"):
        modules("not digits", "EAN13")
    with pytest.raises(ValueError, match="cannot be drawn as QRCode"):
        modules("x" * 5000, "QRCode")
