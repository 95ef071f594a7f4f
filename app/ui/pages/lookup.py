"""Look up any code: what it is, where it is, what is in it, what has happened to it, and which rule read it.

A scan is looked up by the station; a code typed or pasted here is read the same way, so a rule can be tried out.
"""
from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QGuiApplication, QPainter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.commands import CORRECT_REASONS
from app.domain.warehouse.cases import WhereaboutsView
from app.ui.count import number
from app.ui.entry import LONGEST_ENTRY, Entry, Keyboard
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey, WordsLike
from app.ui.text import LEFT, draw_text, draw_wrapped, plain_label, readable, short_code, shown
from app.ui.theme import AMBER, BLUE, GAP_PX, INK, QUIET, RED, TEAL, Look
from app.ui.trees import marks
from app.ui.widgets import Button, Card, Row, Rows
from app.views import ObjectView, ServerView, TimelineRow, TreeNode

DOUBT = AMBER.darker(150)
STATE_SIGNS = {"done": ("check", TEAL), "accepted": ("check", TEAL), "refused": ("cross", RED)}


class FactsCard(Card):
    """Name and value pairs; long values are elided in the middle."""

    def __init__(self, look: Look, hint: str) -> None:
        super().__init__(look)
        self._hint = shown(hint)
        self._head = self._trouble = ""
        self._colour = RED
        self._facts: list[tuple[str, str]] = []

    def set(self, head: str, facts: list[tuple[str, str]], trouble: str = "", colour: QColor = RED) -> None:
        """`trouble` is a sentence above the facts; the head has its colour then."""
        self._head, self._trouble, self._colour = shown(head), shown(trouble), colour
        self._facts = [(name, value) for name, value in facts if value]
        self.update()

    def texts(self) -> list[str]:
        return [self._head, self._trouble, *(value for _, value in self._facts)]

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        look, pad = self.look, self.look.px(24)
        rect = self.rect().adjusted(pad, look.px(16), -pad, -look.px(16))
        if not self._head:
            draw_wrapped(painter, rect, self._hint, look.font(32), QUIET, LEFT)
            painter.end()
            return
        draw_text(painter, QRect(rect.x(), rect.y(), rect.width(), look.px(58)), self._head, look.font(42, True),
                  self._colour if self._trouble else INK, fit=True, middle=True)
        y = rect.y() + look.px(66)
        if self._trouble:
            high = min(look.px(150), rect.bottom() - y)
            draw_wrapped(painter, QRect(rect.x(), y, rect.width(), high), self._trouble, look.font(30), INK, LEFT)
            y += look.px(158)
        step = min(look.px(62), (rect.bottom() - y) // max(1, len(self._facts)))
        name_px, most = rect.width() * 34 // 100, 85 * step / look.px(100)        # of a line's height, in design pixels
        for name, value in self._facts:
            draw_text(painter, QRect(rect.x(), y, name_px, step), name, look.font(min(26, most)), QUIET, fit=True)
            draw_text(painter, QRect(rect.x() + name_px, y, rect.width() - name_px, step), value,
                      look.font(min(30, most), True), INK, middle=True)
            y += step
        painter.end()


def belongs(words: WordsLike, found: WhereaboutsView | None) -> tuple[tuple[str, str], ...]:
    """Whom goods are meant for, and whether they are there."""
    if found is None:
        return ()
    said = words("diversion.lookup.right") if found.finding == "right" else words.reason(
        "let_go_before" if found.let_go else found.finding, {}).title
    if found.why:
        said += f" · {words.word('common.unjudged', found.why)}"
    bound = words("diversion.lookup.bound", dealer=found.dealer_name or found.dealer, territory=found.territory) \
        if found.dealer else ""
    told = (found.shipped_at[:10], words(f"diversion.lookup.source_{found.source}") if found.source else "")
    bound += "  " + " ".join(filter(None, told)) if bound else ""
    if diverted(words, found):           # the sentence above the facts says it
        return ((words("diversion.lookup.title"), bound),)
    return ((words("diversion.lookup.title"), bound), (words("diversion.lookup.finding"), said),
            (words("diversion.lookup.case"), found.case))


def server_word(words: WordsLike, found: ServerView, at: str) -> str:
    """What the server says, in one line; `at` is the last event's time on the station's clock."""
    if found.state != "known":
        return words(f"document.server.{found.state}")
    if found.origin == "announced" and not found.step:
        return words("document.server.announced")
    step = words.word("common.biz_step", found.step) if found.step else ""
    return words("document.server.known" if found.alive else "document.server.ended", step=step, at=at,
                 parent=short_code(found.parent) if found.parent else "")


def diverted(words: WordsLike, found: WhereaboutsView | None) -> str:
    """What is wrong with where goods are; "" for what is right, or cannot be judged."""
    if found is None or found.finding in ("right", "not_judged"):
        return ""
    if found.let_go:
        return words.reason("let_go_before", {
            "finding": found.finding, "dealer": found.dealer_name or found.dealer, "territory": found.territory,
            "by": found.freed_by, "approver": found.freed_with, "at": found.freed_at, "why": found.freed_why,
            "case": found.let_go}).text
    return words.reason(found.finding, {"dealer": found.dealer_name or found.dealer, "territory": found.territory,
                                        "rule": found.rule, "case": found.case}).text


def doubtful(found: WhereaboutsView | None) -> bool:
    """Whether it is no stop: released by two people, still being packed, or own stock."""
    return found is not None and (bool(found.let_go) or found.finding in ("still_packed", "own_stock"))


class LookupPage(Page):
    name = "lookup"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self._scanned = self._found = self._server = ""
        self._epcs: list[str] = []
        column = QVBoxLayout(self)
        margin = look.px(20)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(GAP_PX)
        top = QHBoxLayout()
        top.setSpacing(GAP_PX)
        self.entry = Entry(look, words("ui.lookup.hint"), longest=LONGEST_ENTRY)
        top.addWidget(self.entry, 1)
        for word, icon, act in (("ui.key.keyboard", "keyboard", self.toggle_keyboard),
                                ("ui.key.LOOKUP", "lookup", self.enter)):
            button = Button(look, words(word), icon=icon, size_px=28, act=act,
                            style="strong" if icon == "lookup" else "bar")
            button.setFixedSize(look.touch(300), self.entry.height())
            top.addWidget(button)
        column.addLayout(top)
        self._body = QWidget()
        columns = QHBoxLayout(self._body)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(look.px(16))
        left = QVBoxLayout()
        left.setSpacing(look.px(14))
        columns.addLayout(left, 36)
        self.facts = FactsCard(look, words("ui.lookup.empty"))
        left.addWidget(self.facts, 60)
        self._peers_card = Card(look)
        inner = QVBoxLayout(self._peers_card)
        pad = look.px(16)
        inner.setContentsMargins(pad, pad, pad, pad)
        inner.setSpacing(look.px(8))
        inner.addWidget(plain_label(look, 28, words("ui.lookup.peers"), bold=True, colour=QUIET, fit=True))
        self.peers = Rows(look, choosable=False, row_px=74)
        inner.addWidget(self.peers, 1)
        left.addWidget(self._peers_card, 40)
        self._peers_card.hide()
        self.stage = self._body
        self.tree = self._listed(columns, "ui.lookup.tree", True, 32)
        self.tree.chosen.connect(lambda index: self.look_up(self._epcs[index]))
        self.timeline = self._listed(columns, "ui.lookup.timeline", False, 32)
        self.timeline.chosen.connect(self._event_chosen)
        self._events: list[TimelineRow] = []
        column.addWidget(self._body, 1)
        self.keyboard = Keyboard(look, self.entry.type, self.entry.erase, self.enter, words("ui.key.enter"))
        self.keyboard.hide()
        column.addWidget(self.keyboard, 1)

    def _listed(self, columns: QHBoxLayout, title: str, choosable: bool, share: int) -> Rows:
        card = Card(self.look)
        inner = QVBoxLayout(card)
        pad = self.look.px(16)
        inner.setContentsMargins(pad, pad, pad, pad)
        inner.setSpacing(self.look.px(8))
        inner.addWidget(plain_label(self.look, 28, self.words(title), bold=True, colour=QUIET))
        rows = Rows(self.look, choosable=choosable, row_px=74, numbered=False)
        inner.addWidget(rows, 1)
        columns.addWidget(card, share)
        return rows

    # --- asking ---------------------------------------------------------------------------------------------------
    def opened(self) -> None:
        """Built anew in another language or size: what was looked up is still looked at."""
        self._scanned, asked = self.screen_of.memory.get("scanned", ""), self.screen_of.memory.get("asked", "")
        if asked:
            self.look_up(asked)

    def show_state(self, shown: Shown) -> None:
        wanted = shown.view.lookup if shown.view else ""
        if wanted and wanted != self._scanned:
            self._scanned = self.screen_of.memory["scanned"] = wanted
            self.look_up(wanted)

    def look_up(self, text: str) -> None:
        """Looks a code up by its EPC or by its text."""
        memory = self.screen_of.memory
        memory["asked"] = text
        for key in [key for key in memory if key.startswith(("look_up:", "server:")) and key != f"look_up:{text}"]:
            del memory[key]
        self.ask("look_up", lambda: self.screen_of.to.reader.look_up(text), self.show_object, f"look_up:{text}")

    def enter(self) -> None:
        if self.entry.text:
            self.look_up(self.entry.text)
            self.entry.clear()
            self._show_keyboard(False)

    def toggle_keyboard(self) -> None:
        self._show_keyboard(not self.keyboard.isVisible())

    def _show_keyboard(self, show: bool) -> None:
        self.keyboard.setVisible(show)
        self._body.setVisible(not show)

    # --- showing --------------------------------------------------------------------------------------------------
    def show_object(self, found: ObjectView) -> None:
        words = self.words
        if found.epc != self._found:
            self._server = ""
        self._found = found.epc
        self._show_keyboard(False)
        facts = [
            (words("ui.lookup.product"), found.product_name or found.product), (words("ui.lookup.lot"), found.lot),
            (words("ui.lookup.expiry"), found.expiry),
            (words("ui.lookup.status"), words.word("common.status", found.status)),
            (words("ui.lookup.marks"), marks(words, found.tree) if found.tree is not None else ""),
            (words("ui.lookup.location"), found.place or short_code(found.location)),
            (words("ui.lookup.partner"), found.partner),
            *belongs(words, found.whereabouts), (words("ui.lookup.order"), found.order),
            (words("ui.lookup.rule"), found.rule), (words("document.server.title"), self._server),
            (words("ui.lookup.code"), readable(found.epc))]
        if found.known:
            self.facts.set(f"{words.level(found.level)}  {short_code(found.epc)}", facts,
                           diverted(words, found.whereabouts),
                           DOUBT if doubtful(found.whereabouts) else RED)
        else:
            said = words.reason(found.refusal, {}) if found.refusal else None
            self.facts.set(said.title if said else words("ui.lookup.unknown"), facts,
                           f"{said.text} {said.todo}" if said else words("ui.lookup.unknown_text"))
        self._show_tree(found)
        self._show_peers(found)
        self._events = list(reversed(found.timeline))
        self.timeline.set_rows([self._event_row(row) for row in self._events], keep=False)
        server = self.screen_of.to.server
        if server is not None and found.epc and not found.refusal and not self._server:
            self.ask("server", lambda: server.server_says(found.epc), lambda said: self._show_server(found, said),
                     f"server:{found.epc}")

    def _show_server(self, found: ObjectView, said: ServerView) -> None:
        """Beside what is known here; an answer about what is not looked at any more is passed over."""
        if found.epc == self._found:
            at = f"{self.screen_of.local(datetime.fromisoformat(said.at)):%Y-%m-%d %H:%M}" if said.at else ""
            self._server = server_word(self.words, said, at)
            self.show_object(found)

    def _show_tree(self, found: ObjectView) -> None:
        rows, self._epcs = [], []
        for depth, epc in enumerate(reversed(found.parents)):
            rows.append(Row(short_code(epc), self.words("ui.lookup.holds"), icon="pallet", colour=QUIET, indent=depth))
            self._epcs.append(epc)
        if found.tree is not None:
            self._branch(found.tree, len(found.parents), rows)
        self.tree.at = len(found.parents)
        self.tree.set_rows(rows)

    def _show_peers(self, found: ObjectView) -> None:
        """Codes of the same object: neither its parents nor its children, so they stand apart from the tree."""
        self._peers_card.setVisible(bool(found.peers))
        self.peers.set_rows([Row(self.words.word("common.code_role", role), short_code(code),
                                 self.words.word("ui.pair_source", source), icon="scan", colour=BLUE)
                             for role, code, source in found.peers])

    def _branch(self, node: TreeNode, depth: int, rows: list[Row]) -> None:
        own = node.epc == self._found
        inside = len(node.children) + node.more
        odd = marks(self.words, node)
        about = " · ".join(each for each in (self.words.level(node.level), odd) if each)
        rows.append(Row(short_code(node.epc), about,
                        self.words("ui.lookup.inside", count=number(inside)) if inside else "",
                        icon="hold" if node.held else "full" if inside else "scan",
                        colour=RED if odd else BLUE if own else QUIET, indent=min(depth, 3)))
        self._epcs.append(node.epc)
        for child in node.children:
            self._branch(child, depth + 1, rows)
        if node.more:
            rows.append(Row(self.words("ui.lookup.more", count=number(node.more)), icon="next", colour=QUIET,
                            indent=min(depth + 1, 3)))
            self._epcs.append(node.epc)

    def _event_row(self, row: TimelineRow) -> Row:
        icon, colour = STATE_SIGNS.get(row.state, ("clock", DOUBT))
        at = self.screen_of.local(row.at)
        step = self.words.word("common.biz_step", row.biz_step)
        if row.count > 1:
            step += f" · {number(row.count)}"
        if row.via:
            step += f" · {self.words('ui.lookup.within', code=short_code(row.via))}"
        return Row(step, f"{at:%Y-%m-%d %H:%M:%S}", self.words(f"ui.event_state.{row.state}"), row.operator, icon=icon,
                   colour=colour)

    # --- keys -----------------------------------------------------------------------------------------------------
    def bar(self) -> tuple[BarKey, ...]:
        return (BarKey("F2", self.words("ui.key.keyboard"), self.toggle_keyboard, "keyboard"),
                BarKey("F3", self.words("ui.key.up"), lambda: self.tree.turn(-1), "previous"),
                BarKey("F4", self.words("ui.key.down"), lambda: self.tree.turn(1), "next"),
                *((self.bar_command("F5", "PEEK", icon="lookup"),) if self._peeks else ()),
                *((BarKey("F6", self.words("dock.key.correct"), self.choose_event, "correct"),)
                  if self.allowed("CORRECT") else ()),
                self.bar_command("F7", "UNPACK", icon="unpack"), self.bar_rework())

    @property
    def _peeks(self) -> bool:
        """Over a task that goes on with the next scan."""
        view = self.screen_of.shown().view
        return view is not None and view.task != "lookup"

    def instruction(self, shown: Shown) -> str:
        if self.timeline.choosable:
            return self.words("dock.do.event")
        return self.words("dock.do.peeked" if self._peeks else "ui.do.lookup")

    def choose_event(self) -> None:
        """Arrows, Enter and touch choose an event of the time-line that was recorded wrongly; again ends it."""
        self.timeline.choosable = not self.timeline.choosable and bool(self._events)
        self.timeline.update()
        self.screen_of.go("")

    def _event_chosen(self, index: int) -> None:
        event, words = self._events[index], self.words
        step = words.word("common.biz_step", event.biz_step)
        at = f"{self.screen_of.local(event.at):%Y-%m-%d %H:%M}"
        reasons = [(each, words.word("common.choice", each)) for each in CORRECT_REASONS]
        self._question().offer(words("dock.correct.title", step=step, at=at), self, reasons,
                               lambda why: self._correct(event.event_id, why))
        self._fit_question()

    def _correct(self, event: str, why: str) -> None:
        """The station asks a second person, and says what the correction did."""
        self.choose_event()
        self.screen_of.act("CORRECT", f"{event.removeprefix('urn:uuid:')}:{why}")

    def press(self, key: HumanKey) -> bool:
        if key.ctrl and key.text in ("v", "V", "\x16"):
            self.entry.type(QGuiApplication.clipboard().text())
        elif key.key == "enter" and self.entry.text:
            self.enter()
        elif key.key == "escape" and self.entry.text:
            self.entry.clear()
        elif not self.entry.press(key):
            if key.key == "escape" and self.timeline.choosable:
                self.choose_event()
                return True
            return list_key(self.timeline if self.timeline.choosable else self.tree, key)
        return True
