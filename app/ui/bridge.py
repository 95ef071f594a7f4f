"""The only thread crossing: what other threads say reaches Qt's thread here, and questions leave it here.

`on_notice`, `on_preview` and `on_sound` may be called from any thread and return at once. `ask` runs a question on one
worker thread and gives the answer back on Qt's; so no disk, server or file ever holds up a repaint. What a server is
asked has a worker of its own: one that does not answer keeps nobody else waiting.
"""
from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from app.messages import Frame, Notice

MAX_QUESTIONS = 200
FAR = frozenset({"server"})          # what is asked over the network
Question = tuple[str, Callable[[], Any], Callable[[Any], None]]


@dataclass(frozen=True, slots=True)
class _NoAnswer:
    what: str
    why: str


class Bridge(QObject):
    """Signals are delivered on the thread that made the bridge: Qt's."""

    noticed = Signal(object, float)          # Notice, time.monotonic() when it was said
    pictured = Signal(str)                   # camera: `picture_of` has a new one
    sounded = Signal(bool)                   # False: there is no sound here
    failed = Signal(str, str)                # what was asked, why there is no answer
    _answered = Signal(object, object)       # what to do with it, the answer

    def __init__(self) -> None:
        super().__init__()
        self._pictures: dict[str, tuple[Any, Frame | None]] = {}
        self._near, self._far = self._lane("window-questions"), self._lane("window-far-questions")
        self._open = 0
        self._answered.connect(self._hand_over)

    # --- from any thread ----------------------------------------------------------------------------------------
    def on_notice(self, notice: Notice) -> None:
        self.noticed.emit(notice, time.monotonic())

    def on_preview(self, camera: str, pixels: Any, frame: Frame | None) -> None:
        """A picture, grey (H, W) or BGR (H, W, 3) uint8, never written to again. One slot a camera: newest wins."""
        waiting = camera in self._pictures
        self._pictures[camera] = (pixels, frame)
        if not waiting:
            self.pictured.emit(camera)

    def on_sound(self, heard: bool) -> None:
        self.sounded.emit(heard)

    # --- on Qt's thread -----------------------------------------------------------------------------------------
    def picture_of(self, camera: str) -> tuple[Any, Frame | None] | None:
        """The newest picture, once."""
        return self._pictures.pop(camera, None)

    def ask(self, what: str, question: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Runs `question` on the worker and `then(answer)` on Qt's thread; `failed(what, why)` where it raises."""
        questions, worker = self._far if what in FAR else self._near
        if not worker.is_alive():
            worker.start()
        try:
            questions.put_nowait((what, question, then))
            self._open += 1
        except queue.Full:
            self.failed.emit(what, f"more than {MAX_QUESTIONS} questions wait for the disk")

    @property
    def is_asking(self) -> bool:
        """Whether an answer is still to come."""
        return self._open > 0

    def close(self, timeout_s: float = 2.0) -> None:
        """Ends the workers; a question under way is waited for."""
        lanes = [lane for lane in (self._near, self._far) if lane[1].is_alive()]
        for questions, _ in lanes:
            questions.put(None)
        for _, worker in lanes:
            worker.join(timeout_s)

    @Slot(object, object)
    def _hand_over(self, then: Callable[[Any], None], answer: Any) -> None:
        self._open -= 1
        if isinstance(answer, _NoAnswer):
            self.failed.emit(answer.what, answer.why)
        else:
            then(answer)

    def _lane(self, name: str) -> tuple[queue.Queue[Question | None], threading.Thread]:
        questions: queue.Queue[Question | None] = queue.Queue(MAX_QUESTIONS)
        return questions, threading.Thread(target=self._answer_all, args=(questions,), name=name, daemon=True)

    def _answer_all(self, questions: queue.Queue[Question | None]) -> None:
        while (asked := questions.get()) is not None:
            what, question, then = asked
            try:
                answer = question()
            except Exception as error:  # the asker is a screen: it says so, and the hooks of the other threads stay
                answer = _NoAnswer(what, f"{type(error).__name__}: {error}")
            self._answered.emit(then, answer)
