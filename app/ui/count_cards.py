"""Cards of a stocktake: where one counts and how, the last scan and what is wrong with it, figures of differences."""
from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from app.ui import icons
from app.ui.count import number
from app.ui.text import LEFT, draw_text, shown
from app.ui.theme import AMBER_WASH, INK, QUIET, RED, TEAL, Look
from app.ui.widgets import Card

DARK_AMBER = QColor("#7A5200")       # reads on white and on the amber wash
# How a finding looks: sign and colour, besides its word.
SIGNS: dict[str, tuple[str, QColor]] = {
    "": ("check", TEAL), "missing": ("cross", RED), "unknown": ("bang", DARK_AMBER), "away": ("bang", DARK_AMBER),
    "ended": ("bang", DARK_AMBER), "elsewhere": ("bang", DARK_AMBER), "misplaced": ("move", DARK_AMBER),
    "astray": ("swap", DARK_AMBER)}


class WhereCard(Card):
    """The shelf, and how is counted: blind or guided, whole or one by one, which round."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._title = self._place = self._how = ""
        self._named = True

    def set(self, title: str, place: str, how: str, named: bool) -> None:
        """`named` False: a shelf is to be scanned first."""
        self._title, self._place, self._how, self._named = shown(title), shown(place), shown(how), named
        self.set_ground(Card(self.look).ground if named else AMBER_WASH)
        self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look, pad = self.look, self.look.px(20)
        rect = self.rect().adjusted(pad, look.px(8), -pad, -look.px(8))
        half = rect.height() * 58 // 100
        side = min(look.px(52), half)
        icons.draw(painter, "place" if self._named else "bang",
                   QRect(rect.x(), rect.y() + (half - side) // 2, side, side), TEAL if self._named else DARK_AMBER, 2.2)
        text = QRect(rect.x() + side + look.px(16), rect.y(), rect.width() - side - look.px(16), half)
        draw_text(painter, text, f"{self._title}   {self._place}" if self._named else self._place, look.font(38, True),
                  INK, LEFT, fit=True)
        draw_text(painter, QRect(rect.x(), rect.y() + half, rect.width(), rect.height() - half), self._how,
                  look.font(27), QUIET, LEFT, fit=True)
        painter.end()


class ScanCard(Card):
    """The last scan: its code, what it is, and whether it is as recorded: sign, colour and word."""

    def __init__(self, look: Look, title: str, nothing: str) -> None:
        super().__init__(look)
        self._title, self._nothing = shown(title), shown(nothing)
        self._code = self._what = self._word = self._finding = ""

    def set(self, code: str, what: str, word: str, finding: str) -> None:
        self._code, self._what, self._word, self._finding = shown(code), shown(what), shown(word), finding
        self.set_ground(AMBER_WASH if finding else Card(self.look).ground)
        self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look, pad = self.look, self.look.px(20)
        rect = self.rect().adjusted(pad, look.px(10), -pad, -look.px(10))
        head = look.px(40)
        draw_text(painter, QRect(rect.x(), rect.y(), rect.width(), head), self._title, look.font(28, True), QUIET)
        rest = rect.adjusted(0, head, 0, 0)
        if not self._code:
            draw_text(painter, rest, self._nothing, look.font(32), QUIET, LEFT, fit=True)
            painter.end()
            return
        icon, colour = SIGNS.get(self._finding, ("bang", DARK_AMBER))
        side = min(look.px(76), rest.height())
        icons.draw(painter, icon, QRect(rest.x(), rest.center().y() - side // 2, side, side), colour, 2.6)
        text = rest.adjusted(side + look.px(22), 0, 0, 0)
        half = text.height() // 2
        draw_text(painter, QRect(text.x(), text.y(), text.width(), half), self._code, look.font(40, True), INK, LEFT,
                  fit=True, middle=True)
        word, below = look.font(34, True), QRect(text.x(), text.y() + half, text.width(), half)
        wide = min(QFontMetrics(word).horizontalAdvance(self._word) + look.px(24), below.width() * 2 // 3)
        draw_text(painter, QRect(below.x(), below.y(), wide, half), self._word, word, colour, LEFT, fit=True)
        draw_text(painter, below.adjusted(wide, 0, 0, 0), self._what, look.font(30), QUIET, LEFT, fit=True)
        painter.end()


class FiguresCard(Card):
    """Missing, extra, in the wrong place: each a sign, a number and a word. A figure of None is not told."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._told: list[tuple[str, QColor, str, int]] = []

    def set(self, told: list[tuple[str, str, int | None]]) -> None:
        """(finding whose sign it has, word, figure)."""
        self._told = [(*SIGNS[finding], shown(word), figure) for finding, word, figure in told if figure is not None]
        self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look = self.look
        wide = self.width() // max(len(self._told), 1)
        for at, (icon, colour, word, figure) in enumerate(self._told):
            ink = colour if figure else QUIET
            rect = QRect(at * wide, 0, wide, self.height()).adjusted(look.px(18), look.px(8), -look.px(10), -look.px(8))
            upper = rect.height() * 60 // 100
            side = min(look.px(44), upper)
            box = QRect(rect.x(), rect.y() + (upper - side) // 2, side, side)
            icons.draw(painter, icon if figure else "check", box, ink, 2.6)
            draw_text(painter, QRect(rect.x() + side + look.px(12), rect.y(), rect.width() - side - look.px(12), upper),
                      number(figure), look.font(56, True), ink, LEFT, fit=True)
            draw_text(painter, QRect(rect.x(), rect.y() + upper, rect.width(), rect.height() - upper), word,
                      look.font(26), QUIET, LEFT, fit=True)
        painter.end()
