"""The question for a second person: what is asked for, why one alone may not do it, and how to leave it.

Scans go to the station as ever: the badge that it waits for is one of them. Takes touches only.
"""
from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app.messages import WaitingView
from app.ui import icons
from app.ui.covers import Cover
from app.ui.ports import WordsLike
from app.ui.text import CENTRE, draw_text, draw_wrapped, readable, shown
from app.ui.theme import AMBER, BAR, BAR_INK, BLACK, SUNK, TOUCH_PX, WHITE, Look


def waiting_texts(words: WordsLike, waiting: WaitingView, reason_word: str, armed: str,
                  units: str = "") -> tuple[str, str]:
    """(what is asked for, why a second person). `reason_word`: the argument in words; `armed`: what a scan was for;
    `units`: how much it is about, "" where that is not known."""
    name = waiting.name or armed.upper()
    if not name:
        return words("ui.second.typed", code=readable(waiting.code)), words("ui.second.why_typed")
    what = words.word("common.command", name)
    parts = [each for each in (reason_word, readable(waiting.code)) if each]
    key = f"ui.second.why_{name}"
    return "   ·   ".join((what, *parts)), words(key if words.has(key) else "ui.second.why_other", units=units)


class BadgeCover(Cover):
    """`touched` is emitted by the key that cancels, `typed` by the one for who has no badge at hand."""

    typed = Signal()

    def __init__(self, look: Look, parent: QWidget, title: str, how: str, cancel: str, pin: str) -> None:
        super().__init__(look, parent)
        self.title, self.how, self.cancel, self.pin = shown(title), shown(how), shown(cancel), shown(pin)
        self.what = self.why = self.trouble = ""
        self._down = QRect()

    def ask(self, what: str, why: str, trouble: str = "") -> None:
        """`trouble`: why the last badge did not do, "" at first."""
        self.what, self.why, self.trouble = shown(what), shown(why), shown(trouble)
        self.put_up()

    def cancel_rect(self) -> QRect:
        return self._key_rect(0)

    def pin_rect(self) -> QRect:
        return self._key_rect(1)

    def _key_rect(self, at: int) -> QRect:
        wide, high, gap = self.look.px(620), max(TOUCH_PX, self.look.px(104)), self.look.px(40)
        left = self.width() // 2 - wide - gap // 2 + at * (wide + gap)
        return QRect(left, self.height() - self.look.px(64) - high, wide, high)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        self._down = next((rect for rect in (self.cancel_rect(), self.pin_rect()) if rect.contains(point)), QRect())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        down, self._down = self._down, QRect()
        self.update()
        if down.isValid() and down.contains(event.position().toPoint()):
            (self.touched if down == self.cancel_rect() else self.typed).emit()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, width = self.look, self.width()
        painter.fillRect(self.rect(), BAR)
        painter.fillRect(QRect(0, 0, width, look.px(28)), AMBER)
        margin = look.px(96)
        room = width - 2 * margin
        side = look.px(200)
        icons.draw(painter, "badge", QRect((width - side) // 2, look.px(84), side, side), AMBER, 1.5)
        y = look.px(300)
        draw_text(painter, QRect(margin, y, room, look.px(150)), self.title, look.font(112, True), AMBER, CENTRE,
                  fit=True)
        y += look.px(160)
        draw_wrapped(painter, QRect(margin, y, room, look.px(120)), self.what, look.font(52, True), WHITE, CENTRE)
        y += look.px(130)
        draw_wrapped(painter, QRect(margin, y, room, look.px(110)), self.why, look.font(38), BAR_INK, CENTRE)
        y += look.px(118)
        strip = QRect(margin, y, room, look.px(88))
        if self.trouble:
            painter.fillRect(strip, AMBER)
        draw_wrapped(painter, strip.adjusted(look.px(24), 0, -look.px(24), 0), self.trouble or self.how,
                     look.font(38, bool(self.trouble)), BLACK if self.trouble else BAR_INK, CENTRE)
        for rect, word in ((self.cancel_rect(), f"{self.cancel}   Esc"), (self.pin_rect(), f"{self.pin}   F2")):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("#CBD6E0") if self._down == rect else SUNK)
            painter.drawRoundedRect(rect, look.px(12), look.px(12))
            draw_text(painter, rect.adjusted(look.px(20), 0, -look.px(20), 0), word, look.font(44, True), BLACK, CENTRE,
                      fit=True)
        painter.end()
