"""The packing line: the live picture with its marks, how full each level is, how far the order is."""
from __future__ import annotations

from collections import deque
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.reasons import Outcome, Reason
from app.messages import Frame, LevelView, PackingView, Published
from app.ui.choice import ReasonChoice
from app.ui.count import CountCard, number
from app.ui.live import LivePicture
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.ports import HumanKey
from app.ui.text import plain_label, short_code
from app.ui.theme import QUIET, Tone
from app.ui.verdicts import FACES, FLASH_MS, FULL
from app.ui.widgets import Card, Row, Rows

MOST_LEVELS = 4
HISTORY = 30
NO_READ = (Reason.UNREADABLE, Reason.CONTAINER_SHORT)


class PackingPage(Page):
    name = "packing"
    works = True

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look = self.look
        self._levels: tuple[LevelView, ...] = ()
        self._camera = screen.to.cameras[0] if screen.to.cameras else ""
        columns = QHBoxLayout(self)
        margin = look.px(20)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(16))
        self.picture = LivePicture(look, self.words("ui.packing.no_picture"))
        self.history = Rows(look, choosable=False, row_px=74, empty=self.words("ui.packing.nothing_yet"))
        if self._camera:
            columns.addWidget(self.picture, 62)
        else:
            card = Card(look)
            inner = QVBoxLayout(card)
            inner.setContentsMargins(margin, margin, margin, margin)
            inner.addWidget(plain_label(look, 32, self.words("ui.packing.last_scans"), bold=True, colour=QUIET))
            inner.addWidget(self.history, 1)
            columns.addWidget(card, 62)
        self.side = QWidget()
        right = QVBoxLayout(self.side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(look.px(14))
        self.first = CountCard(look, 200)
        right.addWidget(self.first, 30)
        self.outer = [CountCard(look, 52) for _ in range(MOST_LEVELS - 1)]
        for card_ in self.outer:
            right.addWidget(card_, 10)
            card_.hide()
        self.order = CountCard(look, 44)
        right.addWidget(self.order, 10)
        facts = Card(look)
        facts.setFixedHeight(look.px(62))
        line = QHBoxLayout(facts)
        line.setContentsMargins(look.px(24), 0, look.px(24), 0)
        self._facts = plain_label(look, 26, colour=QUIET, fit=True)
        line.addWidget(self._facts)
        right.addWidget(facts)
        columns.addWidget(self.side, 38)
        self.choice = ReasonChoice(look, self.words, self, self._close)
        self._closing = "CLOSE"

    def opened(self) -> None:
        self.screen_of.to.devices.preview(self._camera)
        self._show_history()
        if "picture" in self.screen_of.memory:
            self.show_picture(*self.screen_of.memory["picture"])
            last = self.screen_of.shown().published
            judged = last if last is not None and last.frame is not None else self.screen_of.memory.get("judged")
            if judged is not None:       # the last picture keeps its marks, though a label was scanned since
                self.picture.show_verdict(judged)

    def show_picture(self, pixels: Any, frame: Frame | None) -> None:
        self.picture.show_picture(pixels, frame)

    # --- what is shown --------------------------------------------------------------------------------------------
    def show_state(self, shown: Shown) -> None:
        packing = shown.view.packing if shown.view else None
        if packing is None:
            return
        self._levels = packing.levels
        for card, level in zip([self.first, *self.outer], packing.levels, strict=False):
            card.setVisible(True)
            card.set(*self._level_texts(level))
        for card in self.outer[max(0, len(packing.levels) - 1):]:
            card.hide()
        self.order.set(self.words("ui.packing.order"), packing.packed, packing.planned, packing.order)
        if shown.view:
            self._facts.setText(self._count_words(dict(shown.view.counts)))

    def _level_texts(self, level: LevelView) -> tuple[str, int, int, str, str]:
        name = _capital(self.words("ui.packing.level", level=self.words.level(level.level), number=level.closed + 1))
        if level.label:
            label = short_code(level.label)
        else:
            label = self.words("ui.packing.wants_label") if level.waiting else ""
        left = self.words("ui.left", count=level.target - level.have) if 0 < level.have < level.target else ""
        return name, level.have, level.target, label, left

    def _count_words(self, counts: dict[str, int]) -> str:
        repeated = sum(counts.get(str(each), 0) for each in (Reason.DUPLICATE_IN_CONTAINER, Reason.PACKED_BEFORE,
                                                             Reason.DUPLICATE_IN_FRAME))
        refused = sum(counts.get(str(each), 0) for each in (Reason.WRONG_PRODUCT, Reason.WRONG_BATCH, Reason.NO_RULE,
                                                            Reason.NOT_ISSUED, Reason.ON_HOLD, Reason.WRONG_LEVEL))
        unread = sum(counts.get(str(each), 0) for each in NO_READ)
        return self.words("ui.packing.counts", repeated=number(repeated), refused=number(refused),
                          unread=number(unread))

    def show_published(self, published: Published) -> None:
        """The picture stands still with its marks; a full group shows its number on teal."""
        self.choice.hide()
        self.picture.show_verdict(published)
        if published.frame is not None:
            self.screen_of.memory["judged"] = published
        verdict = published.verdict
        for card in (self.first, *self.outer):
            card.calm_down()
        if verdict.outcome is Outcome.COMPLETE and verdict.reason in FULL and "have" in verdict.data:
            level = str(verdict.data.get("level", ""))
            cards = [self.first, *self.outer]
            at = next((at for at, each in enumerate(self._levels) if each.level == level), 0)
            cards[min(at, len(cards) - 1)].celebrate(_capital(self.words.level(level)), int(verdict.data["have"]),
                                                     int(verdict.data.get("target", 0)), FLASH_MS[Outcome.COMPLETE])
        elif verdict.reason is Reason.REASON_NEEDED:
            self.choice.ask(self.words("ui.choice.title"), self.side)
        if published.codes:
            kept = self.screen_of.memory.setdefault("history", deque(maxlen=HISTORY))
            if not kept or kept[0] is not published:
                kept.appendleft(published)
            self._show_history()

    def _show_history(self) -> None:
        kept = self.screen_of.memory.get("history", ())
        self.history.set_rows([self._history_row(each) for each in kept], keep=False)

    def _history_row(self, published: Published) -> Row:
        tone, icon = FACES[published.verdict.outcome]
        said = self.words.reason(str(published.verdict.reason), published.verdict.data)
        text = short_code(published.codes[0]) if len(published.codes) == 1 else \
            self.words("ui.packing.codes", count=len(published.codes))
        colour = QUIET if tone is Tone.CARE else tone.ground      # amber is no colour for type on white
        return Row(text, "", said.title, f"{self.screen_of.local(published.at):%H:%M:%S}", icon=icon, colour=colour)

    def instruction(self, shown: Shown) -> str:
        packing = shown.view.packing if shown.view else None
        if packing is None or shown.view is None:
            return ""
        if shown.view.armed == "unpack":
            return self.words("ui.do.unpack")
        if packing.label_wanted:
            return self.words("ui.do.label", level=self.words.level(packing.scan_next))
        if packing.packed >= packing.planned and not any(level.have for level in packing.levels):
            return self.words("ui.do.order_done")
        return self._fill_words(packing)

    def _fill_words(self, packing: PackingView) -> str:
        level = packing.levels[0]
        return self.words("ui.do.pack", child=self.words.level(packing.scan_next), level=self.words.level(level.level),
                          left=level.target - level.have)

    # --- what is done ---------------------------------------------------------------------------------------------
    def bar(self) -> tuple[BarKey, ...]:
        return (
            self.bar_command("F2", "UNDO", icon="undo"),
            BarKey("F3", self.words("ui.key.CLOSE"), lambda: self._ask_close("CLOSE", 0), "close"),
            BarKey("F4", self.words("ui.key.CLOSE-PALLET"), lambda: self._ask_close("CLOSE-PALLET", -1), "pallet"),
            self.bar_command("F5", "LOOKUP", icon="lookup"),
            BarKey("F6", self.words("ui.key.other_order"), lambda: self.screen_of.go("choose"), "pack"),
            self.bar_command("F7", "UNPACK", icon="unpack"),
            self.bar_command("F8", "PAUSE", icon="pause"),
        )

    def _ask_close(self, name: str, at: int) -> None:
        """A container that is not full closes with a reason; an empty or full one is the station's to answer."""
        level = self._levels[at] if self._levels else None
        if level is not None and 0 < level.have < level.target:
            self._closing = name
            self.choice.ask(self.words("ui.choice.close", level=self.words.level(level.level), have=level.have,
                                       target=level.target), self.side)
        else:
            self.screen_of.act(name, "")

    def _close(self, reason: str) -> None:
        self.screen_of.act(self._closing, reason)

    def press(self, key: HumanKey) -> bool:
        return self.choice.press(key)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
