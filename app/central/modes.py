"""How the server behaves: the ways of real repositories and their faults, switchable while it runs."""
from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0, le=3600)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Part = Literal["capture", "job", "events", "master"]


class Mode(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All switches. The defaults are the standard's ways.

    The faults (`status`, `drop`, `garble`, `slow_s`) meet requests to the parts in `only` (empty: all); after `times`
    faults they end by themselves (0: they last). `when` tells whether the request is done before it fails.
    """

    # the ways of the repository
    dedupe: Literal["none", "ignore", "conflict-batch", "conflict-event", "per-event-report"] = "ignore"
    blind: bool = False                    # takes an error declaration for its event, sent again (and drops it)
    synchronous: bool = False              # POST /capture stores and answers 201, no job
    check: Literal["job", "request"] = "job"   # faulty events fail the job, or the request with 400
    strict: bool = True                    # also refuses what contradicts earlier events
    job_delay_s: Seconds = 0.0
    query_lag_s: Seconds = 0.0             # stored events show up in queries so much later
    lose_jobs: bool = False                # GET /capture/{id} is 404
    name_events: bool = True               # problems of a job name the eventID
    absolute_location: bool = False
    gzip: bool = True                      # False: Content-Encoding gzip is 415
    max_events: Annotated[int, msgspec.Meta(ge=1)] = 500
    max_bytes: Annotated[int, msgspec.Meta(ge=1)] = 1_000_000
    announce_limits: bool = True           # OPTIONS and 413 tell the two limits
    # faults
    status: Literal[0, 401, 403, 404, 408, 425, 429, 500, 502, 503, 504] = 0
    retry_after: str = ""                  # header of a faulty status: seconds or an HTTP date
    drop: bool = False                     # the connection is cut without an answer
    garble: Literal["", "html", "truncated", "rubbish", "huge", "empty", "redirect"] = ""
    slow_s: Seconds = 0.0                  # waits so long before it answers
    when: Literal["before", "after"] = "after"
    only: tuple[Part, ...] = ()
    times: Count = 0

    @property
    def faulty(self) -> bool:
        return bool(self.status or self.drop or self.garble or self.slow_s)


NO_FAULT: dict[str, Any] = {"status": 0, "retry_after": "", "drop": False, "garble": "", "slow_s": 0.0,
                            "when": "after", "only": (), "times": 0}


def changed(mode: Mode, wanted: object) -> Mode:
    """The mode with some switches set anew. Raises ValueError naming the switch and what was expected."""
    if not isinstance(wanted, dict):
        raise ValueError(f"expected an object of switches, got {type(wanted).__name__}")
    try:
        return msgspec.convert({**msgspec.to_builtins(mode), **wanted}, Mode)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def from_words(words: list[str]) -> Mode:
    """`["dedupe=none", "only=capture,job"]` from the command line. Raises ValueError."""
    wanted: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{word}: expected NAME=VALUE")
        wanted[name] = [each for each in value.split(",") if each] if name == "only" else _value(value)
    return changed(Mode(), wanted)


def _value(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
