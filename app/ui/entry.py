"""Typing without a text field: a line that shows what was typed, a PIN pad and a keyboard on the screen.

None of it ever has the focus, so none can swallow a scan or call up an input method: characters come from the page,
which gets them only once the key decoder has said that a person, not a scanner, pressed them.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.ui.ports import HumanKey
from app.ui.text import LEFT, draw_text, shown
from app.ui.theme import BLUE, CARD, GAP_PX, INK, LINE, QUIET, TOUCH_PX, Look
from app.ui.widgets import Button, paint_card

LONGEST_ENTRY = 4096
PAD_KEY_PX = 80
KEYBOARD = ("1234567890", "QWERTYUIOP", "ASDFGHJKL-", "ZXCVBNM./:")
LOWER = ("1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm._:")
SIGNS = ("()[]{}<>|~", "!?#%&*+=@^", "'\"`,;:.-_/", "$\\0123456")


class Entry(QWidget):
    """What was typed so far. `secret` shows dots only."""

    def __init__(self, look: Look, hint: str, *, secret: bool = False, longest: int = LONGEST_ENTRY) -> None:
        super().__init__()
        self.look, self.hint, self.secret, self.longest = look, shown(hint), secret, longest
        self.text = ""
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setFixedHeight(look.touch(84))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def type(self, text: str) -> None:
        self.text = (self.text + text)[: self.longest]
        self.update()

    def erase(self) -> None:
        self.text = self.text[:-1]
        self.update()

    def clear(self) -> None:
        self.text = ""
        self.update()

    def press(self, key: HumanKey) -> bool:
        """Takes characters, Backspace and Delete; the rest is the page's."""
        if key.key == "backspace":
            self.erase()
        elif key.key == "delete":
            self.clear()
        elif key.text and key.text.isprintable() and not key.ctrl:
            self.type(key.text)
        else:
            return False
        return True

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        paint_card(painter, self.rect(), self.look, CARD, BLUE if self.text else LINE)
        pad = self.look.px(22)
        inner = self.rect().adjusted(pad, 0, -pad, 0)
        font = self.look.font(40, True)
        if not self.text:
            draw_text(painter, inner, self.hint, self.look.font(30), QUIET, LEFT, fit=True)
        else:
            text = "●" * len(self.text) if self.secret else shown(self.text)
            painter.setFont(font)
            wide = min(painter.fontMetrics().horizontalAdvance(text) + 2, inner.width() - self.look.px(10))
            draw_text(painter, QRect(inner.x(), inner.y(), wide, inner.height()), text, font, INK, LEFT, middle=True)
            x, high = inner.x() + wide + self.look.px(4), self.look.px(44)
            painter.fillRect(QRect(x, (self.height() - high) // 2, max(2, self.look.px(3)), high), BLUE)
        painter.end()


class PinPad(QWidget):
    """Ten digits, erase and enter; keys of 80 real pixels, in a low window no less than what gloves hit."""

    def __init__(self, look: Look, on_digit: Callable[[str], None], on_erase: Callable[[], None],
                 on_enter: Callable[[], None], enter_word: str) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GAP_PX)
        self.keys: list[Button] = []
        for at, digit in enumerate("123456789"):
            key = Button(look, digit, size_px=44, style="pad", act=partial(on_digit, digit))
            self._add(grid, key, at // 3, at % 3)
        self._add(grid, Button(look, "", icon="erase", size_px=40, style="pad", act=on_erase), 3, 0)
        self._add(grid, Button(look, "0", size_px=44, style="pad", act=lambda: on_digit("0")), 3, 1)
        self._add(grid, Button(look, enter_word, size_px=34, style="strong", act=on_enter), 3, 2)

    def _add(self, grid: QGridLayout, button: Button, row: int, column: int) -> None:
        button.setMinimumSize(PAD_KEY_PX, TOUCH_PX)
        self.keys.append(button)
        grid.addWidget(button, row, column)


class Keyboard(QWidget):
    """Letters, digits and signs for a code typed by hand; keys of at least 64 pixels."""

    def __init__(self, look: Look, on_text: Callable[[str], None], on_erase: Callable[[], None],
                 on_enter: Callable[[], None], enter_word: str) -> None:
        super().__init__()
        self._layer = 0
        self._letters: list[Button] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(look.px(8))
        for row, letters in enumerate(KEYBOARD):
            for column, letter in enumerate(letters):
                button = Button(look, letter, size_px=32, style="pad")
                button.clicked.connect(lambda _checked=False, b=button: on_text(b.word))
                self._letters.append(button)
                grid.addWidget(button, row, column)
        self._turn_key = Button(look, "abc", size_px=28, style="pad", act=self._turn)
        for row, button in enumerate((Button(look, "", icon="erase", size_px=34, style="pad", act=on_erase),
                                      self._turn_key,
                                      Button(look, enter_word, size_px=30, style="strong", act=on_enter))):
            span = 2 if row == 2 else 1
            grid.addWidget(button, row, len(KEYBOARD[0]), span, 1)
            grid.setColumnStretch(len(KEYBOARD[0]), 2)
        for column in range(len(KEYBOARD[0])):
            grid.setColumnStretch(column, 1)

    def _turn(self) -> None:
        """Capitals, small letters, signs, and round again."""
        self._layer = (self._layer + 1) % 3
        letters = "".join((KEYBOARD, LOWER, SIGNS)[self._layer])
        for button, letter in zip(self._letters, letters.ljust(len(self._letters)), strict=True):
            button.set_word(letter)
            button.setEnabled(letter != " ")
        self._turn_key.set_word(("abc", "#+=", "ABC")[self._layer])
