"""The sampling check: N right pieces release a reel, one wrong one stops it, and a shifted file is found out."""
from __future__ import annotations

import pytest

from app.domain.decision import Verdict
from app.domain.packing.sampling import LIVE, STOPPED, TO_CHECK, Place, Sampling, again, begun, scanned
from app.domain.reasons import Outcome, Reason

ROLES = ("cap_outer", "cap_inner")


def place(code: str) -> Place | None:
    """A file whose row n holds o<n> and i<n>, up to row 100."""
    row, side = int(code[1:]), code[0]
    return Place(row, "oi".index(side), (f"o{row}", f"i{row}")) if row <= 100 else None


def scan(state: Sampling, *codes: str) -> tuple[Sampling, Verdict]:
    verdict = None
    for code in codes:
        state, verdict = scanned(state, code, place(code), "bottle")
    assert verdict is not None
    return state, verdict


def test_right_pieces_release_the_set() -> None:
    state, verdict = scan(begun("S", ROLES, 3, "caps.csv"), "o2", "i2", "i7", "o7")
    assert (state.state, verdict.outcome, verdict.reason) == (TO_CHECK, Outcome.ACCEPTED, Reason.PAIR_RIGHT)
    assert (verdict.data["count"], verdict.data["planned"], verdict.data["row"]) == (2, 3, 7)
    state, verdict = scan(state, "o9", "i9")
    assert (state.state, verdict.outcome, verdict.reason) == (LIVE, Outcome.COMPLETE, Reason.PAIRS_RELEASED)
    assert verdict.data["file"] == "caps.csv"


def test_without_a_sample_it_counts_at_once_and_can_still_be_stopped() -> None:
    state = begun("S", ROLES, 0)
    assert state.state == LIVE
    assert scan(state, "o2", "i2")[1].reason == Reason.PAIR_RIGHT
    assert scan(state, "o2", "i3")[0].state == STOPPED


def test_a_wrong_piece_stops_the_reel_and_names_both_rows() -> None:
    state, verdict = scan(begun("S", ROLES, 3), "o40", "i40", "o60", "i61")
    assert (state.state, verdict.outcome, verdict.reason) == (STOPPED, Outcome.STOP, Reason.PAIR_MISMATCH)
    told = verdict.data
    assert (told["code"], told["row"], told["other"], told["other_row"]) == ("o60", 60, "i61", 61)
    assert (told["good_row"], told["from_row"], told["away"], told["shift"]) == (40, 60, 1, "")


@pytest.mark.parametrize("order", [("o60", "i57"), ("i57", "o60")])
def test_a_constant_shift_is_found_whichever_side_is_read_first(order: tuple[str, str]) -> None:
    state, verdict = scan(begun("S", ROLES, 3), *order, "o70", "i67")
    assert verdict.data["shift"] == -3 and state.shift == -3 and verdict.data["from_row"] == 60
    state, verdict = scan(state, "o80", "i82")
    assert state.shift is None and verdict.data["shift"] == ""


def test_a_stopped_set_is_not_released_by_right_pieces_but_by_a_new_check() -> None:
    state, _ = scan(begun("S", ROLES, 1, "f"), "o1", "i2")
    state, verdict = scan(state, "o5", "i5", "o6", "i6")
    assert state.state == STOPPED and verdict.outcome == Outcome.WARNING
    assert again(state) == begun("S", ROLES, 1, "f")
    assert scan(again(state), "o5", "i5")[0].state == LIVE
    assert again(begun("S", ROLES, 0)).state == TO_CHECK


def test_codes_that_the_file_does_not_have() -> None:
    begin = begun("S", ROLES, 1)
    state, verdict = scan(begin, "o101")
    assert state == begin and (verdict.outcome, verdict.reason) == (Outcome.REJECTED, Reason.NOT_PAIRED)
    for order in (("o1", "i101"), ("i1", "o101")):
        state, verdict = scan(begin, *order)
        assert state.state == STOPPED and verdict.reason == Reason.PAIR_MISMATCH
        assert (verdict.data["code"], verdict.data["other"], verdict.data["other_row"]) == (*order, "")
    assert scan(state, "o2", "i101")[0].shift is None


def test_a_piece_counts_once_and_a_side_left_out_begins_anew() -> None:
    state, verdict = scan(begun("S", ROLES, 2), "o1", "i1", "o1")
    assert (verdict.outcome, verdict.reason, len(state.right)) == (Outcome.DUPLICATE, Reason.PAIR_SEEN, 1)
    state, verdict = scan(state, "o2", "o2")
    assert (verdict.outcome, verdict.reason) == (Outcome.DUPLICATE, Reason.HALF_READ)
    state, verdict = scan(state, "o3")
    assert (verdict.outcome, verdict.reason, verdict.data["wanted"]) == (Outcome.WARNING, Reason.HALF_READ, "cap_inner")
    assert scan(state, "i3")[0].state == LIVE


def test_three_codes_make_one_piece() -> None:
    roles, codes = ("a", "b", "c"), ("a1", "b1", "c1")
    state = begun("S", roles, 1)
    for column in (2, 0):
        state, verdict = scanned(state, codes[column], Place(1, column, codes))
        assert (verdict.outcome, verdict.reason) == (Outcome.ACCEPTED, Reason.HALF_READ)
    assert verdict.data["wanted"] == "b"
    assert scanned(state, "b1", Place(1, 1, codes))[0].state == LIVE
