"""A question that CONFIRM answers: what is asked, what CONFIRM does, what else there is. Never a second person's.

Scans go to the station as ever: one takes the question back. Takes touches only; keys come through hand.py.
"""
from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.messages import StationView, WaitingView
from app.ui import icons
from app.ui.covers import Cover
from app.ui.ports import WordsLike
from app.ui.text import CENTRE, LEFT, draw_text, draw_wrapped, readable, shown
from app.ui.theme import AMBER, BLACK, BLUE, CARD, INK, LINE, QUIET, SUNK, TOUCH_PX, WHITE, Look
from app.ui.verdicts import face

# The verdicts that a question comes with; the first one stands for it where the verdict is not at hand any more.
SAID = {"picked": (Reason.PICKED_ELSEWHERE,), "break": (Reason.BREAK_PALLET,), "older": (Reason.OLDER_HERE,),
        "life": (Reason.SHORT_LIFE, Reason.PAST_EXPIRY)}


@dataclass(frozen=True, slots=True)
class Question:
    """All that is painted. `yes` is what CONFIRM does, `no` what CANCEL, `besides` what else may be done."""

    title: str
    text: str
    code: str
    yes: str
    no: str
    besides: str


def question_of(words: WordsLike, view: StationView, waiting: WaitingView, verdict: Verdict | None) -> Question:
    """The open question in words. `verdict` is the newest one; after a restart there may be none that says it."""
    word = waiting.question
    reasons = SAID.get(word, ())
    mine = verdict is not None and verdict.outcome is Outcome.WARNING and verdict.reason in reasons
    if verdict is None or not mine:
        verdict = Verdict(Outcome.WARNING, reasons[0], {}) if reasons else None
    code = readable(str(verdict.data.get("code", "")) if verdict else "") or readable(waiting.code)
    key = word if words.has(f"dock.question.yes_{word}") else "other"
    if verdict is None:
        title, text = words("dock.question.title_other"), words("dock.question.text_other")
    else:
        title, text = words.reason(str(verdict.reason), verdict.data).title, face(words, verdict, view.names).text
    return Question(title, text, code, words(f"dock.question.yes_{key}"), words("dock.question.no"),
                    words(f"dock.question.besides_{key}"))


class QuestionCover(Cover):
    """`touched` is emitted by the key that confirms, `cancelled` by the one that leaves all as it is."""

    cancelled = Signal()

    def __init__(self, look: Look, parent: QWidget, confirm: str, cancel: str) -> None:
        super().__init__(look, parent)
        self.confirm, self.cancel = shown(confirm), shown(cancel)
        self.asked = Question("", "", "", "", "", "")
        self._down = QRect()

    def ask(self, asked: Question) -> None:
        self.asked = asked
        self.put_up()

    def confirm_rect(self) -> QRect:
        return self._key_rect(0)

    def cancel_rect(self) -> QRect:
        return self._key_rect(1)

    def _key_rect(self, at: int) -> QRect:
        look = self.look
        margin, gap, high = look.px(96), look.px(40), max(2 * TOUCH_PX, look.px(210))
        wide = (self.width() - 2 * margin - gap) // 2
        return QRect(margin + at * (wide + gap), self.height() - look.px(150) - high, wide, high)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        self._down = next((rect for rect in (self.confirm_rect(), self.cancel_rect()) if rect.contains(point)), QRect())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        down, self._down = self._down, QRect()
        self.update()
        if down.isValid() and down.contains(event.position().toPoint()):
            (self.touched if down == self.confirm_rect() else self.cancelled).emit()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, width, asked = self.look, self.width(), self.asked
        margin = look.px(96)
        room = width - 2 * margin
        painter.fillRect(self.rect(), CARD)
        band = QRect(0, 0, width, look.px(290))
        painter.fillRect(band, AMBER)
        side = look.px(170)
        icons.draw(painter, "help", QRect(margin, (band.height() - side) // 2, side, side), BLACK, 1.6)
        left = margin + side + look.px(48)
        draw_text(painter, QRect(left, 0, width - left - margin, band.height()), asked.title, look.font(120, True),
                  BLACK, LEFT, fit=True)
        y = band.bottom() + look.px(30)
        keys = self.confirm_rect()
        high = keys.y() - y - look.px(110)
        draw_wrapped(painter, QRect(margin, y, room, high), asked.text, look.font(58, True), INK, LEFT)
        draw_text(painter, QRect(margin, y + high, room, look.px(70)), asked.code, look.font(44), QUIET, LEFT, fit=True,
                  middle=True)
        self._paint_key(painter, keys, self.confirm, "F11", asked.yes, strong=True)
        self._paint_key(painter, self.cancel_rect(), self.cancel, "Esc", asked.no)
        foot = QRect(margin, keys.bottom() + look.px(16), room, self.height() - keys.bottom() - look.px(32))
        draw_wrapped(painter, foot, asked.besides, look.font(38), INK, CENTRE)
        painter.end()

    def _paint_key(self, painter: QPainter, rect: QRect, word: str, key: str, does: str, strong: bool = False) -> None:
        look = self.look
        ground = BLUE if strong else SUNK
        ink = WHITE if strong else INK
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen if strong else LINE)
        painter.setBrush(ground.darker(130) if self._down == rect else QColor(ground))
        painter.drawRoundedRect(rect, look.px(14), look.px(14))
        inner = rect.adjusted(look.px(30), look.px(14), -look.px(30), -look.px(14))
        upper = QRect(inner.x(), inner.y(), inner.width(), inner.height() * 54 // 100)
        draw_text(painter, upper, f"{word}   {key}", look.font(64, True), ink, CENTRE, fit=True)
        draw_wrapped(painter, QRect(inner.x(), upper.bottom(), inner.width(), inner.bottom() - upper.bottom()), does,
                     look.font(38), ink, CENTRE)
