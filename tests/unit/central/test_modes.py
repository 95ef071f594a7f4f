"""Switches of the training server: from the command line, from JSON, and what is said of a wrong one."""
from __future__ import annotations

import pytest

from app.central.faults import Switch, part_of
from app.central.modes import Mode, changed, from_words


def test_words_of_the_command_line() -> None:
    mode = from_words(["dedupe=none", "job_delay_s=1.5", "synchronous=true", "only=capture,job", "status=503",
                       "retry_after=\"7\"", "garble="])
    assert mode == Mode(dedupe="none", job_delay_s=1.5, synchronous=True, only=("capture", "job"), status=503,
                        retry_after="7")


@pytest.mark.parametrize(("words", "says"), [
    (["dedupe"], "NAME=VALUE"), (["dedupe=twice"], "$.dedupe"), (["colour=red"], "colour"),
    (["job_delay_s=-1"], "$.job_delay_s"), (["status=418"], "$.status"), (["only=capture,pages"], "$.only"),
    (["max_events=0"], "$.max_events"), (["drop=perhaps"], "$.drop"),
])
def test_a_wrong_word_is_named(words: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("$", r"\$")):
        from_words(words)


@pytest.mark.parametrize("wanted", [[], "none", None, 7])
def test_switches_are_an_object(wanted: object) -> None:
    with pytest.raises(ValueError, match="expected an object"):
        changed(Mode(), wanted)


@pytest.mark.parametrize(("method", "path", "part"), [
    ("POST", "/capture", "capture"), ("OPTIONS", "/capture", "capture"), ("GET", "/capture", "job"),
    ("GET", "/capture/abc", "job"), ("POST", "/events", "capture"), ("GET", "/events", "events"),
    ("GET", "/epcs/x/state", "events"), ("GET", "/master/changes", "master"), ("GET", "/training/mode", None),
    ("GET", "/", None), ("GET", "/health", None),
])
def test_which_part_a_request_is_for(method: str, path: str, part: str | None) -> None:
    assert part_of(path, method) == part


def test_a_fault_ends_after_its_times_and_leaves_the_ways() -> None:
    switch = Switch(Mode(dedupe="none", status=503, times=2, only=("capture",)))
    assert switch.fault_for("job") is None
    assert [switch.fault_for("capture") is not None for _ in range(3)] == [True, True, False]
    assert switch.mode == Mode(dedupe="none") and switch.start.status == 503


def test_a_fault_without_times_lasts() -> None:
    switch = Switch(Mode(drop=True))
    assert all(switch.fault_for("events") for _ in range(5)) and switch.fault_for(None) is None
