"""Which reading belongs to which trigger: every trigger ends in exactly one frame, and nothing shifts to another."""
from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.devices.triggers import NOWHERE, Answer, Timing, Triggers
from app.messages import Frame, Seen

AT = datetime(2026, 11, 22, tzinfo=UTC)


def answer(reader: str, mono: float, *codes: str, **more: int) -> Answer:
    seen = tuple(Seen(code.encode(), "]d2") for code in codes)
    return Answer(reader, seen, AT + timedelta(seconds=mono), mono, () if codes else (NOWHERE,), **more)


def codes(frame: Frame) -> list[str]:
    return [each.raw.decode() for each in frame.seen]


def test_one_trigger_is_one_frame_with_all_its_codes() -> None:
    line = Triggers(["top"], Timing(0.5))
    assert line.ended(AT, 0.0) == [] and line.due_s is None
    assert line.trigger(AT, 1.0) == 1
    assert line.ended(AT, 1.1) == [] and line.due_s == 1.5
    line.answer(answer("top", 1.2, "A", "B"))
    [frame] = line.ended(AT, 1.2)
    assert (frame.source, frame.trigger, codes(frame), frame.mono) == ("top", 1, ["A", "B"], 1.2)
    assert not frame.timed_out and frame.unread == ()
    assert frame.seen[0].view == "" and line.ended(AT, 9.0) == [] and line.due_s is None


def test_no_read_and_time_out_are_different_ends() -> None:
    line = Triggers(["top"], Timing(0.5))
    line.trigger(AT, 1.0)
    line.answer(answer("top", 1.2))
    [frame] = line.ended(AT, 1.2)
    assert frame.unread == (NOWHERE,) and not frame.timed_out and frame.seen == ()
    line.trigger(AT, 2.0)
    assert line.ended(AT, 2.49) == []
    [frame] = line.ended(AT, 2.5)
    assert (frame.trigger, frame.seen, frame.unread, frame.timed_out) == (2, (), (), True)


def test_a_late_reading_is_told_and_shifts_nothing() -> None:
    line = Triggers(["top"], Timing(0.5, late_s=0.5))
    line.trigger(AT, 1.0)
    assert line.ended(AT, 1.5)[0].timed_out
    line.trigger(AT, 1.6)
    line.answer(answer("top", 1.7, "OF-1"))
    line.answer(answer("top", 1.8, "OF-2"))
    assert [codes(each) for each in line.ended(AT, 1.8)] == [["OF-2"]]
    assert [each.seen[0].raw for each in line.late] == [b"OF-1"]
    line.late.clear()
    line.trigger(AT, 3.0)
    assert line.ended(AT, 3.5)[0].timed_out
    line.trigger(AT, 4.1)                        # by now nobody expects the answer to 3 any more
    line.answer(answer("top", 4.2, "OF-4"))
    assert [(each.trigger, codes(each)) for each in line.ended(AT, 4.2)] == [(4, ["OF-4"])] and line.late == []


def test_a_reader_that_was_away_owes_nothing() -> None:
    line = Triggers(["top"], Timing(0.5, late_s=5.0))
    line.trigger(AT, 1.0)
    line.ended(AT, 1.5)
    line.forget("top")
    line.trigger(AT, 2.0)
    line.answer(answer("top", 2.1, "OF-2"))
    assert [codes(each) for each in line.ended(AT, 2.1)] == [["OF-2"]]


def test_what_nothing_triggered_is_a_frame_of_its_own() -> None:
    line = Triggers(["top"], Timing(0.5))
    line.answer(answer("top", 1.0, "STRAY"))
    assert line.due_s == float("-inf")
    line.answer(answer("top", 1.0))
    frames = line.ended(AT, 1.0)
    assert [(each.trigger, codes(each), each.unread) for each in frames] == [(0, ["STRAY"], ()), (0, [], (NOWHERE,))]


def test_a_reader_may_be_quicker_than_the_look_at_the_plc() -> None:
    line = Triggers(["top"], Timing(0.5, earliest_s=-0.05))
    line.answer(answer("top", 1.0, "OF-1"))
    assert line.ended(AT, 1.0) == [] and line.due_s == 1.05
    line.trigger(AT, 1.04)
    assert [(each.trigger, codes(each)) for each in line.ended(AT, 1.04)] == [(1, ["OF-1"])]
    line.answer(answer("top", 2.0, "STRAY"))
    line.trigger(AT, 2.06)
    assert [(each.trigger, codes(each)) for each in line.ended(AT, 2.06)] == [(0, ["STRAY"])]
    assert line.ended(AT, 2.56)[0].timed_out


def test_what_comes_sooner_than_a_reader_can_is_of_no_trigger() -> None:
    line = Triggers(["top"], Timing(0.5, earliest_s=0.03))
    line.trigger(AT, 1.0)
    line.answer(answer("top", 1.01, "SECOND WORD OF THE LAST"))
    line.answer(answer("top", 1.05, "OF-1"))
    assert [(each.trigger, codes(each)) for each in line.ended(AT, 1.05)] == [
        (0, ["SECOND WORD OF THE LAST"]), (1, ["OF-1"])]


