"""Check characters against published examples and their own definitions."""

import pytest
from biip.checksums import gs1_standard_check_digit
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes.checks import SCHEMES, luhn, mod10, mod37_36, whole

DIGITS = st.text("0123456789", min_size=1, max_size=30)
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize(("text", "expected"), [("950110153100", "0"), ("9501234", "6"), ("10614141234567890", "8")])
def test_mod10_of_known_numbers(text: str, expected: str) -> None:
    assert mod10(text) == expected


@given(DIGITS)
def test_mod10_agrees_with_the_library(text: str) -> None:
    assert mod10(text) == str(gs1_standard_check_digit(text))
    assert whole(text + str(gs1_standard_check_digit(text)))


@pytest.mark.parametrize(("text", "expected"), [("7992739871", "3"), ("453201511283036", "6"), ("0", "0")])
def test_luhn_of_known_numbers(text: str, expected: str) -> None:
    assert luhn(text) == expected


def iso7064_valid(text: str) -> bool:
    """ISO/IEC 7064 hybrid systems, pure check: the last product ends at 1."""
    rest = 36
    for character in text[:-1]:
        rest = (rest + LETTERS.index(character)) % 36 or 36
        rest = rest * 2 % 37
    return (rest + LETTERS.index(text[-1])) % 36 == 1


@pytest.mark.parametrize(("text", "expected"), [("A12425GABC1234002", "M"), ("9212039A1B2C3D4E5", None)])
def test_mod37_36_of_known_codes(text: str, expected: str | None) -> None:
    check = mod37_36(text)  # the first is the example of the Global Release Identifier
    assert check is not None and iso7064_valid(text + check)
    assert expected is None or check == expected


@given(st.text(LETTERS, min_size=1, max_size=40), st.data())
def test_mod37_36_finds_every_single_slip(text: str, data: st.DataObject) -> None:
    code = text + str(mod37_36(text))
    assert iso7064_valid(code)
    at = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from(LETTERS.replace(code[at], "")))
    wrong = code[:at] + other + code[at + 1 :]
    assert mod37_36(wrong[:-1]) != wrong[-1]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("text", ["12-3", "２３", "12 3", "é"])
def test_other_characters_have_no_check(scheme: str, text: str) -> None:
    assert SCHEMES[scheme](text) is None


def test_whole_needs_a_digit_and_its_check() -> None:
    assert not whole("") and not whole("0") and whole("00") and not whole("06901234000008")
