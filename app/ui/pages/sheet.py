"""The command sheet on the screen: each command as a code that any scanner can read off it, and as something to touch.

The same codes as the printed sheet; F2 saves that as a PDF.
"""
from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGridLayout

from app.domain.commands import barcode, by_job
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.ports import HumanKey
from app.ui.text import LEFT, draw_text
from app.ui.theme import BLACK, GAP_PX, INK, QUIET, WHITE
from app.ui.widgets import Button

COLUMNS, ROWS = 4, 3
Told = tuple[str, str]      # a command's name and its argument


def commands() -> tuple[tuple[str, Told], ...]:
    """(job, (name, argument)) of all commands that can be scanned here, job by job, each with its reasons."""
    return tuple((job, (each.name, argument)) for job, found in by_job() for each in found
                 if each.scannable and each.argument != "required" for argument in ("", *each.choices))


def paged(told: Sequence[tuple[str, Told]]) -> list[tuple[str, list[Told]]]:
    """(job, its tiles) page by page; every job begins a page of its own, so that a page says what it is for."""
    made: list[tuple[str, list[Told]]] = []
    for job, each in told:
        if not made or made[-1][0] != job or len(made[-1][1]) == COLUMNS * ROWS:
            made.append((job, []))
        made[-1][1].append(each)
    return made


class CodeTile(Button):
    """A QR code with its name; a touch does what the code says."""

    def __init__(self, screen: Screen, name: str, argument: str) -> None:
        import segno

        self._text = barcode(name, argument)
        self._modules = [bytes(row) for row in segno.make(self._text, error="m", micro=False).matrix]
        words = screen.words
        detail = words.word("common.choice", argument) if argument else ""
        if name == "LANG" and argument:
            detail = words.word("common.language", argument)
        super().__init__(screen.look, words.word("common.command", name), note=detail,
                         act=lambda: screen.act(name, argument))

    def paintEvent(self, event: object) -> None:
        word, self.word = self.word, ""
        super().paintEvent(event)
        self.word = word
        painter = QPainter(self)
        look, pad = self.look, self.look.px(14)
        side = min(self.height() - 2 * pad, self.width() // 2)
        quiet = 4
        module = max(1, side // (len(self._modules) + 2 * quiet))
        square = module * (len(self._modules) + 2 * quiet)
        left, top = pad, (self.height() - square) // 2
        painter.fillRect(QRect(left, top, square, square), WHITE)
        painter.setPen(Qt.PenStyle.NoPen)
        for y, row in enumerate(self._modules):
            for x, dark in enumerate(row):
                if dark:
                    painter.fillRect(left + (x + quiet) * module, top + (y + quiet) * module, module, module, BLACK)
        text = QRect(left + square + pad, pad, self.width() - square - 3 * pad, self.height() - 2 * pad)
        third = text.height() // 3
        draw_text(painter, QRect(text.x(), text.y(), text.width(), third), word, look.font(34, True), INK, LEFT,
                  fit=True)
        draw_text(painter, QRect(text.x(), text.y() + third, text.width(), third), self.note, look.font(27), INK, LEFT,
                  fit=True)
        draw_text(painter, QRect(text.x(), text.y() + 2 * third, text.width(), third), self._text, look.font(22), QUIET,
                  LEFT, fit=True)
        painter.end()


class SheetPage(Page):
    name = "sheet"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        self._page, self._said = 0, ""
        self._pages = paged(commands())
        self._grid = QGridLayout(self)
        margin = self.look.px(20)
        self._grid.setContentsMargins(margin, margin, margin, margin)
        self._grid.setSpacing(GAP_PX)
        for column in range(COLUMNS):
            self._grid.setColumnStretch(column, 1)
        for row in range(ROWS):
            self._grid.setRowStretch(row, 1)
        self._fill()

    @property
    def pages(self) -> int:
        return len(self._pages)

    def _fill(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for at, (name, argument) in enumerate(self._pages[self._page][1]):
            tile = CodeTile(self.screen_of, name, argument)
            self._grid.addWidget(tile, at // COLUMNS, at % COLUMNS)
            tile.show()

    def turn(self, by: int) -> None:
        self._page = (self._page + by) % self.pages
        self._fill()
        self.screen_of.go("")

    def save(self) -> None:
        """The sheet for printing, as a PDF."""
        language = self.words.language
        self.screen_of.bridge.ask("sheet", lambda: self.screen_of.to.export.command_sheet(language), self._saved)

    def _saved(self, path: str) -> None:
        self._said = self.words("ui.sheet.saved", file=path)
        self.screen_of.go("")

    def instruction(self, shown: Shown) -> str:
        job = self.words(f"sheet.{self._pages[self._page][0]}")
        return self._said or f"{job}   ·   {self.words('ui.do.sheet', page=self._page + 1, pages=self.pages)}"

    def bar(self) -> tuple[BarKey, ...]:
        return (BarKey("F2", self.words("ui.key.pdf"), self.save, "save"),
                BarKey("F3", self.words("ui.key.up"), lambda: self.turn(-1), "previous"),
                BarKey("F4", self.words("ui.key.down"), lambda: self.turn(1), "next"))

    def press(self, key: HumanKey) -> bool:
        if key.key in ("pageup", "left", "pagedown", "right"):
            self.turn(-1 if key.key in ("pageup", "left") else 1)
            return True
        return False
