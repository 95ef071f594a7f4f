"""The red of diverted goods: what was expected and what is, the codes that belong together, the picture, who may help.

The gravest stop a dock has is read from two metres away, so it shows more than a sentence. Painted; takes touches only.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from app.domain.decision import Verdict
from app.domain.reasons import Reason
from app.domain.warehouse.cases import SuspectView
from app.ui import icons
from app.ui.covers import AlarmCover
from app.ui.page import Screen
from app.ui.ports import WordsLike
from app.ui.text import CENTRE, LEFT, draw_text, draw_wrapped, readable, short_code
from app.ui.theme import AMBER, AMBER_WASH, INK, QUIET, RED, RED_WASH, SUNK, TEAL, WHITE, Look
from app.ui.verdicts import Face

SUSPECT = frozenset({Reason.NEVER_SHIPPED, Reason.WRONG_TERRITORY, Reason.WRONG_DEALER, Reason.SHIPPED_TO_OTHER,
                     Reason.TWO_PLACES})
SIBLINGS = 3             # that are named; the rest is a number
SHOWN = "diversion_stop"
ON_RED = QColor("#F3C9CF")


def case_of(verdict: Verdict | None) -> str:
    """The number of the evidence file that a red is about; "" for any other."""
    return str(verdict.data.get("case", "")) if verdict is not None and verdict.reason in SUSPECT else ""


def whom(words: WordsLike, dealer: str, name: str, territory: str, here: bool = False) -> tuple[str, str]:
    """(dealer, territory) as they are read; with no dealer, what turned up is simply here."""
    return name or dealer or words("diversion.page.here" if here else "diversion.page.nobody"), \
        words("diversion.page.territory", territory=territory) if territory else ""


class DiversionCover(AlarmCover):
    def __init__(self, look: Look, words: WordsLike, parent: QWidget) -> None:
        super().__init__(look, parent)
        self.words = words
        self.title = self.number = ""
        self.data: dict[str, str | int] = {}
        self.suspect: SuspectView | None = None
        self.picture: QImage | None = None
        self.kept = False                # the picture is part of the evidence

    def _paint_words(self, painter: QPainter, face: Face, margin: int) -> None:
        look = self.look
        whole = self.rect().adjusted(margin, margin, -margin, -margin)
        side = look.px(96)
        icons.draw(painter, face.icon, QRect(whole.x(), whole.y(), side, side), WHITE, 2.8)
        draw_text(painter, QRect(whole.x() + side + look.px(28), whole.y(), whole.width() - side - look.px(28), side),
                  f"{face.word}   {self.title}", look.font(76, True), WHITE, fit=True)
        y = whole.y() + side + look.px(20)
        third = whole.width() * 30 // 100
        picture = QRect(whole.right() - third, y, third, look.px(496))
        left = QRect(whole.x(), y, whole.width() - third - look.px(28), picture.height())
        self._paint_sides(painter, QRect(left.x(), left.y(), left.width(), look.px(280)))
        self._paint_codes(painter, QRect(left.x(), left.y() + look.px(304), left.width(), left.height() - look.px(304)))
        self._paint_picture(painter, picture)
        y = picture.bottom() + look.px(18)
        todo = QRect(whole.x(), y, whole.width(), look.px(108))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(WHITE)
        painter.drawRoundedRect(todo, look.px(12), look.px(12))
        draw_wrapped(painter, todo.adjusted(look.px(24), look.px(6), -look.px(24), -look.px(6)), face.todo,
                     look.font(44, True), RED, CENTRE)
        y = todo.bottom() + look.px(10)
        told = "   ·   ".join(each for each in (self.words("diversion.page.evidence", number=self.number),
                                                self.held) if each)
        draw_text(painter, QRect(whole.x(), y, whole.width(), look.px(46)), told, look.font(30, True), WHITE, CENTRE,
                  fit=True)
        self._paint_answer(painter)

    def _paint_sides(self, painter: QPainter, rect: QRect) -> None:
        """Expected left, found right: two cards with the same three lines."""
        words, data, suspect = self.words, self.data, self.suspect
        expected = whom(words, str(data.get("dealer", "")), suspect.expected_name if suspect else "",
                        str(data.get("territory", "")))
        actual = whom(words, str(data.get("actual_dealer", "")), suspect.actual_name if suspect else "",
                      str(data.get("actual_territory", "")), here=True)
        rule = str(data.get("rule", ""))
        told = words("diversion.page.rule", rule=rule) if rule else ""
        seen = ""
        if data.get("place"):
            seen = words("diversion.page.seen", place=str(data["place"]), km=data.get("km", 0))
        by = words.word("common.decided_as", str(data.get("decided_as", "")))
        half = (rect.width() - self.look.px(20)) // 2
        self._paint_side(painter, QRect(rect.x(), rect.y(), half, rect.height()),
                         words("diversion.page.expected"), expected, told or seen, TEAL)
        self._paint_side(painter, QRect(rect.right() - half, rect.y(), half, rect.height()),
                         words("diversion.page.actual"), actual,
                         (seen if told else "") or words("diversion.page.told", by=by), RED)

    def _paint_side(self, painter: QPainter, rect: QRect, head: str, lines: tuple[str, str], foot: str,
                    colour: QColor) -> None:
        look = self.look
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(WHITE)
        painter.drawRoundedRect(rect, look.px(12), look.px(12))
        painter.fillRect(QRect(rect.x(), rect.y() + look.px(12), look.px(10), rect.height() - look.px(24)),
                         AMBER if colour == RED else colour)
        inner = rect.adjusted(look.px(30), look.px(12), -look.px(20), -look.px(12))
        draw_text(painter, QRect(inner.x(), inner.y(), inner.width(), look.px(44)), head, look.font(30), QUIET)
        draw_text(painter, QRect(inner.x(), inner.y() + look.px(46), inner.width(), look.px(70)), lines[0],
                  look.font(48, True), INK, fit=True)
        draw_text(painter, QRect(inner.x(), inner.y() + look.px(118), inner.width(), look.px(52)), lines[1],
                  look.font(38, True), colour, fit=True)
        draw_text(painter, QRect(inner.x(), inner.bottom() - look.px(46), inner.width(), look.px(46)), foot,
                  look.font(27), QUIET, fit=True)

    def _paint_codes(self, painter: QPainter, rect: QRect) -> None:
        look, words = self.look, self.words
        draw_text(painter, QRect(rect.x(), rect.y(), rect.width(), look.px(52)), self.code, look.font(36, True), WHITE,
                  LEFT, fit=True, middle=True)
        siblings = self.suspect.siblings if self.suspect else ()
        if not siblings:
            return
        named = "   ".join(short_code(each) for each in siblings[:SIBLINGS])
        more = len(siblings) - SIBLINGS
        told = words("diversion.page.siblings", codes=named, more=more if more > 0 else 0)
        draw_wrapped(painter, QRect(rect.x(), rect.y() + look.px(56), rect.width(), rect.height() - look.px(56)), told,
                     look.font(30), ON_RED, LEFT)

    def _paint_picture(self, painter: QPainter, rect: QRect) -> None:
        look = self.look
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SUNK)
        painter.drawRoundedRect(rect, look.px(12), look.px(12))
        foot = QRect(rect.x(), rect.bottom() - look.px(50), rect.width(), look.px(50))
        room = rect.adjusted(look.px(10), look.px(10), -look.px(10), -look.px(56))
        if self.picture is None:
            icons.draw(painter, "camera", QRect(room.center().x() - look.px(60), room.center().y() - look.px(60),
                                                look.px(120), look.px(120)), QUIET, 1.6)
        else:
            size = self.picture.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
            at = QRect(room.center().x() - size.width() // 2, room.center().y() - size.height() // 2, size.width(),
                       size.height())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(at, self.picture)
        painter.fillRect(foot.adjusted(look.px(10), 0, -look.px(10), -look.px(8)),
                         RED_WASH if self.picture is None else AMBER_WASH if not self.kept else SUNK)
        word = "no_picture" if self.picture is None else "kept" if self.kept else "keeping"
        draw_text(painter, foot.adjusted(look.px(14), 0, -look.px(14), -look.px(8)),
                  self.words(f"diversion.page.{word}"), look.font(26, True), INK, CENTRE, fit=True)


class DiversionStop:
    """The cover with what it asks for by itself: the case, and one picture of the camera for the evidence."""

    def __init__(self, screen: Screen, parent: QWidget, confirm: Callable[[], None]) -> None:
        self._screen = screen
        self.cover = DiversionCover(screen.look, screen.words, parent)
        self.cover.touched.connect(confirm)
        self._watching = False
        screen.memory[SHOWN] = self      # an answer that comes for a window built anew since is not shown

    def show(self, alarm: Verdict, face: Face, **how: Any) -> None:
        """`how` as AlarmCover.show_alarm has it."""
        case, cover = case_of(alarm), self.cover
        cover.title = self._screen.words.reason(str(alarm.reason), {**alarm.data}).title
        cover.data, code = dict(alarm.data), readable(str(alarm.data.get("code", "")))
        if case != cover.number:
            cover.number, cover.suspect, cover.picture, cover.kept = case, None, None, False
            self._ask(case)
        cover.show_alarm(face, **{**how, "code": code or how["code"]})

    def hide(self) -> None:
        self.cover.hide()
        self.cover.number = ""
        if self._watching:
            self._watching = False
            self._screen.to.devices.preview("")

    def show_picture(self, pixels: Any) -> None:
        """The camera's picture while it is waited for: the first one is kept."""
        if not self._watching or self.cover.picture is not None or not self.cover.number:
            return
        from app.ui.pictures import image_of

        self.cover.picture = image_of(pixels).copy()
        self.cover.update()
        port, number = self._screen.to.diversion, self.cover.number
        if port is not None:
            self._screen.bridge.ask("photograph", partial(port.photograph, number, pixels), self._photographed)

    def _ask(self, case: str) -> None:
        ports = self._screen.ports
        if ports is None or ports.diversion is None:
            return
        self._screen.bridge.ask("suspect", partial(ports.diversion.suspect, case), self._known)

    def _known(self, found: SuspectView | None) -> None:
        cover, ports = self.cover, self._screen.ports
        if self._gone or found is None or ports is None or found.number != cover.number:
            return
        cover.suspect = found
        if found.pictures and cover.picture is None:
            image = QImage(found.pictures[-1])
            cover.picture, cover.kept = (None if image.isNull() else image), True
        elif ports.cameras and cover.picture is None:
            self._watching = True
            ports.devices.preview(ports.cameras[0])
        cover.update()

    def _photographed(self, _file: str) -> None:
        if not self._gone:
            self.cover.kept = True
            self.cover.update()

    @property
    def _gone(self) -> bool:
        return self._screen.memory.get(SHOWN) is not self
