"""The packing line: the picture with a verdict on each cell, how full each level is, and whatever is not finished.

A gap in a case, cases put aside, a label to scan back, a half-read object and the in-line queue each have their place.
"""
from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any

from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.commands import parsed
from app.domain.packing.labels import sscc_of
from app.domain.reasons import Outcome, Reason
from app.messages import Frame, LevelView, PackingView, Published
from app.ui.align import QueueStrip
from app.ui.causes import CauseBar, counts_of
from app.ui.count import CountCard, number
from app.ui.live import LivePicture
from app.ui.notices import Notice, ObjectPicture
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.passing import clock
from app.ui.ports import HumanKey
from app.ui.room import fit
from app.ui.text import plain_label, short_code
from app.ui.theme import QUIET, Tone
from app.ui.unfinished import (
    capital,
    gap_level,
    gap_texts,
    half_codes,
    held_text,
    is_gap,
    label_level,
    label_texts,
    parked_text,
    printer_trouble,
)
from app.ui.verdicts import FACES, FLASH_MS, FULL, face, is_short
from app.ui.widgets import Card, Row, Rows

MOST_LEVELS = 4
HISTORY = 30
PREVIEWS_KEPT = 8
LEAST_PICTURE_PX = 170
NO_READ = (Reason.UNREADABLE, Reason.CONTAINER_SHORT)
STEPS = {"open": "START", "started": "PAUSE", "paused": "go_on", "finished": "CLOSE-ORDER", "closed": "other_order"}


