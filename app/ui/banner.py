"""The strip under the instruction line while something is not as usual: an act is armed, the order does not run.

It takes no room otherwise. Shows only; Escape and the bar's keys do what it names.
"""
from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.domain.commands import BY_NAME
from app.messages import StationView
from app.ui import icons
from app.ui.covers import paint_hatch
from app.ui.ports import WordsLike
from app.ui.text import CENTRE, draw_text, short_code, shown
from app.ui.theme import BLUE, WHITE, Look, Tone
from app.ui.widgets import paint_card

NOT_RUNNING = ("open", "paused", "finished", "closed")


@dataclass(frozen=True, slots=True)
class Told:
    """What the strip says. `key` is the one that does what `text` ends with; "" shows none."""

    icon: str
    tone: Tone
    title: str
    text: str
    key: str = ""
    hatched: bool = False


def armed_words(words: WordsLike, view: StationView) -> str:
    """What to scan for the act that is armed: the first thing, or the second one."""
    which = "second" if view.armed_subject else "first"
    key = f"ui.armed.{view.armed.replace('-', '_')}_{which}"
    return words(key if words.has(key) else f"ui.armed.any_{which}")


def told(words: WordsLike, view: StationView | None, stage: str) -> Told | None:
    """What the strip has to say, None for nothing. `stage`: of the order on this page, "" where there is none."""
    if view is None or not view.operator:
        return None
    if view.alarm is not None:           # seen while its cover gives way to the answer of a look-up
        said = words.reason(str(view.alarm.reason), view.alarm.data)
        return Told("cross", Tone.BAD, said.title, words("ui.banner.red_waits"), "F11")
    if view.armed:
        name = view.armed.upper()
        title = words.word("common.command", name)
        if view.armed_reason:
            title += f" · {words.word('common.choice', view.armed_reason)}"
        text = armed_words(words, view)
        if view.armed_subject:
            text = f"{short_code(view.armed_subject)}   →   {text}"
        icon = BY_NAME[name].icon if name in BY_NAME else "scan"
        return Told(icon, Tone.ACT, title, text, "Esc")
    if stage not in NOT_RUNNING:
        return None
    icons_of = {"open": "start", "paused": "pause", "finished": "finish", "closed": "check"}
    return Told(icons_of[stage], Tone.ACT, words(f"ui.order_state.{stage}"), words(f"ui.order_state.{stage}_todo"),
                "F8", hatched=stage == "paused")


class Banner(QWidget):
    """Large enough to be read from the other side of the line."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.told: Told | None = None
        self.setFixedHeight(look.px(104))
        self.hide()

    def say(self, told: Told | None) -> None:
        if told != self.told:
            self.told = told
            self.setVisible(told is not None)
            self.update()

    def paintEvent(self, _event: object) -> None:
        if self.told is None:
            return
        painter = QPainter(self)
        look, rect, told = self.look, self.rect(), self.told
        if told.hatched:
            paint_hatch(painter, rect, look.px(40), BLUE, BLUE.darker(125))
        else:
            painter.fillRect(rect, told.tone.ground)
        side = look.px(68)
        icons.draw(painter, told.icon, QRect(look.px(24), (rect.height() - side) // 2, side, side), told.tone.ink, 2.2)
        left = look.px(24) + side + look.px(22)
        chip_px = look.px(104) if told.key else 0
        right = rect.width() - look.px(24) - chip_px - (look.px(20) if chip_px else 0)
        font = look.font(54, True)
        painter.setFont(font)
        title_px = min(painter.fontMetrics().horizontalAdvance(shown(told.title)) + 4, (right - left) * 48 // 100)
        draw_text(painter, QRect(left, 0, title_px, rect.height()), told.title, font, told.tone.ink, fit=True)
        text_x = left + title_px + look.px(36)
        draw_text(painter, QRect(text_x, 0, right - text_x, rect.height()), told.text, look.font(40, True),
                  told.tone.ink, fit=True)
        if chip_px:
            chip = QRect(rect.width() - look.px(24) - chip_px, look.px(22), chip_px, rect.height() - look.px(44))
            paint_card(painter, chip, look, WHITE, WHITE)
            draw_text(painter, chip, told.key, look.font(34, True), BLUE, CENTRE, fit=True)
        painter.end()
