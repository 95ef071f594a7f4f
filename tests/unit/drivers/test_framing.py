"""Bytes to readings: endings learnt and configured, silence, the cap, and bytes of any kind in pieces of any size."""
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.base import Reading
from drivers.framing import CUT_AFTER_S, MAX_CODE_BYTES, Framing, Splitter

CODE = b"010690123456789221SN1"


def fed(data: bytes, framing: Framing | None = None) -> list[Reading]:
    return Splitter(framing or Framing()).feed(data, 0.0)


@pytest.mark.parametrize("ending", [b"\r", b"\n", b"\r\n"])
def test_any_line_ending_ends_a_code_at_once(ending: bytes) -> None:
    splitter = Splitter(Framing())
    for number in range(6):
        code = b"CODE%d" % number
        assert splitter.feed(code, number) == []
        assert splitter.feed(ending, number + 0.01) == [Reading(code)]
        assert splitter.due_s is None


def test_several_codes_in_one_chunk() -> None:
    assert fed(b"A1\r\nB2\r\nC3\r\nD4\r\nE5") == [Reading(b"A1"), Reading(b"B2"), Reading(b"C3"), Reading(b"D4")]


def test_a_learnt_ending_keeps_the_other_breaks_as_data() -> None:
    splitter = Splitter(Framing())
    splitter.feed(b"A1\rB2\rC3\rD4\r", 0)
    assert splitter.feed(b"one\ntwo\r", 1) == [Reading(b"one\ntwo")]


def test_a_device_set_to_another_ending_is_understood_after_a_short_silence() -> None:
    splitter = Splitter(Framing())
    splitter.feed(b"A1\r\nB2\r\nC3\r\nD4\r\nE5", 0)
    splitter.feed(b"\r\n", 0)
    assert splitter.feed(b"F6\rG7\r", 5) == []
    assert splitter.due_s == pytest.approx(5.1)
    assert splitter.idle(5.11) == [Reading(b"F6"), Reading(b"G7")]
    assert splitter.feed(b"H8\r", 6) == [Reading(b"H8")]


def test_stx_etx_without_settings() -> None:
    assert fed(b"\x02one\r\ntwo\x03\r\n\x02three\x03") == [Reading(b"one\r\ntwo"), Reading(b"three")]


def test_prefix_and_suffix_as_configured() -> None:
    framing = Framing(prefix=b"\x02", suffix=b"\x03\r\n")
    assert fed(b"\x02A1\x03\r\n\x02B2\x03\r\n", framing) == [Reading(b"A1"), Reading(b"B2")]
    assert fed(b"<A1;<B2;", Framing(prefix=b"<", suffix=b";")) == [Reading(b"A1"), Reading(b"B2")]
    assert fed(b"A1\x03", Framing(suffix=b"\x03")) == [Reading(b"A1")]


def test_noise_before_a_beginning_is_nothing_but_a_lost_code_is_a_no_read() -> None:
    framing = Framing(prefix=b"\x02", suffix=b"\x03")
    assert fed(b"\0\0\x02A1\x03", framing) == [Reading(b"A1")]
    assert fed(b"\x02HALF\x02A1\x03", framing) == [Reading(b"HALF", no_read=True), Reading(b"A1")]


def test_silence_ends_a_code_while_no_ending_is_known() -> None:
    splitter = Splitter(Framing(idle_flush_s=0.1))
    assert splitter.feed(b"AB", 1.0) == [] and splitter.feed(b"CD", 1.09) == []
    assert splitter.idle(1.18) == []
    assert splitter.idle(1.20) == [Reading(b"ABCD")]
    assert splitter.due_s is None


