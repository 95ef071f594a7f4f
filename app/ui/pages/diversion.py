"""Looking for diverted goods: every code that is scanned is judged at once, offline, against the list in force."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.domain.decision import Data
from app.messages import Published
from app.ui.diversion_stop import SUSPECT, whom
from app.ui.findings import FoundCard, SnapshotCard
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey
from app.ui.text import plain_label, readable, short_code
from app.ui.theme import AMBER, QUIET, RED, TEAL
from app.ui.widgets import Card, Row, Rows

MOST_SCANS = 60
DOUBT = ("bang", AMBER.darker(150))
SIGNS = {"inspected_right": ("check", TEAL), "not_judged": DOUBT, "let_go_before": DOUBT, "still_packed": DOUBT,
         "own_stock": DOUBT}
JUDGED = frozenset({*SIGNS, *map(str, SUSPECT)})


class InspectPage(Page):
    """Free scanning; `works` all day, so the verdict strip is tall."""

    name = "inspecting"
    works = True

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self._names: dict[str, str] = {}
        self._dealers: list[tuple[str, str]] = []
        self._scans: list[Row] = screen.memory.setdefault("inspected", [])
        columns = QHBoxLayout(self)
        margin = look.px(20)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(16))
        left = QVBoxLayout()
        left.setSpacing(look.px(14))
        columns.addLayout(left, 54)
        self.found = FoundCard(look, words, words("diversion.page.hint"))
        left.addWidget(self.found, 1)
        self.list = SnapshotCard(look, words)
        left.addWidget(self.list)
        self.side = Card(look)
        inner = QVBoxLayout(self.side)
        pad = look.px(16)
        inner.setContentsMargins(pad, pad, pad, pad)
        self._head = plain_label(look, 28, bold=True, colour=QUIET)
        inner.addWidget(self._head)
        self.scans = Rows(look, choosable=False, row_px=84, empty=words("diversion.page.no_scans"))
        self.dealers = Rows(look, choosable=True, row_px=84)
        self.dealers.chosen.connect(self._chosen)
        inner.addWidget(self.scans, 1)
        inner.addWidget(self.dealers, 1)
        columns.addWidget(self.side, 46)
        self._choosing(False)

    def opened(self) -> None:
        port = self.screen_of.to.diversion
        self.screen_of.to.devices.preview("")
        if port is not None:
            self.ask("snapshot", port.snapshot, lambda found: self.list.set(found, self._day))
            self.ask("dealers", port.dealers, self._known)
        self.scans.set_rows(self._scans)
        published = self.screen_of.shown().published
        if published is not None and str(published.verdict.reason) in JUDGED:
            self._show(published)

    def _known(self, found: Sequence[tuple[str, str]]) -> None:
        self._names, self._dealers = dict(found), list(found)
        whose = self.words("diversion.page.nobody_given")
        self.dealers.set_rows([Row(whose, icon="person"), *(Row(name, id, icon="person") for id, name in found)])
        self.show_state(self.screen_of.shown())

    def _day(self, iso: str) -> str:
        return f"{self.screen_of.local(datetime.fromisoformat(iso)):%Y-%m-%d %H:%M}" if iso else ""

    def _choosing(self, choose: bool) -> None:
        self.dealers.setVisible(choose)
        self.scans.setVisible(not choose)
        self._head.setText(self.words("diversion.page.whose" if choose else "diversion.page.last"))
        self.screen_of.go("")

    def _chosen(self, index: int) -> None:
        self._choosing(False)
        self.screen_of.act("INSPECT", self._dealers[index - 1][0] if index else "")

    # --- showing --------------------------------------------------------------------------------------------------
    def show_published(self, published: Published) -> None:
        if str(published.verdict.reason) not in JUDGED:
            return
        self._show(published)
        data, word = published.verdict.data, str(published.verdict.reason)
        icon, colour = SIGNS.get(word, ("cross", RED))
        at = self.screen_of.local(published.at)
        self._scans.insert(0, Row(short_code(str(data.get("code", ""))),
                                  self.words.reason(word, {**data}).title, f"{at:%H:%M:%S}",
                                  str(data.get("case", "")), icon=icon, colour=colour))
        del self._scans[MOST_SCANS:]
        self.scans.set_rows(self._scans, keep=False)

    def _show(self, published: Published) -> None:
        words, data = self.words, published.verdict.data
        word = str(published.verdict.reason)
        icon, colour = SIGNS.get(word, ("cross", RED))
        dealer, actual = str(data.get("dealer", "")), str(data.get("actual_dealer", ""))
        meant = whom(words, dealer, self._names.get(dealer, ""), str(data.get("territory", "")))
        here = whom(words, actual, self._names.get(actual, ""), str(data.get("actual_territory", "")), here=True)
        known = bool(dealer or data.get("territory"))
        why = str(data.get("unjudged", ""))
        self.found.set(words.reason(word, {**data}).title, icon, colour, [
            (words("diversion.page.code"), readable(str(data.get("code", "")))),
            (words("diversion.page.expected"), " · ".join(filter(None, meant)) if known else ""),
            (words("diversion.page.actual"), " · ".join(filter(None, here)) if actual or here[1] else ""),
            (words("diversion.page.why"), words.word("common.unjudged", why) if why else ""),
            (words("diversion.page.freed_by"), self._freed(data) if word == "let_go_before" else ""),
            (words("diversion.page.told_by"), words.word("common.decided_as", str(data.get("decided_as", "")))
             if known else ""),
            (words("diversion.page.rule_name"), str(data.get("rule", ""))),
            (words("diversion.page.place"), str(data.get("place", ""))),
            (words("diversion.page.case"), str(data.get("case", "")))])

    def _freed(self, data: Data) -> str:
        return self.words("diversion.page.freed", by=data["by"], approver=data["approver"],
                          at=self._day(str(data["at"])), reason=self.words.word("common.choice", str(data["why"])))

    def show_state(self, shown: Shown) -> None:
        view = shown.view
        if view is not None and self.dealers.isHidden():
            whose = self._names.get(view.subject, view.subject)
            self._head.setText(self.words("diversion.page.last_of", whose=whose) if whose
                               else self.words("diversion.page.last"))

    def instruction(self, shown: Shown) -> str:
        return self.words("diversion.page.choose" if not self.dealers.isHidden() else "diversion.page.scan")

    # --- keys -----------------------------------------------------------------------------------------------------
    def bar(self) -> tuple[BarKey, ...]:
        words = self.words
        return (BarKey("F2", words("diversion.key.whose"), lambda: self._choosing(self.dealers.isHidden()), "person"),
                BarKey("F3", words("diversion.key.evidence"), lambda: self.screen_of.go("evidence"), "folder"),
                self.bar_command("F5", "LOOKUP", icon="lookup"), self.bar_rework())

    def press(self, key: HumanKey) -> bool:
        if self.dealers.isHidden():
            return False
        digit = int(key.text) if key.text.isascii() and key.text.isdigit() else 0
        return self.dealers.choose_key(digit) if digit else list_key(self.dealers, key)
