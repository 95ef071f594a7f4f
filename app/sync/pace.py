"""When to try next, and what to tell people of the link. Monotonic time only: a wrong clock changes nothing here."""
from __future__ import annotations

from collections.abc import Callable

from app.sync.answers import Answer, Broken, Busy, Unauthorised
from app.sync.transport import Hostile, Misdirected, Unclear, Unreachable

BASE_S = 1.0
MOST_S = 300.0
LEAST_S = 0.1
TRIES = 3                 # in a row, then somebody who works once gives up
# A person has to do something first: tried seldom, so that nothing is stormed or locked out.
SLOW_S, SLOWEST_S = 60.0, 900.0
HOSTILE_S, MOST_HOSTILE_S = 300.0, 3600.0

_LINK: dict[type, tuple[str, str]] = {
    Unreachable: ("down", "unreachable"), Unclear: ("down", "unclear"), Busy: ("down", "busy"),
    Broken: ("down", "broken"), Misdirected: ("down", "not_epcis"), Unauthorised: ("refused", "unauthorised"),
    Hostile: ("fenced", "hostile"),
}


class Pace:
    """`jitter(x)` gives a number from 0 to x; `mono()` seconds that never go back."""

    def __init__(self, mono: Callable[[], float], jitter: Callable[[float], float], lag_s: float,
                 timeout_s: float) -> None:
        self._mono, self._jitter = mono, jitter
        self._lag_s, self._timeout_s = lag_s, timeout_s
        self._try_at = 0.0           # politeness: may be cut short by a person
        self._sure_at = 0.0          # the server's lag: asking earlier could give a wrong answer
        self.failures = 0            # in a row
        self.link, self.problem, self.detail = "up", "", ""

    @property
    def is_over(self) -> bool:
        """For one who works once: it failed too often, or would have to wait for a person."""
        return self.failures >= TRIES or (self.failures > 0 and self.wait_s() >= SLOW_S / 2)

    def wait_s(self) -> float:
        """Seconds until the next try is due; 0 for now."""
        return max(self._try_at - self._mono(), 0.0)

    def sure_wait_s(self) -> float:
        """Seconds until a question of what the server has is due."""
        return max(self._sure_at - self._mono(), self.wait_s())

    def hurry(self) -> None:
        """A person asks to try now."""
        self._try_at = 0.0

    def good(self) -> None:
        """The server has answered sensibly."""
        self.failures = 0
        self.link, self.problem, self.detail = "up", "", ""

    def say(self, problem: str, detail: str) -> None:
        """The link is up and yet something is wrong."""
        self.problem, self.detail = problem, detail

    def after(self, seconds: float) -> float:
        """The next try is due in so many seconds."""
        self._try_at = self._mono() + seconds
        return self.wait_s()

    def settle_first(self, answer: Answer | None = None) -> float:
        """The server needs its lag before a question gives a sure answer; one that timed out may still be working."""
        extra = self._timeout_s if isinstance(answer, Unclear) and answer.timed_out else 0.0
        self._sure_at = self._mono() + self._lag_s + extra
        return self.sure_wait_s()

    def trouble(self, answer: Answer, problem: str = "", detail: str = "") -> float:
        """The answer is one to wait after: how long, and what to show."""
        self.link, told = _LINK.get(type(answer), ("down", "unclear"))
        self.problem, self.detail = problem or told, detail or getattr(answer, "why", "")
        exponent = min(self.failures, 20)
        self.failures += 1
        if isinstance(answer, Hostile):
            return self.after(min(HOSTILE_S * 2**exponent, MOST_HOSTILE_S))
        if isinstance(answer, Unauthorised | Misdirected):
            return self.after(min(SLOW_S * 2**exponent, SLOWEST_S))
        asked = answer.retry_after_s if isinstance(answer, Busy | Broken) else None
        if asked is not None:
            return self.after(max(asked, LEAST_S))
        return self.after(max(self._jitter(min(BASE_S * 2**exponent, MOST_S)), LEAST_S))
