"""The supervisor's line page: pace against plan, what was not good and why, which place of the case reads worse.

Four views: now, counts, cells, causes; behind the last two the entries and their kept pictures. Only shows: it asks the
reader every two seconds on the bridge's thread and sends nothing to the station.
"""
from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QStackedLayout

from app.ui.line_panels import BY, CausesPanel, CellsPanel, CountsPanel, EntryPanel, NowPanel, Panel, Told
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.camera import teaches
from app.ui.ports import HumanKey, Reader
from app.views import RefusedRow, SavedPicture

EVERY_MS = 2000
PATIENCE_S = 20.0
VIEWS = ("now", "counts", "cells", "causes")
ICONS = {"now": "line", "counts": "shift", "cells": "pack", "causes": "warning"}
ARROWS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
LONGEST_PX = 2000        # side of a picture in memory


def look_at(reader: Reader, order: str, now: datetime, stop_s: float) -> Told:
    """Asks all that the views show, on the bridge's thread. `order` "": the one worked on last."""
    line = reader.line_now(order, now, stop_s)
    since = line.shift.start if line.shift else now - timedelta(hours=12)
    return Told(line, (reader.by_hour(now), reader.by_shift(now), reader.by_order(now)), reader.cells(line.order),
                reader.pareto(since))


def picture_of(reader: Reader, row: RefusedRow) -> tuple[SavedPicture | None, QImage | None]:
    """The picture kept of an entry and its pixels, on the bridge's thread."""
    kept = reader.picture(row)
    if kept is None:
        return None, None
    image = QImage(kept.file)
    if max(image.width(), image.height()) > LONGEST_PX:
        image = image.scaled(LONGEST_PX, LONGEST_PX, Qt.AspectRatioMode.KeepAspectRatio,
                             Qt.TransformationMode.SmoothTransformation)
    return kept, image


