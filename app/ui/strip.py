"""The two lines that every screen has: what to do now (above the page) and what just happened (below it)."""
from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QWidget

from app.ui import icons
from app.ui.text import LEFT, RIGHT, draw_text, draw_wrapped, shown, wrap_flags, wrapped
from app.ui.theme import AMBER, AMBER_WASH, BLUE, CARD, FAINT, INK, LINE, QUIET, WHITE, Look, Tone
from app.ui.verdicts import Face

SPLITS = (56, 50, 44, 38, 32)      # percent of the height for what happened, the rest for what to do


def share_of(room: QRect, texts: tuple[str, str], fonts: tuple[QFont, QFont]) -> int:
    """Height in pixels for the upper one of two texts: the longer one gets more, so that both stay large."""
    best, largest = 0, -1
    for percent in SPLITS:
        upper = room.height() * percent // 100
        sizes = [wrapped(QRect(0, 0, room.width(), height), text, font, wrap_flags(text, LEFT))
                 for text, font, height in zip(texts, fonts, (upper, room.height() - upper), strict=True)]
        least = min(font.pixelSize() if fits else 0 for font, fits in sizes)
        if least > largest:
            best, largest = upper, least
    return best


class InstructionLine(QWidget):
    """"Scan the bottles of the case": the answer to "what do I scan now?", always there."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look, self.text, self.note = look, "", ""
        self.setFixedHeight(look.px(76))

    def say(self, text: str, note: str = "") -> None:
        """`note` stands at the right: the order or document at hand."""
        if (text, note) != (self.text, self.note):
            self.text, self.note = shown(text), shown(note)
            self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, rect = self.look, self.rect()
        painter.fillRect(rect, CARD)
        painter.fillRect(QRect(0, rect.height() - 1, rect.width(), 1), LINE)
        painter.fillRect(QRect(0, 0, look.px(12), rect.height()), BLUE)
        side = look.px(44)
        icons.draw(painter, "scan", QRect(look.px(32), (rect.height() - side) // 2, side, side), BLUE, 2.2)
        left = look.px(32) + side + look.px(20)
        note_px = rect.width() * 36 // 100 if self.note else 0
        draw_text(painter, QRect(left, 0, rect.width() - left - note_px - look.px(48), rect.height()), self.text,
                  look.font(42, True), INK, LEFT, fit=True)
        if self.note:
            draw_text(painter, QRect(rect.width() - note_px - look.px(24), 0, note_px, rect.height()), self.note,
                      look.font(28), QUIET, RIGHT, fit=True)
        painter.end()


class TroubleLine(QWidget):
    """What is wrong with a device or the link, in a sentence, for as long as it is; takes no room otherwise."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look, self.texts = look, [""]
        self.setFixedHeight(look.px(54))
        self.hide()

    def say(self, texts: list[str]) -> None:
        """The first one is shown in words, the others as a number."""
        texts = [shown(each) for each in texts]
        if texts != self.texts:
            self.texts = texts
            self.setVisible(bool(texts))
            self.update()

    def paintEvent(self, _event: object) -> None:
        if not self.texts:
            return
        painter = QPainter(self)
        look, rect = self.look, self.rect()
        painter.fillRect(rect, AMBER_WASH)
        painter.fillRect(QRect(0, 0, look.px(12), rect.height()), AMBER)
        side = look.px(32)
        icons.draw(painter, "warning", QRect(look.px(38), (rect.height() - side) // 2, side, side), INK, 2.2)
        more = f"+{len(self.texts) - 1}" if len(self.texts) > 1 else ""
        left = look.px(64) + side
        text = QRect(left, 0, rect.width() - left - look.px(96), rect.height())
        draw_text(painter, text, self.texts[0], look.font(27), INK, LEFT, fit=True)
        draw_text(painter, rect.adjusted(0, 0, -look.px(24), 0), more, look.font(27, True), INK, RIGHT)
        painter.end()


class VerdictStrip(QWidget):
    """The whole strip takes the verdict's colour; good news fades to a calm line, everything else stays."""

    def __init__(self, look: Look, nothing: str) -> None:
        super().__init__()
        self.look, self.nothing = look, shown(nothing)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.face: Face | None = None
        self.note = ""
        self.calm = True
        self.painted: Callable[[], None] | None = None      # called once, when the new face is on the screen
        self._fade = QTimer(self)
        self._fade.setSingleShot(True)
        self._fade.setTimerType(Qt.TimerType.PreciseTimer)
        self._fade.timeout.connect(self._calm_down)
        self.set_tall(True)

    def set_tall(self, tall: bool) -> None:
        """Tall where one scans all day, from 1.5 m away; lower on pages that one reads."""
        self.share = 1.0 if tall else 0.62
        self.setFixedHeight(self.look.px(180 * self.share))

    def flash(self, face: Face, note: str, flash_ms: int | None, painted: Callable[[], None] | None = None) -> None:
        """Shows a verdict. `note` is what was read and when; `flash_ms` None stays until the next one."""
        self.face, self.note, self.calm, self.painted = face, shown(note), False, painted
        self._fade.stop()
        if flash_ms is not None:
            self._fade.start(flash_ms)
        self.update()

    def set_calm(self, face: Face | None, note: str) -> None:
        """Shows a verdict as one that is over (after a language change)."""
        self.face, self.note, self.calm = face, shown(note), True
        self._fade.stop()
        self.update()

    def _calm_down(self) -> None:
        self.calm = True
        self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        if self.face is None:
            self._paint_nothing(painter)
        elif self.calm:
            self._paint_calm(painter, self.face)
        else:
            self._paint_flash(painter, self.face)
        painter.end()
        if self.painted is not None:
            done, self.painted = self.painted, None
            done()

    def _paint_nothing(self, painter: QPainter) -> None:
        look, rect = self.look, self.rect()
        painter.fillRect(rect, CARD)
        painter.fillRect(QRect(0, 0, rect.width(), 1), LINE)
        side = look.px(84 * self.share)
        icons.draw(painter, "scan", QRect(look.px(44), (rect.height() - side) // 2, side, side), FAINT, 1.4)
        draw_text(painter, rect.adjusted(look.px(156), 0, -look.px(32), 0), self.nothing, look.font(34), QUIET, LEFT,
                  fit=True)

    def _paint_flash(self, painter: QPainter, face: Face) -> None:
        look, rect = self.look, self.rect()
        ink = face.tone.ink
        painter.fillRect(rect, face.tone.ground)
        side = look.px(120 * self.share)
        icons.draw(painter, face.icon, QRect(look.px(32), (rect.height() - side) // 2, side, side), ink, 2.6)
        left = look.px(32) + side + look.px(28)
        font = look.font(120 * self.share, True)
        painter.setFont(font)
        room = rect.width() - left - look.px(24)
        word_px = min(painter.fontMetrics().horizontalAdvance(face.word) + look.px(8), room * 62 // 100)
        if not (face.text or face.todo or self.note):
            word_px = room
        draw_text(painter, QRect(left, 0, word_px, rect.height()), face.word, font, ink, LEFT, fit=True)
        side_rect = QRect(left + word_px + look.px(36), look.px(12), room - word_px - look.px(36),
                          rect.height() - look.px(24))
        if face.todo:
            self._paint_both(painter, side_rect, face, ink)
        else:
            note_px = look.px(48) if face.text and self.note else 0
            draw_wrapped(painter, side_rect.adjusted(0, 0, 0, -note_px), face.text or self.note, look.font(40, True),
                         ink, LEFT)
            if note_px:
                draw_text(painter, QRect(side_rect.x(), side_rect.bottom() - note_px, side_rect.width(), note_px),
                          self.note, look.font(28), ink, LEFT, middle=True)

    def _paint_both(self, painter: QPainter, room: QRect, face: Face, ink: QColor) -> None:
        text, todo = shown(face.text or self.note), shown(face.todo)
        fonts = self.look.font(40, True), self.look.font(32)
        upper = share_of(room, (text, todo), fonts)
        draw_wrapped(painter, QRect(room.x(), room.y(), room.width(), upper), text, fonts[0], ink, LEFT)
        draw_wrapped(painter, QRect(room.x(), room.y() + upper, room.width(), room.height() - upper), todo, fonts[1],
                     ink, LEFT)

    def _paint_calm(self, painter: QPainter, face: Face) -> None:
        look, rect = self.look, self.rect()
        painter.fillRect(rect, CARD)
        painter.fillRect(QRect(0, 0, rect.width(), 1), LINE)
        ground = face.tone.ground
        painter.fillRect(QRect(0, 0, look.px(12), rect.height()), ground)
        side = look.px(84 * self.share)
        disc = QRect(look.px(44), (rect.height() - side) // 2, side, side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawEllipse(disc)
        inset = look.px(20 * self.share)
        icons.draw(painter, face.icon, disc.adjusted(inset, inset, -inset, -inset),
                   WHITE if face.tone is not Tone.CARE else INK, 3.0)
        left = disc.right() + look.px(28)
        room = rect.width() - left - look.px(32)
        half = look.px(54 * max(self.share, 0.85))
        upper = QRect(left, rect.height() // 2 - half, room, half)
        lower = QRect(left, rect.height() // 2, room, half)
        font = look.font(40 if self.share == 1 else 34, True)
        draw_text(painter, upper, face.text or face.word, font, INK, LEFT, fit=True)
        draw_text(painter, lower, self.note, look.font(28), QUIET, LEFT, middle=True)
