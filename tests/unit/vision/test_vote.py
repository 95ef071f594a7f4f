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


def test_a_place_that_is_unread_now_stays_unread_whatever_was_read_there() -> None:
    """Another bottle may stand there by now; as soon as it is seen again it counts again."""
    vote = Vote(2)
    vote.add(frame("a", "b", "c"))
    reading = vote.add(frame("a", "b", unread=(at(20 * ord("c")), at(20 * ord("a")), at(400))))
    assert reading is not None and [code.raw for code in reading.codes] == [b"a", b"b"]
    assert reading.unread == (at(20 * ord("c")), at(400)), "but what is read on this picture is not unread on it"
    assert told(vote, frame("a", "b", "c")) == [["a", "b", "c"]]


LABEL = SeenCode(b"16901234500018", "]I1", "ITF14", ((100, 500), (500, 500), (500, 560), (100, 560)))


def labelled(name: str, unread: tuple[int, ...] = ()) -> FrameReading:
    """Twelve bottles of a case and the label that every case has."""
    places = [at(100 + 100 * (i % 4), 100 + 100 * (i // 4)) for i in range(12)]
    codes = [SeenCode(f"{name}{i}".encode(), "]Q1", "QRCode", place)
             for i, place in enumerate(places) if i not in unread]
    return FrameReading((*codes, LABEL), tuple(places[i] for i in unread))


def test_two_cases_with_the_same_label_are_never_mixed() -> None:
    vote = Vote(2, expected=13)
    assert len(told(vote, *[labelled("A")] * 5)) == 1
    presented = [reading for reading in (vote.add(labelled("B", (5,))) for _ in range(5)) if reading]
    assert len(presented) == 1 and len(presented[0].unread) == 1
    assert {code.raw for code in presented[0].codes} == {LABEL.raw, *(f"B{i}".encode() for i in range(12) if i != 5)}


def test_a_picture_that_shows_the_label_alone_says_nothing_of_the_case() -> None:
    vote, label = Vote(3, expected=13), FrameReading((LABEL,))
    assert told(vote, labelled("A", (3,)), *[label] * (FORGOTTEN - 1)) == []
    assert len(told(vote, *[labelled("A", (3,))] * 2)[0]) == 12
    assert told(Vote(2), *[label] * 3) == [["16901234500018"]], "where there is nothing else it is the presentation"
    assert told(vote, *[label] * (FORGOTTEN + 3)) == [["16901234500018"]]


def test_of_a_case_of_which_a_bottle_was_exchanged_only_what_is_seen_is_told() -> None:
    """Nothing proves that the bottles beside it, unseen on this picture, were not exchanged with it."""
    new = FrameReading(tuple(replace(code, raw=b"N" + code.raw) if code.raw in (b"A0", b"A1") else code
                             for code in labelled("A", (7, 8)).codes), labelled("A", (7, 8)).unread)
    vote = Vote(3, expected=13)
    vote.add(replace(labelled("A", (2,))))
    vote.add(new)
    after = [reading for reading in (vote.add(new) for _ in range(3)) if reading]
    assert len(after) == 1 and {code.raw for code in after[0].codes} == {code.raw for code in new.codes}
    assert len(after[0].unread) == 2


@given(st.data(), st.integers(1, 4), st.sampled_from([0, 13]))
def test_no_presentation_holds_codes_of_two_cases(data: st.DataObject, settle: int, expected: int) -> None:
    """Cases follow one another in the same place, some of their bottles unread: ringed, each as long as it is."""
    vote = Vote(settle, expected)
    for number in range(data.draw(st.integers(2, 5))):
        for _ in range(data.draw(st.integers(1, 4))):
            reading = labelled(f"{number}-", tuple(data.draw(st.sets(st.integers(0, 11), max_size=5))))
            presented = vote.add(reading)
            if presented:
                texts = {code.raw.decode() for code in presented.codes} - {"16901234500018"}
                assert all(text.startswith(f"{number}-") for text in texts)
                assert presented.unread == reading.unread


@given(st.integers(2, 6), st.lists(st.sets(st.sampled_from("abcdef"), min_size=3), min_size=1, max_size=60))
def test_whatever_flickers_nothing_is_told_twice_and_nothing_invented(settle: int, seen: list[set[str]]) -> None:
    vote, before = Vote(settle), set()
    for i, texts in enumerate(seen):
        for each in told(vote, frame(*sorted(texts))):
            assert len(each) == len(set(each)) and set(each) <= set().union(*seen[:i + 1])
            assert not set(each) <= before, "only with a code that was not told before"
            before = set(each)
