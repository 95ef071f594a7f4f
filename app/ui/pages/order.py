"""The order at hand: where it is in its life, how its codes add up, which are missing, the report to take away."""
from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.reasons import Reason
from app.messages import Published
from app.ui.balance import BalanceCard
from app.ui.count import number
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.sign_in import list_key
from app.ui.passing import is_passing
from app.ui.ports import HumanKey
from app.ui.text import CENTRE, draw_text, plain_label, short_code
from app.ui.theme import BLUE, GAP_PX, INK, QUIET, RED, SUNK, TEAL, WHITE
from app.ui.verdicts import named
from app.ui.widgets import Button, Card, Row, Rows, paint_card
from app.views import ReconcileView

SHIFTS = ("A", "B", "C", "D")
COLOURS = {"open": QUIET, "started": TEAL, "paused": BLUE, "finished": BLUE, "closed": INK}


class OrderHead(Card):
    """Product, order, lot, shift; the state as a chip."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen.look)
        self.words = screen.words
        self.title = self.text = self.state = ""
        self.setFixedHeight(screen.look.px(112))

    def say(self, title: str, text: str, state: str) -> None:
        self.title, self.text, self.state = title, text, state
        self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look = self.look
        rect = self.rect().adjusted(look.px(28), look.px(8), -look.px(24), -look.px(8))
        word = self.words.word("common.order_state", self.state) if self.state else ""
        font = look.font(34, True)
        painter.setFont(font)
        chip_px = painter.fontMetrics().horizontalAdvance(word) + look.px(56) if word else 0
        half = rect.height() // 2
        room = rect.width() - chip_px - look.px(24)
        draw_text(painter, QRect(rect.x(), rect.y(), room, half), self.title, look.font(40, True), INK, fit=True)
        draw_text(painter, QRect(rect.x(), rect.y() + half, room, half), self.text, look.font(30), QUIET, fit=True)
        if word:
            high = look.px(68)
            chip = QRect(rect.right() - chip_px, rect.center().y() - high // 2, chip_px, high)
            paint_card(painter, chip, look, COLOURS.get(self.state, QUIET), COLOURS.get(self.state, QUIET))
            draw_text(painter, chip, word, font, WHITE, CENTRE)
        painter.end()


class ShiftChoice(Card):
    """Which shift begins: one key each."""

    def __init__(self, screen: Screen, parent: QWidget, chosen: Callable[[str], None]) -> None:
        super().__init__(screen.look, parent, ground=SUNK)
        self._chosen = chosen
        column = QVBoxLayout(self)
        pad = screen.look.px(24)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(GAP_PX)
        column.addWidget(plain_label(screen.look, 34, screen.words("ui.shift.title"), bold=True, wrap=True))
        for at, name in enumerate(SHIFTS):
            column.addWidget(Button(screen.look, f"{at + 1}   {screen.words(f'ui.shift.{name}')}", size_px=34,
                                    act=partial(self.choose, name)), 1)
        column.addWidget(Button(screen.look, screen.words("ui.key.back"), icon="back", size_px=28, act=self.hide), 1)
        self.hide()

    def choose(self, name: str) -> None:
        self.hide()
        self._chosen(name)

    def press(self, key: HumanKey) -> bool:
        if self.isHidden():
            return False
        if key.key == "escape":
            self.hide()
        elif key.text in tuple(str(at + 1) for at in range(len(SHIFTS))):
            self.choose(SHIFTS[int(key.text) - 1])
        else:
            return False
        return True


class OrderPage(Page):
    name = "order"
    closes = "CLOSE-ORDER"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look = self.look
        self._state = self._said = ""
        column = QVBoxLayout(self)
        margin = look.px(20)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(look.px(14))
        self.head = OrderHead(screen)
        column.addWidget(self.head)
        columns = QHBoxLayout()
        columns.setSpacing(look.px(16))
        column.addLayout(columns, 1)
        self.balance = BalanceCard(look, self.words)
        columns.addWidget(self.balance, 66)
        self.side = Card(look)
        right = QVBoxLayout(self.side)
        right.setContentsMargins(margin, look.px(14), margin, margin)
        right.setSpacing(look.px(8))
        self._list_head = plain_label(look, 30, bold=True, colour=QUIET, fit=True)
        right.addWidget(self._list_head)
        self.codes = Rows(look, choosable=False, row_px=78)
        right.addWidget(self.codes, 1)
        self._pages = plain_label(look, 28, bold=True, colour=BLUE, align=CENTRE, fit=True)
        self._pages.hide()
        right.addWidget(self._pages)
        columns.addWidget(self.side, 34)
        self.shifts = ShiftChoice(screen, self, lambda shift: self.screen_of.act("SHIFT", shift))

    @property
    def order(self) -> str:
        """The order's id; "" where none is chosen."""
        view = self.screen_of.shown().view
        if view is not None and view.packing is not None:
            return view.packing.order
        return str(self.screen_of.memory.get("order", ""))

    def opened(self) -> None:
        order, reader = self.order, self.screen_of.to.reader
        if order:
            self.ask("reconcile", lambda: reader.reconcile(order), self._show_counted, f"reconcile:{order}")

    def _show_counted(self, counted: ReconcileView) -> None:
        self.balance.set(counted.levels)
        view = self.screen_of.shown().view
        if view is None or view.packing is None:
            self._state = counted.state
        text = self.words("ui.balance.missing" if counted.total else "ui.balance.none_missing",
                          count=number(counted.total))
        self._list_head.setText(text)
        self.codes.set_rows([Row(short_code(epc), self.words.word("ui.missing", why), self.words.level(level),
                                 icon="bang", colour=RED) for level, epc, why in counted.codes])
        self.codes.empty = self.words("ui.balance.no_codes")
        self._count_pages()
        self._show_head(self.screen_of.shown())
        self.screen_of.go("")

    def _count_pages(self) -> None:
        """That there are more codes than are seen, and how one comes to them."""
        self._pages.setVisible(self.codes.pages > 1)
        self._pages.setText(self.words("ui.balance.pages", page=self.codes.page, pages=self.codes.pages,
                                       shown=number(len(self.codes.rows))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._count_pages()

    def show_state(self, shown: Shown) -> None:
        packing = shown.view.packing if shown.view else None
        if packing is not None:
            self._state = self.screen_of.stage_of(packing)
        self._show_head(shown)

    def _show_head(self, shown: Shown) -> None:
        view = shown.view
        packing = view.packing if view else None
        if packing is None or view is None:
            self.head.say(self.order, "", self._state)
            return
        text = self.words("ui.balance.head", id=packing.order, lot=packing.lot, packed=number(packing.packed),
                          planned=number(packing.planned))
        if view.shift:
            shift = self.words(f"ui.shift.{view.shift}") if view.shift in SHIFTS else view.shift
            text += f"   ·   {self.words('ui.balance.shift', shift=shift)}"
        self.head.say(named(view.names, packing.product, self.words), text, self.screen_of.stage_of(packing))

    def show_published(self, published: Published) -> None:
        """Every answer may have changed the sum."""
        self._said = self._said if is_passing(published) else ""
        if is_passing(published):                # a line that runs would have it counted all day
            return
        self.shifts.hide()
        self.opened()
        if published.verdict.reason is Reason.ORDER_DIFFERS:
            self.ask_reason("CLOSE-ORDER", self.words("ui.balance.why", count=published.verdict.data.get("count", "?")))

    def instruction(self, shown: Shown) -> str:
        return self._said or self.words(f"ui.order_state.{self._state}_page" if self._state else "ui.do.order")

    def bar(self) -> tuple[BarKey, ...]:
        words, go, act = self.words, self.screen_of.go, self.screen_of.act
        keys = [BarKey("F6", words("ui.key.other_order"), lambda: go("choose"), "pack"),
                self.bar_command("F9", "PAIRS", icon="pair")]
        if self._state in ("started", "paused"):
            keys += [BarKey("F3", words("ui.key.SHIFT"), self._ask_shift, "shift"),
                     self.bar_command("F4", "FINISH", icon="finish")]
        if self.screen_of.to.orders is not None and self.order:
            keys += [BarKey("F5", words("ui.key.xlsx"), partial(self.report, "xlsx"), "save"),
                     BarKey("F7", words("ui.key.pdf"), partial(self.report, "pdf"), "document")]
        step: dict[str, tuple[str, str, Callable[[], None]]] = {
            "open": ("START", "start", lambda: go("clearance")),
            "started": ("PAUSE", "pause", lambda: act("PAUSE", "")),
            "paused": ("go_on", "start", lambda: act("START", "")),
            "finished": ("CLOSE-ORDER", "close", lambda: act("CLOSE-ORDER", ""))}
        if self._state in step:
            word, icon, does = step[self._state]
            keys.append(BarKey("F8", words(f"ui.key.{word}"), does, icon))
        return tuple(keys)

    def _ask_shift(self) -> None:
        self.shifts.setGeometry(self.side.geometry() if self.side else self.rect())
        self.shifts.show()
        self.shifts.raise_()

    def report(self, kind: str) -> None:
        """Writes the reconciliation as a file of this kind."""
        orders, order, language = self.screen_of.to.orders, self.order, self.words.language
        if orders is not None:
            self._said = self.words("ui.sync.exporting")
            self.screen_of.go("")
            self.screen_of.bridge.ask("report", lambda: orders.report(order, kind, language), self._saved)

    def _saved(self, path: str) -> None:
        self._said = self.words("ui.sync.exported", file=path)
        self.screen_of.go("")

    def press(self, key: HumanKey) -> bool:
        if self.shifts.press(key):
            return True
        used = key.key != "enter" and list_key(self.codes, key)
        self._count_pages()
        return used
