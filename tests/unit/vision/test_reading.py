"""When two readings are one symbol."""
from __future__ import annotations

from app.vision.reading import Corners, SeenCode, centre, merged, same_symbol, side


def at(x: float, y: float, size: float = 40) -> Corners:
    return ((x, y), (x + size, y), (x + size, y + size), (x, y + size))


def code(raw: bytes, corners: Corners) -> SeenCode:
    return SeenCode(raw, "]Q1", "QRCode", corners)


def test_the_same_bytes_at_the_same_place_are_one_symbol() -> None:
    first = code(b"A", at(0, 0))
    assert same_symbol(first, code(b"A", at(9, 9))) and same_symbol(first, code(b"A", at(5, 5, 30)))
    assert not same_symbol(first, code(b"A", at(60, 0))), "beside it"
    assert not same_symbol(first, code(b"B", at(0, 0))), "one symbol inside another"


def test_a_merge_keeps_the_first_of_each() -> None:
    one, again = code(b"A", at(0, 0)), code(b"A", at(3, 3))
    other, inner = code(b"A", at(90, 0)), code(b"B", at(10, 10, 9))
    assert merged([one, again, other, inner, inner]) == [one, other, inner]
    assert merged([again, inner], [one, other]) == [one, other, inner]
    assert merged([again], [one, one]) == [one, one], "what is known is not judged again"


def test_measures_of_corners() -> None:
    assert centre(at(10, 20)) == (30, 40) and side(at(10, 20)) == 40
