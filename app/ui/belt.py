"""The form for the belt's figures: three fields, and a pad of digits for those who touch. Knows no recipe.

What is typed so far lives in the page's memory, so that another language or size loses nothing.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from app.domain.optics import Belt
from app.taught import BELT, LONGEST, Asked, belt_of, typed
from app.ui.entry import PAD_KEY_PX
from app.ui.field import Field
from app.ui.ports import HumanKey, WordsLike
from app.ui.text import plain_label
from app.ui.theme import GAP_PX, TOUCH_PX, Look
from app.ui.widgets import Button, Card

PAD = "789456123"
KEY_MOST_PX = 150


def texts_of(belt: Belt) -> dict[str, str]:
    """The figures as one would type them; nothing for those that are not known."""
    return {each.name: f"{value:g}" if (value := getattr(belt, each.name)) else "" for each in BELT}


class BeltForm(Card):
    """`texts` is kept by the page. `changed` is called after each character."""

    def __init__(self, look: Look, words: WordsLike, changed: Callable[[], None]) -> None:
        super().__init__(look)
        self.words, self._changed = words, changed
        self.texts: dict[str, str] = {}
        self.wrong: tuple[str, ...] = ()
        self.said = ""                   # what was wrong with what was typed last
        self._at = 0
        column = QVBoxLayout(self)
        pad = look.px(20)
        column.setContentsMargins(pad, look.px(14), pad, pad)
        column.setSpacing(GAP_PX)
        column.addWidget(plain_label(look, 34, words("recipe.belt.title"), bold=True, fit=True))
        self.fields: list[Field] = []
        for at, each in enumerate(BELT):
            name = words("recipe.belt.field", name=words(f"recipe.belt.{each.name}"), unit=each.unit)
            field = Field(look, name, words(f"recipe.belt.hint_{each.name}"), partial(self.go_to, at), 58)
            field.setMaximumHeight(look.touch(110))
            self.fields.append(field)
            column.addWidget(field, 1)
        column.addStretch(0)

    def open(self, texts: dict[str, str], at: int = 0) -> None:
        """For these texts, which are written to as one types."""
        self.texts, self.wrong, self.said = texts, (), ""
        self.go_to(at)

    @property
    def asked(self) -> Asked:
        return BELT[self._at]

    @property
    def belt(self) -> Belt:
        """What is typed now; what will not do counts as not known."""
        return belt_of(self.texts)[0]

    def go_to(self, at: int) -> None:
        self._at = at % len(BELT)
        self._show()

    def next(self) -> bool:
        """To the next figure; False after the last one."""
        if self._at == len(BELT) - 1:
            return False
        self.go_to(self._at + 1)
        return True

    def type(self, text: str) -> None:
        """Characters into the chosen field; what is no digit is told, not swallowed."""
        name, self.said = self.asked.name, ""
        for sign in text:
            plain, now = typed(sign), self.texts.get(name, "")
            if not plain or plain == "." and "." in now:
                self.said = self.words("recipe.belt.digits", sign=sign)
            elif len(now) < LONGEST:
                self.texts[name] = now + plain
        self._edited(name)

    def erase(self) -> None:
        name, self.said = self.asked.name, ""
        self.texts[name] = self.texts.get(name, "")[:-1]
        self._edited(name)

    def clear(self) -> None:
        self.texts[self.asked.name], self.said = "", ""
        self._edited(self.asked.name)

    def _edited(self, name: str) -> None:
        self.wrong = tuple(each for each in self.wrong if each != name)
        self._show()
        self._changed()

    def checked(self) -> Belt | None:
        """The belt that was typed; None where a figure will not do, which is shown at its field and said."""
        belt, self.wrong = belt_of(self.texts)
        if not self.wrong:
            self.said = ""
            return belt
        at = next(at for at, each in enumerate(BELT) if each.name in self.wrong)
        each = BELT[at]
        self.said = self.words("recipe.belt.wrong", name=self.words(f"recipe.belt.{each.name}"), unit=each.unit,
                               typed=self.texts.get(each.name, ""), least=f"{each.least:g}", most=f"{each.most:g}")
        self.go_to(at)
        return None

    def press(self, key: HumanKey) -> bool:
        """Arrows, characters, Backspace and Delete; the rest is the page's."""
        if key.key in ("up", "down", "tab"):
            self.said = ""
            self.go_to(self._at + (-1 if key.key == "up" or key.shift else 1))
            self._changed()
        elif key.key == "backspace":
            self.erase()
        elif key.key == "delete":
            self.clear()
        elif key.text and key.text.isprintable() and not key.ctrl and not key.alt:
            self.type(key.text)
        else:
            return False
        return True

    def _show(self) -> None:
        for at, (each, field) in enumerate(zip(BELT, self.fields, strict=True)):
            field.show_text(self.texts.get(each.name, ""), at == self._at, each.name in self.wrong)


class NumberPad(QWidget):
    """Digits, the point, erase, and the key that goes on; keys no smaller than what gloves hit."""

    def __init__(self, look: Look, form: BeltForm, on_enter: Callable[[], None], enter_word: str) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GAP_PX)
        for at, digit in enumerate(PAD):
            key = Button(look, digit, size_px=44, style="pad", act=partial(form.type, digit))
            self._add(grid, key, at // 3, at % 3)
        self._add(grid, Button(look, ".", size_px=44, style="pad", act=partial(form.type, ".")), 3, 0)
        self._add(grid, Button(look, "0", size_px=44, style="pad", act=partial(form.type, "0")), 3, 1)
        self._add(grid, Button(look, "", icon="erase", size_px=40, style="pad", act=form.erase), 3, 2)
        self._add(grid, Button(look, enter_word, size_px=34, style="strong", act=on_enter), 4, 0, 3)
        self.setMaximumWidth(3 * look.touch(2 * KEY_MOST_PX))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @staticmethod
    def _add(grid: QGridLayout, button: Button, row: int, column: int, wide: int = 1) -> None:
        button.setMinimumSize(PAD_KEY_PX, TOUCH_PX)
        grid.addWidget(button, row, column, 1, wide)
