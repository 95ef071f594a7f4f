"""Which order or document? Chosen by number key, arrows and Enter, touch, typing a part of it, or scanning its barcode.

The same list asks which document goes on the truck as well, which one was not delivered at all, which one to
pick for.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QVBoxLayout

from app.domain.commands import BY_NAME
from app.messages import Published
from app.ui.count import number
from app.ui.entry import Entry
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.paged import PagedRows
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey
from app.ui.text import CENTRE, plain_label
from app.ui.theme import AMBER, GAP_PX, QUIET, TEAL
from app.ui.widgets import Row
from app.views import DocumentRow, OrderRow

COMMANDS = {"packing": "ORDER", "receiving": "DOCUMENT", "shipping": "DOCUMENT", "counting": "DOCUMENT"}
NAMES = {"": "DOCUMENT", "also": "ALSO"}      # purpose → what a scanned number is for, while a document is at work
ASKED = frozenset(map(str.lower, NAMES.values()))
SIGNS = {"started": "play", "paused": "pause", "finished": "finish", "closed": "check"}
WAYS = {"receiving": "in", "shipping": "out", "counting": "count"}
OPEN = ("open", "paused", "draft")
ENDED = ("closed", "closed_short")
STATE_SIGNS = {"open": ("document", QUIET), "paused": ("pause", AMBER.darker(150)), "draft": ("correct", QUIET),
               "closed": ("check", TEAL), "closed_short": ("short", AMBER.darker(150)),
               "cancelled": ("cancel", AMBER.darker(150))}
LONGEST = 40


class ChoosePage(Page):
    """`task` is "packing", "receiving", "shipping" or "counting". `purpose`: "" to work on it, "also" on the same
    truck, "void_document" to take back all that it shipped, "pick" to pick its goods."""

    name = "choose"
    closes = "VOID"

    def __init__(self, screen: Screen, task: str, purpose: str = "") -> None:
        super().__init__(screen)
        look = self.look
        self.task, self.purpose = task, purpose
        self._ids: tuple[str, ...] = ()
        self._document, self._finding = "", False
        self._waits = False          # the station was asked to read a number, and has not said yet that it does
        column = QVBoxLayout(self)
        margin = look.px(28)
        column.setContentsMargins(margin, margin, margin, look.px(16))
        column.setSpacing(GAP_PX)
        self.entry = Entry(look, self.words("dock.do.find"), longest=LONGEST)
        self.entry.hide()
        column.addWidget(self.entry)
        empty = f"ui.choose.none_{task}" if self.words.has(f"ui.choose.none_{task}") else "dock.choose.none"
        self.rows = PagedRows(look, choosable=True, row_px=124, type_px=40, empty=self.words(empty))
        self.rows.chosen.connect(self.choose)
        column.addWidget(self.rows, 1)
        self._how = plain_label(look, 26, colour=QUIET, align=CENTRE)
        column.addWidget(self._how)

    def instruction(self, shown: Shown) -> str:
        if self._finding:
            return self.words("dock.do.find")
        if self.purpose:
            return self.words(f"dock.do.{self.purpose}")
        key = f"ui.do.choose_{self.task}"
        return self.words(key if self.words.has(key) else f"dock.do.choose_{self.task}")

    def bar(self) -> tuple[BarKey, ...]:
        words = self.words
        keys: tuple[BarKey, ...] = (self.bar_command("F5", "LOOKUP", icon="lookup"),)
        if self.task == "packing":
            if self.screen_of.to.orders is not None:
                keys += (BarKey("F2", words("ui.key.new_order"), lambda: self.screen_of.go("new_order"), "document"),)
            return keys
        keys += (BarKey("F3", words("dock.key.find"), self.look_for, "lookup"),)
        if self._finding:
            keys += (BarKey("Esc", words("ui.key.back"), self.look_for, "back"),)
        if not self.purpose:
            keys += (BarKey("F2", words("dock.key.new"), lambda: self.screen_of.go("new_document"), "document"),)
        return keys

    # --- asking ---------------------------------------------------------------------------------------------------
    def opened(self) -> None:
        if self.task == "packing":
            self.ask("orders", self.screen_of.to.reader.orders, self._show_orders)
            return
        self._ask()
        view = self.screen_of.shown().view
        if view and view.dock and self.purpose in NAMES and view.armed in ("", *ASKED):
            self._waits = True
            self.screen_of.act(NAMES[self.purpose], "")      # its next scan may be a document's number

    def closed(self) -> None:
        """Nobody waits for a document's number any more. A red and a question are answered by a person."""
        super().closed()
        view = self.screen_of.shown().view
        if view and view.alarm is None and view.waiting_for is None and (self._waits or view.armed in ASKED):
            self.screen_of.act("CANCEL", "")

    def _ask(self) -> None:
        """The documents that go this way; what was typed is looked for, and only the newest answer is shown."""
        way, find, reader = WAYS[self.task], self.entry.text, self.screen_of.to.reader
        states = {"void_document": ENDED, "pick": OPEN[:2]}.get(self.purpose, OPEN)

        def show(found: Sequence[DocumentRow]) -> None:
            if find == self.entry.text and self.is_open:
                self._show_documents(found)

        if find:
            self.screen_of.bridge.ask("documents", lambda: reader.documents(way, states, find), show)
        else:
            self.ask("documents", lambda: reader.documents(way, states), show, f"documents:{way}:{self.purpose}")

    def look_for(self) -> None:
        """Opens the line to type into; again closes it."""
        self._finding = not self._finding
        self.entry.clear()
        self.entry.setVisible(self._finding)
        self.rows.numbered = not self._finding
        self._ask()
        self.screen_of.go("")

    # --- showing --------------------------------------------------------------------------------------------------
    def _show_orders(self, orders: Sequence[OrderRow]) -> None:
        self._ids = tuple(each.id for each in orders)
        self._show([Row(each.product_name or each.product,
                        self.words("ui.choose.order", id=each.id, lot=each.lot,
                                   state=self.words.word("common.order_state", each.state)),
                        f"{number(each.packed)} / {number(each.planned)}", "", each.packed, each.planned,
                        icon=SIGNS.get(each.state, "pack"), colour=TEAL if each.state == "started" else QUIET)
                    for each in orders])

    def _show_documents(self, documents: Sequence[DocumentRow]) -> None:
        view = self.screen_of.shown().view
        own = (view.dock.document, *view.dock.joined) if view and view.dock and self.purpose == "also" else ()
        kind = view.dock.kind if own and view and view.dock else ""      # one truck takes documents of one kind
        documents = [each for each in documents if each.id not in own and kind in ("", each.kind)]
        self._ids = tuple(each.id for each in documents)
        self._show([self._row(each) for each in documents])

    def _row(self, each: DocumentRow) -> Row:
        words = self.words
        state = words.word("document.state", each.state) if each.state != "open" else ""
        note = "   ·   ".join(filter(None, (each.id, words.word("document.kind", each.kind), state,
                                            words("dock.choose.made") if each.made else "")))
        icon, colour = STATE_SIGNS.get(each.state, ("document", QUIET))
        if each.state == "open" and each.done:
            icon, colour = "play", TEAL
        right = words("dock.page.units", count=number(each.done)) if each.free else \
            f"{number(each.done)} / {number(each.wanted)}"
        return Row(each.partner_name or words.word("document.kind", each.kind), note, right, "", each.done,
                   0 if each.free else each.wanted, icon=icon, colour=colour)

    def _show(self, rows: list[Row]) -> None:
        self.rows.set_rows(rows)
        self._how.setText(self.words("dock.choose.how_find" if self._finding else "ui.choose.how"))

    # --- choosing -------------------------------------------------------------------------------------------------
    def choose(self, index: int) -> None:
        if index >= len(self._ids):
            return
        self._document = self._ids[index]
        if self.purpose == "also":
            self.screen_of.act("ALSO", self._document)
        elif self.purpose == "pick":
            self.screen_of.act("PICK", self._document)
        elif self.purpose == "void_document":
            self._ask_why()
        else:
            self.screen_of.act(COMMANDS[self.task], self._document)

    def _ask_why(self) -> None:
        """Nothing of a document was delivered: a reason first, then a second person."""
        words = self.words
        reasons = [(each, words.word("common.choice", each)) for each in BY_NAME["VOID"].choices]
        title = words("ui.choice.why", command=f"{words('common.command.VOID-DOCUMENT')} {self._document}")
        self._question().offer(title, self, reasons,
                               lambda why: self.screen_of.act("VOID-DOCUMENT", f"{self._document}:{why}"))
        self._fit_question()

    def show_published(self, published: Published) -> None:
        self._waits = False
        if self.task != "packing":
            self._ask()

    def press(self, key: HumanKey) -> bool:
        if self.task != "packing" and self._typed(key):
            return True
        if key.text.isascii() and key.text.isdigit() and key.text != "0" and not self._finding:
            return self.rows.choose_key(int(key.text))
        if key.key == "escape":
            self.screen_of.go("back")
            return True
        return list_key(self.rows, key)

    def _typed(self, key: HumanKey) -> bool:
        """A letter opens the line to type into; then digits are typed, too."""
        if not self._finding and key.text.isalpha() and not key.ctrl and not key.alt:
            self.look_for()
        if not self._finding or key.key == "escape" or not self.entry.press(key):
            return False
        self._ask()
        return True


def of_task(purpose: str) -> Callable[[Screen], Page]:
    """The same list over the task at hand, for ALSO, VOID-DOCUMENT and PICK."""
    def made(screen: Screen) -> Page:
        view = screen.shown().view
        return ChoosePage(screen, view.task if view and purpose == "also" else "shipping", purpose)

    return made
