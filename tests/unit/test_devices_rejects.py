"""What leaves the line: only what is known to be good by its reject point goes on, and a sensor says what left."""
from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices.line import Line
from app.devices.outputs import Outputs
from app.devices.position import Position
from app.devices.rejects import Offset, Rejects
from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import Frame, Published, StationView
from app.settings import LineSection, TriggerSection


def test_what_is_bad_or_not_judged_by_its_point_is_rejected() -> None:
    line = Rejects(Offset(after_s=1.0))
    for number, good in enumerate([True, False, None, True], 1):
        line.trigger(number, number / 10)
        if good is not None:
            assert line.verdict(number, good)
    assert line.due(1.0999) == [] and line.due_s == 1.1
    assert line.due(1.1) == []
    assert line.due(1.35) == [2, 3] and line.due_s == 1.4
    assert not line.verdict(3, True)             # too late: it is off the line
    assert not line.verdict(2, True)             # as it is for who approves it now
    assert line.verdict(2, False)
    assert line.due(9.0) == [] and line.due_s is None


def test_the_point_may_be_so_many_triggers_away() -> None:
    line = Rejects(Offset(after_triggers=2))
    line.trigger(1, 0.1)
    line.verdict(1, False)
    line.trigger(2, 0.2)
    line.verdict(2, True)
    assert line.due(9.0) == [] and line.due_s is None
    line.trigger(3, 0.3)
    assert line.due(0.3) == [1]
    line.trigger(4, 0.4)
    assert line.due(0.4) == []
    line.trigger(5, 0.5)
    assert line.due(0.5) == [3]                  # nobody said what it is


def test_the_point_may_be_so_many_counts_away() -> None:
    line = Rejects(Offset(after_counts=500))
    line.trigger(1, 0.1, 100)
    line.trigger(2, 0.2, 300)
    line.verdict(1, False)
    line.verdict(2, False)
    assert line.due(9.0, 599) == [] and line.due_s is None       # the belt may stand
    assert line.due(9.0, 600) == [1]
    assert line.due(9.0, 900) == [2]


def test_what_a_hand_took_out_is_not_pushed_for() -> None:
    line = Rejects(Offset(after_triggers=2, confirm_s=0.5))
    for number in (1, 2, 3):
        line.trigger(number, number / 10)
        line.verdict(number, number == 3)
    line.drop(2, 2)
    assert line.due(0.3) == [1]
    for number in (4, 5):
        line.trigger(number, number / 10)
        line.verdict(number, True)
        assert line.due(number / 10) == []


def test_without_a_distance_the_verdict_rejects() -> None:
    line = Rejects(Offset(confirm_s=0.5))
    for number in (1, 2, 3):
        line.trigger(number, 0.1)
    assert line.due(9.0) == []
    line.verdict(2, False)
    line.verdict(1, True)
    assert line.due(1.0) == [2] and line.due_s == 1.5
    line.all_of_them = True
    line.verdict(3, True)
    assert line.due(1.1) == [3]


def test_a_reject_is_confirmed_by_the_sensor_or_missed() -> None:
    line = Rejects(Offset(after_s=1.0, confirm_s=0.5))
    line.trigger(1, 0.0)
    line.trigger(2, 0.1)
    assert line.due(1.0) == [1] and line.due(1.1) == [2]
    assert line.sensor() == 1 and line.missed(1.55) == []
    assert line.missed(1.6) == [2] and line.missed(9.9) == []
    assert line.sensor() == 0                    # nobody rejected that


def test_reject_all_takes_also_what_was_judged_good() -> None:
    line = Rejects(Offset(after_s=1.0))
    line.trigger(1, 0.0)
    line.trigger(2, 0.1)
    line.verdict(1, True)
    line.all_of_them = True
    line.verdict(2, True)
    assert line.due(1.1) == [1, 2]
    line.all_of_them = False
    line.trigger(3, 2.0)
    line.verdict(3, True)
    assert line.due(3.0) == []


@pytest.mark.parametrize("offset", [Offset(after_s=0.5, confirm_s=0.2), Offset(after_triggers=3, confirm_s=0.2),
                                    Offset(after_counts=40, confirm_s=0.2), Offset(confirm_s=0.2)])
@given(steps=st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["trigger", "good", "bad", "sensor", "look"])),
                      max_size=40))
