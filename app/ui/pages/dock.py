"""Receive and ship: what is still to be scanned, the last one, how much of the whole."""
from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.products import Name
from app.domain.reasons import Outcome, Reason
from app.messages import DockView, LineView, Published
from app.ui import icons
from app.ui.count import CountCard, number
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey
from app.ui.text import LEFT, draw_text, plain_label, readable, shown
from app.ui.theme import INK, QUIET, TEAL, Look
from app.ui.verdicts import FLASH_MS, named
from app.ui.widgets import Card, Row, Rows


class LastCard(Card):
    """The object scanned last: its code, what it is, how many units it brought."""

    def __init__(self, look: Look, title: str, nothing: str) -> None:
        super().__init__(look)
        self._title, self._nothing = title, nothing
        self._code = self._what = self._units = ""

    def set(self, code: str, what: str, units: str) -> None:
        self._code, self._what, self._units = shown(code), shown(what), shown(units)
        self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look, pad = self.look, self.look.px(24)
        rect = self.rect().adjusted(pad, look.px(14), -pad, -look.px(14))
        head = QRect(rect.x(), rect.y(), rect.width(), look.px(44))
        draw_text(painter, head, self._title, look.font(32, True), QUIET)
        rest = rect.adjusted(0, look.px(48), 0, 0)
        if not self._code:
            draw_text(painter, rest, self._nothing, look.font(32), QUIET, LEFT, fit=True)
        else:
            side = min(look.px(72), rest.height() - look.px(8))
            icons.draw(painter, "check", QRect(rest.x(), rest.center().y() - side // 2, side, side), TEAL, 3)
            text = rest.adjusted(side + look.px(24), 0, 0, 0)
            half = text.height() // 2
            draw_text(painter, QRect(text.x(), text.y(), text.width(), half), self._code, look.font(42, True), INK,
                      fit=True, middle=True)
            draw_text(painter, QRect(text.x(), text.y() + half, text.width(), half), f"{self._what}   {self._units}",
                      look.font(32), QUIET, fit=True)
        painter.end()


class DockPage(Page):
    """`task` is "receiving" or "shipping"."""

    name = "dock"
    works = True
    closes = "DONE"

    def __init__(self, screen: Screen, task: str) -> None:
        super().__init__(screen)
        look = self.look
        self.task = task
        self._dock: DockView | None = None
        self._names: dict[str, Name] = {}
        columns = QHBoxLayout(self)
        margin = look.px(20)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(16))
        self.stage = left = Card(look)
        lines = QVBoxLayout(left)
        lines.setContentsMargins(margin, look.px(14), margin, look.px(14))
        lines.setSpacing(look.px(8))
        self._head = plain_label(look, 32, bold=True, colour=QUIET)
        lines.addWidget(self._head)
        self.lines = Rows(look, choosable=False, row_px=96, empty=self.words("ui.dock.all_done"))
        lines.addWidget(self.lines, 1)
        self._folded = Rows(look, choosable=False, row_px=64)
        self._folded.setFixedHeight(self._folded.row_height)
        lines.addWidget(self._folded)
        columns.addWidget(left, 54)
        self.side = QWidget()
        right = QVBoxLayout(self.side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(look.px(14))
        self.last = LastCard(look, self.words("ui.dock.last"), self.words("ui.dock.nothing_yet"))
        right.addWidget(self.last, 22)
        self.total = CountCard(look, 200)
        right.addWidget(self.total, 40)
        columns.addWidget(self.side, 46)

    def opened(self) -> None:
        self.screen_of.to.devices.preview("")

    def show_state(self, shown: Shown) -> None:
        if shown.view is None or shown.view.dock is None:
            return
        dock = shown.view.dock
        self._dock, self._names = dock, shown.view.names
        unfinished = sorted((line for line in dock.lines if line.done < line.wanted),
                            key=lambda line: (line.done - line.wanted, line.line))
        done = len(dock.lines) - len(unfinished)
        self._head.setText(self.words("ui.dock.to_scan", count=len(unfinished)))
        self.lines.set_rows([self._line_row(line) for line in unfinished])
        folded = Row(self.words("ui.dock.folded", count=done), icon="check", colour=TEAL)
        self._folded.set_rows([folded] if done else [])
        wanted, units = sum(line.wanted for line in dock.lines), sum(line.done for line in dock.lines)
        left = self.words("ui.left", count=number(wanted - units)) if units < wanted else ""
        self.total.set(self.words("ui.dock.total"), units, wanted, dock.document, left)
        if dock.last_epc:
            self.last.set(readable(dock.last_epc),
                          self.words.level(dock.last_level),
                          self.words("ui.dock.units", count=number(dock.last_quantity)))
        else:
            self.last.set("", "", "")

    def _line_row(self, line: LineView) -> Row:
        lot = self.words("ui.dock.lot", lot=line.lot) if line.lot else self.words("ui.dock.any_lot")
        left = self.words("ui.left", count=number(line.wanted - line.done))
        return Row(named(self._names, line.product, self.words), lot, left, "", line.done, line.wanted)

    def show_published(self, published: Published) -> None:
        verdict = published.verdict
        self.total.calm_down()
        if verdict.outcome is Outcome.COMPLETE and verdict.reason is not Reason.DOCUMENT_CLOSED and self._dock:
            dock = published.view.dock or self._dock
            self.total.celebrate(self.words.reason(str(verdict.reason), verdict.data).title,
                                 sum(line.done for line in dock.lines), sum(line.wanted for line in dock.lines),
                                 FLASH_MS[Outcome.COMPLETE])

    def instruction(self, shown: Shown) -> str:
        dock = shown.view.dock if shown.view else None
        if dock is None or shown.view is None:
            return ""
        if dock.state != "open":
            return self.words("ui.do.document_closed")
        if all(line.done >= line.wanted for line in dock.lines):
            return self.words("ui.do.document_done")
        return self.words(f"ui.do.{self.task}")

    def bar(self) -> tuple[BarKey, ...]:
        return (
            self.bar_command("F2", "UNDO", icon="undo"),
            BarKey("F3", self.words("ui.key.DONE"), self._done, "done"),
            self.bar_command("F5", "LOOKUP", icon="lookup"),
            BarKey("F6", self.words("ui.key.other_document"), lambda: self.screen_of.go("choose"), "document"),
            self.bar_command("F7", "UNPACK", icon="unpack"),
            self.bar_command("F8", "PAUSE", icon="pause"),
            self.bar_rework(),
        )

    def _done(self) -> None:
        dock = self._dock
        if dock is not None and dock.state == "open" and any(line.done < line.wanted for line in dock.lines):
            self.ask_reason("DONE")
        else:
            self.screen_of.act("DONE", "")

    def ask_reason(self, command: str, title: str = "") -> None:
        dock = self._dock
        if command == "DONE" and dock is not None:
            title = self.words("ui.choice.done", document=dock.document,
                               have=number(sum(line.done for line in dock.lines)),
                               target=number(sum(line.wanted for line in dock.lines)))
        super().ask_reason(command, title)

    def press(self, key: HumanKey) -> bool:
        return key.key != "enter" and list_key(self.lines, key)
