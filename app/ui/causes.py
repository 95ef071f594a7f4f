"""Why each cell of a case is as it is: a colour, a shape and a short word for every cause, and how many of each.

Colour comes from the verdict on the code, the shape from its cause: so both can be told apart without colour.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from app.domain.decision import Mark
from app.domain.reasons import Outcome, Reason
from app.messages import Published
from app.ui import icons
from app.ui.ports import WordsLike
from app.ui.text import LEFT, draw_text
from app.ui.theme import AMBER, BLACK, CARD, INK, LINE, QUIET, RED, TEAL, WHITE, Look
from app.ui.widgets import paint_card

GOOD = (Outcome.ACCEPTED, Outcome.COMPLETE, Outcome.COMMAND)
SEEN = (Outcome.DUPLICATE, Outcome.WARNING)
# cause → (shape of the badge, sign on it); the words live under ui.cause
SHAPES: dict[str, tuple[str, str]] = {
    "good": ("disc", "check"),
    "label": ("disc", "label"),
    "missing": ("ring", "bang"),
    "unreadable": ("square", "cross"),
    "twice": ("disc", "repeat"),
    "in_case": ("disc", "full"),
    "packed_before": ("diamond", "pack"),
    "on_belt": ("diamond", "repeat"),
    "wrong_product": ("diamond", "cross"),
    "wrong_batch": ("diamond", "clock"),
    "not_issued": ("triangle", "bang"),
    "void": ("octagon", "stop"),
    "on_hold": ("octagon", "pause"),
    "wrong_level": ("square", "pallet"),
    "pair": ("triangle", "sync"),
    "no_code_of_ours": ("square", "lookup"),
    "too_many": ("square", "full"),
    "other": ("square", "bang"),
}
OF_REASON: dict[Reason, str] = {
    Reason.SHOW_ONE: "too_many", Reason.UNREADABLE: "unreadable", Reason.TIMED_OUT: "unreadable",
    Reason.DUPLICATE_IN_FRAME: "twice", Reason.DUPLICATE_IN_CONTAINER: "in_case",
    Reason.PACKED_BEFORE: "packed_before", Reason.LABEL_USED: "packed_before",
    Reason.ON_THE_BELT: "on_belt",
    Reason.WRONG_PRODUCT: "wrong_product", Reason.UNKNOWN_PRODUCT: "wrong_product", Reason.WRONG_BATCH: "wrong_batch",
    Reason.NOT_ISSUED: "not_issued", Reason.END_OF_LIFE: "void", Reason.ON_HOLD: "on_hold",
    Reason.WRONG_LEVEL: "wrong_level", Reason.CONTAINER_EMPTY: "wrong_level",
    Reason.NOT_PAIRED: "pair", Reason.HALF_READ: "pair", Reason.PAIR_MISMATCH: "pair", Reason.PAIRED_BEFORE: "pair",
    Reason.CONTAINER_FULL: "too_many", Reason.CONTAINER_SHORT: "too_many", Reason.ORDER_FULL: "too_many",
    **{each: "no_code_of_ours" for each in (
        Reason.EMPTY, Reason.TOO_LONG, Reason.CONTROL_CHARACTERS, Reason.NOT_TEXT, Reason.NO_RULE,
        Reason.BAD_CHECK_DIGIT, Reason.SERIAL_WITHOUT_GTIN, Reason.NO_SERIAL, Reason.BAD_SYNTAX)},
}


@dataclass(frozen=True, slots=True)
class Cause:
    """`name` is a key of SHAPES; the colour is the verdict's."""

    name: str
    outcome: Outcome

    @property
    def colour(self) -> QColor:
        return TEAL if self.outcome in GOOD else AMBER if self.outcome in SEEN else RED


HELD_GOOD = (Reason.TAKEN, Reason.SCAN_LABEL)          # a code that was held up went into its container
CHILD = (Reason.TAKEN, Reason.QUEUED)
UNREAD = Cause("unreadable", Outcome.REJECTED)
MISSING = Cause("missing", Outcome.REJECTED)