def test_nothing_bad_passes_and_nothing_good_is_taken(offset: Offset, steps: list[tuple[int, str]]) -> None:
    line, ms, last, judged = Rejects(offset), 0, 0, dict[int, bool]()
    fired: list[int] = []
    confirmed: list[int] = []
    missed: list[int] = []
    unknown = list[int]()
    for wait, step in steps:
        ms += wait
        match step:
            case "trigger":
                last += 1
                unknown.append(last)
                line.trigger(last, ms / 1000, ms)
            case "good" | "bad" if unknown:
                number = unknown.pop(0)
                judged[number] = step == "good"
                assert line.verdict(number, step == "good") == (step == "bad" or number not in fired)
            case "sensor":
                confirmed += [number] if (number := line.sensor()) else []
        fired += line.due(ms / 1000, ms)
        missed += line.missed(ms / 1000)
    fired += line.due(1e6, 10**9)
    missed += line.missed(2e6)
    assert len(fired) == len(set(fired)) and sorted(confirmed + missed) == sorted(fired)
    bad = {number for number, good in judged.items() if not good}
    if offset.after_triggers:
        bad = {number for number in bad if number + offset.after_triggers <= last}
    assert bad <= set(fired)
    if not (offset.after_s or offset.after_triggers or offset.after_counts):
        assert set(fired) == bad


# --- outputs ---------------------------------------------------------------------------------------------------------
def test_a_pulse_is_seen_however_late_it_is_given() -> None:
    outputs = Outputs(["ok", "ng", "number"])
    outputs.pulse("ok", 0.001)
    outputs.hold("number", 7)
    outputs.pulse("red", 1.0)                    # not wired
    assert outputs.due_s == float("-inf")
    assert list(outputs.changes(5.0).items()) == [("number", 7), ("ok", 1)]
    assert outputs.due_s == 5.001
    assert outputs.changes(5.0005) == {} and outputs.changes(5.002) == {"ok": 0}
    assert outputs.due_s is None


def test_a_new_verdict_ends_the_last_ones_pulse() -> None:
    outputs = Outputs(["ok", "ng"])
    outputs.pulse("ok", 0.1)
    outputs.changes(1.0)
    outputs.end("ok")
    outputs.pulse("ng", 0.1)
    assert list(outputs.changes(1.05).items()) == [("ok", 0), ("ng", 1)]
    outputs.hold("ng", 1)
    assert outputs.changes(2.0) == {}            # held on beyond its pulse
    outputs.hold("ng", 0)
    assert outputs.changes(2.0) == {"ng": 0}


@pytest.mark.parametrize("reason", [Reason.QUEUE_REMOVED, Reason.QUEUE_ALIGNED])
def test_the_pusher_is_not_told_of_what_was_taken_out_by_hand(reason: Reason) -> None:
    """Of the row's own position; a trigger of this number at another one is another piece."""
    outputs = Outputs(["reject-bottle", "reject-case"])
    positions = {name: Position(TriggerSection(name=name, readers=(name,), reject_after_triggers=2), outputs, {},
                                lambda problem, detail: None, queued=name == "bottle") for name in ("bottle", "case")}
    line = Line(LineSection(), outputs, lambda changes: None, lambda: True, beats=False)
    line.place(positions)
    fired: list[str] = []
    now = datetime.now(UTC)
    for position in positions.values():
        position.trigger(now, 0.1)
    verdict = Verdict(Outcome.ACCEPTED, reason, {"triggers": "1-1"})
    line.hear(Published(verdict, StationView("S", "S", "", "", None, "packing", "WO1"), "hand", now, 1, 0.0), now, 0.15)
    for mono in (0.2, 0.3):
        for position in positions.values():
            position.trigger(now, mono)
            position.step(now, mono)
        fired += [name for name, value in outputs.changes(mono).items() if value]
    assert fired == ["reject-case"]


def test_numbers_go_on_from_the_lines_own_count() -> None:
    position = Position(TriggerSection(name="bottle", readers=("top",)), Outputs([]), {}, lambda problem, detail: None)
    position.begin(500)
    position.begin(7)                            # only before the first
    now = datetime.now(UTC)
    position.trigger(now, 0.1)
    position.skip(3)
    position.trigger(now, 0.2)
    frames = position.step(now, 9.0)
    assert [frame.trigger for frame in frames if isinstance(frame, Frame)] == [501, 505]
