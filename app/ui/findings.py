"""Cards about where goods belong: the list in force, one finding with its facts, a picture. They show, nothing else."""
from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.domain.warehouse.cases import SnapshotView
from app.ui import icons
from app.ui.count import number
from app.ui.ports import WordsLike
from app.ui.text import CENTRE, LEFT, draw_text, draw_wrapped
from app.ui.theme import AMBER_WASH, INK, QUIET, RED_WASH, SUNK, TEAL_WASH, Look
from app.ui.widgets import Card, paint_card

STATES = {"valid": (TEAL_WASH, "check"), "expired": (RED_WASH, "cross"), "damaged": (RED_WASH, "cross"),
          "none": (AMBER_WASH, "bang")}


def snapshot_words(words: WordsLike, found: SnapshotView | None, day: Callable[[str], str]) -> str:
    """The list in force in one line: "List of 2027-11-29, valid until 2027-12-29"."""
    if found is None:
        return ""
    return words(f"diversion.page.list_{found.state}", issued=day(found.issued_at), until=day(found.valid_until))


class SnapshotCard(Card):
    """Which list goods are judged by, and until when."""

    def __init__(self, look: Look, words: WordsLike) -> None:
        super().__init__(look)
        self._words = words
        self.title = self.note = ""
        self.state = "none"
        self.setFixedHeight(look.px(150))

    def set(self, found: SnapshotView, day: Callable[[str], str]) -> None:
        self.state, self.title = found.state, snapshot_words(self._words, found, day)
        complete = self._words("diversion.page.complete" if found.complete else "diversion.page.partial")
        self.note = self._words("diversion.page.counts", assignments=number(found.assignments),
                                rules=number(found.rules)) + " · " + complete if found.id else ""
        self.set_ground(STATES[found.state][0])
        self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look, pad = self.look, self.look.px(20)
        rect = self.rect().adjusted(pad, look.px(12), -pad, -look.px(12))
        side = look.px(64)
        icons.draw(painter, STATES[self.state][1], QRect(rect.x(), rect.center().y() - side // 2, side, side), INK, 2.0)
        rect.setLeft(rect.x() + side + look.px(20))
        high = rect.height() * (60 if self.note else 100) // 100
        draw_wrapped(painter, QRect(rect.x(), rect.y(), rect.width(), high), self.title, look.font(30, True), INK, LEFT)
        if self.note:
            draw_text(painter, QRect(rect.x(), rect.y() + high, rect.width(), rect.height() - high), self.note,
                      look.font(25), QUIET, fit=True)
        painter.end()


class FoundCard(Card):
    """One code: the finding, whom it is meant for, where it is."""

    def __init__(self, look: Look, words: WordsLike, hint: str) -> None:
        super().__init__(look)
        self._words, self._hint = words, hint
        self.head, self.sign = "", "scan"
        self.colour = INK
        self.facts: list[tuple[str, str]] = []

    def set(self, head: str, sign: str, colour: QColor, facts: Sequence[tuple[str, str]]) -> None:
        self.head, self.sign, self.facts = head, sign, [each for each in facts if each[1]]
        self.colour = colour
        self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look, pad = self.look, self.look.px(32)
        rect = self.rect().adjusted(pad, look.px(24), -pad, -look.px(24))
        if not self.head:
            draw_wrapped(painter, rect, self._hint, look.font(40), QUIET, CENTRE)
            painter.end()
            return
        side = look.px(120)
        icons.draw(painter, self.sign, QRect(rect.x(), rect.y(), side, side), self.colour, 2.4)
        draw_wrapped(painter, QRect(rect.x() + side + look.px(28), rect.y(), rect.width() - side - look.px(28), side),
                     self.head, look.font(64, True), self.colour, LEFT)
        y, name_px = rect.y() + side + look.px(28), rect.width() * 30 // 100
        step = min(look.px(70), (rect.bottom() - y) // max(1, len(self.facts)))
        for name, value in self.facts:
            draw_text(painter, QRect(rect.x(), y, name_px, step), name, look.font(28), QUIET, fit=True)
            draw_text(painter, QRect(rect.x() + name_px, y, rect.width() - name_px, step), value, look.font(34, True),
                      INK, fit=True, middle=True)
            y += step
        painter.end()


class PhotoCard(Card):
    """The last picture of a case, or the camera's live one."""

    def __init__(self, look: Look, empty: str) -> None:
        super().__init__(look, ground=SUNK)
        self._empty, self.image = empty, QImage()

    def set(self, image: QImage) -> None:
        self.image = image
        self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        paint_card(painter, self.rect(), self.look, self.ground)
        pad = self.look.px(10)
        room = self.rect().adjusted(pad, pad, -pad, -pad)
        if self.image.isNull():
            draw_wrapped(painter, room, self._empty, self.look.font(28), QUIET, CENTRE)
        else:
            size = self.image.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRect(room.center().x() - size.width() // 2, room.center().y() - size.height() // 2,
                                    size.width(), size.height()), self.image)
        painter.end()
