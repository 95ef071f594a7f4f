"""A container that is open: what should be in it as a picture, what was seen, and what was found that should not be."""
from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.moves import CheckLine, CheckView
from app.ui.count import CountCard
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.shelves import LOOKS, Contents, Goods, GoodsCard
from app.ui.text import plain_label, readable, short_code
from app.ui.theme import INK, QUIET, RED
from app.ui.verdicts import named
from app.ui.widgets import Card, Row, Rows

WRONG = ("wrong_product", "wrong_serial", "extra", "damaged")


class CheckingPage(Page):
    name = "checking"
    works = True
    closes = "CHECKED"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        columns = QHBoxLayout(self)
        margin = look.px(20)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(16))
        self.stage = card = Card(look)
        left = QVBoxLayout(card)
        left.setContentsMargins(margin, look.px(14), margin, look.px(14))
        left.setSpacing(look.px(10))
        self._head = plain_label(look, 34, bold=True, fit=True, middle=True)
        left.addWidget(self._head)
        self._about = plain_label(look, 28, colour=QUIET, fit=True)
        left.addWidget(self._about)
        self.contents = Contents(look)
        left.addWidget(self.contents, 1)
        columns.addWidget(card, 58)
        self.side = QWidget()
        right = QVBoxLayout(self.side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(look.px(14))
        self.total = CountCard(look, 120)
        right.addWidget(self.total, 20)
        self.last = GoodsCard(look, words("moves.check.last"), words("moves.check.nothing_yet"), 150)
        right.addWidget(self.last, 16)
        found = Card(look)
        inside = QVBoxLayout(found)
        inside.setContentsMargins(margin, look.px(12), margin, look.px(12))
        inside.setSpacing(look.px(6))
        self._found = plain_label(look, 32, bold=True, colour=QUIET)
        inside.addWidget(self._found)
        self.rows = Rows(look, choosable=False, row_px=50, empty=words("moves.check.none_wrong"))
        inside.addWidget(self.rows, 1)
        right.addWidget(found, 64)
        columns.addWidget(self.side, 42)

    def opened(self) -> None:
        self.screen_of.to.devices.preview("")

    def show_state(self, shown: Shown) -> None:
        if shown.view is None or shown.view.check is None:
            return
        check, words = shown.view.check, self.words
        product = named(shown.view.names, check.product, words) if check.product else ""
        self._head.setText(f"{words.level(check.level)}   {readable(check.epc)}")
        self._about.setText(" · ".join(each for each in (
            product, check.document, words("moves.check.by_hand" if check.hand else "moves.check.drawn")) if each))
        places = [each.epc for each in check.lines]
        self.contents.set([(short_code(each.epc), self._shown(check, each)) for each in check.lines],
                          places.index(check.last) if check.last in places else -1,
                          words("moves.check.more", count=len(check.lines)))
        wrong = [each for each in check.lines if each.finding in WRONG]
        seen = sum(bool(each.finding) for each in check.lines[: check.expected])
        missing = check.expected - seen
        left = words("ui.left", count=missing) if missing else ""
        self.total.set(words("moves.check.seen"), seen, check.expected, "", left)
        rows = [self._row(word, found) for word in WRONG if (found := [each for each in wrong if each.finding == word])]
        if check.asked and missing:
            rows.insert(0, Row(words("moves.finding.missing"), "", str(missing), icon="warning", colour=RED))
        self._found.setText(words("moves.check.wrong", count=len(wrong) + (missing if check.asked else 0)))
        self.rows.set_rows(rows)
        self._show_last(check)

    @staticmethod
    def _shown(check: CheckView, line: CheckLine) -> str:
        """What is missing is only called so once somebody has said that all was seen."""
        return line.finding or ("missing" if check.asked else "")

    def _row(self, finding: str, found: list[CheckLine]) -> Row:
        """One row for each kind of difference, so that all of them have room: how many, and the newest of them."""
        right = short_code(found[-1].epc) if len(found) == 1 else str(len(found))
        return Row(self.words(f"moves.finding.{finding}"), "", right, icon=LOOKS[finding][2],
                   colour=INK if finding == "damaged" else RED)

    def _show_last(self, check: CheckView) -> None:
        line = next((each for each in check.lines if each.epc == check.last), None)
        self.last.set(Goods(readable(line.epc), self.words(f"moves.finding.{line.finding or 'right'}"), "")
                      if line else None)

    def instruction(self, shown: Shown) -> str:
        check = shown.view.check if shown.view else None
        if check is None:
            return ""
        whole = all(each.finding for each in check.lines[: check.expected])
        return self.words("moves.do.checked" if whole else "moves.do.check", level=self.words.level(check.level))

    def bar(self) -> tuple[BarKey, ...]:
        words, act = self.words, self.screen_of.act
        return (
            self.bar_command("F2", "UNDO", icon="undo"),
            BarKey("F3", words("common.command.CHECKED"), lambda: act("CHECKED", ""), "check"),
            BarKey("F4", words("common.command.DAMAGED"), lambda: act("DAMAGED", ""), "damage"),
            self.bar_command("F5", "LOOKUP", icon="lookup"),
            BarKey("F6", words("moves.key.give_up"), lambda: act("CHECK", ""), "cancel"),
            BarKey("F8", words("ui.key.PAUSE"), lambda: act("PAUSE", ""), "pause"),
        )
