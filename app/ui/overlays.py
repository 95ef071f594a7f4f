"""Which cover lies over the page now: made anew with each look, told the state, and asked whether a red is up."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from app.domain.decision import Verdict
from app.domain.people import RIGHTS, Right, Role
from app.domain.reasons import Outcome, Reason
from app.messages import StationFailed
from app.ui.count import number
from app.ui.covers import AlarmCover, failed, not_listening, paused
from app.ui.diversion_stop import DiversionStop, case_of
from app.ui.page import Screen, Shown
from app.ui.ports import WordsLike
from app.ui.question import QuestionCover, question_of
from app.ui.second import BadgeCover, waiting_texts
from app.ui.text import readable
from app.ui.theme import Look
from app.ui.verdicts import face

NOT_THIS_BADGE = (Reason.SAME_PERSON, Reason.NOT_ALLOWED, Reason.UNKNOWN_BADGE, Reason.WRONG_PIN, Reason.LOCKED_OUT)


def red(shown: Shown) -> Verdict | None:
    """The red that waits for its answer; a stop that the station could not even write down is one too."""
    view, published = shown.view, shown.published
    if view is not None and view.alarm is not None:
        return view.alarm
    return published.verdict if published and published.verdict.outcome is Outcome.STOP else None


def looked_up(shown: Shown) -> bool:
    """Whether the newest answer is a look-up's."""
    return shown.published is not None and shown.published.verdict.reason is Reason.LOOKED_UP


class Overlays:
    """`confirm`, `cancel`, `type_pin`, `resume` and `listen` are what touches on the covers ask for."""

    def __init__(self, look: Look, words: WordsLike, parent: QWidget, *, confirm: Callable[[], None],
                 cancel: Callable[[], None], type_pin: Callable[[], None],
                 resume: Callable[[], None], listen: Callable[[], None], screen: Screen) -> None:
        self._words = words
        self._units = ""             # how much a second person is asked about
        self.diversion = DiversionStop(screen, parent, confirm)
        self.alarm = AlarmCover(look, parent)
        self.alarm.touched.connect(confirm)
        self.second = BadgeCover(look, parent, words("ui.second.title"), words("ui.second.how"),
                                 words("ui.second.cancel"), words("ui.second.pin"))
        self.second.touched.connect(cancel)
        self.second.typed.connect(type_pin)
        self.question = QuestionCover(look, parent, words("dock.question.confirm"), words("dock.question.cancel"))
        self.question.touched.connect(confirm)
        self.question.cancelled.connect(cancel)
        self.pause = paused(look, parent)
        self.pause.touched.connect(resume)
        self.deaf = not_listening(look, parent)
        self.deaf.touched.connect(listen)
        self.failed = failed(look, parent)

    @property
    def is_red(self) -> bool:
        """Whether a red lies over the page and waits for its answer."""
        return self.alarm.isVisible() or self.diversion.cover.isVisible()

    @property
    def is_stop(self) -> bool:
        """Whether it is one that only a supervisor takes away: under it nothing is looked up either."""
        return self.is_red and (self.diversion.cover.isVisible() or self.alarm.stop)

    @property
    def up(self) -> bool:
        """Whether any of them lies over the whole window."""
        return any(not each.isHidden() for each in (self.alarm, self.second, self.question, self.pause, self.deaf,
                                                    self.failed, self.diversion.cover))

    def show_state(self, shown: Shown, *, is_paused: bool, is_deaf: bool, failure: StationFailed | None,
                   is_approving: bool = False, is_looking: bool = False,
                   painted: Callable[[], None] | None = None) -> bool:
        """Raises and lowers the covers, the gravest on top; True where the red one shows the newest verdict.

        `is_looking`: the answer to a look-up is on the page; a red that is no stop gives way until it was read.
        """
        words, alarm = self._words, red(shown)
        if alarm is not None and is_looking and alarm.outcome is not Outcome.STOP and looked_up(shown):
            alarm = None
        self._show_waiting(shown, is_approving)
        if alarm is not None:
            self._show_alarm(shown, alarm, painted)
        else:
            self.alarm.hide()
            self.diversion.hide()
        if is_paused:
            self.pause.say(words("ui.cover.paused"), words("ui.cover.paused_text"))
        else:
            self.pause.hide()
        if is_deaf:
            self.deaf.say(words("ui.cover.deaf"), words("ui.cover.deaf_text"))
        else:
            self.deaf.hide()
        if failure is not None:
            self.failed.say(words("ui.cover.failed"), words("ui.cover.failed_text"),
                            "   ·   ".join((failure.crash_file, *failure.text.strip().splitlines()[-1:])))
        return alarm is not None

    def _show_waiting(self, shown: Shown, is_approving: bool) -> None:
        """What CONFIRM is asked for; or whose badge is waited for, and why the last one did not do. Not while somebody
        types a PIN for it."""
        view = shown.view
        waiting = view.waiting_for if view else None
        verdict = shown.published.verdict if shown.published else None
        if waiting is not None and waiting.question and view is not None:
            self.second.hide()
            self.question.ask(question_of(self._words, view, waiting, verdict))
            return
        self.question.hide()
        if waiting is None or view is None or is_approving:
            self.second.hide()
            return
        trouble = ""
        if verdict is not None and verdict.reason in NOT_THIS_BADGE:
            trouble = face(self._words, verdict, view.names).text
        reason = self._words.word("common.choice", waiting.argument)
        if verdict is not None and verdict.reason is Reason.SECOND_PERSON:     # a badge that does not do leaves it
            missing = verdict.data.get("missing")
            self._units = number(missing) if isinstance(missing, int) else ""
        self.second.ask(*waiting_texts(self._words, waiting, reason, view.armed, self._units), trouble)

    def _show_alarm(self, shown: Shown, alarm: Verdict, painted: Callable[[], None] | None) -> None:
        words, view, published = self._words, shown.view, shown.published
        stop = alarm.outcome is Outcome.STOP
        role = view.operator_role if view else ""
        clears = not stop or (role in tuple(Role) and Right.CLEAR_STOP in RIGHTS[Role(role)])
        read = published.codes[0] if published and published.codes else ""
        held = words("ui.cover.held", count=view.held) if view and view.held else ""
        if view and view.armed == "peek" and not stop:
            held = words("ui.armed.peek_first")
        said = face(words, alarm, view.names if view else {})
        how: dict[str, Any] = {
            "stop": stop, "code": readable(str(alarm.data.get("code", ""))) or read, "held": held,
            "answer": words("ui.cover.answer") if clears else "", "answer_key": "F11", "badge": words("ui.cover.badge"),
            "painted": painted}
        if case_of(alarm):
            self.alarm.hide()
            self.diversion.show(alarm, said, **how)
        else:
            self.diversion.hide()
            self.alarm.show_alarm(said, **how)
