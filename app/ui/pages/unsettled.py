"""What somebody still has to see to: held goods, checks that differed, goods the server has not answered for.

Only shows: it asks the reader on the bridge's thread and sends nothing to the station.
"""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.moves import Unsettled
from app.ui.count import number
from app.ui.figures import Figure
from app.ui.findings import FoundCard
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey
from app.ui.text import plain_label, readable, short_code
from app.ui.theme import AMBER, QUIET, RED, Tone
from app.ui.widgets import Card, Row, Rows

KINDS = ("diversion", "check", "provisional")
DOUBT = AMBER.darker(150)
SIGNS = {"diversion": ("cross", RED), "check": ("bang", DOUBT), "provisional": ("clock", DOUBT)}


class UnsettledPage(Page):
    """Three figures, the list of one kind or of all, and what is to be done about the chosen one."""

    name = "unsettled"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self._found: Sequence[Unsettled] = ()
        self.listed: Sequence[Unsettled] = ()
        self.kind = ""                           # of those listed; "" all
        columns = QHBoxLayout(self)
        margin = look.px(20)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(16))
        left = QVBoxLayout()
        left.setSpacing(look.px(14))
        figures = QHBoxLayout()
        figures.setSpacing(look.px(14))
        self.figures = {kind: Figure(look, words(f"unsettled.figure.{kind}")) for kind in KINDS}
        for figure in self.figures.values():
            figure.setFixedHeight(look.px(200))
            figures.addWidget(figure)
        left.addLayout(figures)
        self.facts = FoundCard(look, words, words("unsettled.page.none"))
        left.addWidget(self.facts, 1)
        columns.addLayout(left, 54)
        self.side = Card(look)
        listed = QVBoxLayout(self.side)
        listed.setContentsMargins(margin, look.px(14), margin, margin)
        listed.setSpacing(look.px(8))
        self._head = plain_label(look, 30, bold=True, colour=QUIET, fit=True)
        listed.addWidget(self._head)
        self.rows = Rows(look, choosable=True, row_px=96, empty=words("unsettled.page.none"))
        self.rows.chosen.connect(lambda _at: self._show())
        listed.addWidget(self.rows, 1)
        columns.addWidget(self.side, 46)

    def opened(self) -> None:
        self.screen_of.to.devices.preview("")
        self.ask("unsettled", self.screen_of.to.reader.unsettled, self._told)

    def _told(self, found: Sequence[Unsettled]) -> None:
        self._found = found
        for kind, figure in self.figures.items():
            count = sum(each.kind == kind for each in found)
            figure.set(number(count), self.words(f"unsettled.note.{kind}" if count else "unsettled.note.none"),
                       Tone.CARE if count else Tone.CALM)
        self._list()

    def _list(self, keep: bool = True) -> None:
        words = self.words
        self.listed = [each for each in self._found if self.kind in ("", each.kind)]
        self._head.setText(words(f"unsettled.list.{self.kind or 'all'}", count=number(len(self.listed))))
        self.rows.set_rows([self._row(each) for each in self.listed], keep)
        self._show()

    def _row(self, each: Unsettled) -> Row:
        icon, colour = SIGNS[each.kind]
        note = " · ".join(filter(None, (self._level(each), each.document, self._time(each.at))))
        return Row(short_code(each.epc), note, self._said(each), "", icon=icon, colour=colour)

    def _show(self) -> None:
        if not self.listed:
            self.facts.set("", "scan", QUIET, [])
            return
        words, each = self.words, self.listed[self.rows.at]
        icon, colour = SIGNS[each.kind]
        self.facts.set(self._said(each), icon, colour, [
            (words("unsettled.fact.code"), readable(each.epc)), (words("unsettled.fact.level"), self._level(each)),
            (words("unsettled.fact.document"), each.document), (words(f"unsettled.fact.{each.kind}"), each.number),
            (words("unsettled.fact.differs"), number(each.differs) if each.differs else ""),
            (words("unsettled.fact.at"), self._time(each.at)), (words("unsettled.fact.by"), each.by)])
        self.screen_of.go("")                    # what is to be done stands in the strip

    def _said(self, each: Unsettled) -> str:
        words = self.words
        match each.kind:
            case "diversion":
                return words.reason(each.word, {}).title
            case "check":
                return words(f"moves.ended.{each.word or 'open'}")
        return words(f"unsettled.answer.{each.word or 'none'}")

    def _level(self, each: Unsettled) -> str:
        return self.words.level(each.level) if each.level else ""

    def _time(self, iso: str) -> str:
        return f"{self.screen_of.local(datetime.fromisoformat(iso)):%Y-%m-%d %H:%M}" if iso else ""

    def instruction(self, shown: Shown) -> str:
        if not self.listed:
            return self.words("unsettled.page.none")
        each = self.listed[self.rows.at]
        return self.words(f"unsettled.do.{each.kind}_{'open' if each.kind == 'check' and not each.word else 'go_on'}")

    # --- keys -----------------------------------------------------------------------------------------------------
    def bar(self) -> tuple[BarKey, ...]:
        words = self.words
        return (BarKey("F2", words("unsettled.key.kind"), self.turn_kind, "swap"),
                BarKey("F3", words("diversion.key.evidence"), lambda: self.screen_of.go("evidence"), "folder"),
                BarKey("F4", words("stock.key.stock"), lambda: self.screen_of.go("stock"), "pallet"),
                BarKey("F7", words("ui.key.up"), lambda: self._turn(-1), "previous"),
                BarKey("F8", words("ui.key.down"), lambda: self._turn(1), "next"))

    def turn_kind(self) -> None:
        """All, then each kind."""
        kinds = ("", *KINDS)
        self.kind = kinds[(kinds.index(self.kind) + 1) % len(kinds)]
        self._list(keep=False)

    def _turn(self, by: int) -> None:
        self.rows.turn(by)
        self._show()

    def press(self, key: HumanKey) -> bool:
        if key.text.isascii() and key.text.isdigit() and key.text != "0":
            return self.rows.choose_key(int(key.text))
        used = key.key != "enter" and list_key(self.rows, key)
        if used:
            self._show()
        return used