class PackingPage(Page):
    name = "packing"
    works = True

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look = self.look
        self._levels: tuple[LevelView, ...] = ()
        self._packing: PackingView | None = None
        self._gap: Published | None = None
        self._print_failed = ("", "")                        # what a printer said last, and what to do about it
        self._rows: deque[Row] = deque(maxlen=HISTORY)       # of the last scans, newest first
        self._camera = screen.to.cameras[0] if screen.to.cameras else ""
        whole = QVBoxLayout(self)
        margin = look.px(20)
        whole.setContentsMargins(margin, margin, margin, margin)
        whole.setSpacing(look.px(14))
        columns = QHBoxLayout()
        columns.setSpacing(look.px(16))
        whole.addLayout(columns, 1)
        columns.addWidget(self._build_left(margin), 62)
        columns.addWidget(self._build_side(), 38)
        self.queue = QueueStrip(look, self.words, self.screen_of.act)
        whole.addWidget(self.queue)

    def _build_left(self, margin: int) -> QWidget:
        look = self.look
        self.picture = LivePicture(look, self.words)
        self.causes = CauseBar(look, self.words)
        self.history = Rows(look, choosable=False, row_px=74, empty=self.words("ui.packing.nothing_yet"))
        self.stage = QWidget()
        left = QVBoxLayout(self.stage)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(look.px(10))
        if self._camera:
            left.addWidget(self.picture, 1)
            left.addWidget(self.causes)
        else:
            card = Card(look)
            inner = QVBoxLayout(card)
            inner.setContentsMargins(margin, margin, margin, margin)
            inner.addWidget(plain_label(look, 32, self.words("ui.packing.last_scans"), bold=True, colour=QUIET))
            inner.addWidget(self.history, 1)
            left.addWidget(card, 1)
        self.half = ObjectPicture(look)
        self.gap = Notice(look, "lookup", "bad", 112)
        self.label = Notice(look, "print", "act", 112)
        self.parked = Notice(look, "park", "care", 84)
        self.held = Notice(look, "hold", "care", 84)
        for strip in (self.half, self.gap, self.label, self.held, self.parked):
            left.addWidget(strip)
        return self.stage

    def _build_side(self) -> QWidget:
        look = self.look
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
        self._facts_card = Card(look)
        self._facts_card.setFixedHeight(look.px(62))
        line = QHBoxLayout(self._facts_card)
        line.setContentsMargins(look.px(24), 0, look.px(24), 0)
        self._facts = plain_label(look, 26, colour=QUIET, fit=True)
        line.addWidget(self._facts)
        right.addWidget(self._facts_card)
        return self.side

    def opened(self) -> None:
        self.screen_of.to.devices.preview(self._camera)
        past = deque(self.screen_of.to.said, maxlen=HISTORY)
        self._rows.clear()
        self._rows.extend(self._history_row(each) for each in self.screen_of.memory.setdefault("history", past))
        self.history.set_rows(self._rows, keep=False)
        if "picture" in self.screen_of.memory:
            self.show_picture(*self.screen_of.memory["picture"])
        last = self.screen_of.shown().published
        judged = last if last is not None and last.frame is not None else self.screen_of.memory.get("judged")
        if judged is not None:       # the last picture keeps its marks, though a label was scanned since
            self._show_judged(judged)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_strips()

    def show_picture(self, pixels: Any, frame: Frame | None) -> None:
        self.picture.show_picture(pixels, frame)

    # --- what is shown --------------------------------------------------------------------------------------------
    def show_state(self, shown: Shown) -> None:
        packing = shown.view.packing if shown.view else None
        if packing is None or shown.view is None:
            return
        self._packing, self._levels = packing, packing.levels
        self._show_levels(packing)
        self._facts.setText(self._count_words(dict(shown.view.counts)))
        self.queue.set(packing.queue)
        self._show_unfinished(packing)

    def _show_levels(self, packing: PackingView) -> None:
        cards = [self.first, *self.outer]
        for card, level in zip(cards, packing.levels, strict=False):
            card.set(*self._level_texts(level))
        self.order.set(self.words("ui.packing.order"), packing.packed, packing.planned, packing.order)

    def _level_texts(self, level: LevelView) -> tuple[str, int, int, str, str]:
        name = capital(self.words("ui.packing.level", level=self.words.level(level.level), number=level.closed + 1))
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

    def _show_unfinished(self, packing: PackingView) -> None:
        words = self.words
        short = gap_level(self._gap, packing) if self._gap is not None else None
        if short is None:
            self._gap = None
            self.gap.say("")
        else:
            self.gap.say(*gap_texts(words, short, self.picture.spots, self.picture.cells))
        self.picture.keeps = short is not None
        self.half.say(words("ui.half.title", level=words.level(packing.scan_next)), half_codes(words, packing))
        parked = parked_text(words, packing)
        self.parked.say(parked, words("ui.parked.todo"), "Alt+F3" if parked else "")
        self.held.say(held_text(words, packing), words("ui.held.todo"))
        level = label_level(packing)
        if level is None:
            self.label.say("")
            self.label.set_tone("act")
            self._print_failed = ("", "")
        elif self._print_failed[0]:
            self.label.set_tone("bad")
            self.label.say(*self._print_failed, "Ctrl+F1")
        else:
            title, todo, tone = label_texts(words, level, printer_trouble(words, self.screen_of.shown().devices))
            self.label.set_tone(tone)
            self.label.say(title, todo, "Ctrl+F1" if tone == "bad" else "")
        if level is not None:
            self.label.set_picture(self.screen_of.memory.get("labels", {}).get(sscc_of(level.to_scan_back)))
        self._fit_strips()

    def _fit_strips(self) -> None:
        """Room for what is most urgent; a belt that stands gets the order's and the levels' room too."""
        px, stopped = self.look.px, self.queue.is_stopped
        room = self.height() - 2 * px(20)
        if not self.queue.isHidden():
            room -= self.queue.sizeHint().height() + px(14)
        strips = (self.gap, self.half, self.label, self.held, self.parked)
        fit([(self.causes, bool(self._camera) and not stopped, self.causes.height()),
             *((strip, strip.says, strip.height()) for strip in strips)], room - px(LEAST_PICTURE_PX), px(10))
        levels = len(self._levels)
        flat = self.order.minimumHeight()
        fit([*((card, at + 1 < levels and not stopped, flat) for at, card in enumerate(self.outer)),
             (self.order, not stopped, flat),
             (self._facts_card, self.queue.isHidden(), self._facts_card.height())],
            room - self.first.minimumHeight(), px(14))

    def show_published(self, published: Published) -> None:
        """The picture stands still with its marks; a full group shows its number on teal."""
        verdict = published.verdict
        for card in (self.first, *self.outer):
            card.calm_down()
        if published.frame is not None:
            self.screen_of.memory["judged"] = published
            self._show_judged(published)
        if verdict.reason in (Reason.PARKED, Reason.UNPARKED):
            self._gap = None
        self._hear_printer(published)
        if self._packing is not None:
            self._show_unfinished(self._packing)
        if verdict.outcome is Outcome.COMPLETE and verdict.reason in FULL and "have" in verdict.data:
            self._celebrate(published)
        if published.codes:
            kept = self.screen_of.memory["history"]
            if not kept or kept[0] is not published:
                kept.appendleft(published)
                self._rows.appendleft(self._history_row(published))
            if not self._camera:
                self.history.set_rows(self._rows, keep=False)

    def _show_judged(self, published: Published) -> None:
        self.picture.show_verdict(published)
        self.causes.set(counts_of(published))
        self._gap = published if is_gap(published) else None

    def _celebrate(self, published: Published) -> None:
        data = published.verdict.data
        level = str(data.get("level", ""))
        cards = [self.first, *self.outer]
        at = next((at for at, each in enumerate(self._levels) if each.level == level), 0)
        title = capital(self.words.level(level))
        if is_short(published.verdict):
            title += f" · {self.words('ui.packing.short')}"
        cards[min(at, len(cards) - 1)].celebrate(title, int(data["have"]), int(data.get("target", 0)),
                                                 FLASH_MS[Outcome.COMPLETE])

    def _hear_printer(self, published: Published) -> None:
        """New labels are drawn for the strip; a printer that failed is said on it."""
        reason, port = published.verdict.reason, self.screen_of.to.labels
        if reason is Reason.PRINT_FAILED:
            said = face(self.words, published.verdict, published.view.names)
            self._print_failed = (said.text, said.todo)
        elif reason in (Reason.PRINT_DONE, Reason.LABELLED) or published.labels:
            self._print_failed = ("", "")
        if port is None:
            return
        for label in published.labels:
            self.screen_of.bridge.ask("label", partial(port.label_preview, label.job),
                                      partial(self._keep_preview, label.sscc))

    def _keep_preview(self, sscc: str, png: bytes) -> None:
        kept = self.screen_of.memory.setdefault("labels", {})
        picture = QPixmap()
        if picture.loadFromData(png, "PNG"):
            kept[sscc] = picture
        while len(kept) > PREVIEWS_KEPT:
            del kept[next(iter(kept))]
        if self.is_open and self._packing is not None:
            self._show_unfinished(self._packing)

    def _history_row(self, published: Published) -> Row:
        tone, icon = FACES[published.verdict.outcome]
        said = self.words.reason(str(published.verdict.reason), published.verdict.data)
        text = self.words("ui.packing.codes", count=len(published.codes))
        if len(published.codes) == 1:
            text = self._code_word(published.codes[0])
        colour = QUIET if tone is Tone.CARE else tone.ground      # amber is no colour for type on white
        return Row(text, "", said.title, clock(self.screen_of.local(published.at)), icon=icon, colour=colour)

    def _code_word(self, code: str) -> str:
        """The end of a code; a command's barcode by its name."""
        command = parsed(code)
        if command is None:
            return short_code(code)
        name, argument = command
        title = self.words.word("common.command", name)
        return f"{title} · {self.words.word('common.choice', argument)}" if argument else title

    def instruction(self, shown: Shown) -> str:
        packing = shown.view.packing if shown.view else None
        if packing is None:
            return ""
        if self.queue.is_stopped:
            return self.queue.instruction()
        stage = self.screen_of.stage_of(packing)
        if stage != "started":
            return self.words(f"ui.order_state.{stage}_do")
        label = label_level(packing)
        if packing.half:
            return self.words("ui.do.half", level=self.words.level(packing.scan_next))
        if label is not None and label.printing != "printed":
            return self.words("ui.do.label_waits", level=self.words.level(label.level))
        if packing.label_wanted or label is not None:
            return self.words("ui.do.label", level=self.words.level(label.level if label else packing.scan_next))
        if self._is_packed(packing):
            return self.words("ui.do.order_done")
        level = packing.levels[0]
        return self.words("ui.do.pack", child=self.words.level(packing.scan_next), level=self.words.level(level.level),
                          left=level.target - level.have)

    def _is_packed(self, packing: PackingView) -> bool:
        return packing.packed >= packing.planned and not any(level.have or level.parked for level in packing.levels)

    # --- what is done ---------------------------------------------------------------------------------------------
    def bar(self) -> tuple[BarKey, ...]:
        words, go = self.words, self.screen_of.go
        return (
            self.bar_command("F2", "UNDO", icon="undo"),
            BarKey("F3", words("ui.key.CLOSE"), lambda: self._ask_close("CLOSE", 0), "close"),
            BarKey("F4", words("ui.key.CLOSE-PALLET"), lambda: self._ask_close("CLOSE-PALLET", -1), "pallet"),
            self.bar_command("F5", "RESHOOT", icon="camera") if self._gap else
            self.bar_command("F5", "LOOKUP", icon="lookup"),
            BarKey("F6", words("ui.key.order"), lambda: go("order"), "pack"),
            self._aside(),
            self._step(),
            self.bar_rework(),
        )

    def _aside(self) -> BarKey:
        """F7: what takes the odd case, or the odd bottle in the queue, out of the way."""
        packing = self._packing
        if packing is not None and packing.queue is not None:
            return self.bar_command("F7", "ALIGNED", icon="align") if packing.queue.stopped else \
                self.bar_command("F7", "JAM", icon="jam")
        empty = packing is not None and not any(each.have for each in packing.levels[:1])
        if empty and packing is not None and any(level.parked for level in packing.levels):
            return self.bar_command("F7", "UNPARK", icon="unpark")
        return BarKey("F7", self.words("ui.key.PARK"), lambda: self.rework_with("PARK"), "park")

    def _step(self) -> BarKey:
        """F8: the order's next step."""
        packing, act, go = self._packing, self.screen_of.act, self.screen_of.go
        state = self.screen_of.stage_of(packing) if packing is not None else "started"
        if state == "started" and packing is not None and self._is_packed(packing):
            return self.bar_command("F8", "FINISH", icon="finish")
        does = {"open": lambda: go("clearance"), "started": lambda: act("PAUSE", ""),
                "paused": lambda: act("START", ""), "finished": lambda: go("order"), "closed": lambda: go("choose")}
        icons = {"open": "start", "started": "pause", "paused": "start", "finished": "finish", "closed": "pack"}
        word = STEPS.get(state, "PAUSE")
        return BarKey("F8", self.words(f"ui.key.{word}"), does.get(state, does["started"]), icons.get(state, "pause"))

    def ask_reason(self, command: str, title: str = "") -> None:
        at = {"CLOSE": 0, "CLOSE-PALLET": -1}.get(command)
        level = self._levels[at] if self._levels and at is not None else None
        if level is not None and 0 < level.have < level.target:
            title = self.words("ui.choice.close", level=self.words.level(level.level), have=level.have,
                               target=level.target)
        super().ask_reason(command, title)

    def _ask_close(self, name: str, at: int) -> None:
        """A container that is not full closes with a reason; an empty or full one is the station's to answer."""
        level = self._levels[at] if self._levels else None
        if level is not None and 0 < level.have < level.target:
            self.ask_reason(name)
        else:
            self.screen_of.act(name, "")

    def press(self, key: HumanKey) -> bool:
        return self.queue.press(key)
