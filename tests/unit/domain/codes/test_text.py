"""Bytes at the edge: what is refused, what is shown, what a pasted sample becomes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.codes.identity import Refusal
from app.domain.codes.text import MAX_BYTES, pasted, plain, safe, shown, strange_digits
from app.domain.reasons import Reason

NEVER_SHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn", "Me"}


def reason(raw: bytes) -> Reason:
    refused = plain(raw, "]Q1")
    assert isinstance(refused, Refusal) and refused.raw == raw and refused.aim == "]Q1"
    return refused.reason


def test_plain_text_passes_with_gs_and_chinese() -> None:
    assert plain(b"01069\x1d21A", "") == "01069\x1d21A"
    assert plain("批次甲".encode(), "") == "批次甲"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", Reason.EMPTY),
        (b"A" * (MAX_BYTES + 1), Reason.TOO_LONG),
        (b"\x00", Reason.CONTROL_CHARACTERS),
        (b"ABC\r", Reason.CONTROL_CHARACTERS),
        (b"[)>\x1e06\x1d1T", Reason.CONTROL_CHARACTERS),
        (b"AB\x7f", Reason.CONTROL_CHARACTERS),
        ("AB\u202eCD".encode(), Reason.CONTROL_CHARACTERS),  # right-to-left override
        ("AB\u200bCD".encode(), Reason.CONTROL_CHARACTERS),  # zero width
        ("AB\u2028CD".encode(), Reason.CONTROL_CHARACTERS),
        ("A\u0301".encode(), Reason.CONTROL_CHARACTERS),  # a mark that stacks on its neighbour
        ("AB\u3164".encode(), Reason.CONTROL_CHARACTERS),  # a letter that is blank
        ("批次".encode("gb18030"), Reason.NOT_TEXT),
        (b"\xff\xfe\x00A", Reason.NOT_TEXT),
        (b"\xed\xa0\x80", Reason.NOT_TEXT),  # a lone surrogate
        (b"\xc0\x80", Reason.NOT_TEXT),  # overlong NUL
    ],
)
def test_refused_bytes(raw: bytes, expected: Reason) -> None:
    assert reason(raw) == expected


def test_the_longest_allowed_text_passes() -> None:
    assert plain(b"A" * MAX_BYTES, "") == "A" * MAX_BYTES


def test_a_hidden_character_is_named_with_its_place() -> None:
    refused = plain("AB\u200b".encode(), "")
    assert isinstance(refused, Refusal)
    assert refused.data["character"] == "U+200B" and refused.data["position"] == 3


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"<b>plain</b>", "<b>plain</b>"),
        (b"A\x1dB\x00", "A\\x1dB\\x00"),
        ("甲\u202e乙".encode(), "甲\\u202e乙"),
        ("批次".encode("gb18030"), "批次"),
        (b"\xff\xffA", "\\xff\\xffA"),
        ("\U000e0041".encode(), "\\U000e0041"),
        ("a\u00a0b".encode(), "a\\xa0b"),
    ],
)
def test_shown(raw: bytes, expected: str) -> None:
    assert shown(raw) == expected


def test_long_text_keeps_both_ends() -> None:
    text = safe("HEAD" + "x" * 5000 + "TAIL", 40)
    assert len(text) <= 40 and text.startswith("HEAD") and text.endswith("TAIL") and "…" in text


def test_a_megabyte_of_anything_is_short_when_shown() -> None:
    assert len(shown("\u202e批".encode() * 300_000)) <= 256


@given(st.binary(max_size=600), st.integers(16, 300))
def test_shown_is_always_safe_and_short(raw: bytes, limit: int) -> None:
    text = shown(raw, limit)
    assert len(text) <= limit
    assert not any(unicodedata.category(each) in NEVER_SHOWN for each in text)


@given(st.text(max_size=400))
def test_all_of_unicode_is_safe_when_shown(text: str) -> None:
    assert not any(unicodedata.category(each) in NEVER_SHOWN for each in safe(text))


@given(st.binary(max_size=64))
def test_plain_gives_text_or_refusal(raw: bytes) -> None:
    text = plain(raw, "")
    assert isinstance(text, Refusal) or text.encode() == raw


@pytest.mark.parametrize(
    "separator", ["\\x1d", "\\u001d", "<GS>", "{GS}", "[GS]", "<FNC1>", "{FNC1}", "^]", "␝", "\x1d"]
)
def test_pasted_separators(separator: str) -> None:
    assert pasted(f" 10L1{separator}21A \r\n") == b"10L1\x1d21A"


def test_pasted_text_is_otherwise_as_it_stands() -> None:
    assert pasted("(01)0690(21)A") == b"(01)0690(21)A"
    assert pasted("批\\x41") == "批A".encode()
    assert pasted("\ud800") == b"\xed\xa0\x80"  # what a broken clipboard holds is refused later, not raised here


def test_strange_digits() -> None:
    assert strange_digits("ABC２３") and strange_digits("x²")
    assert not strange_digits("批123")