def test_each_telegram_is_a_trigger_where_the_reader_says_so() -> None:
    line = Triggers(["cap"], Timing(0.5), own=True)
    for number, code in enumerate(["A", "B", "C"], 1):
        line.answer(answer("cap", number, code))
    line.answer(answer("cap", 4.0))
    frames = line.ended(AT, 4.0)
    assert [(each.trigger, codes(each), len(each.unread)) for each in frames] == [
        (1, ["A"], 0), (2, ["B"], 0), (3, ["C"], 0), (4, [], 1)]


def test_two_readers_say_one_frame() -> None:
    line = Triggers(["top", "side"], Timing(0.5, late_s=0.5))
    line.trigger(AT, 1.0)
    line.answer(answer("side", 1.1, "S1"))
    assert line.ended(AT, 1.1) == []
    line.answer(answer("top", 1.2, "T1", "T2"))
    [frame] = line.ended(AT, 1.2)
    assert [(each.raw, each.view) for each in frame.seen] == [(b"T1", "top"), (b"T2", "top"), (b"S1", "side")]
    assert frame.source == "top" and frame.unread == ()
    line.trigger(AT, 2.0)
    line.answer(answer("top", 2.1, "T3"))
    [frame] = line.ended(AT, 2.5)                # the side is silent: there is a place where nothing was read
    assert (codes(frame), frame.unread, frame.timed_out) == (["T3"], (NOWHERE,), False)
    line.trigger(AT, 2.6)
    line.answer(answer("side", 2.7, "S OF 2"))
    line.answer(answer("side", 2.8, "S OF 3"))
    line.answer(answer("top", 2.8, "T OF 3"))
    assert codes(line.ended(AT, 2.8)[0]) == ["T OF 3", "S OF 3"]
    line.trigger(AT, 4.0)
    [frame] = line.ended(AT, 4.5)
    assert frame.timed_out and frame.unread == ()


def test_two_readers_without_a_signal_meet_in_the_order_of_their_telegrams() -> None:
    line = Triggers(["top", "side"], Timing(0.5), own=True)
    line.answer(answer("top", 1.0, "T1"))
    line.answer(answer("top", 1.2, "T2"))
    line.answer(answer("side", 1.3, "S1"))
    line.answer(answer("side", 1.4, "S2"))
    assert [codes(each) for each in line.ended(AT, 1.4)] == [["T1", "S1"], ["T2", "S2"]]


def test_answers_that_say_their_trigger_may_come_in_any_order() -> None:
    line = Triggers(["cam"], Timing(0.5, late_s=5.0))
    for mono in (1.0, 1.1, 1.2):
        line.trigger(AT, mono)
    line.answer(answer("cam", 1.3, "THREE", trigger=3))
    line.answer(answer("cam", 1.3, "TWO", trigger=2))
    assert line.ended(AT, 1.3) == []             # frames go on in the order of what passes
    line.answer(answer("cam", 1.4, "ONE", trigger=1))
    assert [(each.trigger, codes(each)) for each in line.ended(AT, 1.4)] == [(1, ["ONE"]), (2, ["TWO"]), (3, ["THREE"])]
    line.answer(answer("cam", 1.4, "ONE AGAIN", trigger=1))
    assert [each.seen[0].raw for each in line.late] == [b"ONE AGAIN"]
    line.answer(answer("cam", 1.4, "NEVER ASKED", trigger=9))
    assert [each.trigger for each in line.ended(AT, 1.5)] == [0]


def test_a_second_word_to_the_same_trigger_is_late() -> None:
    line = Triggers(["top", "side"], Timing(0.5))
    line.trigger(AT, 1.0)
    line.answer(answer("top", 1.1, "FIRST", trigger=1))
    line.answer(answer("top", 1.2, "SECOND", trigger=1))
    line.answer(answer("side", 1.3, "SIDE", trigger=1))
    assert [codes(each) for each in line.ended(AT, 1.3)] == [["FIRST", "SIDE"]]
    assert [each.seen[0].raw for each in line.late] == [b"SECOND"]


def test_a_reader_may_count_with_few_digits() -> None:
    line = Triggers(["cam"], Timing(0.5))
    for number in range(1, 13):
        line.trigger(AT, number)
        line.answer(answer("cam", number + 0.1, f"OF-{number}", trigger=number % 10, among=10))
        assert codes(line.ended(AT, number + 0.1)[0]) == [f"OF-{number}"]


# --- no sequence breaks it ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Passing:
    """What happens with one thing on the line, in milliseconds: after the last one, and each reader's delay."""

    gap: int
    delays: tuple[int | None, int | None]        # None: this reader never answers


def passings(delay: st.SearchStrategy[int | None]) -> st.SearchStrategy[list[Passing]]:
    return st.lists(st.builds(Passing, st.integers(1, 400), st.tuples(delay, delay)), min_size=1, max_size=12)


