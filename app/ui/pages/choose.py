"""Which order or document? Chosen by number key, arrows and Enter, touch, or by scanning its barcode."""
from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.ui.count import number
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey
from app.ui.text import CENTRE, plain_label
from app.ui.theme import GAP_PX, QUIET, TEAL
from app.ui.widgets import Button, Row, Rows
from app.views import DocumentRow, OrderRow

COMMANDS = {"packing": "ORDER", "receiving": "DOCUMENT", "shipping": "DOCUMENT",
            "counting": "DOCUMENT"}
SIGNS = {"started": "play", "paused": "pause", "finished": "finish", "closed": "check"}
WAYS = {"receiving": "in", "shipping": "out", "counting": "count"}


class ChoosePage(Page):
    """`task` is "packing", "receiving" or "shipping"."""

    name = "choose"

    def __init__(self, screen: Screen, task: str) -> None:
        super().__init__(screen)
        look = self.look
        self.task = task
        self._ids: tuple[str, ...] = ()
        column = QVBoxLayout(self)
        margin = look.px(28)
        column.setContentsMargins(margin, margin, margin, look.px(16))
        column.setSpacing(GAP_PX)
        self.rows = Rows(look, choosable=True, row_px=96, empty=self.words(f"ui.choose.none_{task}"))
        self.rows.chosen.connect(self.choose)
        column.addWidget(self.rows, 1)
        foot = QHBoxLayout()
        foot.setSpacing(GAP_PX)
        self._pages = plain_label(look, 26, colour=QUIET, align=CENTRE)
        self._turns = (Button(look, "", icon="previous", style="pad", act=lambda: self._turn(-1)),
                       Button(look, "", icon="next", style="pad", act=lambda: self._turn(1)))
        for button in self._turns:
            button.setFixedSize(look.touch(160), look.touch())
            button.hide()
        foot.addWidget(self._turns[0])
        foot.addWidget(self._pages, 1)
        foot.addWidget(self._turns[1])
        column.addLayout(foot)

    def instruction(self, shown: Shown) -> str:
        return self.words(f"ui.do.choose_{self.task}")

    def bar(self) -> tuple[BarKey, ...]:
        keys: tuple[BarKey, ...] = (self.bar_command("F5", "LOOKUP", icon="lookup"),)
        if self.task == "packing" and self.screen_of.to.orders is not None:
            keys += (BarKey("F2", self.words("ui.key.new_order"), lambda: self.screen_of.go("new_order"), "document"),)
        return keys

    def opened(self) -> None:
        reader = self.screen_of.to.reader
        if self.task == "packing":
            self.ask("orders", reader.orders, self._show_orders)
        else:
            way = WAYS[self.task]
            self.ask("documents", lambda: reader.documents(way), self._show_documents, way)

    def _show_orders(self, orders: Sequence[OrderRow]) -> None:
        self._ids = tuple(each.id for each in orders)
        self._show([Row(each.product_name or each.product,
                        self.words("ui.choose.order", id=each.id, lot=each.lot,
                                   state=self.words.word("common.order_state", each.state)),
                        f"{number(each.packed)} / {number(each.planned)}", "", each.packed, each.planned,
                        icon=SIGNS.get(each.state, "pack"), colour=TEAL if each.state == "started" else QUIET)
                    for each in orders])

    def _show_documents(self, documents: Sequence[DocumentRow]) -> None:
        self._ids = tuple(each.id for each in documents)
        self._show([Row(each.partner_name or each.id, each.id, f"{number(each.done)} / {number(each.wanted)}", "",
                        each.done, each.wanted) for each in documents])

    def _show(self, rows: list[Row]) -> None:
        self.rows.set_rows(rows)
        many = self.rows.pages > 1
        for button in self._turns:
            button.setVisible(many)
        self._turn(0)

    def _turn(self, by: int) -> None:
        if by:
            self.rows.turn(by)
        self._pages.setText(self.words("ui.page_of", page=self.rows.page, pages=self.rows.pages)
                            if self.rows.pages > 1 else self.words("ui.choose.how"))

    def choose(self, index: int) -> None:
        self.screen_of.act(COMMANDS[self.task], self._ids[index])

    def press(self, key: HumanKey) -> bool:
        if key.text.isascii() and key.text.isdigit() and key.text != "0":
            return self.rows.choose_key(int(key.text))
        if key.key == "escape":
            self.screen_of.go("back")
            return True
        used = list_key(self.rows, key)
        self._turn(0)
        return used
