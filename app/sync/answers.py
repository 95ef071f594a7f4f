"""What a server's answer means, one type each. Whatever came (or did not) becomes exactly one of these values."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.sync.transport import Failure


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server says it takes at once; 0 where it does not say."""

    max_events: int = 0
    max_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """202: taken, not yet stored. The job tells."""

    job_url: str


@dataclass(frozen=True, slots=True)
class Done:
    """200 or 201 to a capture: `created` is True for 201. Stored, where the server is one that stores at once."""

    created: bool


@dataclass(frozen=True, slots=True)
class Job:
    """`state` is "running", "success" or "failed"; `proceed` is True where some events may be stored all the same."""

    state: str
    problem: str = ""
    proceed: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """The job is not known (any more)."""

    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """The events the server has of those asked for, by Event.key."""

    events: Mapping[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the server says of one object. `origin` is "commissioned", "observed" or "announced", "" where it keeps no
    such account; `events` are ids of events about it, where it was asked for those."""

    known: bool
    origin: str = ""
    alive: bool = True
    disposition: str = ""
    parent: str = ""
    outermost: str = ""
    step: str = ""
    at: str = ""                 # ISO time of the last event
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TooLarge:
    limits: Limits
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The server has looked at the events and will not have them; none was stored."""

    problem: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """409: something under one of these ids is there already."""

    problem: str


@dataclass(frozen=True, slots=True)
class Unauthorised:
    why: str


@dataclass(frozen=True, slots=True)
class Busy:
    """Not now (425, 429). By the words nothing was stored; a gateway on the way back may say it all the same."""

    why: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Broken:
    """The server failed inside (408, 5xx): it may or may not have stored. `inside` is True for 500 itself."""

    why: str
    retry_after_s: float | None = None
    inside: bool = False


Answer = (Limits | Accepted | Done | Job | Gone | Found | Heard | TooLarge | Refused | Conflict | Unauthorised | Busy
          | Broken | Failure)
