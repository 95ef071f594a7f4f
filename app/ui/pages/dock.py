"""Receive and ship by any kind of document: what is still to be scanned, the last one, how much of the whole.

F4 opens all that can be done with the document itself.
"""
from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.commands import BY_NAME
from app.domain.products import Name
from app.domain.reasons import Outcome, Reason
from app.domain.warehouse.kinds import BY_NAME as KINDS
from app.messages import DockView, LineView, Published
from app.ui.count import CountCard, number
from app.ui.dock_cards import About, DocumentCard, Going, LastCard, TruckCard
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.paged import PagedRows
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey
from app.ui.rework_menu import Tile, TileMenu
from app.ui.text import plain_label, readable
from app.ui.theme import QUIET, TEAL
from app.ui.verdicts import FLASH_MS, named
from app.ui.widgets import Card, Row, Rows

MOST_SHOWN = 60              # lines of a document that the station tells of
# What can be done with a document, with its digit. Those that are no command open a page or write a file.
ACTS = (("ALSO", "1"), ("RECEIVER", "2"), ("TAKE-OFF", "3"), ("CHECK", "4"), ("VOID", "5"), ("VOID-DOCUMENT", "6"),
        ("CANCEL-DOCUMENT", "7"), ("NEW-DOCUMENT", "8"), ("PAPER", "9"))