def played(line: Triggers, things: list[Passing], readers: tuple[str, ...], echo: bool) -> tuple[list[Frame], int]:
    """The frames of a line on which these things pass; how many answers were given."""
    now, happenings, free = 0, list[tuple[int, int, int, str]](), defaultdict(int)
    for number, thing in enumerate(things, 1):
        now += thing.gap
        happenings.append((now, 0, number, ""))
        for reader, delay in zip(readers, thing.delays, strict=False):
            if delay is not None:                # a reader answers in the order in which it was asked
                free[reader] = max(free[reader], now + delay) if not echo else now + delay
                happenings.append((free[reader], 1, number, reader))
    frames = []
    for ms, answered, number, reader in sorted(happenings):
        while line.due_s is not None and line.due_s <= ms / 1000:
            frames += line.ended(AT, max(line.due_s, 0.0))
        if answered:
            line.answer(answer(reader, ms / 1000, f"{reader}-{number}", trigger=number if echo else 0))
        else:
            line.trigger(AT, ms / 1000)
    return frames + line.ended(AT, now / 1000 + 60), sum(answered for _, answered, _, _ in happenings)


ANY_DELAY = st.none() | st.integers(0, 3000)


@given(things=passings(ANY_DELAY), echo=st.booleans(), two=st.booleans(), late=st.integers(0, 1000),
       earliest=st.integers(-100, 100), own=st.booleans())
def test_every_trigger_ends_in_one_frame_and_every_answer_somewhere(
    things: list[Passing], echo: bool, two: bool, late: int, earliest: int, own: bool,
) -> None:
    readers = ("top", "side")[:1 + two]
    line = Triggers(readers, Timing(0.3, late / 1000, earliest / 1000), own)
    frames, given_ = played(line, things, readers, echo)
    numbers = [each.trigger for each in frames if each.trigger]
    assert numbers == list(range(1, line.last + 1)) and line.last >= len(things)
    assert sum(len(each.seen) for each in frames) + len(line.late) == given_
    for frame in frames:
        assert frame.timed_out == (not frame.seen and not frame.unread)
        missing = {*readers} - {each.view or readers[0] for each in frame.seen}
        assert frame.timed_out or not frame.trigger or len(frame.unread) == len(missing)


@given(things=passings(st.integers(0, 250)), two=st.booleans())
@example([Passing(1, (250, 0)), Passing(1, (0, 250))], True)
def test_answers_in_time_stay_with_their_trigger(things: list[Passing], two: bool) -> None:
    """Readers that answer everything, each in its order, however slow the other one and however near the next thing."""
    readers = ("top", "side")[:1 + two]
    frames, _ = played(Triggers(readers, Timing(0.251)), things, readers, echo=False)
    assert [codes(each) for each in frames] == [[f"{reader}-{number}" for reader in readers]
                                                for number in range(1, len(things) + 1)]


@given(things=passings(st.integers(0, 700)), two=st.booleans())
def test_no_answer_ever_gets_to_another_trigger(things: list[Passing], two: bool) -> None:
    """Answers up to `late_s` after the time-out: told as late, never taken for the next thing's."""
    readers = ("top", "side")[:1 + two]
    # a slow answer makes the next one of this reader wait, so the longest delay is that of all of them
    line = Triggers(readers, Timing(0.3, late_s=700 * len(things) / 1000))
    frames, _ = played(line, things, readers, echo=False)
    for frame in frames:
        assert all(code.endswith(f"-{frame.trigger}") for code in codes(frame)), frame


@given(things=passings(ANY_DELAY), two=st.booleans(), late=st.integers(0, 100))
def test_answers_that_say_their_trigger_never_get_to_another(things: list[Passing], two: bool, late: int) -> None:
    """Lost, late, out of order: whatever happens."""
    readers = ("top", "side")[:1 + two]
    frames, _ = played(Triggers(readers, Timing(0.3, late / 1000)), things, readers, echo=True)
    for frame in frames:
        assert all(code.endswith(f"-{frame.trigger}") for code in codes(frame)), frame


@pytest.mark.parametrize("timing", [Timing(0.09, 0.005)])
def test_a_lost_answer_costs_one_bottle_where_the_line_is_slower_than_the_reader(timing: Timing) -> None:
    """36,000 an hour: 100 ms from bottle to bottle, the reader needs at most 95."""
    line, frames = Triggers(["cap"], timing), []
    for number in range(1, 1001):
        start = number / 10
        frames += line.ended(AT, start)
        line.trigger(AT, start)
        if number % 100:
            line.answer(answer("cap", start + 0.04, f"OF-{number}"))
        frames += line.ended(AT, start + 0.04)
    frames += line.ended(AT, 200.0)
    assert [each.trigger for each in frames] == list(range(1, 1001))
    for frame in frames:
        assert frame.timed_out if frame.trigger % 100 == 0 else codes(frame) == [f"OF-{frame.trigger}"]
