"""The in-line queue as moving bottles: teal good, red ✕ to be rejected, amber ? doubtful, hollow not read.

The packer stands at the right, so place 1 is the rightmost bottle. What it takes next stands under a bracket.
"""
from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.messages import QueueView
from app.ui import icons
from app.ui.count import number
from app.ui.ports import WordsLike
from app.ui.text import CENTRE, LEFT, RIGHT, draw_text
from app.ui.theme import AMBER, BLACK, BLUE, CARD, GROUND, INK, LINE, QUIET, RED, TEAL, WHITE, Look
from app.ui.widgets import paint_card

FEW, MANY = 30, 60           # places that the belt is drawn for: large bottles while few, more while it stands
TICK_MS = 25
GLIDE = 0.38                 # of the way to its place that a bottle goes in one tick
THERE = 0.02                 # of a place: near enough
GROUNDS = {"good": TEAL, "bad": RED, "doubtful": AMBER}
CHOSEN = QColor(0, 95, 184, 60)


class QueuePicture(QWidget):
    """`touched(place)` tells the place of a bottle that was touched, 0 the one next to the packer."""

    touched = Signal(int)

    def __init__(self, look: Look, words: WordsLike) -> None:
        super().__init__()
        self.look, self.words = look, words
        self.queue = QueueView((), 0)
        self.chosen: tuple[int, int] | None = None       # places, lower one first
        self._at: dict[int, float] = {}                  # where each bottle is now, in places from the packer
        self._leaving: dict[int, tuple[float, str]] = {}
        self._bottles: dict[tuple[str, int, int], QPixmap] = {}
        self._glide = QTimer(self)
        self._glide.setInterval(TICK_MS)
        self._glide.timeout.connect(self._step)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(1200), self.look.px(150))

    @property
    def places(self) -> int:
        count = len(self.queue.slots)
        return FEW if count <= FEW else MANY if count <= MANY or not self.queue.stopped else 2 * MANY

    def set(self, queue: QueueView) -> None:
        """The newest state; bottles glide from where they were."""
        if queue == self.queue:
            return
        before, self.queue = self.queue, queue
        there = {slot.number for slot in queue.slots}
        states = {slot.number: slot.state for slot in before.slots}
        first = not self._at
        for number_, at in list(self._at.items()):
            if number_ not in there:
                del self._at[number_]
                if at < max(before.takes, 1):
                    self._leaving[number_] = (at, states.get(number_, "good"))
        for place, slot in enumerate(queue.slots[: self.places]):
            start = float(place) if first else max(place, len(before.slots)) + 0.8
            self._at.setdefault(slot.number, start)
        if not self._glide.isActive():
            self._glide.start()
        self.update()

    def choose(self, places: tuple[int, int] | None) -> None:
        """Marks places from here to there; None marks nothing."""
        if places != self.chosen:
            self.chosen = places
            self.update()

    @property
    def is_moving(self) -> bool:
        return self._glide.isActive()

    def _step(self) -> None:
        moving = False
        for place, slot in enumerate(self.queue.slots[: self.places]):
            at = self._at.get(slot.number, float(place))
            far = place - at
            self._at[slot.number] = float(place) if abs(far) < THERE else at + far * GLIDE
            moving = moving or abs(far) >= THERE
        self._leaving = {number_: (at - 1.2, state) for number_, (at, state) in self._leaving.items() if at > -2.5}
        if not moving and not self._leaving:
            self._glide.stop()
        self.update()

    # --- painting -------------------------------------------------------------------------------------------------
    def _belt(self) -> QRect:
        """Where the bottles stand: between the reader at the left and the packer at the right."""
        look = self.look
        head, foot = look.px(54), look.px(34)
        end = look.px(96)
        return QRect(end, head, self.width() - 2 * end, self.height() - head - foot)

    def _pitch(self) -> float:
        return self._belt().width() / self.places

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, belt = self.look, self._belt()
        painter.fillRect(self.rect(), GROUND)
        paint_card(painter, self.rect(), look, CARD, RED if self.queue.stopped else LINE)
        painter.fillRect(QRect(belt.x(), belt.bottom(), belt.width(), max(3, look.px(5))), QUIET)
        side = min(look.px(64), belt.height())
        icons.draw(painter, "scan", QRect(look.px(16), belt.bottom() - side, side, side), QUIET, 1.8)
        icons.draw(painter, "pack", QRect(self.width() - look.px(16) - side, belt.bottom() - side, side, side), BLUE,
                   1.8)
        pitch = self._pitch()
        self._paint_chosen(painter, belt, pitch)
        wide, high = max(6, int(pitch * 0.82)), min(belt.height() - 2, int(pitch * 3.4))
        # Only what is before the packer's mouth is drawn; a bottle that leaves slides under it.
        painter.setClipRect(QRect(belt.x(), 0, belt.width(), self.height()))
        for at, state in self._leaving.values():
            self._paint_bottle(painter, belt, pitch, at, state, wide, high)
        for slot in self.queue.slots[: self.places]:
            self._paint_bottle(painter, belt, pitch, self._at.get(slot.number, 0.0), slot.state, wide, high)
        painter.setClipping(False)
        self._paint_step(painter, belt, pitch)
        self._paint_numbers(painter, belt, pitch)
        self._paint_head(painter, belt, pitch)
        painter.end()

    def _x(self, belt: QRect, pitch: float, place: float) -> float:
        """The middle of a place."""
        return belt.right() - (place + 0.5) * pitch

    def _paint_bottle(self, painter: QPainter, belt: QRect, pitch: float, place: float, state: str, wide: int,
                      high: int) -> None:
        key = (state, wide, high)
        if key not in self._bottles:
            self._bottles[key] = _bottle(state, wide, high, self.look.font(40, True))
        painter.drawPixmap(round(self._x(belt, pitch, place) - wide / 2), belt.bottom() - high, self._bottles[key])

    def _paint_chosen(self, painter: QPainter, belt: QRect, pitch: float) -> None:
        if self.chosen is None:
            return
        low, high = self.chosen
        right, left = self._x(belt, pitch, low) + pitch / 2, self._x(belt, pitch, high) - pitch / 2
        box = QRectF(left, belt.y() - self.look.px(4), right - left, belt.height() + self.look.px(8))
        painter.setPen(QPen(BLUE, max(2, self.look.px(4))))
        painter.setBrush(CHOSEN)
        painter.drawRect(box)

    def _paint_step(self, painter: QPainter, belt: QRect, pitch: float) -> None:
        """Where the next step is done: a frame round what is to be taken out, a sign over the bottle to be scanned."""
        queue, shown = self.queue, min(len(self.queue.slots), self.places)
        if not queue.step or not shown:
            return
        side = self.look.px(44)
        if queue.step in ("probe_head", "probe_tail"):
            middle = round(self._x(belt, pitch, 0 if queue.step == "probe_head" else shown - 1))
            high = min(belt.height() - 2, int(pitch * 3.4))
            place = QRect(middle - side // 2, max(belt.y() - self.look.px(2), belt.bottom() - high - side), side, side)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(BLUE)
            painter.drawEllipse(place)
            inset = side // 5
            icons.draw(painter, "scan", place.adjusted(inset, inset, -inset, -inset), WHITE, 2.6)
        elif queue.step == "remove":
            painter.setPen(QPen(RED, max(2, self.look.px(4)), Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for at, slot in enumerate(queue.slots[:shown]):
                if slot.number in queue.places:
                    x = self._x(belt, pitch, at) - pitch / 2
                    painter.drawRect(QRectF(x + 1, belt.y() + 2, pitch - 2, belt.height() - 2))

    def _paint_numbers(self, painter: QPainter, belt: QRect, pitch: float) -> None:
        """Every place counted from the packer, as far as there is room."""
        look = self.look
        every = 1 if pitch >= look.px(44) else 5
        font = look.font(22)
        for place in range(min(len(self.queue.slots), self.places)):
            if place == 0 or (place + 1) % every == 0:
                middle = round(self._x(belt, pitch, place))
                draw_text(painter, QRect(middle - look.px(30), belt.bottom() + look.px(5), look.px(60), look.px(28)),
                          str(place + 1), font, QUIET, CENTRE)

    def _paint_head(self, painter: QPainter, belt: QRect, pitch: float) -> None:
        """How many there are, and a bracket over those that go into the next case."""
        look, words, queue = self.look, self.words, self.queue
        line = QRect(look.px(20), look.px(4), self.width() - look.px(40), look.px(36))
        takes = min(queue.takes, len(queue.slots), self.places)
        left_end = belt.right()
        if takes:
            left_end = round(belt.right() - takes * pitch)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(QPen(BLUE, max(2, look.px(4))))
            y, drop = look.px(44), look.px(10)
            painter.drawLine(left_end + 2, y, belt.right() - 1, y)
            painter.drawLine(left_end + 2, y, left_end + 2, y + drop)
            painter.drawLine(belt.right() - 1, y, belt.right() - 1, y + drop)
        told = words("ui.queue.count", count=number(len(queue.slots)))
        more = len(queue.slots) - self.places
        if more > 0:
            told += "   ·   " + words("ui.queue.more", count=number(more))
        states = Counter(slot.state for slot in queue.slots)
        for state in ("no_read", "bad", "doubtful"):
            if states[state]:
                told += f"   ·   {words.word('common.slot', state)} {states[state]}"
        if queue.stopped:
            why = words.word("common.queue_stop", queue.stopped)
            told = f"{words('ui.queue.stopped')}: {why}   ·   {told}"
        draw_text(painter, QRect(line.x(), line.y(), line.width() * 58 // 100, line.height()), told,
                  look.font(28, True), RED if queue.stopped else INK, LEFT, fit=True)
        short = queue.takes > len(queue.slots)
        next_ = words("ui.queue.next_short" if short else "ui.queue.next", count=queue.takes,
                      have=len(queue.slots))
        draw_text(painter, QRect(line.center().x(), line.y(), line.width() // 2, line.height()), next_,
                  look.font(28, True), BLUE, RIGHT, fit=True)

    # --- touch ----------------------------------------------------------------------------------------------------
    def place_at(self, x: float) -> int:
        """The place under this column of the picture, -1 where no bottle stands."""
        belt = self._belt()
        place = int((belt.right() - x) / self._pitch())
        return place if x <= belt.right() and 0 <= place < min(len(self.queue.slots), self.places) else -1

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().x())
        if place >= 0:
            self.touched.emit(place)


def _bottle(state: str, wide: int, high: int, font: QFont) -> QPixmap:
    """One bottle; its state is its colour, its fill and its sign."""
    made = QPixmap(wide, high)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    neck = wide * 0.42
    shoulder, cap = high * 0.34, high * 0.13
    path = QPainterPath()
    path.addRoundedRect(QRectF(1, shoulder, wide - 2, high - shoulder - 1), wide * 0.22, wide * 0.22)
    top = QPainterPath()
    top.addRect(QRectF((wide - neck) / 2, cap * 0.4, neck, shoulder + wide * 0.2))
    path = path.united(top)
    hollow = state == "no_read"
    colour = GROUNDS.get(state, QUIET)
    painter.setPen(QPen(QUIET if hollow else colour.darker(130), 1.6, Qt.PenStyle.DashLine if hollow
                        else Qt.PenStyle.SolidLine))
    painter.setBrush(WHITE if hollow else colour)
    painter.drawPath(path)
    body = QRectF(0, shoulder, wide, high - shoulder)
    ink = BLACK if state == "doubtful" else WHITE
    if state == "bad":
        side = min(body.width() * 0.84, body.height())
        icons.draw(painter, "cross", QRectF(body.center().x() - side / 2, body.center().y() - side / 2, side, side),
                   ink, 4.4)
    elif state == "doubtful":
        font.setPixelSize(max(10, int(min(body.width() * 1.1, body.height() * 0.8))))
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(body, int(CENTRE), "?")
    painter.end()
    return made
