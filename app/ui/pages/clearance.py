"""Is the line clear? What has to be looked at before an order starts: each point ticked by its key, then START.

The station asks once more by itself; what was ticked here answers it.
"""
from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.reasons import Reason
from app.messages import Published
from app.ui import icons
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.ports import HumanKey
from app.ui.text import CENTRE, draw_text, draw_wrapped
from app.ui.theme import BLUE, CARD, GAP_PX, INK, LINE, QUIET, SUNK, TEAL, WHITE
from app.ui.verdicts import named
from app.ui.widgets import Button, Card, paint_card

POINTS = ("line", "labels", "goods", "rejects")


class Point(Button):
    """One point of the list: a box to tick, what to look at, and its number key."""

    def __init__(self, screen: Screen, number: int, title: str, text: str, turn: partial[None]) -> None:
        super().__init__(screen.look, title, key=str(number), note=text, style="pad", act=turn)
        self.is_ticked = False

    def tick(self, on: bool) -> None:
        if on != self.is_ticked:
            self.is_ticked = on
            self.update()

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, rect = self.look, self.rect()
        paint_card(painter, rect, look, CARD if not self.isDown() else SUNK, TEAL if self.is_ticked else LINE)
        side = min(look.px(84), rect.height() - look.px(20))
        box = QRect(look.px(28), (rect.height() - side) // 2, side, side)
        paint_card(painter, box, look, TEAL if self.is_ticked else WHITE, TEAL if self.is_ticked else QUIET)
        if self.is_ticked:
            inset = side // 6
            icons.draw(painter, "check", box.adjusted(inset, inset, -inset, -inset), WHITE, 3.4)
        else:
            draw_text(painter, box, self.key, look.font(48, True), BLUE, CENTRE)
        left = box.right() + look.px(32)
        room = rect.width() - left - look.px(28)
        half = rect.height() // 2
        draw_text(painter, QRect(left, look.px(8), room, half - look.px(8)), self.word, look.font(40, True), INK,
                  fit=True)
        draw_wrapped(painter, QRect(left, half, room, half - look.px(8)), self.note, look.font(30), QUIET)
        painter.end()


class ClearancePage(Page):
    name = "clearance"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self._was_sent = self._was_asked = False
        column = QVBoxLayout(self)
        margin = look.px(28)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(GAP_PX)
        self.head = _Head(screen)
        column.addWidget(self.head)
        self.points: list[Point] = []
        for at, name in enumerate(POINTS):
            point = Point(screen, at + 1, words(f"ui.clearance.{name}"), words(f"ui.clearance.{name}_text"),
                          partial(self.turn, at))
            self.points.append(point)
            column.addWidget(point, 1)
        foot = QHBoxLayout()
        self.start = Button(look, words("ui.clearance.start"), icon="start", size_px=44, style="strong",
                            act=self.start_order)
        self.start.setFixedHeight(look.touch(110))
        self.start.setEnabled(False)
        foot.addWidget(self.start)
        column.addLayout(foot)

    def show_state(self, shown: Shown) -> None:
        packing = shown.view.packing if shown.view else None
        if packing is None or shown.view is None:
            return
        product = named(shown.view.names, packing.product, self.words)
        self.head.say(product, self.words("ui.clearance.order", id=packing.order, lot=packing.lot,
                                          planned=packing.planned, produced=packing.produced or "—",
                                          expiry=packing.expiry or "—"))

    def show_published(self, published: Published) -> None:
        if published.verdict.reason is Reason.LINE_CLEARANCE:
            self._was_asked = True
            if self._was_sent:                   # all is ticked: this is the answer to the station's question
                self._was_sent = False
                self.screen_of.act("START", "")

    def turn(self, at: int) -> None:
        self.points[at].tick(not self.points[at].is_ticked)
        self.start.setEnabled(all(point.is_ticked for point in self.points))

    def start_order(self) -> None:
        """Only once everything is ticked."""
        if all(point.is_ticked for point in self.points):
            self._was_sent = not self._was_asked
            self.screen_of.act("START", "")

    def instruction(self, shown: Shown) -> str:
        return self.words("ui.do.clearance")

    def bar(self) -> tuple[BarKey, ...]:
        return (BarKey("F8", self.words("ui.key.START"), self.start_order, "start"),)

    def press(self, key: HumanKey) -> bool:
        if key.text in tuple(str(at + 1) for at in range(len(self.points))):
            self.turn(int(key.text) - 1)
        elif key.key == "enter":
            self.start_order()
        else:
            return False
        return True


class _Head(Card):
    """Which order is about to begin."""

    def __init__(self, screen: Screen, parent: QWidget | None = None) -> None:
        super().__init__(screen.look, parent)
        self._product = self._order = ""
        self.setFixedHeight(screen.look.px(120))

    def say(self, product: str, order: str) -> None:
        self._product, self._order = product, order
        self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look, rect = self.look, self.rect().adjusted(self.look.px(28), self.look.px(8), -self.look.px(28), 0)
        half = rect.height() // 2
        draw_text(painter, QRect(rect.x(), rect.y(), rect.width(), half), self._product, look.font(42, True), INK,
                  fit=True)
        draw_text(painter, QRect(rect.x(), rect.y() + half, rect.width(), half - look.px(8)), self._order,
                  look.font(32), QUIET, fit=True)
        painter.end()
