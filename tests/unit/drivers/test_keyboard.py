"""Key presses to codes: scanners told from people, GS in all its spellings, nothing lost and nothing doubled."""
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.base import Reading
from drivers.framing import MAX_CODE_BYTES, Framing
from drivers.keyboard import Decoded, Key, KeyboardDecoder

CODE = "010690123456789221SN1"
ENTER = Key("enter", "\r")
CTRL_GS = Key("", "\x1d", ctrl=True)


def play(decoder: KeyboardDecoder, keys: list[Key], gap_s: float, start_s: float = 0.0) -> Decoded:
    """All presses, `gap_s` apart, and the silence after them."""
    readings, typed, t_s = [], [], start_s
    for key in keys:
        out = decoder.press(key, t_s)
        readings += out.readings
        typed += out.typed
        t_s += gap_s
    out = decoder.flush(t_s + 1)
    assert decoder.due_s is None
    return Decoded((*readings, *out.readings), (*typed, *out.typed))


def letters(text: str) -> list[Key]:
    return [Key("", letter) for letter in text]


@pytest.mark.parametrize("ending", [ENTER, Key("tab", "\t")])
@pytest.mark.parametrize("gap_s", [0.0, 0.007, 0.030])
def test_a_scanner_is_a_reading_and_types_nothing(ending: Key, gap_s: float) -> None:
    out = play(KeyboardDecoder(), [*letters(CODE), ending], gap_s)
    assert out == Decoded((Reading(CODE.encode()),))


def test_a_scanner_that_presses_shift_and_stumbles_once() -> None:
    decoder, t_s, readings = KeyboardDecoder(), 0.0, []
    for number, letter in enumerate("https://q.brand.example/A1"):
        t_s += 0.09 if number == 7 else 0.008
        decoder.press(Key("shift"), t_s - 0.001)
        readings += decoder.press(Key("", letter), t_s).readings
    readings += decoder.press(ENTER, t_s + 0.008).readings
    assert readings == [Reading(b"https://q.brand.example/A1")]


@pytest.mark.parametrize("gap_s", [0.05, 0.12, 1.0])
def test_a_person_gets_every_key_in_order(gap_s: float) -> None:
    keys = [*letters("order 4711"), ENTER]
    assert play(KeyboardDecoder(), keys, gap_s) == Decoded((), tuple(keys))


@pytest.mark.parametrize("keys", [
    [ENTER], [Key("f3")], [Key("up")], [Key("", "c", ctrl=True)], [*letters("123"), ENTER], [Key("backspace", "\b")],
    [Key("", "a", alt=True)],
])
def test_keys_that_no_scanner_sends_go_to_the_person(keys: list[Key]) -> None:
    assert play(KeyboardDecoder(), keys, 0.005) == Decoded((), tuple(keys))


def test_a_persons_function_key_is_not_held_back() -> None:
    assert KeyboardDecoder().press(Key("f2"), 0.0).typed == (Key("f2"),)


def test_a_person_types_and_then_somebody_scans() -> None:
    decoder = KeyboardDecoder()
    assert decoder.press(Key("", "4"), 0.0) == Decoded()
    first = decoder.press(Key("", CODE[0]), 0.25)
    assert first.typed == (Key("", "4"),)
    assert play(decoder, [*letters(CODE[1:]), ENTER], 0.007, 0.257) == Decoded((Reading(CODE.encode()),))


def test_two_scans_in_a_row() -> None:
    keys = [*letters("CODE1"), ENTER, *letters("CODE2"), ENTER]
    assert play(KeyboardDecoder(), keys, 0.007).readings == (Reading(b"CODE1"), Reading(b"CODE2"))


def test_a_scan_without_its_end_is_a_no_read_not_a_code_and_not_typed() -> None:
    out = play(KeyboardDecoder(), letters(CODE[:18]), 0.007)
    assert out == Decoded((Reading(CODE[:18].encode(), no_read=True),))


