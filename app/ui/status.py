"""The status bar of every screen: training mark, station, operator, devices, link and backlog, latency, clock."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.messages import SyncStatus
from app.ui import icons
from app.ui.page import Shown
from app.ui.ports import WordsLike
from app.ui.text import CENTRE, LEFT, draw_text, shown
from app.ui.theme import AMBER, BAR, BAR_INK, BAR_QUIET, BLACK, RED_ON_BAR, TEAL_ON_BAR, Look

LINK_STATE = {"up": "good", "down": "care", "fenced": "bad", "refused": "bad", "off": "off"}
DEVICE_STATE = {"ready": "good", "opening": "care", "gone": "bad", "fault": "bad"}
ON_BAR = (TEAL_ON_BAR, AMBER, RED_ON_BAR, BAR_QUIET)
DOTS_SHOWN = 6


def age_words(words: WordsLike, seconds: float) -> str:
    """"3 min", "2 h", "4 d": one unit is enough to act on."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return words(f"ui.age.{unit}", count=int(seconds // size))
    return words("ui.age.second", count=max(0, int(seconds)))


def link_words(words: WordsLike, sync: SyncStatus | None, now: datetime) -> str:
    """"Offline · 214 waiting · oldest 3 min"."""
    if sync is None:
        return ""
    text = words(f"ui.link.{sync.link}")
    waiting = sync.queued + sync.in_flight
    if waiting:
        text += " · " + words("ui.status.waiting", count=waiting)
        if sync.oldest is not None:
            text += " · " + age_words(words, (now - sync.oldest).total_seconds())
    return text


class StatusBar(QWidget):
    """Painted from the left and the right until the room is used up. `now` gives the site's local time, aware."""

    def __init__(self, look: Look, words: WordsLike, station_name: str, training: bool,
                 now: Callable[[], datetime]) -> None:
        super().__init__()
        self.look, self.words, self.now = look, words, now
        self.station_name, self.training = shown(station_name), training
        self.shown = Shown()
        self.setFixedHeight(look.px(60))

    def show_state(self, state: Shown) -> None:
        self.shown = state
        self.update()

    def texts(self) -> dict[str, str]:
        """All that the bar says, by place; for reading aloud and for the tests."""
        state, view = self.shown, self.shown.view
        told = {"station": view.station_name if view else self.station_name, "clock": f"{self.now():%H:%M}",
                "link": link_words(self.words, state.sync, self.now())}
        if self.training:
            told["training"] = self.words("ui.status.training")
        if view:
            told["operator"] = view.operator_name or self.words("ui.status.nobody")
        if view and view.operator:
            told["task"] = self.words.word("common.task", view.task) + (f" · {view.subject}" if view.subject else "")
            told["task"] += f" · {view.shift}" if view.shift else ""
        if state.p95_ms:
            told["p95"] = self.words("ui.status.p95", ms=round(state.p95_ms))
        if state.silent:
            told["silent"] = self.words("ui.status.silent")
        for name, device in state.devices.items():
            told[f"device.{name}"] = f"{name}: {self.words.word('ui.device', device.state)}"
        return told

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), BAR)
        told = self.texts()
        left = self._paint_left(painter, told, self.look.px(24))
        self._paint_right(painter, told, left + self.look.px(24))
        painter.end()

    def _paint_left(self, painter: QPainter, told: dict[str, str], x: int) -> int:
        look, height = self.look, self.height()
        if "training" in told:
            font = look.font(24, True)
            painter.setFont(font)
            wide = painter.fontMetrics().horizontalAdvance(told["training"]) + look.px(28)
            chip = QRect(x, look.px(11), wide, height - look.px(22))
            painter.fillRect(chip, AMBER)
            draw_text(painter, chip, told["training"], font, BLACK, CENTRE)
            x += wide + look.px(20)
        limit = self.width() * 46 // 100
        x = self._word(painter, told["station"], x, limit, True, BAR_INK)
        for name, sign in (("task", ""), ("operator", "person")):
            if told.get(name):
                x = self._word(painter, told[name], x + look.px(32), limit, False, BAR_INK, sign)
        return x

    def _word(self, painter: QPainter, text: str, x: int, limit: int, bold: bool, colour: QColor,
              sign: str = "") -> int:
        look, height = self.look, self.height()
        font = look.font(25, bold)
        painter.setFont(font)
        if sign:
            side = look.px(28)
            icons.draw(painter, sign, QRect(x, (height - side) // 2, side, side), BAR_QUIET)
            x += side + look.px(8)
        wide = max(0, min(painter.fontMetrics().horizontalAdvance(text) + 2, limit - x))
        draw_text(painter, QRect(x, 0, wide, height), text, font, colour, LEFT)
        return x + wide

    def _paint_right(self, painter: QPainter, told: dict[str, str], least: int) -> None:
        look, height = self.look, self.height()
        x = self.width() - look.px(24)
        x = self._from_right(painter, told["clock"], x, True, BAR_INK)
        if "silent" in told:
            side = look.px(32)
            x -= side + look.px(28)
            icons.draw(painter, "silent", QRect(x, (height - side) // 2, side, side), AMBER)
        if self.shown.sync is not None:
            x = self._from_right(painter, told["link"], x - look.px(32), False, BAR_INK)
            x = self._dot(painter, LINK_STATE.get(self.shown.sync.link, "off"), x - look.px(10))
        if "p95" in told and x - least > look.px(420):
            x = self._from_right(painter, told["p95"], x - look.px(28), False, BAR_QUIET)
        order = {"bad": 0, "care": 1, "good": 2, "off": 3}
        dots = sorted(self.shown.devices.values(), key=lambda each: order[DEVICE_STATE.get(each.state, "off")])
        for device in reversed(dots[:DOTS_SHOWN]):
            if x - least < look.px(110):
                break
            x = self._from_right(painter, device.name, x - look.px(26), False, BAR_QUIET, least)
            x = self._dot(painter, DEVICE_STATE.get(device.state, "off"), x - look.px(8))

    def _from_right(self, painter: QPainter, text: str, x: int, bold: bool, colour: QColor, least: int = 0) -> int:
        font = self.look.font(25, bold)
        painter.setFont(font)
        wide = painter.fontMetrics().horizontalAdvance(shown(text)) + 2
        if least:
            wide = max(0, min(wide, self.look.px(200), x - least - self.look.px(34)))
        draw_text(painter, QRect(x - wide, 0, wide, self.height()), text, font, colour, LEFT)
        return x - wide

    def _dot(self, painter: QPainter, state: str, x: int) -> int:
        side = self.look.px(20)
        icons.draw_dot(painter, state, QRect(x - side, (self.height() - side) // 2, side, side), ON_BAR)
        return x - side
