"""A document written down at the station: which kind, with whom (or which shelves to count), why. Keys and touch only.

The same page asks for another receiver of the document at hand. The station decides; a barcode says it all at once:
NEW-DOCUMENT:kind:partner:reason.
"""
from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.domain.reasons import Reason
from app.domain.warehouse.kinds import BY_NAME, Direction, Kind, of
from app.messages import PaperView, Published
from app.ui.count import number
from app.ui.entry import Entry, Keyboard
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey
from app.ui.text import CENTRE, plain_label
from app.ui.theme import BLUE, GAP_PX, QUIET
from app.ui.verdicts import named
from app.ui.widgets import Button, Row, Rows
from app.views import PartnerRow

WAYS = (Direction.IN, Direction.OUT, Direction.COUNT)
SIGNS = {Direction.IN: "receive", Direction.OUT: "ship", Direction.COUNT: "count"}
TASKS = {"receiving": Direction.IN, "shipping": Direction.OUT, "counting": Direction.COUNT}
KIND, PARTNER, DOCUMENT = "kind", "partner", "document"
ASKS = frozenset({"new-document", "receiver"})        # armed acts: the next scan names the partner
COUNT_WAYS = ("GUIDED", "BLIND")
LONGEST = 40


class NewDocumentPage(Page):
    """`receiver` True: only the partner is asked for, of the document at hand."""

    name = "new_document"

    def __init__(self, screen: Screen, receiver: bool = False) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self.receiver = receiver
        view = screen.shown().view
        self.way = TASKS.get(view.task if view else "", Direction.OUT)
        dock = view.dock if view else None
        self.kind: Kind | None = BY_NAME.get(dock.kind) if receiver and dock else None
        self.papers = [each for each in dock.papers if each.state in ("open", "paused")] if receiver and dock else []
        self.document = ""           # whose receiver is changed, where there are several on the truck
        self.step = KIND if not receiver else DOCUMENT if len(self.papers) > 1 else PARTNER
        self.partner = ""
        self._partners: tuple[PartnerRow, ...] = ()
        self._values: tuple[str, ...] = ()
        column = QVBoxLayout(self)
        margin = look.px(28)
        column.setContentsMargins(margin, look.px(16), margin, look.px(16))
        column.setSpacing(GAP_PX)
        self._title = plain_label(look, 34, bold=True, colour=QUIET)
        column.addWidget(self._title)
        tabs = QHBoxLayout()
        tabs.setSpacing(GAP_PX)
        self.tabs = {way: Button(look, words(f"dock.new.way_{way}"), icon=SIGNS[way], size_px=32,
                                 act=partial(self.turn_to, way)) for way in WAYS}
        for button in self.tabs.values():
            button.setFixedHeight(look.touch(84))
            tabs.addWidget(button)
        column.addLayout(tabs)
        self.entry = Entry(look, words("dock.new.hint"), longest=LONGEST)
        column.addWidget(self.entry)
        self.rows = Rows(look, choosable=True, row_px=104, type_px=36)
        self.rows.chosen.connect(self.choose)
        self.rows.setMinimumHeight(self.rows.row_height)
        column.addWidget(self.rows, 1)
        self.keyboard = Keyboard(look, self.type, self.erase, self.enter, words("ui.key.enter"))
        self.keyboard.hide()
        column.addWidget(self.keyboard, 1)
        foot = QHBoxLayout()
        foot.setSpacing(GAP_PX)
        self._pages = plain_label(look, 34, bold=True, align=CENTRE)
        self._turns = (Button(look, "", icon="previous", style="pad", act=lambda: self.turn(-1)),
                       Button(look, "", icon="next", style="pad", act=lambda: self.turn(1)))
        for button in self._turns:
            button.setFixedSize(look.touch(160), look.touch())
        foot.addWidget(self._turns[0])
        foot.addWidget(self._pages, 1)
        foot.addWidget(self._turns[1])
        column.addLayout(foot)

    def opened(self) -> None:
        self._enter(self.step)

    # --- steps ----------------------------------------------------------------------------------------------------
    def _enter(self, step: str) -> None:
        self.step = step
        words = self.words
        asks_kind = step == KIND
        for way, button in self.tabs.items():
            button.setVisible(asks_kind)
            button.style_name = "strong" if way is self.way else "bar"
            button.update()
        self.entry.setVisible(step == PARTNER)
        self.entry.clear()
        self.keyboard.hide()
        self.rows.numbered = step != PARTNER
        kind = words(f"document.kind.{self.kind.name}") if self.kind else ""
        self._title.setText(words("dock.new.kind") if asks_kind else words("dock.new.which") if step == DOCUMENT else
                            words("dock.new.shelf" if self._counts else "dock.new.partner", kind=kind))
        if asks_kind:
            self._show([self._kind_row(each) for each in of(self.way)], of(self.way))
        elif step == DOCUMENT:
            self._show([self._paper_row(each) for each in self.papers], [each.document for each in self.papers])
        elif self._counts:
            self.ask("shelves", self._shelves, self._know)
        elif self.kind is not None:
            name, reader = self.kind.name, self.screen_of.to.reader
            self.ask("partners", lambda: reader.partners(name), self._know, f"partners:{name}")
            # The station reads the next scan as a partner.
            self.screen_of.act(*(("RECEIVER", f":{self.document}" if self.document else "") if self.receiver
                                 else ("NEW-DOCUMENT", name)))
        self.screen_of.go("")

    def _asked(self) -> bool:
        view = self.screen_of.shown().view
        return view is not None and view.armed in ASKS

    def closed(self) -> None:
        """Nobody waits for a partner any more."""
        super().closed()
        if self._asked():
            self.screen_of.act("CANCEL", "")

    def show_published(self, published: Published) -> None:
        """A partner was scanned, and the kind wants a reason still."""
        verdict = published.verdict
        if verdict.reason is Reason.REASON_NEEDED and verdict.data.get("name") == "NEW-DOCUMENT" and self.kind:
            self.partner = str(verdict.data.get("partner", ""))
            self._ask_reason()

    @property
    def _counts(self) -> bool:
        return self.kind is not None and self.kind.direction is Direction.COUNT

    def _shelves(self) -> Sequence[PartnerRow]:
        counts = self.screen_of.to.counts
        return [PartnerRow(id, name or id, "") for id, name in counts.shelves()] if counts else []

    def _know(self, partners: Sequence[PartnerRow]) -> None:
        if self.step == PARTNER:
            self._partners = tuple(partners)
            self._show_partners()

    def turn_to(self, way: Direction) -> None:
        self.way = way
        self._enter(KIND)

    # --- showing --------------------------------------------------------------------------------------------------
    def _kind_row(self, name: str) -> Row:
        words, kind = self.words, BY_NAME[name]
        everybody = len(kind.roles) >= 6
        roles = words("dock.new.anybody") if everybody else \
            " / ".join(words(f"document.partner_role.{role}") for role in kind.roles)
        note = words("dock.new.with", roles=roles) if roles else words("dock.new.alone")
        note += f"   ·   {words('dock.new.why')}" if kind.reasons else ""
        return Row(words(f"document.kind.{name}"), note, icon=SIGNS[kind.direction], colour=BLUE)

    def _paper_row(self, each: PaperView) -> Row:
        view = self.screen_of.shown().view
        partner = named(view.names, each.partner, self.words) if view and each.partner else ""
        amount = f"{number(each.done)} / {number(each.wanted)}" if each.wanted else number(each.done)
        return Row(each.document, partner, amount, "", each.done, each.wanted, icon="document", colour=BLUE)

    def _show_partners(self) -> None:
        """Those whom the typed text is a part of: by name, number or territory."""
        words, typed = self.words, self.entry.text.casefold()
        found = [each for each in self._partners
                 if not typed or any(typed in part.casefold() for part in (each.id, each.name, each.territory))]
        rows = [Row(each.name, each.id if each.name != each.id else "",
                    words.word("document.partner_role", each.role) if each.role else "",
                    words("dock.page.territory", territory=each.territory) if each.territory else "",
                    icon="place" if self._counts else "partner", colour=BLUE) for each in found]
        values = [each.id for each in found]
        if self._counts and typed:
            aisle = self.entry.text.strip().removesuffix("*")
            rows.insert(0, Row(words("dock.new.aisle", aisle=aisle), icon="count", colour=BLUE))
            values.insert(0, f"{aisle}*")
        elif self._counts:
            rows.insert(0, Row(words("dock.new.house"), icon="home", colour=BLUE))
            values.insert(0, "")
        self.rows.empty = words("dock.new.nobody")
        self._show(rows, values, keep=False)

    def _show(self, rows: list[Row], values: Sequence[str], keep: bool = True) -> None:
        self._values = tuple(values)
        self.rows.set_rows(rows, keep=keep)
        self.turn(0)

    def turn(self, by: int) -> None:
        """Pages of the list."""
        if by:
            self.rows.turn(by)
        many = self.rows.pages > 1
        for button in self._turns:
            button.setVisible(many)
        self._pages.setText(self.words("ui.page_of", page=self.rows.page, pages=self.rows.pages) if many else "")

    # --- choosing -------------------------------------------------------------------------------------------------
    def choose(self, index: int) -> None:
        if index >= len(self._values):
            return
        if self.step == KIND:
            self.kind, self.partner = BY_NAME[self._values[index]], ""
            if self.kind.roles or self._counts:
                self._enter(PARTNER)
            else:
                self._ask_reason()
        elif self.step == DOCUMENT:
            self.document = self._values[index]
            self._enter(PARTNER)
        elif self.receiver:
            self.screen_of.act("RECEIVER", f"{self._values[index]}:{self.document}".rstrip(":"))
        else:
            self.partner = self._values[index]
            self._ask_reason()

    def _ask_reason(self) -> None:
        """Why there is such a document, where its kind wants a reason; how to count."""
        kind, words = self.kind, self.words
        assert kind is not None
        if self._counts:
            choices = [(each, words(f"dock.new.{each}")) for each in COUNT_WAYS]
        else:
            choices = [(each, words(f"document.reason.{each}")) for each in kind.reasons]
        if not choices:
            self.make("")
            return
        title = words("ui.choice.why", command=words(f"document.kind.{kind.name}")) if kind.reasons else \
            words("dock.new.how", kind=words(f"document.kind.{kind.name}"))
        self._question().offer(title, self, choices, self.make)
        self._fit_question()
        self.screen_of.go("")

    def make(self, reason: str) -> None:
        assert self.kind is not None
        self.screen_of.act("NEW-DOCUMENT", f"{self.kind.name}:{self.partner}:{reason}".rstrip(":"))

    # --- keys -----------------------------------------------------------------------------------------------------
    def instruction(self, shown: Shown) -> str:
        if self.choice is not None and self.choice.isVisible():
            return self.words("dock.do.reason")
        if self.step == PARTNER and self._counts:
            return self.words("dock.do.shelf")
        if self.step == DOCUMENT:
            return self.words("dock.do.which")
        return self.words("dock.do.receiver" if self.receiver else f"dock.do.{self.step}")

    def bar(self) -> tuple[BarKey, ...]:
        words = self.words
        back = BarKey("Esc", words("ui.key.back"), self.back, "back")
        if self.step == PARTNER:
            return (back, BarKey("F2", words("ui.key.keyboard"), self.toggle_keyboard, "keyboard"),
                    BarKey("F3", words("ui.key.up"), lambda: self.turn(-1), "previous"),
                    BarKey("F4", words("ui.key.down"), lambda: self.turn(1), "next"))
        if self.step == DOCUMENT:
            return (back,)
        return (back, BarKey("F3", words("ui.key.up"), lambda: self.turn(-1), "previous"),
                BarKey("F4", words("ui.key.down"), lambda: self.turn(1), "next"),
                BarKey("F6", words("dock.new.key_way"), self._next_way, "next"))

    def _next_way(self) -> None:
        self.turn_to(WAYS[(WAYS.index(self.way) + 1) % len(WAYS)])

    def toggle_keyboard(self) -> None:
        self.keyboard.setVisible(not self.keyboard.isVisible())

    def type(self, text: str) -> None:
        self.entry.type(text)
        self._show_partners()

    def erase(self) -> None:
        self.entry.erase()
        self._show_partners()

    def press(self, key: HumanKey) -> bool:
        if self.step == KIND:
            if key.key in ("left", "right", "tab"):
                step = -1 if key.key == "left" else 1
                self.turn_to(WAYS[(WAYS.index(self.way) + step) % len(WAYS)])
            elif key.text.isascii() and key.text.isdigit() and key.text != "0":
                self.rows.choose_key(int(key.text))
            else:
                return self._listed(key)
            return True
        if self.step == DOCUMENT:
            return self.rows.choose_key(int(key.text)) if key.text.isascii() and key.text.isdigit() else \
                self._listed(key)
        if self.entry.press(key):
            self._show_partners()
            return True
        return self._listed(key)

    def enter(self) -> None:
        self.rows.choose_at()

    def back(self) -> None:
        """One step: what was typed, the kind, the page before."""
        if self.step == PARTNER and self.entry.text:
            self.entry.clear()
            self._show_partners()
        elif self.step == PARTNER and (not self.receiver or len(self.papers) > 1):
            if self._asked():
                self.screen_of.act("CANCEL", "")
            self._enter(DOCUMENT if self.receiver else KIND)
        else:
            self.screen_of.go("back")

    def _listed(self, key: HumanKey) -> bool:
        used = list_key(self.rows, key)
        self.turn(0)
        return used


def receiver_page(screen: Screen) -> Page:
    """Another receiver for the document at hand."""
    return NewDocumentPage(screen, receiver=True)
