"""What nobody's hand caused: a picture, a bottle on the belt, a signal of the line, a word of the printer.

On a line that runs they come many times a second. They are shown and kept, but they take nothing out of a person's
hands: no open question, no page that is being read, no answer that was just given.
"""
from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime

from app.domain.reasons import Outcome, Reason
from app.messages import Published, StationView

ANSWER_S = 3.0           # so long an answer to a hand stands, whatever good news passes
BY_HAND = ("screen", "idle", "")
# A badge is never shown as a code; what it brought about is known by these, or by the second person it names.
BY_BADGE = (Reason.SIGNED_IN, Reason.UNKNOWN_BADGE, Reason.WRONG_PIN, Reason.SAME_PERSON)


def clock(at: datetime) -> str:
    """A moment of the site's clock; of another day with its date."""
    return f"{at:%H:%M:%S}" if at.date() == datetime.now(at.tzinfo).date() else f"{at:%m-%d  %H:%M}"


def is_passing(published: Published) -> bool:
    """Whether the line itself said it."""
    verdict = published.verdict
    if published.frame is None and (verdict.reason in BY_BADGE or "approver" in verdict.data):
        return False
    return published.frame is not None or (not published.codes and published.source not in BY_HAND)


def is_routine(published: Published) -> bool:
    """One more good bottle on the belt: no sound, no flash."""
    return published.verdict.outcome is Outcome.ACCEPTED and published.verdict.reason is Reason.QUEUED \
        and published.frame is not None


def changes_language(published: Published) -> bool:
    """Said by the window itself, in the other language: what was told before is told again."""
    verdict = published.verdict
    return verdict.reason is Reason.COMMAND_TAKEN and verdict.data.get("name") == "LANG"


def last_told(before: Published | None, published: Published) -> Published:
    """What the strip stands for once this was said."""
    return before if before is not None and changes_language(published) else published


def leads_away(published: Published) -> bool:
    """Whether a page that lies over the work gives way: to a person's scan, and to a picture with something wrong.

    Not to a bottle on the belt, good or bad: the line rejects it by itself.
    """
    if not is_passing(published):
        return published.verdict.outcome is not Outcome.COMMAND
    packing = published.view.packing
    return not published.verdict.outcome.good and (packing is None or packing.queue is None)


def with_rework(before: StationView | None, published: Published) -> StationView:
    """The view, with what the last rework act did for as long as nobody has done anything else."""
    view = published.view
    if before is None or view.rework is not None or not is_passing(published):
        return view
    return replace(view, rework=before.rework)


class Answer:
    """When a person was answered last."""

    def __init__(self) -> None:
        self._until = 0.0

    def heard(self, published: Published) -> bool:
        """Whether this verdict may take the strip: good news that passes waits for a fresh answer to be read."""
        now = time.monotonic()
        if not is_passing(published):
            self._until = now + ANSWER_S
            return True
        return not published.verdict.outcome.good or now >= self._until
