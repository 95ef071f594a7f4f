"""What the recipe excludes never counts; what one try does not prove waits; the same text in two places is told."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.codes.checks import mod10
from app.vision.accept import Aside, accepted, at_one_place, contradicted, repeated
from app.vision.reading import SeenCode, centre, side
from app.vision.recipe import Recipe

GTIN, OTHER = "06901234000009", "06901234000016"
SSCC = "06901234000000001" + str(mod10("06901234000000001"))
SQUARE = ((0.0, 0.0), (40.0, 0.0), (40.0, 40.0), (0.0, 40.0))
ASIDE = tuple((x + 300, y) for x, y in SQUARE)
ANY = Recipe()


def code(text: str, aim: str = "]d2", symbology: str = "DataMatrix", rung: str = "frame") -> SeenCode:
    return SeenCode(text.encode(), aim, symbology, SQUARE, rung=rung)


GOOD = code(f"01{GTIN}21AB12")


@pytest.mark.parametrize("seen, recipe, why", [
    (GOOD, Recipe(symbologies=("QRCode",)), Aside.SYMBOLOGY),
    (GOOD, Recipe(lengths=(21, 23)), Aside.LENGTH),
    (code("0690", "]I0", "ITF"), ANY, Aside.LENGTH),
    (GOOD, Recipe(gtins=(OTHER,)), Aside.GTIN),
    (code(f"https://id.gs1.org/01/{GTIN}/21/A1", "]Q1", "QRCode"), Recipe(gtins=(OTHER,)), Aside.GTIN),
    (code(GTIN[1:], "]E0", "EAN13"), Recipe(gtins=(OTHER,)), Aside.GTIN),
    (code(f"01{GTIN}10L7", "]C1", "Code128"), Recipe(gtins=(OTHER,)), Aside.GTIN),
    (GOOD, Recipe(alphabet="0123456789"), Aside.ALPHABET),
    (code(f"https://id.gs1.org/01/{GTIN}/21/a1", "]Q1", "QRCode"), Recipe(alphabet="A1"), Aside.ALPHABET),
    (code("https://q.brand.example/b/x9", "]Q1", "QRCode"), Recipe(alphabet="0123456789"), Aside.ALPHABET),
    (code("0106901234000008", "]d2"), Recipe(gtins=(GTIN,)), Aside.CHECK_DIGIT),
    (code("XX06901234000009"), Recipe(gtins=(GTIN,)), Aside.SYNTAX),
    (code("\x01\x02", "]d2"), Recipe(alphabet="\x01\x02"), Aside.SYNTAX),
])
def test_what_the_recipe_excludes_is_set_aside(seen: SeenCode, recipe: Recipe, why: Aside) -> None:
    assert accepted([seen], recipe).codes == ()
    assert accepted([seen], recipe).aside == ((seen, why),)


@pytest.mark.parametrize("seen, recipe", [
    (GOOD, Recipe(symbologies=("DataMatrix",), lengths=(22,), gtins=(OTHER, GTIN), alphabet="AB12")),
    (code("SHELF 7", "]d1"), Recipe(gtins=(GTIN,))),
    (code(f"00{SSCC}", "]C1", "Code128"), Recipe(gtins=(GTIN,))),
    (code("https://q.brand.example/b/19", "]Q1", "QRCode"), Recipe(gtins=(GTIN,), alphabet="0123456789")),
    (code(f"10L-7\x1d01{GTIN}21A1"), Recipe(alphabet="A1")),
])
def test_what_it_allows_is_kept_as_it_is(seen: SeenCode, recipe: Recipe) -> None:
    assert accepted([seen], recipe) == accepted([seen], ANY)
    assert accepted([seen], recipe).codes == (seen,)


@pytest.mark.parametrize("symbology", ["EAN13", "EAN8", "UPCA", "ITF14", "ITF", "Codabar", "Code39"])
def test_one_try_is_no_proof_of_a_weak_code(symbology: str) -> None:
    seen = code("6901234000009", "]E0", symbology)
    assert accepted([seen], ANY).codes == (replace(seen, doubtful=True),)
    told = replace(seen, rung="upright")           # there two tries said the same
    assert accepted([told], ANY).codes == (told,)


def test_a_upc_e_counts_only_where_it_was_fitted_and_of_the_one_number_system_that_there_is() -> None:
    seen = code("0001230000045", "]E0", "UPCE")
    for rung in ("frame", "", "upright", "upright second"):
        assert accepted([replace(seen, rung=rung)], ANY).aside == ((replace(seen, rung=rung), Aside.SYNTAX),)
    fitted = replace(seen, rung="fit middle")
    assert accepted([fitted], ANY).codes == (fitted,)
    other = replace(fitted, raw=b"0101230000044")          # the left half of an EAN-13 looks like this one
    assert accepted([other], ANY).codes == ()


def test_bars_seen_in_a_single_row_are_no_proof() -> None:
    seen = code("254V0HX", "]e0", "DataBarExp")
    thin = replace(seen, corners=((0.0, 9.0), (80.0, 9.0), (80.0, 9.0), (0.0, 9.0)))
    assert accepted([seen, thin], ANY).codes == (seen, replace(thin, doubtful=True))


def test_broken_syntax_is_believed_of_a_matrix_code_that_an_engine_read() -> None:
    printed = code("0106901234000008")
    assert accepted([printed], ANY).codes == (printed,)
    for seen in (replace(printed, rung="grid"), replace(printed, rung="fused"),
                 code("0106901234000008", "]C1", "Code128"), code("4209|", "]e0", "DataBar")):
        assert accepted([seen], ANY).codes == (replace(seen, doubtful=True),)


def test_the_same_text_in_two_places_is_told_where_it_should_name_one_thing() -> None:
    twin = replace(GOOD, corners=ASIDE)
    label = code("https://q.brand.example/b/19", "]Q1", "QRCode")
    assert repeated([GOOD, label, twin]) == [GOOD, twin]
    assert repeated([GOOD, label]) == []
    for kind in (code("6901234000009", "]E0", "EAN13"), code(f"01{GTIN}10L7", "]C1", "Code128")):
        assert repeated([kind, replace(kind, corners=ASIDE)]) == [], "a product's number may be there many times"


def moved(seen: SeenCode, x: float, y: float, text: str = "") -> SeenCode:
    corners = tuple((a + x, b + y) for a, b in seen.corners)
    return replace(seen, raw=text.encode() or seen.raw, corners=corners)     # type: ignore[arg-type]


BARS = replace(code("6901234000009", "]E0", "EAN13"),
               corners=((100.0, 50.0), (300.0, 50.0), (300.0, 52.0), (100.0, 52.0)))


@pytest.mark.parametrize("other, together", [
    (moved(BARS, 0, 0, "1"), True), (moved(BARS, 60, 15, "1"), True), (moved(BARS, 0, 60, "1"), False),
    (moved(BARS, 210, 0, "1"), False), (moved(GOOD, 180, 30), False)])
def test_one_place_is_where_the_middle_of_one_lies_in_the_other(other: SeenCode, together: bool) -> None:
    assert at_one_place(BARS, other) is at_one_place(other, BARS) is together


def test_two_texts_at_one_place_are_both_told() -> None:
    codes = [GOOD, replace(moved(GOOD, 3, 2, "OTHER"), rung="grid"), moved(GOOD, 44, 0, "NEIGHBOUR"),
             moved(GOOD, 88, 0), BARS]
    at = np.array([centre(each.corners) for each in codes])
    sides = np.array([side(each.corners) for each in codes])
    assert contradicted(codes, *at.T, sides) == codes[:2]
    assert contradicted(codes[1:], *at[1:].T, sides[1:]) == []
    assert contradicted([], *np.empty((3, 0))) == []
    both = [GOOD, moved(GOOD, 3, 2, "INNER")]
    assert contradicted(both, *at[:2].T, sides[:2]) == [], "one try read both: one is drawn within the other"
