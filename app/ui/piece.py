"""One piece of a reel under the sampling check, large: which of its codes is read, and what came of it.

A filled square with a check is read, a dashed one is wanted, a crossed one is on the wrong piece. Shows only.
"""
from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import icons
from app.ui.text import CENTRE, draw_text, draw_wrapped, shown
from app.ui.theme import BLUE, CARD, INK, LINE, QUIET, RED, RED_WASH, TEAL, TEAL_WASH, WHITE, Look, Tone
from app.ui.widgets import paint_card

GROUNDS = {"read": (TEAL, TEAL_WASH), "wanted": (BLUE, CARD), "wrong": (RED, RED_WASH)}


@dataclass(frozen=True, slots=True)
class Side:
    """One code of the piece. `state`: "read", "wanted" or "wrong"; `note` is its row in the file, or what to do."""

    word: str
    code: str
    state: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the last scan came to: colour, sign and word; the sentence stands in the verdict strip."""

    tone: Tone
    icon: str
    word: str


class PieceCard(QWidget):
    """The codes of a piece side by side, under the finding of the last one."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.sides: tuple[Side, ...] = ()
        self.finding: Finding | None = None
        self.hint = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set(self, sides: tuple[Side, ...], finding: Finding | None, hint: str = "") -> None:
        """`hint` is all that is said where there are no sides: no set is chosen."""
        told = (sides, finding, shown(hint))
        if told != (self.sides, self.finding, self.hint):
            self.sides, self.finding, self.hint = told
            self.update()

    def texts(self) -> list[str]:
        """All that the card says, for the tests."""
        said = [self.finding.word] if self.finding else []
        return [*said, *(text for side in self.sides for text in (side.word, side.code, side.note)), self.hint]

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, rect = self.look, self.rect()
        paint_card(painter, rect, look, CARD, LINE)
        pad = look.px(24)
        inner = rect.adjusted(pad, pad, -pad, -pad)
        if not self.sides:
            draw_wrapped(painter, inner, self.hint, look.font(40), QUIET, CENTRE)
            painter.end()
            return
        head = QRect(inner.x(), inner.y(), inner.width(), inner.height() * 30 // 100)
        if self.finding is not None:
            self._paint_finding(painter, head, self.finding)
            inner.setTop(head.bottom() + look.px(18))
        gap = look.px(28)
        wide = (inner.width() - gap * (len(self.sides) - 1)) // len(self.sides)
        for at, side in enumerate(self.sides):
            self._paint_side(painter, QRect(inner.x() + at * (wide + gap), inner.y(), wide, inner.height()), side)
        painter.end()

    def _paint_finding(self, painter: QPainter, rect: QRect, finding: Finding) -> None:
        look = self.look
        paint_card(painter, rect, look, finding.tone.ground, finding.tone.ground)
        side = rect.height() * 66 // 100
        font = look.font(88, True)
        font.setPixelSize(min(font.pixelSize(), max(1, rect.height() * 62 // 100)))
        painter.setFont(font)
        room = rect.width() - side - look.px(84)
        wide = min(painter.fontMetrics().horizontalAdvance(finding.word) + look.px(8), room)
        x = rect.x() + (rect.width() - wide - side - look.px(28)) // 2
        icons.draw(painter, finding.icon, QRect(x, rect.center().y() - side // 2, side, side), finding.tone.ink, 2.6)
        draw_text(painter, QRect(x + side + look.px(28), rect.y(), wide, rect.height()), finding.word, font,
                  finding.tone.ink, fit=True)

    def _paint_side(self, painter: QPainter, rect: QRect, side: Side) -> None:
        look = self.look
        ink, ground = GROUNDS[side.state]
        paint_card(painter, rect, look, ground, ink)
        pad, line = look.px(14), look.px(50)
        word = QRect(rect.x() + pad, rect.y() + pad, rect.width() - 2 * pad, line)
        draw_text(painter, word, side.word, look.font(36, True), ink if side.state != "read" else INK, CENTRE, fit=True)
        note = QRect(word.x(), rect.bottom() - pad - line, word.width(), line)
        draw_text(painter, note, side.note, look.font(36, True), ink, CENTRE, fit=True)
        code = QRect(word.x(), note.y() - line, word.width(), line)
        draw_text(painter, code, side.code, look.font(34), INK, CENTRE, fit=True, middle=True)
        room = code.y() - word.bottom() - look.px(16)
        box = max(look.px(40), min(room, rect.width() // 2, look.px(200)))
        top = word.bottom() + (code.y() - word.bottom() - box) // 2
        _paint_square(painter, QRect(rect.center().x() - box // 2, top, box, box), side.state, ink)


def _paint_square(painter: QPainter, place: QRect, state: str, ink: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = painter.pen()
    pen.setColor(ink)
    pen.setWidth(max(3, place.width() // 28))
    pen.setStyle(Qt.PenStyle.DashLine if state == "wanted" else Qt.PenStyle.SolidLine)
    painter.setPen(pen)
    painter.setBrush(WHITE if state == "wanted" else ink)
    painter.drawRect(place)
    inset = place.width() // 5
    sign = {"read": "check", "wrong": "cross", "wanted": "scan"}[state]
    icons.draw(painter, sign, place.adjusted(inset, inset, -inset, -inset), WHITE if state != "wanted" else ink, 3.0)
