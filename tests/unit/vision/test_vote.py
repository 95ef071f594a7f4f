"""From frames to presentations: each case once, whole, whatever flickers."""
from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.vision.reading import Corners, FrameReading, SeenCode
from app.vision.vote import FORGOTTEN, Vote


def at(x: float, y: float = 0) -> Corners:
    return ((x, y), (x + 10, y), (x + 10, y + 10), (x, y + 10))


def frame(*texts: str, moved: float = 0, unread: tuple[Corners, ...] = ()) -> FrameReading:
    """Each letter has its place, 20 apart; doubles lie one row below."""
    places = [at(20 * ord(text) + moved, 20 * texts[:i].count(text)) for i, text in enumerate(texts)]
    codes = tuple(SeenCode(text.encode(), "", "QRCode", place) for text, place in zip(texts, places, strict=True))
    return FrameReading(codes, unread)


def told(vote: Vote, *frames: FrameReading) -> list[list[str]]:
    given_out = (vote.add(each) for each in frames)
    return [[code.raw.decode() for code in each.codes] for each in given_out if each]


def test_a_case_held_still_counts_once() -> None:
    assert told(Vote(3), *[frame("a", "b")] * 20) == [["a", "b"]]
    assert told(Vote(3), *[frame("a", "b")] * 2) == []
    assert told(Vote(1), frame("a")) == [["a"]]


def test_frames_add_up() -> None:
    frames = [frame("a", "b"), frame("b", "c"), frame("a", "c"), frame("a"), frame("b")]
    assert [sorted(each) for each in told(Vote(3), *frames)] == [["a", "b", "c"]]


def test_all_that_are_expected_need_no_second_frame() -> None:
    assert told(Vote(5, expected=3), frame("a"), frame("a", "b", "c"), frame("a", "b", "c")) == [["a", "b", "c"]]


def test_flicker_of_what_was_told_says_nothing() -> None:
    assert told(Vote(2), *[frame("a", "b")] * 2, *[frame("a")] * 9, *[frame("b")] * 9, frame("a", "b")) == [["a", "b"]]


def test_a_late_code_tells_the_case_again_with_it() -> None:
    assert told(Vote(2), *[frame("a", "b")] * 3, *[frame("a", "b", "c")] * 3) == [["a", "b"], ["a", "b", "c"]]


def test_the_next_case_is_another_presentation_and_the_first_may_come_back() -> None:
    first, second = [frame("a", "b")] * 3, [frame("x", "y")] * 3
    assert told(Vote(2), *first, *second, *first) == [["a", "b"], ["x", "y"], ["a", "b"]]


def test_a_case_that_leaves_while_the_next_comes_is_not_mixed_with_it() -> None:
    frames = [*[frame("a", "b", "c", "d")] * 3, frame("c", "d", "w", moved=7), frame("d", "w", "x", "y", moved=14),
              *[frame("w", "x", "y", "z", moved=21)] * 3]
    assert told(Vote(3), *frames) == [["a", "b", "c", "d"], ["w", "x", "y", "z"]]


def test_a_belt_that_creeps_is_not_still() -> None:
    frames = [frame(*"abcdefghijklmnopqrst"[i // 4:i // 4 + 6], moved=-2.0 * i) for i in range(40)]
    assert all(len(each) <= 7 for each in told(Vote(2), *frames)), "never more than are in the picture at once"
    assert told(Vote(4), *frames) == []


def test_a_bottle_put_in_the_place_of_another_replaces_it() -> None:
    swapped = FrameReading(tuple(replace(code, raw=b"x") if code.raw == b"b" else code for code in frame(*"abc").codes))
    assert told(Vote(2), *[frame("a", "b", "c")] * 3, *[swapped] * 3) == [["a", "b", "c"], ["a", "c", "x"]]


def test_a_bottle_taken_out_is_gone_after_a_while() -> None:
    frames = [*[frame("a", "b", "c")] * 3, *[frame("a", "b")] * (FORGOTTEN + 1), *[frame("a", "b", "d")] * 2]
    assert told(Vote(2), *frames) == [["a", "b", "c"], ["a", "b", "d"]]


def test_a_passing_hand_is_no_new_case_but_a_cleared_table_is() -> None:
    case, nothing = [frame("a", "b")] * 3, frame()
    assert told(Vote(2), *case, *[nothing] * (FORGOTTEN - 1), *case) == [["a", "b"]]
    assert told(Vote(2), *case, *[nothing] * FORGOTTEN, *case) == [["a", "b"]] * 2
    assert told(Vote(1), *[nothing] * 50) == []


def test_the_same_text_on_two_symbols_stays_two() -> None:
    assert told(Vote(2), frame("a", "a", "b"), frame("a", "b"), frame("b", "a")) == [["a", "a", "b"]]


def test_a_place_that_another_frame_read_is_not_unread() -> None:
    vote = Vote(2)
    vote.add(frame("a", "b", "c"))
    reading = vote.add(frame("a", "b", unread=(at(20 * ord("c")), at(400))))
    assert reading is not None and len(reading.codes) == 3 and reading.unread == (at(400),)


@given(st.integers(2, 6), st.lists(st.sets(st.sampled_from("abcdef"), min_size=3), min_size=1, max_size=60))
def test_whatever_flickers_nothing_is_told_twice_and_nothing_invented(settle: int, seen: list[set[str]]) -> None:
    vote, before = Vote(settle), set()
    for i, texts in enumerate(seen):
        for each in told(vote, frame(*sorted(texts))):
            assert len(each) == len(set(each)) and set(each) <= set().union(*seen[:i + 1])
            assert not set(each) <= before, "only with a code that was not told before"
            before = set(each)