class LinePage(Page):
    name = "line"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        settings = screen.settings.line
        self._stop_s = settings.stop_after_s
        self._place: dict[str, str] = screen.memory.setdefault("line.place", {"view": "now", "by": BY[0]})
        self.told: Told | None = None
        self._charts: Any = None                     # the module, once it is there
        self.rows: Sequence[RefusedRow] = ()         # entries of the cell or the cause that is chosen
        self.row = -1                                # which of them is open; -1: none
        self._asked_s = float("-inf")              # when the question under way was asked
        self.now = NowPanel(screen, settings.cases_per_minute)
        self.counts = CountsPanel(screen, self._place["by"])
        self.cells = CellsPanel(screen, self._choose, self.open_row)
        self.causes = CausesPanel(screen, self._choose, self.open_row)
        self.entry = EntryPanel(screen)
        self._panels: dict[str, Panel] = {"now": self.now, "counts": self.counts, "cells": self.cells,
                                          "causes": self.causes}
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        for panel in (*self._panels.values(), self.entry):
            self._stack.addWidget(panel)
        self._stack.setCurrentWidget(self._panels[self.view])
        self._every = QTimer(self)
        self._every.setInterval(EVERY_MS)
        self._every.timeout.connect(self.refresh)

    @property
    def view(self) -> str:
        return self._place["view"]

    # --- asking ---------------------------------------------------------------------------------------------------
    def opened(self) -> None:
        self.refresh()
        self.ask("charts", lambda: import_module("app.ui.charts"), self._with_charts)
        self._every.start()

    def closed(self) -> None:
        self._every.stop()
        super().closed()

    def refresh(self) -> None:
        """Asks anew, unless the last answer is still to come; one that never came is not waited for."""
        if time.monotonic() - self._asked_s < PATIENCE_S:
            return
        reader, stop_s, now = self.screen_of.to.reader, self._stop_s, datetime.now(UTC)
        view = self.screen_of.shown().view
        order = view.packing.order if view and view.packing else ""
        self.ask("line", lambda: look_at(reader, order, now, stop_s), self._show)
        self._asked_s = time.monotonic()

    def _with_charts(self, charts: Any) -> None:
        if self._charts is None:
            self._charts = charts
            self._show_view()

    # --- showing --------------------------------------------------------------------------------------------------
    def _show(self, told: Told) -> None:
        self.told, self._asked_s = told, float("-inf")
        self._show_view()
        if self.row < 0:
            self._choose()

    def _show_view(self) -> None:
        """Only what is seen is made and painted."""
        panel = self._panels[self.view]
        if self._charts is not None and isinstance(panel, NowPanel | CountsPanel) and panel.chart is None:
            panel.use(self._charts)
        if self.told is not None:
            panel.show_told(self.told)

    def show_state(self, shown: Shown) -> None:
        self.now.show_state(shown)

    # --- what lies behind -----------------------------------------------------------------------------------------
    def _choose(self) -> None:
        """Asks for the entries behind the cell or the cause that is chosen now."""
        reader, told = self.screen_of.to.reader, self.told
        if told is None:
            return
        if self.view == "cells" and told.cells:
            self.cells.show_cell()
            cell, order = self.cells.heat.at, told.cells.order
            self._ask_rows(f"cell {cell}", lambda: reader.no_reads(cell, order))
        elif self.view == "causes" and told.causes:
            reason = told.causes[min(self.causes.causes.at, len(told.causes) - 1)].reason
            self._ask_rows(f"cause {reason}", lambda: reader.refused(reason))

    def _ask_rows(self, of: str, question: Callable[[], Sequence[RefusedRow]]) -> None:
        """Shown only if that cell or cause is still the chosen one when the answer comes."""
        self._of = of

        def show(rows: Sequence[RefusedRow]) -> None:
            if self._of == of and self.row < 0:
                self.rows = rows
                (self.cells if self.view == "cells" else self.causes).show_rows(rows)

        self.ask("line", question, show, f"line.rows:{of}")

    def open_row(self, at: int) -> None:
        """The picture and the raw strings of one entry; stays where there is none."""
        if not 0 <= at < len(self.rows):
            return
        self.row, row, reader = at, self.rows[at], self.screen_of.to.reader
        cell = self.cells.heat.at if self.view == "cells" else -1
        self.entry.show_row(row)
        self._stack.setCurrentWidget(self.entry)

        def show(found: tuple[SavedPicture | None, QImage | None]) -> None:
            if self.is_open and self.row == at:
                self.entry.show_picture(*found, cell)

        self.screen_of.bridge.ask("line", lambda: picture_of(reader, row), show)
        self.screen_of.go("")

    # --- moving ---------------------------------------------------------------------------------------------------
    def show_view(self, view: str) -> None:
        """Another view, or back to it from an entry."""
        if view != self.view:
            self.rows = ()
        self._place["view"], self.row = view, -1
        self._stack.setCurrentWidget(self._panels[view])
        self._show_view()
        self._choose()
        self.screen_of.go("")

    def turn(self) -> None:
        """By hour, by shift, by order."""
        self._place["by"] = self.counts.by = BY[(BY.index(self.counts.by) + 1) % len(BY)]
        self.show_view("counts")

    def instruction(self, shown: Shown) -> str:
        if self.row >= 0:
            return self.words("line.do.entry", at=self.row + 1, count=len(self.rows))
        return self.words(f"line.do.{self.view}")

    def bar(self) -> tuple[BarKey, ...]:
        views = (BarKey(f"F{at}", self.words(f"line.key.{view}"), partial(self._go, view), ICONS[view])
                 for at, view in enumerate(VIEWS, 2))
        camera = (BarKey("F6", self.words("line.key.camera"), lambda: self.screen_of.go("camera"), "camera"),) \
            if teaches(self.screen_of, self.screen_of.shown()) else ()
        return (BarKey("Esc", self.words("ui.key.back"), self._back, "back"), *views, *camera)

    def _back(self) -> None:
        """From an entry to its view, from a view to the work."""
        if self.row >= 0:
            self.show_view(self.view)
        else:
            self.screen_of.go("back")

    def _go(self, view: str) -> None:
        """Its key; pressed once more, the counts turn."""
        if view == "counts" == self.view and self.row < 0:
            self.turn()
        else:
            self.show_view(view)

    def press(self, key: HumanKey) -> bool:
        across, down = ARROWS.get(key.key, (0, 0))
        if self.row >= 0:
            self.open_row(self.row + (across + down or len(self.rows)))
        elif key.key == "enter":
            self.open_row(0)
        elif self.view == "cells" and (across or down) and self.cells.heat.step(across, down):
            self._choose()
        elif self.view == "causes" and down:
            if self.causes.causes.step(down):
                self._choose()
        elif self.view == "counts" and down:
            self.turn()
        elif across and 0 <= (to := VIEWS.index(self.view) + across) < len(VIEWS):
            self.show_view(VIEWS[to])
        return key.key in ("enter", *ARROWS)