def is_unread(mark: Mark) -> bool:
    """Whether it tells of a place that was seen but not read: such marks have no reading of their own."""
    return mark.index < 0 and mark.reason is Reason.UNREADABLE


def cause_of(mark: Mark) -> Cause:
    """The cause of the verdict on one code."""
    if mark.outcome in GOOD:             # what is taken is a child; whatever else is good names its container
        return Cause("good" if mark.reason in CHILD else "label", Outcome.ACCEPTED)
    if is_unread(mark):
        return UNREAD
    if mark.index < 0 and mark.reason is Reason.CONTAINER_SHORT:
        return MISSING
    return Cause(OF_REASON.get(mark.reason, "other"), mark.outcome)


def marks_of(published: Published) -> tuple[Mark, ...]:
    """The verdicts on the codes of a frame; of one that is held up by hand it is the verdict itself."""
    verdict, frame = published.verdict, published.frame
    if verdict.marks or frame is None or not frame.single or verdict.outcome is Outcome.COMMAND:
        twice = {mark.epc for mark in verdict.marks if mark.reason is Reason.DUPLICATE_IN_FRAME and mark.epc}
        return tuple(replace(mark, outcome=Outcome.DUPLICATE, reason=Reason.DUPLICATE_IN_FRAME)
                     if mark.epc in twice else mark for mark in verdict.marks)       # both are to be found
    taken = verdict.reason in HELD_GOOD
    return tuple(Mark(at, Outcome.ACCEPTED if taken else verdict.outcome, Reason.TAKEN if taken else verdict.reason)
                 for at in range(len(frame.seen)))


def counts_of(published: Published) -> list[tuple[Cause, int]]:
    """How many codes of the frame there are of each cause: the worst first, the good ones last."""
    counts: dict[Cause, int] = {}
    for mark in marks_of(published):
        counts[cause_of(mark)] = counts.get(cause_of(mark), 0) + 1
    unread = len(published.frame.unread) if published.frame else 0
    if unread > counts.get(UNREAD, 0):
        counts[UNREAD] = unread
    rank = {cause: (cause.outcome in GOOD, cause.outcome in SEEN) for cause in counts}
    return sorted(counts.items(), key=lambda each: (rank[each[0]], -each[1], each[0].name))


def badge(cause: Cause, side: int) -> QPixmap:
    """The small sign of a cause, `side` pixels wide."""
    made = QPixmap(side, side)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape, sign = SHAPES[cause.name]
    whole = QRectF(1, 1, side - 2, side - 2)
    painter.setPen(QPen(WHITE, max(1.0, side / 16)))
    painter.setBrush(cause.colour)
    ink = BLACK if cause.colour == AMBER else WHITE
    if shape == "disc":
        painter.drawEllipse(whole)
    elif shape == "square":
        painter.drawRect(whole)
    elif shape == "ring":
        painter.setBrush(WHITE)
        painter.setPen(QPen(cause.colour, max(2.0, side / 8), Qt.PenStyle.DotLine))
        painter.drawEllipse(whole.adjusted(side / 12, side / 12, -side / 12, -side / 12))
        ink = cause.colour
    else:
        painter.drawPolygon(_polygon(shape, whole))
    inset = side * (0.3 if shape in ("diamond", "triangle") else 0.22)
    down = side * 0.1 if shape == "triangle" else 0
    icons.draw(painter, sign, whole.adjusted(inset, inset + down, -inset, -inset + down), ink, 3.4)
    painter.end()
    return made