PLACES = {"ALSO": "also", "RECEIVER": "receiver", "VOID-DOCUMENT": "void_document", "NEW-DOCUMENT": "new_document"}


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
        self._papers: TileMenu | None = None
        self._said = ""
        columns = QHBoxLayout(self)
        margin = look.px(20)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(16))
        self.stage = QWidget()
        column = QVBoxLayout(self.stage)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(14))
        self.truck = TruckCard(look)
        self.truck.hide()
        column.addWidget(self.truck)
        left = Card(look)
        column.addWidget(left, 1)
        lines = QVBoxLayout(left)
        lines.setContentsMargins(margin, look.px(14), margin, look.px(14))
        lines.setSpacing(look.px(8))
        self._head = plain_label(look, 32, bold=True, colour=QUIET)
        lines.addWidget(self._head)
        self.lines = PagedRows(look, choosable=False, row_px=96, empty=self.words("ui.dock.all_done"))
        lines.addWidget(self.lines, 1)
        self._folded = Rows(look, choosable=False, row_px=64)
        self._folded.setFixedHeight(self._folded.row_height)
        lines.addWidget(self._folded)
        columns.addWidget(self.stage, 54)
        self.side = QWidget()
        right = QVBoxLayout(self.side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(look.px(14))
        self.about = DocumentCard(look)
        right.addWidget(self.about, 28)
        self.last = LastCard(look, self.words("ui.dock.last"), self.words("ui.dock.nothing_yet"))
        right.addWidget(self.last, 36)
        self.total = CountCard(look, 160)
        right.addWidget(self.total, 36)
        columns.addWidget(self.side, 46)

    def opened(self) -> None:
        self.screen_of.to.devices.preview("")

    # --- showing --------------------------------------------------------------------------------------------------
    def show_state(self, shown: Shown) -> None:
        if shown.view is None or shown.view.dock is None:
            return
        dock = shown.view.dock
        self._dock, self._names = dock, shown.view.names
        self._show_lines(dock)
        self._show_about(dock)
        self._show_total(dock)
        self._show_truck(dock)
        if dock.last_epc:
            units = self.words("ui.dock.units", count=number(dock.last_quantity))
            onto = ", ".join(each.document for each in dock.papers if each.last) if dock.joined else ""
            self.last.set(readable(dock.last_epc), self._what(dock), f"{units}   →   {onto}" if onto else units,
                          self._age(dock.last_expiry))
        else:
            self.last.set("", "", "", self.words("ui.dock.nothing_since") if dock.done else "")

    def _show_lines(self, dock: DockView) -> None:
        words = self.words
        if dock.free:
            grown = sorted(dock.lines, key=lambda line: line.line, reverse=True)
            self._head.setText(words("dock.page.free", count=dock.count))
            self.lines.empty = words("dock.page.free_empty")
            self.lines.set_rows([Row(named(self._names, line.product, words), "",
                                     words("dock.page.units", count=number(line.done)), icon="check", colour=TEAL)
                                 for line in grown])
            self._folded.hide()
            return
        unfinished = sorted((line for line in dock.lines if line.done < line.wanted),
                            key=lambda line: (line.done - line.wanted, line.line))
        some = len(unfinished) >= MOST_SHOWN
        self._head.setText(words("dock.page.to_scan_more" if some else "ui.dock.to_scan", count=len(unfinished)))
        self.lines.empty = words("ui.dock.all_done")
        self.lines.set_rows([self._line_row(line) for line in unfinished])
        done = 0 if some else dock.count - len(unfinished)
        self._folded.setVisible(done > 0 and not dock.joined)
        self._folded.set_rows([Row(words("ui.dock.folded", count=done), icon="check", colour=TEAL)])

    def _show_about(self, dock: DockView) -> None:
        words = self.words
        kind = KINDS.get(dock.kind)
        facts = (words.word("document.partner_role", dock.role) if dock.role else "",
                 words("dock.page.territory", territory=dock.territory) if dock.territory else "",
                 words("dock.page.route", route=dock.route) if dock.route else "",
                 words.word("document.reason", dock.reason) if dock.reason else "")
        partner = words("dock.page.partner_in" if dock.direction == "in" else "dock.page.partner_out",
                        partner=named(self._names, dock.partner, words)) if dock.partner else ""
        state = "" if dock.state == "open" else words.word("document.state", dock.state)
        icon = "receive" if dock.direction == "in" else "scrap" if kind and kind.ends else "ship"
        self.about.set(About(words.word("document.kind", dock.kind), dock.document, partner,
                             tuple(filter(None, facts)), "", state, icon))

    def _show_truck(self, dock: DockView) -> None:
        """Each document's own progress, where there are several."""
        words, unlike = self.words, len({each.partner for each in dock.papers}) > 1
        self.truck.setVisible(bool(dock.joined))
        self.truck.set(words("dock.page.truck", count=len(dock.papers)), [
            Going(each.document, named(self._names, each.partner, words) if unlike and each.partner else "", each.done,
                  each.wanted, f"{number(each.done)} / {number(each.wanted)}" if each.wanted else number(each.done),
                  words.word("document.state", each.state) if each.state != "open" else "", each.last)
            for each in dock.papers], words("dock.page.truck_more", count="{count}"))

    def _show_total(self, dock: DockView) -> None:
        words = self.words
        left = words("ui.left", count=number(dock.wanted - dock.done)) if dock.done < dock.wanted else ""
        title = words("dock.page.total_free" if dock.free else "dock.page.total_share" if dock.others
                      else "dock.page.total_truck" if dock.joined else "ui.dock.total")
        others = words("dock.page.others", count=number(dock.others)) if dock.others else ""
        self.total.set(title, dock.done, 0 if dock.free else dock.wanted, others, left)

    def _what(self, dock: DockView) -> str:
        product = named(self._names, dock.last_product, self.words) if dock.last_product else ""
        return "   ·   ".join(filter(None, (self.words.level(dock.last_level) if dock.last_level else "", product)))

    def _age(self, expiry: str) -> str:
        """Batch and remaining life of what was scanned last."""
        words, dock = self.words, self._dock
        parts = [words("ui.dock.lot", lot=dock.last_lot) if dock and dock.last_lot else ""]
        try:
            days = (date.fromisoformat(expiry) - self.today()).days
        except ValueError:
            days = None
        if days is not None:
            key = "dock.page.days_left" if days >= 0 else "dock.page.days_over"
            parts.append(words(key, days=abs(days), expiry=expiry))
        return "   ·   ".join(filter(None, parts))

    def today(self) -> date:
        """The site's day, as the newest verdict knew it."""
        published = self.screen_of.shown().published
        return self.screen_of.local(published.at if published else datetime.now(UTC)).date()

    def _line_row(self, line: LineView) -> Row:
        lot = self.words("ui.dock.lot", lot=line.lot) if line.lot else self.words("ui.dock.any_lot")
        left = self.words("ui.left", count=number(line.wanted - line.done))
        note = "   ·   ".join(filter(None, (line.document, lot)))
        return Row(named(self._names, line.product, self.words), note, left, "", line.done, line.wanted)

    def show_published(self, published: Published) -> None:
        verdict, self._said = published.verdict, ""
        self.total.calm_down()
        if verdict.outcome is Outcome.COMPLETE and verdict.reason is not Reason.DOCUMENT_CLOSED and self._dock:
            dock = published.view.dock or self._dock
            self.total.celebrate(self.words.reason(str(verdict.reason), verdict.data).title, dock.done, dock.wanted,
                                 FLASH_MS[Outcome.COMPLETE])

    def instruction(self, shown: Shown) -> str:
        dock = shown.view.dock if shown.view else None
        if dock is None or shown.view is None:
            return ""
        if self._said:
            return self._said
        if dock.state == "paused":
            return self.words("dock.do.paused")
        if dock.state == "cancelled" and dock.done:
            return self.words("dock.do.cancelled", count=number(dock.done))
        if dock.state != "open":
            return self.words("ui.do.document_closed")
        if not dock.free and dock.done >= dock.wanted:
            return self.words("ui.do.document_done")
        return self.words(f"ui.do.{self.task}")

    # --- doing ----------------------------------------------------------------------------------------------------
    def bar(self) -> tuple[BarKey, ...]:
        words, dock = self.words, self._dock
        rests = dock is not None and dock.state == "paused"
        pause = BarKey("F8", words("ui.key.go_on"), self._go_on, "play") if rests else \
            self.bar_command("F8", "PAUSE", icon="pause")
        return (
            self.bar_command("F2", "UNDO", icon="undo"),
            BarKey("F3", words("ui.key.DONE"), self._done, "done"),
            BarKey("F4", words("dock.key.papers"), self.open_papers, "document"),
            self.bar_command("F5", "PEEK", icon="lookup"),
            BarKey("F6", words("ui.key.other_document"), lambda: self.screen_of.go("choose"), "folder"),
            *((self.bar_command("F7", "UNPACK", icon="unpack"),) if self.allowed("UNPACK") else ()),
            pause,
            *((self.bar_rework(),) if self.allowed("REMOVE") else ()),
        )

    def open_papers(self) -> None:
        """All that can be done with the document by whoever is signed in, as tiles."""
        acts = [(name, key) for name, key in ACTS if name == "PAPER" or self.allowed(name)
                and (name != "CHECK" or self.task == "receiving")]
        if self._papers is None or [*self._papers.tiles] != [name for name, _ in acts]:
            tiles = [self._tile(name, key) for name, key in acts]
            self._papers = TileMenu(self.look, self, tiles, self._act, lambda: self.screen_of.go(""), columns=3)
        self.show_menu(self._papers)

    def _tile(self, name: str, key: str) -> Tile:
        words = self.words
        if name == "PAPER":
            return Tile(name, "print", words("dock.page.paper"), words("dock.page.paper_does"), key)
        does = words(f"common.command_does.{name}")
        return Tile(name, BY_NAME[name].icon, words(f"common.command.{name}"), does, key)

    def _act(self, name: str) -> None:
        if name in PLACES:
            self.screen_of.go(PLACES[name])
        elif name == "PAPER" and self._dock is not None:
            self._write([each.document for each in self._dock.papers] or [self._dock.document])
        elif BY_NAME[name].choices:
            self.ask_reason(name)
        else:
            self.screen_of.act(name, "")

    def _write(self, documents: Sequence[str]) -> None:
        """A delivery note for each document of the truck."""
        def written(files: list[str]) -> None:
            if self.is_open:
                self._said = self.words("dock.page.written", file="   ·   ".join(files))
                self.screen_of.go("")

        export, language = self.screen_of.to.export, self.words.language
        self.screen_of.bridge.ask("export", lambda: [export.document(each, "pdf", language) for each in documents],
                                   written)

    def _go_on(self) -> None:
        if self._dock is not None:
            self.screen_of.act("DOCUMENT", self._dock.document)

    def _done(self) -> None:
        dock = self._dock
        done, wanted = self._first()
        if dock is not None and dock.state in ("open", "paused") and (done < wanted or not done) \
                and self.allowed("CANCEL-DOCUMENT"):         # who may not close short is told so at once
            self.ask_reason("DONE")
        else:
            self.screen_of.act("DONE", "")

    def ask_reason(self, command: str, title: str = "") -> None:
        dock = self._dock
        if command == "DONE" and dock is not None:
            done, wanted = self._first()
            title = self.words("ui.choice.done", document=dock.document, have=number(done), target=number(wanted))
        super().ask_reason(command, title)

    def reasons_of(self, command: str) -> tuple[str, ...]:
        kind = KINDS.get(self._dock.kind) if self._dock is not None and command == "DONE" else None
        return kind.short_reasons if kind else super().reasons_of(command)

    def _first(self) -> tuple[int, int]:
        """(units done, wanted) of the document that is served first: the one that F3 closes."""
        dock = self._dock
        if dock is None or not dock.papers:
            return (dock.done, dock.wanted) if dock else (0, 0)
        return dock.papers[0].done, dock.papers[0].wanted

    def press(self, key: HumanKey) -> bool:
        return key.key != "enter" and list_key(self.lines, key)
