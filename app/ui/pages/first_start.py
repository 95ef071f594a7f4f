"""The very first start: no settings yet. Offers the training line and says where a real station's settings go."""
from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.ports import FirstStart, HumanKey, Ports
from app.ui.text import plain_label
from app.ui.theme import GAP_PX, QUIET
from app.ui.widgets import Button, Card


class FirstStartPage(Page):
    """Two ways on, side by side; the left one needs one touch."""

    name = "first"
    _said = Signal(str)

    def __init__(self, screen: Screen, first: FirstStart, ready: Callable[[Ports], None]) -> None:
        super().__init__(screen)
        self._first, self._ready, self._busy = first, ready, False
        look, words = self.look, self.words
        self._said.connect(self._step)
        columns = QHBoxLayout(self)
        margin = look.px(40)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(32))
        left = QVBoxLayout()
        left.setSpacing(GAP_PX)
        self.training = Button(look, words("ui.first.training"), icon="station", key="F2", style="tile",
                               note=words("ui.first.training_note"), act=self.begin)
        left.addWidget(self.training, 1)
        self.progress = plain_label(look, 30, words("ui.first.training_hint"), colour=QUIET, wrap=True)
        self.progress.setFixedHeight(look.px(96))
        left.addWidget(self.progress)
        columns.addLayout(left, 1)
        card = Card(look)
        text = QVBoxLayout(card)
        text.setContentsMargins(margin, margin, margin, margin)
        text.setSpacing(look.px(14))
        text.addWidget(plain_label(look, 46, words("ui.first.real"), bold=True))
        for step in ("1", "2", "3"):
            text.addWidget(plain_label(look, 30, words(f"ui.first.step{step}"), wrap=True), 1)
            if step == "1":
                text.addWidget(plain_label(look, 28, first.settings_file, bold=True, fit=True, middle=True))
        columns.addWidget(card, 1)

    def bar(self) -> tuple[BarKey, ...]:
        return (BarKey("F2", self.words("ui.first.training"), self.begin, "station"),)

    def instruction(self, shown: Shown) -> str:
        return self.words("ui.do.first")

    def press(self, key: HumanKey) -> bool:
        if key.key == "enter" or key.text == "1":
            self.begin()
            return True
        return False

    def begin(self) -> None:
        """Sets the training line up; may take some seconds, and says what it is doing."""
        if self._busy:
            return
        self._busy = True
        self.training.setEnabled(False)
        self._progress(self.words("ui.first.preparing"))
        self.screen_of.bridge.ask("training", lambda: self._first.begin_training(self._said.emit), self._ready)

    def failed(self, why: str) -> None:
        """It could not be set up: say why, and let the operator try again."""
        self._busy = False
        self.training.setEnabled(True)
        self._progress(self.words("ui.first.failed", why=why))

    def _step(self, word: str) -> None:
        """What is being done, as a word under demo.training."""
        self._progress(self.words.word("demo.training", word))

    def _progress(self, text: str) -> None:
        self.progress.setText(text)
