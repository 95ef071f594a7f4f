"""Stocktake: how much is seen of what should be there, the last scan, what differs, which shelf. Keys and scans only.

A blind count shows what was seen and nothing of what should be there; what is to be counted again it has to show.
"""
from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.decision import Verdict
from app.domain.products import Name
from app.domain.reasons import Outcome, Reason
from app.messages import CountView, Published
from app.ui.count import CountCard, number
from app.ui.count_cards import DARK_AMBER, SIGNS, FiguresCard, ScanCard, WhereCard
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.paged import PagedRows
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey
from app.ui.text import plain_label, readable, short_code
from app.ui.theme import QUIET, TEAL
from app.ui.verdicts import FLASH_MS, named
from app.ui.widgets import Card, Row
from app.views import CountDifferenceRow

PRODUCTS, DIFFERENCES, SHELVES = "products", "differences", "shelves"
FILES = ("xlsx", "csv", "pdf")
CHANGED = frozenset({Reason.RECOUNTING, Reason.COUNT_DIFFERS, Reason.COUNT_EQUAL, Reason.COUNT_CLOSED,
                     Reason.COUNT_ADJUSTED})


class CountPage(Page):
    name = "counting"
    works = True
    closes = "ADJUST"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self._count: CountView | None = None
        self._names: dict[str, Name] = {}
        self._found: tuple[CountDifferenceRow, ...] = ()
        self._seen: set[str] = set()             # scanned since they were asked for
        self._shelves: tuple[tuple[str, str], ...] = ()
        self._list, self._said, self._round = PRODUCTS, "", 0
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
        self.rows = PagedRows(look, choosable=False, row_px=92)
        lines.addWidget(self.rows, 1)
        self.shelves = PagedRows(look, choosable=True, row_px=84)
        self.shelves.chosen.connect(self._shelf_chosen)
        self.shelves.hide()
        lines.addWidget(self.shelves, 1)
        columns.addWidget(left, 54)
        self.side = QWidget()
        right = QVBoxLayout(self.side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(look.px(12))
        self.where = WhereCard(look)
        right.addWidget(self.where, 17)
        self.last = ScanCard(look, words("count.page.last"), words("count.page.nothing_yet"))
        right.addWidget(self.last, 28)
        self.total = CountCard(look, 130)
        right.addWidget(self.total, 34)
        self.figures = FiguresCard(look)
        right.addWidget(self.figures, 19)
        columns.addWidget(self.side, 46)

    def opened(self) -> None:
        self.screen_of.to.devices.preview("")
        port = self.screen_of.to.counts
        if port is not None:
            self.ask("shelves", port.shelves, self._shelves_known)

    # --- what is shown --------------------------------------------------------------------------------------------
    def show_state(self, shown: Shown) -> None:
        view = shown.view
        if view is None or view.count is None:
            return
        before, count = self._count, view.count
        self._count, self._names = count, view.names
        if before is None or (before.document, before.round, before.state) != (count.document, count.round,
                                                                             count.state):
            self._list = DIFFERENCES if self._is_known(count) else PRODUCTS
            if self._is_known(count):
                self._ask_found()
        words = self.words
        ways = [words(f"count.page.{'blind' if count.blind else 'guided'}"),
                words(f"count.page.{'verify' if count.verify else 'infer'}"),
                words("count.page.round", round=count.round)]
        if count.opened:
            ways.append(words("count.page.opened", have=count.opened_have, of=count.opened_of))
        place = self._place(count.place) if count.place else words("count.page.no_place")
        self.where.set(words("count.page.place"), self._shelf_name(place), "   ·   ".join(ways), bool(count.place))
        self._show_last(count)
        missing = count.expected - count.seen if count.expected > count.seen else 0
        left = words("count.page.left", count=number(missing)) if missing and not count.blind else ""
        self.total.set(words("count.page.total" if count.blind else "count.page.total_of"), count.seen, count.expected,
                       count.document, left)
        told = sum(each.units for each in self._found if each.finding == "missing" and not self._is_done(each))
        figures = [("missing", words("count.page.missing_figure"), told if self._is_known(count) else None),
                   ("unknown", words("count.page.extra_figure"), count.extra),
                   ("misplaced", words("count.page.misplaced_figure"), count.misplaced)]
        self.figures.set(figures)
        self.figures.setVisible(not count.blind)
        self._show_list()

    def _is_known(self, count: CountView) -> bool:
        """Whether what is missing may be said: not before a round is over."""
        return count.round > 1 or count.state == "closed"

    def _show_last(self, count: CountView) -> None:
        words = self.words
        if not count.last_epc:
            self.last.set("", "", "", "")
            return
        what = "   ".join(filter(None, (words.level(count.last_level) if count.last_level else "",
                                        words("count.page.units", count=number(count.last_units)) if count.last_units
                                        else "")))          # what nobody has told of: not that it is empty
        word = words.word("count.finding", count.last_finding) if count.last_finding else words(
            f"count.page.{'counted' if count.blind else 'right'}")
        self.last.set(readable(count.last_epc), what, word, count.last_finding)

    def _show_list(self) -> None:
        words, count = self.words, self._count
        assert count is not None
        self.shelves.setVisible(self._list == SHELVES)
        self.rows.setVisible(self._list != SHELVES)
        if self._list == SHELVES:
            self._head.setText(words("count.page.shelves"))
            self.shelves.set_rows([Row(name, code, icon="place") for code, name in self._shelves])
        elif self._list == DIFFERENCES:
            key = "recount" if count.round > 1 and count.state == "open" else "differences"
            found = [each for each in self._found if not self._is_done(each)]
            self._head.setText(words(f"count.page.{key}", count=number(len(found))))
            self.rows.empty = words("count.page.none_differ")
            self.rows.set_rows([self._difference_row(each) for each in found])
        else:
            self._head.setText(words("count.page.seen_products" if count.blind else "count.page.to_find"))
            self.rows.empty = words("count.page.none_seen")
            self.rows.set_rows([
                Row(named(self._names, line.product, words), words("count.page.seen", count=number(line.seen)),
                    words("count.page.left", count=number(line.expected - line.seen)) if line.expected > line.seen
                    else "" if count.blind else words("count.page.all_found"), "", line.seen, line.expected,
                    icon="check" if not count.blind and line.seen >= line.expected else "pallet",
                    colour=TEAL if count.blind or line.seen >= line.expected else DARK_AMBER)
                for line in count.lines])

    def _is_done(self, each: CountDifferenceRow) -> bool:
        """What is missing in this list and was scanned since it was read is not looked for any more."""
        last = self._count.last_epc if self._count else ""
        return each.finding == "missing" and (each.epc in self._seen or each.epc == last)

    def _difference_row(self, each: CountDifferenceRow) -> Row:
        words = self.words
        icon, colour = SIGNS.get(each.finding, ("bang", DARK_AMBER))
        where = [words("count.page.at", place=self._place(each.seen_at)) if each.seen_at else "",
                 words("count.page.of", place=self._place(each.recorded_at)) if each.recorded_at else ""]
        what = [words.level(each.level) if each.level else "", each.product_name or each.product, *where]
        return Row(readable(each.epc), "  ·  ".join(filter(None, what)), words.word("count.finding", each.finding),
                   words("count.page.units", count=number(each.units)), icon=icon, colour=colour)

    def _place(self, uri: str) -> str:
        """A shelf's code; the house itself by name."""
        site = self._count.scope.partition("/254/")[0] if self._count else ""
        return self.words("count.report.house") if uri == site else short_code(uri)

    def _shelf_name(self, code: str) -> str:
        name = dict(self._shelves).get(code, "")
        return f"{name} ({code})" if name and name != code else code

    # --- what is asked --------------------------------------------------------------------------------------------
    def _ask_found(self) -> None:
        port, count = self.screen_of.to.counts, self._count
        if port is not None and count is not None:
            document = count.document
            self._seen.clear()
            self.ask("count", lambda: port.differences(document), self._found_known,
                     f"count {document} {count.round} {count.state}")

    def _found_known(self, found: Sequence[CountDifferenceRow]) -> None:
        self._found = tuple(found)
        if self._count is not None:
            self.show_state(self.screen_of.shown())

    def _shelves_known(self, found: Sequence[tuple[str, str]]) -> None:
        self._shelves = tuple(found)
        if self._count is not None:
            self.show_state(self.screen_of.shown())

    def _shelf_chosen(self, index: int) -> None:
        self._list = PRODUCTS
        self.screen_of.act("AT", self._shelves[index][0])

    def show_published(self, published: Published) -> None:
        verdict, count = published.verdict, self._count
        self._said = ""
        self._tick_off(verdict)
        if verdict.reason in CHANGED and count is not None and (not count.blind or self._is_known(count)):
            if verdict.reason is not Reason.COUNT_EQUAL:
                self._list = DIFFERENCES
            self.screen_of.memory.pop(f"count {count.document} {count.round} {count.state}", None)
            self._ask_found()
        self.total.calm_down()
        if verdict.outcome is Outcome.COMPLETE and count is not None:
            self.total.celebrate(self.words.reason(str(verdict.reason), verdict.data).title, count.seen,
                                 count.expected, FLASH_MS[Outcome.COMPLETE])

    def _tick_off(self, verdict: Verdict) -> None:
        """What is counted leaves the list of what is missing; what is taken back comes in again."""
        code = str(verdict.data.get("code", ""))
        if not code or self._count is None or not verdict.outcome.good and verdict.outcome is not Outcome.WARNING:
            return
        (self._seen.discard if verdict.reason is Reason.UNDONE else self._seen.add)(code)
        self.screen_of.memory.pop(f"count {self._count.document} {self._count.round} {self._count.state}", None)
        if any(each.epc == code for each in self._found):
            self.show_state(self.screen_of.shown())

    def instruction(self, shown: Shown) -> str:
        count, words = shown.view.count if shown.view else None, self.words
        if self._said or count is None:
            return self._said
        if count.state != "open":
            return words("count.page.paused" if count.state == "paused" else "count.page.closed")
        if not count.place:
            return words("count.page.no_place")
        if count.opened:
            return words("count.page.scan_inside", code=readable(count.opened))
        if count.round > 1:
            return words("count.page.scan_again")
        return words("count.page.scan_each" if count.verify else "count.page.scan")

    # --- keys -----------------------------------------------------------------------------------------------------
    def bar(self) -> tuple[BarKey, ...]:
        words, verify = self.words, self._count is not None and self._count.verify
        return (self.bar_command("F2", "UNDO", icon="undo"),
                BarKey("F3", words("ui.key.DONE"), lambda: self.screen_of.act("DONE", ""), "check"),
                BarKey("F4", words(f"count.key.{'infer' if verify else 'verify'}"),
                       lambda: self.screen_of.act("CHECK", ""), "inspect"),
                BarKey("F5", words("count.key.list"), self.turn_list, "sheet"),
                BarKey("F6", words("count.key.recount"), lambda: self.screen_of.act("RECOUNT", ""), "count"),
                BarKey("F7", words("count.key.report"), self._ask_report, "save"),
                BarKey("F8", words("count.key.adjust"), lambda: self.screen_of.act("ADJUST", ""), "adjust"))

    def turn_list(self) -> None:
        """Products, differences (not of a blind count's first round), shelves where there is a list of them."""
        count = self._count
        if count is None:
            return
        lists = [PRODUCTS]
        if not count.blind or self._is_known(count):
            lists.append(DIFFERENCES)
        if self._shelves and count.state == "open":
            lists.append(SHELVES)
        self._list = lists[(lists.index(self._list) + 1) % len(lists)] if self._list in lists else PRODUCTS
        if self._list == DIFFERENCES:
            self.screen_of.memory.pop(f"count {count.document} {count.round} {count.state}", None)
            self._ask_found()
        self._show_list()
        self.screen_of.go("")

    def _ask_report(self) -> None:
        if self._count is not None and self._count.blind and not self._is_known(self._count):
            self._said = self.words("count.page.blind_report")       # it names what should be there
            self.screen_of.go("")
        elif self.screen_of.to.counts is not None and self._count is not None:
            self._question().offer(self.words("count.page.report"), self.side or self,
                                   [(kind, kind.upper()) for kind in FILES], self._report)
            self._fit_question()

    def _report(self, kind: str) -> None:
        port, count, language = self.screen_of.to.counts, self._count, self.words.language
        if port is not None and count is not None:
            document = count.document
            self.screen_of.bridge.ask("report", lambda: port.count_report(document, kind, language), self._saved)

    def _saved(self, path: str) -> None:
        if self.is_open:
            self._said = self.words("count.page.saved", file=path)
            self.screen_of.go("")

    def press(self, key: HumanKey) -> bool:
        if self._list != SHELVES:
            return key.key != "enter" and list_key(self.rows, key)
        if key.text.isascii() and key.text.isdigit() and key.text != "0":
            return self.shelves.choose_key(int(key.text))
        if key.key == "escape":
            self.turn_list()
            return True
        return list_key(self.shelves, key)
