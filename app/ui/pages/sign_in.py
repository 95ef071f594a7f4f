"""Who is there? A badge is scanned, or one chooses a name and types a PIN on 80-pixel keys."""
from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.ui import icons
from app.ui.entry import Entry, PinPad
from app.ui.page import Page, Screen, Shown
from app.ui.ports import HumanKey, PersonRow
from app.ui.text import CENTRE, draw_text, draw_wrapped, plain_label
from app.ui.theme import BLUE, GAP_PX, INK, QUIET, Look
from app.ui.widgets import Button, Card, Row, Rows

LONGEST_PIN = 12


class _BadgePicture(Card):
    """The large invitation at the left."""

    def __init__(self, look: Look, title: str, note: str) -> None:
        super().__init__(look)
        self._title, self._note = title, note

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look, middle = self.look, self.height() // 2
        side = look.px(220)
        icons.draw(painter, "badge", QRect((self.width() - side) // 2, middle - look.px(250), side, side), BLUE, 1.4)
        inner = self.rect().adjusted(look.px(32), 0, -look.px(32), 0)
        draw_text(painter, QRect(inner.x(), middle + look.px(6), inner.width(), look.px(96)), self._title,
                  look.font(72, True), INK, CENTRE, fit=True)
        draw_wrapped(painter, QRect(inner.x(), middle + look.px(110), inner.width(), look.px(110)), self._note,
                     look.font(30), QUIET, CENTRE)
        painter.end()


class SignInPage(Page):
    """Left: the badge. Right: names, then the PIN pad of the one chosen."""

    name = "sign_in"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self._people: tuple[PersonRow, ...] = ()
        self._chosen: PersonRow | None = None
        columns = QHBoxLayout(self)
        margin = look.px(24)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(24))
        note = words("ui.sign_in.training" if screen.training else "ui.sign_in.badge_note")
        columns.addWidget(_BadgePicture(look, words("ui.sign_in.badge"), note), 1)
        right = QWidget()
        columns.addWidget(right, 1)
        self._stack = QStackedLayout(right)
        self._stack.addWidget(self._names(look))
        self._stack.addWidget(self._pad(look))

    def _names(self, look: Look) -> QWidget:
        panel = QWidget()
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_PX)
        column.addWidget(plain_label(look, 32, self.words("ui.sign_in.or_name"), bold=True))
        self.names = Rows(look, choosable=True, row_px=84, empty=self.words("ui.sign_in.nobody"))
        self.names.chosen.connect(self.choose)
        column.addWidget(self.names, 1)
        turn = QHBoxLayout()
        turn.setSpacing(GAP_PX)
        turn.addWidget(Button(look, "", icon="previous", style="pad", act=lambda: self.names.turn(-1)))
        turn.addWidget(Button(look, "", icon="next", style="pad", act=lambda: self.names.turn(1)))
        self._turn = QWidget()
        self._turn.setLayout(turn)
        turn.setContentsMargins(0, 0, 0, 0)
        self._turn.setFixedHeight(look.touch())
        self._turn.hide()
        column.addWidget(self._turn)
        return panel

    def _pad(self, look: Look) -> QWidget:
        panel = QWidget()
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_PX)
        head = QHBoxLayout()
        back = Button(look, self.words("ui.sign_in.other"), icon="back", act=self.back, size_px=26)
        back.setFixedSize(look.touch(260), look.touch())
        self._who = plain_label(look, 40, bold=True)
        head.addWidget(self._who, 1)
        head.addWidget(back)
        column.addLayout(head)
        self.entry = Entry(look, self.words("ui.sign_in.pin"), secret=True, longest=LONGEST_PIN)
        column.addWidget(self.entry)
        self.pad = PinPad(look, self.entry.type, self.entry.erase, self.enter, self.words("ui.key.enter"))
        column.addWidget(self.pad, 1)
        return panel

    def opened(self) -> None:
        self.ask("people", self.screen_of.to.reader.people, self._show_people)

    def _show_people(self, people: Sequence[PersonRow]) -> None:
        self._people = tuple(people)
        self.names.set_rows([Row(name, self.words.word("common.role", role), icon="person")
                             for _, name, role in self._people])
        self._turn.setVisible(self.names.pages > 1)

    def instruction(self, shown: Shown) -> str:
        if self._chosen:
            return self.words("ui.do.pin", name=self._chosen[1])
        return self.words("ui.do.sign_in")

    def choose(self, index: int) -> None:
        self._chosen = self._people[index]
        self._who.setText(self._chosen[1])
        self.entry.clear()
        self._stack.setCurrentIndex(1)
        self.screen_of.go("")

    def back(self) -> None:
        self._chosen = None
        self.entry.clear()
        self._stack.setCurrentIndex(0)
        self.screen_of.go("")

    def enter(self) -> None:
        """Sends the PIN; the station counts the tries before it looks."""
        if self._chosen and self.entry.text:
            self.screen_of.act("PIN", f"{self._chosen[0]}:{self.entry.text}")
            self.entry.clear()

    def press(self, key: HumanKey) -> bool:
        if self._chosen:
            if key.key == "enter":
                self.enter()
            elif key.key == "escape":
                self.back()
            elif key.key == "backspace" or (key.text.isascii() and key.text.isdigit()):
                self.entry.press(key)
            else:
                return False
            return True
        if key.text.isascii() and key.text.isdigit():
            return self.names.choose_key(int(key.text))
        return list_key(self.names, key)


def list_key(rows: Rows, key: HumanKey) -> bool:
    """Arrow keys, page keys and Enter on a list; True where it was one of them."""
    match key.key:
        case "up":
            rows.step(-1)
        case "down":
            rows.step(1)
        case "pageup" | "left":
            rows.turn(-1)
        case "pagedown" | "right":
            rows.turn(1)
        case "enter":
            return rows.choose_at()
        case _:
            return False
    return True
