"""Charts: cases by minute with stops and plan; codes by hour, shift or order; goods by age.

The one module that knows pyqtgraph. Importing it takes over half a second, so only the pages that have a chart do, on
the bridge's thread. A chart here only shows: it takes no mouse, no wheel, no key and no focus, and never rich text.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QFrame, QGraphicsGridLayout, QVBoxLayout, QWidget

from app.ui.count import number
from app.ui.text import shown
from app.ui.theme import AMBER, AMBER_WASH, BLUE, CARD, INK, LINE, QUIET, RED, Look
from app.views import LineNow, Sums

GOOD_BAR = QColor("#AEB8C1")
DUPLICATE_BAR = QColor("#55626E")
COLOURS = {"good": GOOD_BAR, "no_read": AMBER, "duplicate": DUPLICATE_BAR, "wrong": RED}
FAULTS = ("no_read", "duplicate", "wrong")
AXIS_PX = 32             # type on the axes and the bars, of a 1080p screen: read from 3 m
NAME_PX = 25             # type of names under bars that also stand in a list
HIGHEST = 0.9            # of an axis: the last figure on it
STOP_OVER = 2.2          # as many times its own width the length of a stop may stand over the chart

GoodsBar = tuple[str, Sequence[tuple[str, int]]]     # name, (age, units)

pg.setConfigOptions(antialias=False, exitCleanup=False)


class _Plot(pg.GraphicsView):
    """Two axes and a field that nobody can drag, zoom or click. A whole PlotItem would make menus for 40 ms first."""

    def __init__(self, look: Look, left_px: float = 104, bottom_px: float = 52) -> None:
        super().__init__(background=CARD)
        self.look, self.type = look, look.font(AXIS_PX)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        for part in (self, self.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            part.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.left, self.bottom = (pg.AxisItem(side, linkView=self.box) for side in ("left", "bottom"))
        whole = pg.GraphicsWidget()
        grid = QGraphicsGridLayout(whole)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        for part, row, column in ((self.left, 0, 0), (self.box, 0, 1), (self.bottom, 1, 1)):
            grid.addItem(part, row, column)
        self.setCentralItem(whole)
        for axis in (self.left, self.bottom):
            axis.setStyle(tickFont=self.type, tickLength=0, tickTextOffset=look.px(8),
                          hideOverlappingLabels=look.px(60), autoExpandTextSpace=False, autoReduceTextSpace=False)
            axis.setPen(pg.mkPen(LINE))
            axis.setTextPen(pg.mkPen(QUIET))
            axis.enableAutoSIPrefix(False)
        self.left.setWidth(look.px(left_px))
        self.bottom.setHeight(look.px(bottom_px))

    def set_scale(self, top: float) -> None:
        """The left axis from 0 to `top`, with two to four round figures; one at the very top would be cut."""
        top = max(top, 1.0)
        step = _round_step(top / 3.4)
        self.box.setYRange(0, top, padding=0)
        at = [step * i for i in range(int(top * HIGHEST / step) + 1)]
        self.left.setTicks([[(value, number(round(value))) for value in at]])

    def add_text(self, text: str, x: float, y: float, colour: QColor, anchor: tuple[float, float]) -> pg.TextItem:
        """Plain text at a place of the plot."""
        item = pg.TextItem(shown(text), colour, anchor=anchor)
        item.setFont(self.type)
        item.setPos(x, y)
        self.box.addItem(item, ignoreBounds=True)
        return item


class PaceChart(QWidget):
    """Cases closed by minute, the newest at the right; stops are shaded, the plan is a dashed line.

    `local` gives a moment on the site's clock; `minutes_word` says a length of time ("12 min").
    """

    def __init__(self, look: Look, local: Callable[[datetime], datetime], minutes_word: Callable[[float], str]) -> None:
        super().__init__()
        self._local, self._minutes = local, minutes_word
        self.plot = _Plot(look)
        _fill(self, self.plot)
        self._items: list[Any] = []
        self._last: tuple[LineNow, float] | None = None
        self._bars = pg.BarGraphItem(x=[0], height=[0], width=1.0, brush=GOOD_BAR, pen=None)
        self.plot.box.addItem(self._bars)
        self.stops_shown: list[str] = []

    def set(self, line: LineNow, plan_per_min: float) -> None:
        """`plan_per_min` 0: there is none."""
        self._last = line, plan_per_min
        plot, minutes = self.plot, len(line.cases)
        for item in self._items:
            plot.box.removeItem(item)
        self._items, self.stops_shown = [], []
        heights = np.asarray(line.cases or (0,), float)
        self._bars.setOpts(x=np.arange(len(heights)) - len(heights) + 0.5, height=heights, width=0.8)
        top = max(float(heights.max()), plan_per_min) * 1.28 + 0.5
        plot.box.setXRange(-minutes, 0, padding=0)
        plot.set_scale(top)
        taken = float(-minutes)          # the right end of the last length that was written
        for start, end in line.stops:
            taken = self._shade(-min(start, minutes), -end, top, start - end, taken)
        if plan_per_min:
            pen = pg.mkPen(INK, width=plot.look.px(3), style=Qt.PenStyle.DashLine)
            self._add(pg.InfiniteLine(plan_per_min, angle=0, pen=pen))
        plot.bottom.setTicks([self._hours(line.now, minutes)])

    def resizeEvent(self, _event: object) -> None:
        """What has room is another thing now."""
        if self._last is not None:
            self.set(*self._last)

    def _shade(self, left: float, right: float, top: float, length: float, taken: float) -> float:
        """A stop, with its length where that has room; gives how far the writing over the bars reaches now."""
        region = pg.LinearRegionItem((left, right), brush=AMBER_WASH, pen=pg.mkPen(AMBER), movable=False)
        region.setZValue(-10)
        self._add(region)
        text, look = self._minutes(length), self.plot.look
        a_px = len(self._bars.opts["height"]) / max(1, self.width() - look.px(104))      # minutes
        wide = (QFontMetrics(self.plot.type).horizontalAdvance(text) + look.px(16)) * a_px
        middle = min((left + right) / 2, -wide / 2)
        if wide > STOP_OVER * (right - left) or middle - wide / 2 < taken:
            return taken
        self._items.append(self.plot.add_text(text, middle, top, INK, (0.5, 0)))
        self.stops_shown.append(text)
        return middle + wide / 2

    def _add(self, item: Any) -> None:
        self.plot.box.addItem(item, ignoreBounds=True)
        self._items.append(item)

    def _hours(self, now: datetime, minutes: int) -> list[tuple[float, str]]:
        """A figure at each full hour that is not cut by the chart's ends."""
        local = self._local(now)
        full = local.replace(minute=0, second=0, microsecond=0)
        back = (local - full) / timedelta(minutes=1)
        ends = minutes * 0.05
        return [(-at, f"{full - timedelta(hours=hour):%H:%M}") for hour in range(minutes // 60 + 1)
                if ends <= (at := back + 60 * hour) <= minutes - ends]


class SumsChart(QWidget):
    """Codes by hour, shift or order: what was not good above, on a scale of its own, everything below."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.faults, self.all = _Plot(look, 132, 24), _Plot(look, 132, 56)
        _fill(self, self.faults, self.all, stretch=(11, 10), gap=look.px(14))
        self._items: list[tuple[_Plot, Any]] = []
        self._last: tuple[Sequence[Sums], Sequence[str]] | None = None

    def resizeEvent(self, _event: object) -> None:
        """What has room is another thing now."""
        if self._last is not None:
            self.set(*self._last)

    def set(self, sums: Sequence[Sums], labels: Sequence[str]) -> None:
        """As many labels as sums; they are shortened to the room under their bar."""
        self._last = sums, labels
        for plot, item in self._items:
            plot.box.removeItem(item)
        self._items = []
        count = max(1, len(sums))
        room = (self.width() - self.look.px(150)) / count
        # A label as wide as its bar's place would touch the next one; every other one then.
        metrics = QFontMetrics(self.all.type)
        widest = max((metrics.horizontalAdvance(label) for label in labels), default=0)
        every = 2 if widest > room * 0.96 and count > 6 else 1
        cut = [metrics.elidedText(shown(label), Qt.TextElideMode.ElideMiddle, int(room * every * 0.94))
               for label in labels]
        self._stack(self.faults, sums, FAULTS, [each.bad for each in sums], room)
        self._stack(self.all, sums, ("good", *FAULTS), [each.good + each.bad for each in sums], room)
        self.all.bottom.setTicks([[(at, text) for at, text in enumerate(cut)
                                              if (count - 1 - at) % every == 0]])
        self.faults.bottom.setTicks([[]])

    def _stack(self, plot: _Plot, sums: Sequence[Sums], kinds: Sequence[str], totals: Sequence[int],
               room: float) -> None:
        count = max(1, len(sums))
        plot.box.setXRange(-0.6, max(count, 4) - 0.4, padding=0)
        top = max(totals, default=0) * 1.34 or 1.0
        plot.set_scale(top)
        below = np.zeros(len(sums))
        for kind in kinds:
            heights = np.asarray([getattr(each, kind) for each in sums], float)
            if heights.any():
                bars = pg.BarGraphItem(x=np.arange(len(sums)), y0=below, height=heights, width=0.62,
                                       brush=COLOURS[kind], pen=None)
                plot.box.addItem(bars)
                self._items.append((plot, bars))
                below = below + heights
        texts = [number(total) for total in totals]
        metrics = QFontMetrics(plot.type)
        if max(map(metrics.horizontalAdvance, texts), default=0) > 0.86 * room:
            texts = [f"{total / 1000:.1f}k" if total >= 1000 else text
                     for total, text in zip(totals, texts, strict=True)]
        for at, (total, text) in enumerate(zip(totals, texts, strict=True)):
            if total:
                self._items.append((plot, plot.add_text(text, at, total, INK, (0.5, 1.0))))


class GoodsChart(QWidget):
    """Units of goods, one bar a row, stacked by how much life is left; the chosen bar's name is dark."""

    def __init__(self, look: Look, colours: Mapping[str, QColor]) -> None:
        super().__init__()
        self.look, self._colours = look, colours
        self.plot = _Plot(look, 132, 56)
        self.names = look.font(NAME_PX)
        self.plot.bottom.setStyle(tickFont=self.names)
        _fill(self, self.plot)
        self._items: list[Any] = []
        self._last: tuple[Sequence[GoodsBar], int] | None = None

    def resizeEvent(self, _event: object) -> None:
        """What has room is another thing now."""
        if self._last is not None:
            self.set(*self._last)

    def set(self, bars: Sequence[GoodsBar], chosen: int = -1) -> None:
        """At most a dozen bars."""
        self._last = bars, chosen
        plot, count = self.plot, max(1, len(bars))
        for item in self._items:
            plot.box.removeItem(item)
        self._items = []
        plot.box.setXRange(-0.6, max(count, 4) - 0.4, padding=0)
        totals = [sum(units for _, units in parts) for _, parts in bars]
        plot.set_scale(max(totals, default=0) * 1.24 or 1.0)
        below = np.zeros(len(bars))
        for word, colour in self._colours.items():
            heights = np.asarray([dict(parts).get(word, 0) for _, parts in bars], float)
            if heights.any():
                item = pg.BarGraphItem(x=np.arange(len(bars)), y0=below, height=heights, width=0.62, brush=colour,
                                       pen=None)
                plot.box.addItem(item)
                self._items.append(item)
                below = below + heights
        room = (self.width() - self.look.px(150)) / max(count, 4)
        metrics = QFontMetrics(plot.type)
        texts = [number(total) for total in totals]
        if max(map(metrics.horizontalAdvance, texts), default=0) > 0.9 * room:
            texts = [f"{total / 1000:.1f}k" if total >= 1000 else text
                     for total, text in zip(totals, texts, strict=True)]
        for at, (total, text) in enumerate(zip(totals, texts, strict=True)):
            if total:
                colour = BLUE if at == chosen else INK
                self._items.append(plot.add_text(text, at, total, colour, (0.5, 1.0)))
        metrics = QFontMetrics(self.names)
        plot.bottom.setTicks([[(at, metrics.elidedText(shown(name), Qt.TextElideMode.ElideRight, int(room * 0.94)))
                               for at, (name, _) in enumerate(bars)]])


def _fill(owner: QWidget, *parts: QWidget, stretch: Sequence[int] = (1,), gap: int = 0) -> None:
    column = QVBoxLayout(owner)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(gap)
    for part, share in zip(parts, stretch, strict=True):
        column.addWidget(part, share)


def _round_step(value: float) -> float:
    """1, 2 or 5 times a power of ten, the next one up; never less than 1."""
    step = 1.0
    while True:
        for times in (1, 2, 5):
            if step * times >= value:
                return step * times
        step *= 10