def test_silence_never_makes_half_a_code_a_code_once_the_ending_is_known() -> None:
    learnt = Splitter(Framing())
    learnt.feed(b"A1\rB2\rC3\rD4\r", 0)
    for splitter in (learnt, Splitter(Framing(suffix=b"\r"))):
        splitter.feed(CODE[:18], 1)
        assert splitter.idle(1 + CUT_AFTER_S - 0.01) == []
        assert splitter.idle(1 + CUT_AFTER_S) == [Reading(CODE[:18], no_read=True)]
        assert splitter.feed(CODE + b"\r", 9) == [Reading(CODE)]


def test_a_slow_rest_still_belongs_to_its_code() -> None:
    splitter = Splitter(Framing(suffix=b"\r"))
    splitter.feed(CODE[:18], 1)
    assert splitter.feed(CODE[18:] + b"\r", 30) == [Reading(CODE)]


def test_no_idle_flush_waits_for_ever() -> None:
    splitter = Splitter(Framing(idle_flush_s=0))
    splitter.feed(b"A1\rB2\rC3\rD4\rAB", 0)
    assert splitter.due_s is None and splitter.idle(1e9) == []
    assert splitter.feed(b"\n", 1e9) == [Reading(b"AB")]


def test_the_end_of_the_line() -> None:
    def ended(data: bytes, orderly: bool, framing: Framing | None = None) -> list[Reading]:
        splitter = Splitter(framing or Framing())
        splitter.feed(data, 0)
        return splitter.end(orderly)

    assert ended(CODE, True) == [Reading(CODE)]
    assert ended(CODE, False) == [Reading(CODE, no_read=True)]
    assert ended(CODE, True, Framing(suffix=b"\r")) == [Reading(CODE, no_read=True)]
    assert ended(b"\x02" + CODE, True) == [Reading(b"\x02" + CODE, no_read=True)]
    assert ended(b"A1\r", True) == []


@pytest.mark.parametrize(("sent", "aim", "raw"), [
    (b"]d2" + CODE, "]d2", CODE), (b"]Q3AB", "]Q3", b"AB"), (b"]C1", "]C1", b""), (b"]d", "", b"]d"),
    (b"]1dAB", "", b"]1dAB"), (b"AB]d2", "", b"AB]d2"),
])
def test_aim_identifiers(sent: bytes, aim: str, raw: bytes) -> None:
    assert fed(sent + b"\r") == [Reading(raw, aim)]


@pytest.mark.parametrize("spelling", [b"|", b"{GS}", b"~"])
def test_group_separators(spelling: bytes) -> None:
    sent = b"]d2" + CODE + spelling + b"10LOT" + b"\r"
    assert fed(sent, Framing(group_separator=spelling)) == [Reading(CODE + b"\x1d10LOT", "]d2")]


def test_no_reads_and_several_codes_in_a_telegram() -> None:
    framing = Framing(suffix=b"\r\n", separator=b",", no_read=b"NoRead")
    assert fed(b"NoRead\r\n", framing) == [Reading(b"NoRead", no_read=True)]
    assert fed(b"]d2A1,NoRead,,B2\r\n", framing) == [
        Reading(b"A1", "]d2"), Reading(b"NoRead", no_read=True), Reading(b"B2")]
    assert fed(b"noread\r\n", framing) == [Reading(b"noread")]


@pytest.mark.parametrize("framing", [
    Framing(), Framing(suffix=b"\r\n"), Framing(prefix=b"\x02", suffix=b"\x03\r\n"),
    Framing(suffix=b"\r\n", group_separator=b"{GS}"), Framing(idle_flush_s=0),
])
@pytest.mark.parametrize("piece", [7, 1_000, 100_000])
@pytest.mark.parametrize("aim", [b"", b"]d2"])
def test_the_cap_is_exact_and_the_next_code_is_whole(framing: Framing, piece: int, aim: bytes) -> None:
    prefix, suffix = framing.prefix, framing.suffix or b"\r\n"
    for size, expected in ((MAX_CODE_BYTES, MAX_CODE_BYTES), (MAX_CODE_BYTES + 1, MAX_CODE_BYTES + 1),
                           (MAX_CODE_BYTES + 4, MAX_CODE_BYTES + 1), (40_000, MAX_CODE_BYTES + 1)):
        splitter = Splitter(framing)
        sent = prefix + aim + b"x" * size + suffix + prefix + b"NEXT" + suffix
        readings = [reading for at in range(0, len(sent), piece) for reading in splitter.feed(sent[at:at + piece], 0)]
        assert [len(reading.raw) for reading in readings] == [expected, 4]
        assert readings[0].aim == aim.decode()


