"""Patterns from settings: what is allowed is fast on any text, what is not is refused when the row is built."""

import time

import pytest

from app.domain.codes.pattern import compiled, prefix
from app.domain.codes.text import MAX_BYTES

GOOD = [
    r"https://q\.brand\.example/(?P<level>[bcp])/(?P<serial>[0-9A-Z]{6,20})(?P<check>[0-9A-Z])",
    r"https?://(?:www\.)?brand\.example/[^/]+/[^/]+/(?P<serial>[^/?]+)\?.*",
    r"(?P<serial>\d{1,40})-(?P<lot>\w+)-x",
    r"(?i)ABC(?P<serial>[0-9]+)",
    r"(?:bottle|case|pallet)/(?P<serial>.{1,90}).{1,90}",
    r"(?P<serial>[A-Z]++)[0-9]*",
]
BAD = [
    r"(a+)+b",
    r"(a*)*b",
    r"(?:a|aa)+b",
    r"([a-z]+)*x",
    r".*.*x",
    r"(?P<serial>.+)(?P<lot>.+)",
    r"(.{1,200}){1,200}",
    r"\d+\d+\d+x",
    r"(?:[^/]*/?)*end",
]
NOT_ALLOWED = [r"(?=a)a", r"(?<!b)a", r"(a)\1", r"(?P<serial>a)(?P=serial)", r"(a)?(?(1)b|c)"]


@pytest.mark.parametrize("pattern", GOOD)
def test_good_patterns_stay_fast(pattern: str) -> None:
    made = compiled(pattern)
    start = time.perf_counter()
    for text in (
        "a" * MAX_BYTES,
        "A" * MAX_BYTES,
        "1" * MAX_BYTES,
        "https://brand.example/" + "a/" * 2000,
        "bottle/" + "x" * 4000,
    ):
        made.fullmatch(text)
    assert time.perf_counter() - start < 2.0  # the bound is what counts; a pattern that runs away takes years


@pytest.mark.parametrize("pattern", BAD)
def test_patterns_that_could_run_away_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"too many ways.*upper bound"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", NOT_ALLOWED)
def test_what_cannot_be_bounded_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="is not allowed in a pattern"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", ["", "(", "[a", "(?P<x>a)(?P<x>b)", "a{5,2}", "(?u)a", "\\"])
def test_broken_patterns_are_named(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"expected|not a regular expression|not allowed"):
        compiled(pattern)


def test_digits_and_words_are_ascii_only() -> None:
    assert compiled(r"\d+").fullmatch("２３") is None
    assert compiled(r"\w+").fullmatch("批") is None


@pytest.mark.parametrize(
    ("pattern", "begun"),
    [
        (r"https://q\.x/(?P<serial>.+)", "https://q.x/"),
        (r"https?://x", "http"),
        (r"(?i)abc", ""),
        (r"88\d", "88"),
        (r"a|b", ""),
        (r"\d", ""),
    ],
)
def test_prefix(pattern: str, begun: str) -> None:
    assert prefix(pattern) == begun
