"""Strips on the packing page for what is not finished: a case with a gap, cases put aside, a label to scan back.

Each is one line to read and takes no room while there is nothing to say. They show; keys and scans do the work.
"""
from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from app.ui import icons
from app.ui.text import CENTRE, LEFT, draw_text, shown
from app.ui.theme import AMBER, AMBER_WASH, BLUE, CARD, INK, LINE, QUIET, RED, RED_WASH, TEAL, WHITE, Look
from app.ui.widgets import paint_card

TONES = {"bad": (RED_WASH, RED), "care": (AMBER_WASH, AMBER), "act": (CARD, BLUE), "good": (CARD, TEAL)}


class Notice(QWidget):
    """`tone`: "bad", "care", "act" or "good". `picture`, if any, stands at the left in place of the sign."""

    def __init__(self, look: Look, icon: str, tone: str, high_px: float = 100) -> None:
        super().__init__()
        self.look, self.icon, self.tone = look, icon, tone
        self.title = self.text = self.key = ""
        self.picture: QPixmap | None = None
        self.setFixedHeight(look.px(high_px))
        self.hide()

    def say(self, title: str, text: str = "", key: str = "") -> None:
        """`title` "" has nothing to say. `key` is shown large at the right: what brings one on."""
        told = (shown(title), shown(text), shown(key))
        if told != (self.title, self.text, self.key):
            self.title, self.text, self.key = told
            self.update()

    @property
    def says(self) -> bool:
        """Whether the page should make room for it."""
        return bool(self.title)

    def set_tone(self, tone: str) -> None:
        if tone != self.tone:
            self.tone = tone
            self.update()

    def set_picture(self, picture: QPixmap | None) -> None:
        self.picture = picture
        self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, rect = self.look, self.rect()
        ground, edge = TONES[self.tone]
        paint_card(painter, rect, look, ground, edge if edge != BLUE else LINE)
        painter.fillRect(QRect(0, look.px(8), look.px(12), rect.height() - 2 * look.px(8)), edge)
        pad = look.px(10)
        side = rect.height() - 2 * pad
        left = look.px(28)
        if self.picture is not None and not self.picture.isNull():
            fitted = self.picture.scaled(side * 2, side, Qt.AspectRatioMode.KeepAspectRatio,
                                         Qt.TransformationMode.SmoothTransformation)
            painter.drawPixmap(left, (rect.height() - fitted.height()) // 2, fitted)
            painter.setPen(LINE)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRect(left, (rect.height() - fitted.height()) // 2, fitted.width(), fitted.height()))
            left += fitted.width() + look.px(20)
        else:
            side = min(side, look.px(60))
            icons.draw(painter, self.icon, QRect(left, (rect.height() - side) // 2, side, side),
                       edge if edge != AMBER else INK, 2.2)
            left += side + look.px(20)
        right = rect.right() - look.px(16)
        if self.key:
            right = self._paint_key(painter, right)
        room = right - left - look.px(12)
        half = rect.height() // 2
        if self.text:
            draw_text(painter, QRect(left, look.px(6), room, half - look.px(6)), self.title, look.font(34, True), INK,
                      LEFT, fit=True)
            draw_text(painter, QRect(left, half, room, half - look.px(8)), self.text, look.font(28),
                      INK if self.tone in ("bad", "care") else QUIET, LEFT, fit=True)
        else:
            draw_text(painter, QRect(left, 0, room, rect.height()), self.title, look.font(34, True), INK, LEFT,
                      fit=True)
        painter.end()

    def _paint_key(self, painter: QPainter, right: int) -> int:
        look = self.look
        font = look.font(28, True)
        painter.setFont(font)
        wide = painter.fontMetrics().horizontalAdvance(self.key) + look.px(32)
        chip = QRect(right - wide, (self.height() - look.px(56)) // 2, wide, look.px(56))
        paint_card(painter, chip, look, BLUE, BLUE)
        draw_text(painter, chip, self.key, font, WHITE, CENTRE)
        return chip.x() - look.px(12)


# Where on an object its codes are, in a square of 100; other roles stand in a row below.
PLACES: dict[str, tuple[float, float]] = {
    "cap_outer": (50, 11), "outer_cap": (50, 11), "cap_inner": (50, 37), "inner_cap": (50, 37), "bottle": (50, 72),
    "label": (50, 88), "carton_outside": (78, 62), "carton_inside": (22, 62), "sleeve": (50, 84), "box": (50, 62),
    "pallet": (50, 84)}
BOTTLE_ROLES = frozenset({"cap_outer", "outer_cap", "cap_inner", "inner_cap", "bottle"})


class ObjectPicture(QWidget):
    """One object with the places of its codes: a filled square is read, a hollow one is still wanted."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.title = ""
        self.codes: tuple[tuple[str, str, str], ...] = ()      # role, its word, the end of its code ("": wanted)
        self.setFixedHeight(look.px(188))
        self.hide()

    def say(self, title: str, codes: tuple[tuple[str, str, str], ...]) -> None:
        """No codes: there is nothing to say."""
        told = (shown(title), tuple((role, shown(word), shown(code)) for role, word, code in codes))
        if told != (self.title, self.codes):
            self.title, self.codes = told
            self.update()

    @property
    def says(self) -> bool:
        """Whether the page should make room for it."""
        return bool(self.codes)

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, rect = self.look, self.rect()
        paint_card(painter, rect, look, CARD, BLUE)
        painter.fillRect(QRect(0, look.px(8), look.px(12), rect.height() - 2 * look.px(8)), BLUE)
        pad = look.px(14)
        box = QRect(look.px(40), pad, rect.height() - 2 * pad, rect.height() - 2 * pad)
        roles = [role for role, _, _ in self.codes]
        _paint_object(painter, box, look, bool(BOTTLE_ROLES & set(roles)))
        for at, (role, _, code) in enumerate(self.codes):
            x, y = PLACES.get(role, (15 + 70 * at / max(1, len(self.codes) - 1), 84))
            side = look.px(34)
            top = box.y() + round(box.height() * y / 100) - side // 2
            place = QRect(box.x() + round(box.width() * x / 100) - side // 2, min(top, box.bottom() - side), side, side)
            _paint_code(painter, place, bool(code))
        left = box.right() + look.px(36)
        room = rect.width() - left - look.px(24)
        draw_text(painter, QRect(left, pad, room, look.px(44)), self.title, look.font(32, True), INK, fit=True)
        step = min(look.px(48), (rect.height() - pad - look.px(54)) // max(1, (len(self.codes) + 1) // 2))
        half = room // 2
        for at, (_, word, code) in enumerate(self.codes):
            x, y = left + (at % 2) * half, pad + look.px(50) + at // 2 * step
            side = min(look.px(32), step - look.px(4))
            _paint_code(painter, QRect(x, y + (step - side) // 2, side, side), bool(code))
            text = f"{word}  {code}" if code else word
            draw_text(painter, QRect(x + side + look.px(12), y, half - side - look.px(24), step), text,
                      look.font(28, not code), INK if code else BLUE, fit=True)
        painter.end()


def _paint_object(painter: QPainter, box: QRect, look: Look, bottle: bool) -> None:
    """An outline: a bottle with its cap, or a carton."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor("#9AA5AF"))
    painter.setBrush(QColor("#EEF2F5"))
    if not bottle:
        painter.drawRoundedRect(box.adjusted(0, box.height() // 4, 0, 0), look.px(6), look.px(6))
        return
    wide, high, middle = box.width(), box.height(), box.center().x()
    cap = QRect(middle - wide * 22 // 100, box.y(), wide * 44 // 100, high * 24 // 100)
    painter.drawRoundedRect(cap, look.px(6), look.px(6))
    painter.drawRect(QRect(middle - wide * 15 // 100, cap.bottom(), wide * 30 // 100, high * 30 // 100))
    painter.drawRoundedRect(QRect(middle - wide * 34 // 100, box.y() + high * 52 // 100, wide * 68 // 100,
                                  high * 48 // 100), look.px(14), look.px(14))


def _paint_code(painter: QPainter, place: QRect, is_read: bool) -> None:
    """A code's place: teal with a check, or a blue dashed square that waits."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(TEAL if is_read else WHITE)
    pen = painter.pen()
    pen.setColor(WHITE if is_read else BLUE)
    pen.setWidth(2 if is_read else 3)
    pen.setStyle(Qt.PenStyle.SolidLine if is_read else Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.drawRect(place)
    if is_read:
        inset = place.width() // 5
        icons.draw(painter, "check", place.adjusted(inset, inset, -inset, -inset), WHITE, 3.4)