def test_the_cap_counts_what_came_not_what_it_means() -> None:
    sent = b"{GS}" * 4500 + b"\r"      # 18,000 bytes that would be 4,500
    assert [len(reading.raw) for reading in fed(sent, Framing(group_separator=b"{GS}"))] == [MAX_CODE_BYTES + 1]


def test_a_long_stx_frame_is_skipped_up_to_its_etx() -> None:
    splitter = Splitter(Framing())
    assert [len(r.raw) for r in splitter.feed(b"\x02" + b"x" * 30_000, 0)] == [MAX_CODE_BYTES + 1]
    assert splitter.feed(b"yy\r\nzz\x03\x02GOOD\x03", 0) == [Reading(b"GOOD")]


def test_the_rest_of_a_long_frame_without_an_ending_is_over_after_silence() -> None:
    splitter = Splitter(Framing())
    splitter.feed(b"x" * 30_000, 0)
    assert splitter.idle(0.2) == []
    assert splitter.feed(b"GOOD\r", 1) == [Reading(b"GOOD")]


def test_a_telegram_without_an_end_is_one_no_read() -> None:
    splitter = Splitter(Framing(suffix=b"\r\n", separator=b","))
    readings = splitter.feed(b"CODE," * 60_000, 0)
    assert [reading.no_read for reading in readings] == [True]
    assert splitter.feed(b"\r\nA1\r\n", 0) == [Reading(b"A1")]


FRAMINGS = st.builds(
    Framing, prefix=st.sampled_from([b"", b"\x02", b"<"]), suffix=st.sampled_from([b"", b"\r", b"\x03\r\n", b";"]),
    idle_flush_s=st.sampled_from([0, 0.1]), separator=st.sampled_from([b"", b","]), no_read=st.just(b"NoRead"),
    group_separator=st.sampled_from([b"", b"|", b"{GS}"]))
BYTES = st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(
    [b"\r", b"\n", b"\x02", b"\x03", b";", b",", b"<", b"]d2", b"|", b"NoRead", b"0106", b"\xff", b"\0"]),
    max_size=20).map(b"".join))


@settings(max_examples=300, deadline=None)
@given(FRAMINGS, st.lists(st.tuples(BYTES, st.floats(0, 3))))
def test_any_bytes_give_readings_or_nothing(framing: Framing, chunks: list[tuple[bytes, float]]) -> None:
    splitter, t_s = Splitter(framing), 0.0
    for data, pause_s in chunks:
        readings = splitter.feed(data, t_s)
        t_s += pause_s
        readings += splitter.idle(t_s)
        assert all(len(reading.raw) <= MAX_CODE_BYTES + 1 for reading in readings)
        assert splitter.due_s is None or splitter.due_s > t_s
    splitter.end(orderly=bool(chunks))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=40).filter(lambda raw: not set(raw) & set(b"\r\n\x02]\0")), min_size=1),
       st.lists(st.integers(1, 9), min_size=1))
def test_how_the_bytes_are_cut_makes_no_difference(codes: list[bytes], sizes: list[int]) -> None:
    sent = b"".join(code + b"\r\n" for code in codes)
    splitter, readings, at, turn = Splitter(Framing()), [], 0, 0
    while at < len(sent):
        size = sizes[turn % len(sizes)]
        readings += splitter.feed(sent[at:at + size], 0.0)
        at, turn = at + size, turn + 1
    assert [reading.raw for reading in readings] == codes
