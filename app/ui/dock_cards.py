"""Cards of the dock: which document this is and with whom, and the object that was scanned last."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont, QFontMetrics, QPainter

from app.ui import icons
from app.ui.text import CENTRE, LEFT, RIGHT, draw_text, shown
from app.ui.theme import AMBER, BLACK, BLUE, INK, QUIET, SMALLEST_TYPE_PX, TEAL, Look
from app.ui.widgets import Card, paint_card, paint_meter

ROW_PX, MOST_GOING = 68, 4       # documents on a truck: height of each, and so many are shown


@dataclass(frozen=True, slots=True)
class About:
    """A document in words. `state` "" is the usual one; `facts` are short, each a thing of its own."""

    kind: str
    document: str
    partner: str
    facts: tuple[str, ...]
    others: str                  # the other documents on the truck, "" none
    state: str = ""
    icon: str = "document"


def font_in(look: Look, high: int, size_px: float, bold: bool) -> QFont:
    """Type of this size, or as large as a line of `high` pixels lets it be."""
    font = look.font(size_px, bold)
    font.setPixelSize(max(SMALLEST_TYPE_PX, min(font.pixelSize(), high * 82 // 100)))
    return font


class DocumentCard(Card):
    """Kind and number, partner, what else is agreed, the other documents on the truck."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.about = About("", "", "", (), "")

    def set(self, about: About) -> None:
        if about != self.about:
            self.about = about
            self.update()

    def texts(self) -> list[str]:
        about = self.about
        return [about.kind, about.document, about.partner, *about.facts, about.others, about.state]

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look, pad, about = self.look, self.look.px(24), self.about
        rect = self.rect().adjusted(pad, look.px(12), -pad, -look.px(12))
        side = look.px(52)
        icons.draw(painter, about.icon, QRect(rect.x(), rect.y() + look.px(2), side, side), BLUE, 2)
        head = QRect(rect.x() + side + look.px(18), rect.y(), rect.width() - side - look.px(18), look.px(58))
        if about.state:
            font = look.font(30, True)
            wide = min(QFontMetrics(font).horizontalAdvance(shown(about.state)) + look.px(36), head.width() // 2)
            chip = QRect(head.right() - wide, head.y() + look.px(4), wide, look.px(48))
            paint_card(painter, chip, look, AMBER, AMBER)
            draw_text(painter, chip, shown(about.state), font, BLACK, CENTRE, fit=True)
            head.setRight(chip.x() - look.px(12))
        half = head.width() * 54 // 100
        draw_text(painter, QRect(head.x(), head.y(), half, head.height()), shown(about.kind), look.font(40, True), INK,
                  LEFT, fit=True)
        draw_text(painter, QRect(head.x() + half, head.y(), head.width() - half, head.height()), shown(about.document),
                  look.font(32, True), QUIET, RIGHT, fit=True, middle=True)
        lines = [(about.partner, 38, True, INK), ("   ·   ".join(about.facts), 28, False, QUIET),
                 (about.others, 28, True, BLUE)]
        lines = [each for each in lines if each[0]]
        y = head.bottom() + look.px(4)
        step = min(look.px(58), max(1, (rect.bottom() - y) // max(1, len(lines))))
        for text, size, bold, ink in lines:
            draw_text(painter, QRect(rect.x(), y, rect.width(), step), shown(text), font_in(look, step, size, bold),
                      ink, LEFT, fit=True)
            y += step
        painter.end()


@dataclass(frozen=True, slots=True)
class Going:
    """One document of a truck: its number, with whom where they differ, how far (0 of 0: free), and in words."""

    document: str
    partner: str
    done: int
    wanted: int
    amount: str
    state: str = ""              # "" it is open
    last: bool = False           # the last scan went onto it


class TruckCard(Card):
    """Every document of the truck with its own bar; an arrow stands before those that the last scan went onto."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.title = self.more = ""
        self.going: tuple[Going, ...] = ()

    def set(self, title: str, going: Sequence[Going], more: str) -> None:
        """`more` says that there are others, with {count}."""
        if (title, tuple(going), more) != (self.title, self.going, self.more):
            self.title, self.going, self.more = title, tuple(going), more
            rows = min(len(self.going), MOST_GOING) + (len(self.going) > MOST_GOING) * 0.7
            self.setFixedHeight(round(self.look.px(70) + rows * self.look.px(ROW_PX)))
            self.update()

    def texts(self) -> list[str]:
        return [self.title, *(part for each in self.going for part in (each.document, each.partner, each.amount,
                                                                       each.state))]

    def seen(self) -> tuple[Going, ...]:
        """The ones of the last scan and those that are not done before the others."""
        first = sorted(self.going, key=lambda each: (not each.last, bool(each.wanted and each.done >= each.wanted)))
        keep = {each.document for each in first[:MOST_GOING]}
        return tuple(each for each in self.going if each.document in keep)

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look, pad, seen = self.look, self.look.px(24), self.seen()
        rect = self.rect().adjusted(pad, look.px(12), -pad, -look.px(12))
        draw_text(painter, QRect(rect.x(), rect.y(), rect.width(), look.px(42)), shown(self.title), look.font(30, True),
                  QUIET, LEFT, fit=True)
        y, high = rect.y() + look.px(46), look.px(ROW_PX)
        for each in seen:
            self._paint_row(painter, QRect(rect.x(), y, rect.width(), high), each)
            y += high
        if len(seen) < len(self.going):
            draw_text(painter, QRect(rect.x(), y, rect.width(), rect.bottom() - y),
                      shown(self.more.format(count=len(self.going) - len(seen))), look.font(28), QUIET, LEFT, fit=True)
        painter.end()

    def _paint_row(self, painter: QPainter, rect: QRect, each: Going) -> None:
        look = self.look
        full = bool(each.wanted) and each.done >= each.wanted
        side, bar = min(look.px(38), rect.height() - look.px(20)), QRect(rect)
        bar.setTop(rect.bottom() - look.px(16))
        bar.setHeight(look.px(12))
        line = QRect(rect.x() + look.px(54), rect.y(), rect.width() - look.px(54), bar.y() - rect.y())
        sign, ink = ("next", BLUE) if each.last else ("check", TEAL) if full or each.state else ("", QUIET)
        if sign:
            icons.draw(painter, sign, QRect(rect.x(), line.center().y() - side // 2, side, side), ink, 3)
        font = font_in(look, line.height(), 34, True)
        amount = QRect(line.x() + line.width() * 58 // 100, line.y(), line.width() * 42 // 100, line.height())
        draw_text(painter, amount, shown("   ·   ".join(filter(None, (each.state, each.amount)))), font,
                  TEAL if full else INK, RIGHT, fit=True)
        name = "   ·   ".join(filter(None, (each.document, each.partner)))
        draw_text(painter, QRect(line.x(), line.y(), line.width() * 56 // 100, line.height()), shown(name), font,
                  BLUE if each.last else INK, LEFT, fit=True, middle=True)
        paint_meter(painter, bar, each.done, each.wanted or max(1, each.done))


class LastCard(Card):
    """The object scanned last: its code, what it is, how many units it brought, how old it is. Without a code, the
    last of them says why there is none."""

    def __init__(self, look: Look, title: str, nothing: str) -> None:
        super().__init__(look)
        self._title, self._nothing = title, nothing
        self._code = self._what = self._units = self._age = ""

    def set(self, code: str, what: str, units: str, age: str = "") -> None:
        self._code, self._what, self._units, self._age = shown(code), shown(what), shown(units), shown(age)
        self.update()

    def texts(self) -> list[str]:
        return [self._code, self._what, self._units, self._age]

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look, pad = self.look, self.look.px(24)
        rect = self.rect().adjusted(pad, look.px(12), -pad, -look.px(12))
        head = QRect(rect.x(), rect.y(), rect.width(), look.px(40))
        draw_text(painter, head, self._title, look.font(30, True), QUIET)
        draw_text(painter, head, self._units, look.font(34, True), TEAL, RIGHT, fit=True)
        rest = rect.adjusted(0, look.px(42), 0, 0)
        if not self._code:
            draw_text(painter, rest, self._age or self._nothing, look.font(32), QUIET, LEFT, fit=True)
        else:
            side = min(look.px(64), rest.height() - look.px(8))
            icons.draw(painter, "check", QRect(rest.x(), rest.center().y() - side // 2, side, side), TEAL, 3)
            text = rest.adjusted(side + look.px(24), 0, 0, 0)
            lines = [(self._code, 42, True, INK), (self._what, 30, False, INK), (self._age, 30, False, QUIET)]
            lines = [each for each in lines if each[0]]
            shares = [4, 3, 3][: len(lines)]             # the code is read from furthest away
            y = text.y()
            for share, (line, size, bold, ink) in zip(shares, lines, strict=True):
                high = text.height() * share // sum(shares)
                draw_text(painter, QRect(text.x(), y, text.width(), high), line, font_in(look, high, size, bold), ink,
                          fit=True, middle=bold)
                y += high
        painter.end()
