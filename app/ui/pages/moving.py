"""Put away, move and pick: which shelf, which goods, what comes next. Scans alone are enough."""
from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.products import Name
from app.moves import LineView, MovedView, MovingView
from app.ui.count import CountCard, number
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.paged import PagedRows
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey
from app.ui.shelves import Goods, GoodsCard, ShelfCard
from app.ui.text import plain_label, readable
from app.ui.theme import BLUE, QUIET, TEAL
from app.ui.verdicts import named
from app.ui.widgets import Card, Row


class MovingPage(Page):
    name = "moving"
    works = True

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self._names: dict[str, Name] = {}
        columns = QHBoxLayout(self)
        margin = look.px(20)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(16))
        self.left = QWidget()
        left = QVBoxLayout(self.left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(look.px(14))
        self.shelf = ShelfCard(look)
        left.addWidget(self.shelf, 42)
        self.stage = card = Card(look)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(margin, look.px(14), margin, look.px(14))
        inside.setSpacing(look.px(8))
        self._head = plain_label(look, 32, bold=True, colour=QUIET)
        inside.addWidget(self._head)
        self.rows = PagedRows(look, choosable=False, row_px=92, empty=words("moves.none_waits"))
        inside.addWidget(self.rows, 1)
        left.addWidget(card, 58)
        columns.addWidget(self.left, 56)
        self.side = QWidget()
        right = QVBoxLayout(self.side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(look.px(14))
        self.last = GoodsCard(look, words("moves.last"), words("moves.nothing_yet"))
        right.addWidget(self.last, 34)
        self.total = CountCard(look, 160)
        right.addWidget(self.total, 36)
        columns.addWidget(self.side, 44)

    def opened(self) -> None:
        self.screen_of.to.devices.preview("")

    def show_state(self, shown: Shown) -> None:
        if shown.view is None or shown.view.moving is None:
            return
        moving, words = shown.view.moving, self.words
        self._names = shown.view.names
        kind = words.word("moves.kind", moving.shelf_kind) if moving.shelf_kind else ""
        name = moving.shelf_name.get(words.language) or next(iter(moving.shelf_name.values()), "")
        note = " · ".join(each for each in (name, kind) if each) or \
            words("moves.shelf_note" if moving.shelf else "moves.no_shelf_note")
        title = words("moves.to" if moving.document else "moves.shelf")
        self.shelf.set(title, moving.shelf, note, "pick" if moving.document else "place")
        if moving.document:
            self._head.setText(words("moves.to_pick", document=moving.document))
            self.rows.set_rows([self._line(each) for each in sorted(
                moving.lines, key=lambda each: (each.done >= each.wanted, each.done - each.wanted))])
        else:
            self._head.setText(words("moves.waiting", count=moving.waits))
            self.rows.set_rows([self._waits(each) for each in reversed(moving.waiting)])
        self._show_last(moving)
        self._show_total(moving)

    def _show_last(self, moving: MovingView) -> None:
        last, words = moving.last, self.words
        if last is None:
            self.last.set(None)
            return
        way = words("moves.way" if moving.last_from else "moves.way_to", old=moving.last_from,
                    new=moving.last_to or words("moves.house"))
        units = words("moves.units", count=number(last.units))
        self.last.set(Goods(readable(last.epc), self._about(last), units, way))

    def _show_total(self, moving: MovingView) -> None:
        words = self.words
        if moving.document:
            wanted, done = sum(each.wanted for each in moving.lines), sum(each.done for each in moving.lines)
            left = words("ui.left", count=number(wanted - done)) if done < wanted else ""
            self.total.set(words("moves.picked"), done, wanted, moving.document, left)
        elif moving.waits:
            self.total.set(words("moves.wait_now"), moving.waits, 0)
        else:
            self.total.set(words("moves.moved"), moving.done, 0)

    def _about(self, each: MovedView) -> str:
        lot = self.words("ui.dock.lot", lot=each.lot) if each.lot else ""
        product = named(self._names, each.product, self.words) if each.product else ""
        parts = (product, self.words.level(each.level), lot)
        return " · ".join(part for part in parts if part)

    def _waits(self, each: MovedView) -> Row:
        return Row(readable(each.epc), self._about(each), self.words("moves.units", count=number(each.units)),
                   icon="place", colour=BLUE)

    def _line(self, line: LineView) -> Row:
        words = self.words
        lot = words("ui.dock.lot", lot=line.lot) if line.lot else words("ui.dock.any_lot")
        full = line.wanted and line.done >= line.wanted
        left = words("moves.line_done") if full else words("ui.left", count=number(line.wanted - line.done))
        return Row(named(self._names, line.product, words), lot, left, "", line.done, line.wanted,
                   icon="check" if full else "", colour=TEAL if full else QUIET)

    def instruction(self, shown: Shown) -> str:
        moving = shown.view.moving if shown.view else None
        if moving is None:
            return ""
        if moving.document:
            done = moving.lines and all(each.done >= each.wanted for each in moving.lines if each.wanted)
            return self.words("moves.do.picked" if done else "moves.do.pick")
        if moving.waits:
            return self.words("moves.do.shelf")
        return self.words("moves.do.goods_here" if moving.shelf else "moves.do.begin", shelf=moving.shelf)

    def bar(self) -> tuple[BarKey, ...]:
        words, moving = self.words, self._moving()
        picking = moving is not None and bool(moving.document)
        return (
            self.bar_command("F2", "UNDO", icon="undo"),
            BarKey("F3", words("moves.key.anew"), lambda: self.screen_of.act("MOVE", ""), "move"),
            BarKey("F4", words("moves.key.pick_end" if picking else "moves.key.pick"), self._pick, "pick"),
            self.bar_command("F5", "LOOKUP", icon="lookup"),
            self.bar_rework(),
        )

    def _moving(self) -> MovingView | None:
        view = self.screen_of.shown().view
        return view.moving if view else None

    def _pick(self) -> None:
        """For which document? The open ones are offered; with one at work the picking ends."""
        moving = self._moving()
        if moving is not None and moving.document:
            self.screen_of.act("PICK", "")
            return
        self.screen_of.go("pick")

    def press(self, key: HumanKey) -> bool:
        return key.key != "enter" and list_key(self.rows, key)
