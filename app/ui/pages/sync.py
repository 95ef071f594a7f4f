"""What the server has and what still waits here: the queue as numbers and as a picture, what was refused and why."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Literal

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.domain.people import RIGHTS, Right, Role
from app.messages import SyncStatus
from app.ui import icons
from app.ui.count import number
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey, WordsLike
from app.ui.status import LINK_STATE, age_words
from app.ui.text import CENTRE, draw_text, draw_wrapped, plain_label, short_code
from app.ui.theme import AMBER, CARD, GAP_PX, INK, QUIET, RED, SUNK, TEAL, Look
from app.ui.widgets import Button, Card, Row, Rows, paint_card
from app.views import SyncRow

LINK_COLOURS = {"good": TEAL, "care": AMBER, "bad": RED, "off": QUIET}
SHOWN_ROWS = 200
QUEUE_FULL = 2000          # events at which the picture of the queue is full


class PipeCard(Card):
    """Station → queue → server: the queue grows and shrinks, the link breaks where it is broken."""

    def __init__(self, look: Look, words: WordsLike) -> None:
        super().__init__(look)
        self._words = words
        self._sync: SyncStatus | None = None
        self._now: datetime | None = None

    def set(self, sync: SyncStatus, now: datetime) -> None:
        self._sync, self._now = sync, now
        self.update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)
        if self._sync is None or self._now is None:
            return
        painter = QPainter(self)
        look, pad = self.look, self.look.px(28)
        rect = self.rect().adjusted(pad, look.px(20), -pad, -look.px(20))
        pipe = QRect(rect.x(), rect.y(), rect.width(), rect.height() * 40 // 100)
        cells = QRect(rect.x(), pipe.bottom() + look.px(12), rect.width(), rect.height() * 38 // 100)
        foot = QRect(rect.x(), cells.bottom() + look.px(10), rect.width(), rect.bottom() - cells.bottom() - look.px(10))
        self._paint_pipe(painter, pipe, self._sync)
        self._paint_numbers(painter, cells, self._sync)
        draw_wrapped(painter, foot, self._foot(self._sync, self._now), look.font(28), QUIET)
        painter.end()

    def _paint_pipe(self, painter: QPainter, rect: QRect, sync: SyncStatus) -> None:
        look, words = self.look, self._words
        colour = LINK_COLOURS[LINK_STATE.get(sync.link, "off")]
        side, line = min(look.px(110), rect.height() - look.px(48)), look.px(44)
        y = rect.y()
        station, server = QRect(rect.x(), y, side, side), QRect(rect.right() - side, y, side, side)
        icons.draw(painter, "station", station, INK, 1.5)
        icons.draw(painter, "server", server, INK if sync.link == "up" else QUIET, 1.5)
        caption = y + side + look.px(4)
        wide = max(side, look.px(180))
        draw_text(painter, QRect(station.x(), caption, wide, line), words("ui.sync.here"), look.font(28, True), INK)
        draw_text(painter, QRect(server.right() - wide + 1, caption, wide, line), words("ui.sync.server"),
                  look.font(28, True), INK, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        left, right, middle = station.right() + look.px(28), server.x() - look.px(28), y + side // 2
        queue = QRect(left, middle - look.px(28), (right - left) * 46 // 100, look.px(56))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_card(painter, queue, look, SUNK)
        waiting = sync.queued + sync.in_flight
        if waiting:
            full = QRect(queue)
            full.setWidth(max(look.px(16), queue.width() * min(waiting, QUEUE_FULL) // QUEUE_FULL))
            full.moveRight(queue.right())
            paint_card(painter, full, look, AMBER, AMBER)
        gap = look.px(14)
        painter.setPen(QPen(colour, look.px(8), Qt.PenStyle.SolidLine if sync.link == "up" else Qt.PenStyle.DotLine,
                            Qt.PenCapStyle.FlatCap))
        painter.drawLine(queue.right() + gap, middle, right, middle)
        mark = QRect((queue.right() + gap + right) // 2 - look.px(30), middle - look.px(30), look.px(60), look.px(60))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(CARD)
        painter.drawEllipse(mark.adjusted(-gap, -gap, gap, gap))
        sign = {"good": "check", "care": "bang", "bad": "cross"}.get(LINK_STATE.get(sync.link, "off"), "pause")
        painter.setBrush(colour)
        painter.drawEllipse(mark)
        inset = look.px(14)
        icons.draw(painter, sign, mark.adjusted(inset, inset, -inset, -inset), INK if colour == AMBER else CARD, 3.2)
        draw_text(painter, QRect(queue.x(), caption, queue.width(), line), words("ui.sync.queue"), look.font(28), QUIET,
                  CENTRE, fit=True)
        draw_text(painter, QRect(queue.right(), caption, right - queue.right(), line), words(f"ui.link.{sync.link}"),
                  look.font(28, True), colour if colour != AMBER else INK, CENTRE, fit=True)

    def _paint_numbers(self, painter: QPainter, rect: QRect, sync: SyncStatus) -> None:
        look, words = self.look, self._words
        told: list[tuple[str, int, QColor]] = [
            ("queued", sync.queued, INK), ("in_flight", sync.in_flight, INK), ("accepted", sync.accepted, TEAL),
            ("refused", sync.refused, RED if sync.refused else INK)]
        gap = GAP_PX
        wide = (rect.width() - gap * (len(told) - 1)) // len(told)
        for at, (name, value, colour) in enumerate(told):
            cell = QRect(rect.x() + at * (wide + gap), rect.y(), wide, rect.height())
            paint_card(painter, cell, look, SUNK)
            inner = cell.adjusted(look.px(12), look.px(8), -look.px(12), -look.px(8))
            high = inner.height() * 64 // 100
            draw_text(painter, QRect(inner.x(), inner.y(), inner.width(), high), number(value), look.font(76, True),
                      colour, CENTRE, fit=True)
            draw_text(painter, QRect(inner.x(), inner.y() + high, inner.width(), inner.height() - high),
                      words(f"ui.sync.{name}"), look.font(26), QUIET, CENTRE, fit=True)

    def _foot(self, sync: SyncStatus, now: datetime) -> str:
        words, parts = self._words, []
        if sync.problem:
            parts.append(words.word("sync.problem", sync.problem) + (f" ({sync.detail})" if sync.detail else ""))
        if sync.oldest is not None:
            parts.append(words("ui.sync.oldest", age=age_words(words, (now - sync.oldest).total_seconds())))
        if sync.last_ack is not None:
            parts.append(words("ui.sync.last_ack", age=age_words(words, (now - sync.last_ack).total_seconds())))
        return "   ·   ".join(parts) or words("ui.sync.all_well")


class SyncPage(Page):
    name = "sync"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self._state = "refused"
        self._said = ""
        self._listed: tuple[SyncRow, ...] = ()
        columns = QHBoxLayout(self)
        margin = look.px(20)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(16))
        left = QVBoxLayout()
        left.setSpacing(look.px(14))
        self.pipe = PipeCard(look, words)
        left.addWidget(self.pipe, 1)
        keys = QHBoxLayout()
        keys.setSpacing(GAP_PX)
        self.send = Button(look, words("ui.key.send_now"), icon="sync", size_px=32, style="strong", act=self.send_now)
        self.export = Button(look, words("ui.key.export"), icon="save", size_px=32, act=self.export_now)
        for button in (self.send, self.export):
            button.setFixedHeight(look.touch(96))
            keys.addWidget(button)
        left.addLayout(keys)
        columns.addLayout(left, 52)
        card = Card(look)
        listed = QVBoxLayout(card)
        listed.setContentsMargins(margin, look.px(14), margin, margin)
        listed.setSpacing(look.px(8))
        self._head = plain_label(look, 32, bold=True, colour=QUIET, fit=True)
        listed.addWidget(self._head)
        self._hint = plain_label(look, 26, colour=QUIET, wrap=True)
        self._hint.setFixedHeight(look.px(76))
        listed.addWidget(self._hint)
        self.rows = Rows(look, choosable=True, row_px=92, empty=words("ui.sync.none"), numbered=False)
        listed.addWidget(self.rows, 1)
        columns.addWidget(card, 48)
        self.side = card

    def opened(self) -> None:
        self._head.setText(self.words(f"ui.sync.list_{self._state}"))
        self._hint.setText(self.words(f"ui.sync.hint_{self._state}"))
        state, reader = self._state, self.screen_of.to.reader
        self.ask("sync_rows", lambda: reader.sync_rows(state, limit=SHOWN_ROWS), self._show, f"sync_rows:{state}")

    def _show(self, rows: Sequence[SyncRow]) -> None:
        self._listed = tuple(rows)
        self.rows.set_rows([self._row(row) for row in rows])

    def _row(self, row: SyncRow) -> Row:
        at = self.screen_of.local(row.at)
        step = self.words.word("common.biz_step", row.biz_step)
        title = f"{step} · {number(row.count)} · {short_code(row.epc)}"
        note = row.reason or self.words("ui.sync.tries", count=row.tries)
        refused = row.state == "refused"
        return Row(title, note, f"{at:%m-%d %H:%M}", row.operator, icon="cross" if refused else "clock",
                   colour=RED if refused else QUIET)

    def show_state(self, shown: Shown) -> None:
        if shown.sync is not None:
            self.pipe.set(shown.sync, datetime.now().astimezone())

    def instruction(self, shown: Shown) -> str:
        return self._said or self.words("ui.do.sync")

    def send_now(self) -> None:
        """Asks the sync to try at once; the answer is what the numbers do."""
        self._tell(self.words("ui.sync.sending"))
        self.screen_of.bridge.ask("sync", self.screen_of.to.sync.sync_now, lambda _: self.opened())

    def export_now(self) -> None:
        """Writes what the station knows to a file for people."""
        language = self.words.language
        self._tell(self.words("ui.sync.exporting"))
        self.screen_of.bridge.ask("export", lambda: self.screen_of.to.export.events(language),
                                  lambda path: self._tell(self.words("ui.sync.exported", file=path)))

    def _tell(self, text: str) -> None:
        self._said = text
        self.screen_of.go("")

    @property
    def may_resolve(self) -> bool:
        """Whether the one who stands here may say what becomes of a refused event."""
        view = self.screen_of.shown().view
        role = view.operator_role if view else ""
        return self._state == "refused" and role in tuple(Role) and Right.APPROVE in RIGHTS[Role(role)]

    def resend(self) -> None:
        """Sends the chosen event once more, as it is."""
        self._resolve("resend", "")

    def discard(self) -> None:
        """The chosen event is given up; why is asked first."""
        if self.may_resolve and self._listed:
            self.ask_reason("CLOSE-ORDER", self.words("ui.sync.why_discard",
                                                      what=self.rows.rows[self.rows.at].title))

    def reason_chosen(self, reason: str) -> None:
        self._resolve("discard", reason)

    def _resolve(self, how: Literal["resend", "discard"], reason: str) -> None:
        view, sync = self.screen_of.shown().view, self.screen_of.to.sync
        if not self.may_resolve or view is None or not self._listed:
            return
        event, by = self._listed[self.rows.at].seq, f"{view.operator} {reason}".rstrip()
        self.screen_of.bridge.ask("resolve", lambda: sync.resolve(event, how, by), partial(self._resolved, how))

    def _resolved(self, how: str, done: bool) -> None:
        self._tell(self.words(f"ui.sync.{how}_done" if done else "ui.sync.not_refused"))
        self.opened()

    def _turn_list(self) -> None:
        self._state = "pending" if self._state == "refused" else "refused"
        self.opened()
        self.screen_of.go("")

    def bar(self) -> tuple[BarKey, ...]:
        keys: tuple[BarKey, ...] = (
            BarKey("F2", self.words("ui.key.send_now"), self.send_now, "sync"),
            BarKey("F3", self.words("ui.key.other_list"), self._turn_list, "repeat"),
            BarKey("F4", self.words("ui.key.export"), self.export_now, "save"),
            BarKey("F5", self.words("ui.key.up"), lambda: self.rows.turn(-1), "previous"),
            BarKey("F6", self.words("ui.key.down"), lambda: self.rows.turn(1), "next"))
        if self.may_resolve:
            keys += (BarKey("F7", self.words("ui.key.resend"), self.resend, "repeat"),
                     BarKey("F8", self.words("ui.key.discard"), self.discard, "cancel"))
        return keys

    def press(self, key: HumanKey) -> bool:
        return key.key != "enter" and list_key(self.rows, key)