@pytest.mark.parametrize(("setting", "keys"), [
    ("", [CTRL_GS]),
    ("", [Key("", "]", ctrl=True)]),
    ("", [Key("", "0", alt=True), Key("", "2", alt=True), Key("", "9", alt=True)]),
    ("", [Key("alt"), Key("", "0", alt=True), Key("", "0", alt=True), Key("", "2", alt=True), Key("", "9", alt=True),
          Key("", "\x1d")]),
    ("alt+029", [Key("", "0", alt=True), Key("", "2", alt=True), Key("", "9", alt=True)]),
    ("Down", [Key("down")]),
    ("F8", [Key("f8")]),
    ("ctrl+g", [Key("", "g", ctrl=True)]),
    ("|", letters("|")),
    ("{GS}", letters("{GS}")),
])
def test_gs_in_all_its_spellings(setting: str, keys: list[Key]) -> None:
    decoder = KeyboardDecoder(Framing(group_separator=setting.encode()))
    out = play(decoder, [*letters("]d2" + CODE), *keys, *letters("10LOT"), ENTER], 0.007)
    assert out.readings == (Reading(CODE.encode() + b"\x1d10LOT", "]d2"),)
    assert all(key.key == "alt" for key in out.typed)


def test_a_scan_may_begin_with_gs() -> None:
    assert play(KeyboardDecoder(), [CTRL_GS, *letters(CODE), ENTER], 0.007).readings == (
        Reading(b"\x1d" + CODE.encode()),)


def test_characters_by_number_one_after_the_other() -> None:
    by_number = [Key("alt"), Key("", "0", alt=True), Key("", "6", alt=True), Key("", "5", alt=True)]
    out = play(KeyboardDecoder(), [*by_number * 4, ENTER], 0.007)
    assert out.readings == (Reading(b"AAAA"),)


def test_a_learnt_key_is_the_persons_outside_a_scan() -> None:
    decoder = KeyboardDecoder(Framing(group_separator=b"down"))
    assert decoder.press(Key("down"), 0.0).typed == (Key("down"),)


@pytest.mark.parametrize(("key", "byte"), [
    (Key("", "\x07", ctrl=True), b"\x07"), (Key("", "g", ctrl=True), b"\x07"), (Key("escape", "\x1b"), b"\x1b"),
    (Key("", "é"), "é".encode()), (Key("", "\ud800"), b"\xed\xa0\x80"),
])
def test_what_is_no_us_ascii_stays_for_the_station_to_refuse(key: Key, byte: bytes) -> None:
    out = play(KeyboardDecoder(), [*letters("ABCD"), key, *letters("EF"), ENTER], 0.007)
    assert out.readings == (Reading(b"ABCD" + byte + b"EF"),)


def test_the_cap() -> None:
    out = play(KeyboardDecoder(), [*letters("x" * 18_000), ENTER], 0.007)
    assert [len(reading.raw) for reading in out.readings] == [MAX_CODE_BYTES + 1]
    out = play(KeyboardDecoder(), letters("x" * 60_000), 0.001)
    assert len(out.readings) == 2 and all(reading.no_read for reading in out.readings)


def test_prefix_and_no_read() -> None:
    decoder = KeyboardDecoder(Framing(prefix=b"~", no_read=b"NoRead"))
    assert play(decoder, [*letters("~CODE1"), ENTER], 0.007).readings == (Reading(b"CODE1"),)
    assert play(decoder, [*letters("~NoRead"), ENTER], 0.007, 9).readings == (Reading(b"NoRead", no_read=True),)


KEYS = st.builds(
    Key, st.sampled_from(["", "", "", "enter", "tab", "down", "f8", "alt", "shift", "backspace"]),
    st.one_of(st.text(max_size=2), st.characters(categories=["Cs", "Cc", "Nd", "Lu"])), st.booleans(), st.booleans())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(KEYS, st.floats(-0.1, 0.2))), st.sampled_from([b"", b"|", b"down", b"\xff"]))
def test_any_keys_give_each_key_once_to_the_person_or_to_a_reading(
    presses: list[tuple[Key, float]], separator: bytes,
) -> None:
    decoder, t_s, typed, readings = KeyboardDecoder(Framing(group_separator=separator)), 0.0, [], []
    for key, gap_s in presses:
        t_s += gap_s
        out = decoder.press(key, t_s)
        typed += out.typed
        readings += out.readings
    out = decoder.flush(t_s + 10)
    typed += out.typed
    readings += out.readings
    assert decoder.due_s is None
    rest = iter(key for key, _ in presses)
    loud = [key for key in typed if key.key not in ("shift", "alt")]      # silent keys overtake what is held
    assert all(any(key is one for one in rest) for key in loud)
    if not readings:
        assert len(typed) == len(presses)