def _polygon(shape: str, box: QRectF) -> QPolygonF:
    middle, cut = box.center(), box.width() * 0.29
    if shape == "diamond":
        return QPolygonF([QPointF(middle.x(), box.top()), QPointF(box.right(), middle.y()),
                          QPointF(middle.x(), box.bottom()), QPointF(box.left(), middle.y())])
    if shape == "triangle":
        return QPolygonF([QPointF(middle.x(), box.top()), box.bottomRight(), box.bottomLeft()])
    return QPolygonF([QPointF(box.left() + cut, box.top()), QPointF(box.right() - cut, box.top()),
                      QPointF(box.right(), box.top() + cut), QPointF(box.right(), box.bottom() - cut),
                      QPointF(box.right() - cut, box.bottom()), QPointF(box.left() + cut, box.bottom()),
                      QPointF(box.left(), box.bottom() - cut), QPointF(box.left(), box.top() + cut)])


class CauseBar(QWidget):
    """Under the picture: each cause in it with its sign, its word and how many; on two lines where one is too short."""

    def __init__(self, look: Look, words: WordsLike) -> None:
        super().__init__()
        self.look, self.words = look, words
        self.counts: list[tuple[Cause, int]] = []
        self._badges: dict[tuple[Cause, int], QPixmap] = {}
        self.setFixedHeight(look.px(58))

    def set(self, counts: list[tuple[Cause, int]]) -> None:
        if counts != self.counts:
            self.counts = counts
            self.update()

    def texts(self) -> list[str]:
        """What the bar says, worst first."""
        return [f"{self.words(f'ui.cause.{cause.name}')} {count}" for cause, count in self.counts]

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        paint_card(painter, self.rect(), self.look, CARD, LINE)
        pad, gap = self.look.px(14), self.look.px(26)
        if not self.counts:
            draw_text(painter, self.rect().adjusted(pad, 0, -pad, 0), self.words("ui.packing.no_causes"),
                      self.look.font(24), QUIET, LEFT, fit=True)
            painter.end()
            return
        texts = self.texts()
        lines, size = self._lines(texts)
        high = self.height() // len(lines)
        for at, line in enumerate(lines):
            self._paint_line(painter, line, texts, QRect(pad, at * high, self.width() - 2 * pad, high), size,
                             gap // (3 if len(lines) > 1 else 1))
        painter.end()

    def _side(self, lines: int) -> int:
        return self.look.px(34 if lines == 1 else 24)

    def _wide(self, text: str, size: float, lines: int) -> int:
        metrics = QFontMetrics(self.look.font(size, True))
        return metrics.horizontalAdvance(text) + 2 + self._side(lines) + self.look.px(8)

    def _lines(self, texts: list[str]) -> tuple[list[list[int]], float]:
        """Which causes stand on which line, and the size of the type."""
        room, gap = self.width() - 2 * self.look.px(14), self.look.px(26)
        size = 28.0
        while size >= 20:
            if sum(self._wide(each, size, 1) + gap for each in texts) - gap <= room:
                return [list(range(len(texts)))], size
            size -= 1
        size, half, gap = 21.0, -(-len(texts) // 2), gap // 3
        lines = [list(range(half)), list(range(half, len(texts)))]
        while size > 12 and any(sum(self._wide(texts[at], size, 2) + gap for at in line) - gap > room
                                for line in lines):
            size -= 1
        return lines, size

    def _paint_line(self, painter: QPainter, line: list[int], texts: list[str], rect: QRect, size: float,
                    gap: int) -> None:
        font, x, side = self.look.font(size, True), rect.x(), self._side(1 if rect.height() == self.height() else 2)
        metrics = QFontMetrics(font)
        for at in line:
            cause = self.counts[at][0]
            if (cause, side) not in self._badges:
                self._badges[cause, side] = badge(cause, side)
            painter.drawPixmap(x, rect.y() + (rect.height() - side) // 2, self._badges[cause, side])
            x += side + self.look.px(8)
            wide = min(metrics.horizontalAdvance(texts[at]) + 2, max(0, rect.right() - x))
            draw_text(painter, QRect(x, rect.y(), wide, rect.height()), texts[at], font, INK, LEFT)
            x += wide + gap
