"""The views of the line page: now, counts, cells, causes, and one entry with its picture. Each shows what it is told.

Everything is readable from three metres; a colour means that something is not as it should be. They ask nobody.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from os.path import commonprefix
from typing import Any

from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.reasons import Reason
from app.ui.count import number
from app.ui.figures import Bar, Bars, Figure, Key, Keys
from app.ui.heat import CaseHeat, RingedPicture, percent
from app.ui.page import Screen, Shown
from app.ui.status import age_words
from app.ui.text import RIGHT, PlainLabel, plain_label, readable
from app.ui.theme import AMBER, QUIET, RED, Look, Tone
from app.ui.widgets import Card, Row, Rows
from app.views import Cause, CellsView, LineNow, RefusedRow, SavedPicture, Sums

KINDS = {"good": QColor("#AEB8C1"), "no_read": AMBER, "duplicate": QColor("#55626E"), "wrong": RED}
BY = ("hour", "shift", "order")
SLOW = 0.9               # of the plan; less is a deviation
TOP = 5                  # causes beside the pace
SHORT = 3                # letters that orders may have in common and are still written out
RAW_SHOWN = 30           # characters of a raw string in a list: its end tells it from the others


@dataclass(frozen=True, slots=True)
class Told:
    """One look at the line: all that the views show. `sums` are by hour, by shift, by order."""

    now: LineNow
    sums: tuple[Sequence[Sums], ...]
    cells: CellsView | None
    causes: Sequence[Cause]


class Panel(QWidget):
    """One view; `row` is its outermost line of parts."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self.screen_of, self.look, self.words = screen, screen.look, screen.words
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(*(self.look.px(16),) * 4)
        self.row.setSpacing(self.look.px(14))

    def show_told(self, told: Told) -> None:
        """A new look at the line."""

    def minutes(self, minutes: float) -> str:
        """"12 min", from an hour on "1:25"."""
        return age_words(self.words, max(60.0, minutes * 60)) if minutes < 60 else \
            f"{int(minutes // 60)}:{int(minutes % 60):02d}"

    def bars(self, causes: Sequence[Cause]) -> list[Bar]:
        return [Bar(self._cause(each.reason), each.count, KINDS[each.kind]) for each in causes]

    def _cause(self, reason: str) -> str:
        """A verdict's title speaks of a whole picture; here single codes are counted."""
        return self.words("line.kind.no_read") if reason == Reason.UNREADABLE else self.words.reason(reason, {}).title


class Titled(Card):
    """A card with a heading, at the right of it what its figures are, and below one part."""

    def __init__(self, look: Look, title: str, part: QWidget | None = None, note: str = "") -> None:
        super().__init__(look)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(look.px(20), look.px(8), look.px(20), look.px(14))
        self.column.setSpacing(look.px(6))
        head = QHBoxLayout()
        self.title: PlainLabel = plain_label(look, 33, title, bold=True, colour=QUIET, fit=True)
        head.addWidget(self.title, 1)
        if note:
            head.addWidget(plain_label(look, 32, note, colour=QUIET, align=RIGHT, fit=True), 1)
        self.column.addLayout(head)
        self.part: QWidget = part or QWidget()
        self.column.addWidget(self.part, 1)

    def put(self, part: QWidget) -> None:
        """Another part in the place of the one there."""
        self.column.replaceWidget(self.part, part)
        self.part.deleteLater()
        self.part = part


class NowPanel(Panel):
    """Four figures, the last hours' pace with its stops, the commonest causes. `plan` is cases a minute, 0: none."""

    def __init__(self, screen: Screen, plan: float) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self.plan, self.chart = plan, None
        self._small = ""                 # a camera whose codes became too small to be read surely
        self._rated: tuple[Sums | None, CellsView | None] | None = None
        self.pace, self.rate, self.order, self.server = (
            Figure(look, words(f"line.now.{name}")) for name in ("pace", "rate", "order", "server"))
        column, top, low = QVBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for line in (column, top, low):
            line.setSpacing(look.px(14))
        for figure in (self.pace, self.rate, self.order, self.server):
            top.addWidget(figure)
        self.room = Titled(look, words("line.now.minutes"), note=self._plan_words())
        self.causes = Bars(look, choosable=False, empty=words("line.causes.none"))
        low.addWidget(self.room, 64)
        low.addWidget(Titled(look, words("line.now.causes"), self.causes), 36)
        column.addLayout(top, 37)
        column.addLayout(low, 63)
        self.row.addLayout(column)

    def _plan_words(self) -> str:
        return self.words("line.now.plan", rate=f"{self.plan:g}") if self.plan else ""

    def use(self, charts: Any) -> None:
        """The charts' library is there."""
        self.chart = charts.PaceChart(self.look, self.screen_of.local, self.minutes)
        self.room.put(self.chart)

    def show_told(self, told: Told) -> None:
        self._show_pace(told.now)
        self._show_rate(told.now.shift, told.cells)
        self._show_order(told.now)
        self.causes.set(self.bars(told.causes[:TOP]))
        if self.chart is not None:
            self.chart.set(told.now, self.plan)

    def _show_pace(self, line: LineNow) -> None:
        note, tone = self._plan_words() or self.words("line.now.rolling"), Tone.CALM
        if line.stopped_min and line.packed < line.planned:
            note, tone = self.words("line.now.stopped", time=self.minutes(line.stopped_min)), Tone.BAD
        elif self.plan and any(line.cases) and line.per_minute < SLOW * self.plan:
            tone = Tone.CARE
        self.pace.set(f"{line.per_minute:.1f}", note, tone)

    def _show_rate(self, shift: Sums | None, cells: CellsView | None) -> None:
        """The read rate; below it what drifts: the cells that read worse and why, or codes that became too small."""
        self._rated = shift, cells
        drifting = [each for each in cells.cells if each.drift] if cells else []
        worse = [str(each.cell + 1) for each in drifting]
        why = Counter[str]()
        for each in drifting:
            why.update(dict(each.why))
        cause = self.words.word("recipe.why", why.most_common(1)[0][0]) if why else ""
        rate = percent(shift.good + shift.duplicate + shift.wrong, shift.no_read) if shift else "–"
        note = self.words("line.now.shift", shift=shift.name) if shift and shift.name else \
            self.words("line.now.this_shift")
        if worse:
            note = self.words("line.now.drift", cells=", ".join(worse[:3]) + ("…" if len(worse) > 3 else ""), why=cause)
        elif self._small:
            note = self.words("line.now.small", name=self._small)
        self.rate.set(rate, note, Tone.CARE if worse or self._small else Tone.CALM, "%" if shift else "")

    def _show_order(self, line: LineNow) -> None:
        words = self.words
        if not line.planned:
            self.order.set("–", words("line.now.no_order"))
            return
        if line.packed >= line.planned:
            note = words("line.now.full")
        elif line.left_min:
            at = self.screen_of.local(line.now + timedelta(minutes=line.left_min))
            note = words("line.now.ready_at", time=f"{at:%H:%M}" if line.left_min < 720 else f"{at:%m-%d %H:%M}")
        else:
            note = words("line.now.of", have=number(line.packed), target=number(line.planned))
        self.order.set(str(100 * line.packed // line.planned), note, unit="%")

    def show_state(self, shown: Shown) -> None:
        """Backlog and devices, and what a camera says of its picture."""
        sync, words = shown.sync, self.words
        small = next((each.name for each in shown.devices.values() if each.problem == "small_modules"), "")
        if small != self._small:
            self._small = small
            if self._rated:
                self._show_rate(*self._rated)
        waiting = sync.queued + sync.in_flight if sync else 0
        down = [device.name for device in shown.devices.values() if device.state in ("gone", "fault")]
        tone = Tone.BAD if down or sync and sync.link in ("refused", "fenced") else \
            Tone.CARE if sync and sync.link == "down" else Tone.CALM
        if down:
            note = words("line.now.device", name=down[0], count=len(down) - 1)
        elif sync and sync.oldest is not None and waiting:
            note = words("line.now.oldest", age=age_words(words, (datetime.now(UTC) - sync.oldest).total_seconds()))
        else:
            note = words("line.now.ready", count=len(shown.devices))
        self.server.set(number(waiting), note, tone)


class CountsPanel(Panel):
    """Codes by hour, shift or order, and their sums."""

    def __init__(self, screen: Screen, by: str) -> None:
        super().__init__(screen)
        self.by, self.chart = by, None
        self.keys = Keys(self.look)
        self.room = Titled(self.look, "", note=self.words("line.counts.scales"))
        self.row.addWidget(self.keys, 24)
        self.row.addWidget(self.room, 76)

    def use(self, charts: Any) -> None:
        """The charts' library is there."""
        self.chart = charts.SumsChart(self.look)
        self.room.put(self.chart)

    def show_told(self, told: Told) -> None:
        sums = told.sums[BY.index(self.by)]
        self.room.title.setText(self.words(f"line.counts.{self.by}"))
        self.keys.set([Key(self.words(f"line.kind.{kind}"), sum(getattr(each, kind) for each in sums), colour)
                       for kind, colour in KINDS.items()])
        if self.chart is not None:
            self.chart.set(sums, self._labels(sums))

    def _labels(self, sums: Sequence[Sums]) -> list[str]:
        """The hour; the day of the month and the shift; the order without what all of them begin with."""
        if self.by == "order":
            alike = commonprefix([each.name for each in sums]) if len(sums) > 1 else ""
            cut = max(alike.rfind(sign) for sign in "-_/. ") + 1
            return [f"…{each.name[cut:]}" if cut > SHORT else each.name for each in sums]
        local = self.screen_of.local
        return [f"{local(each.start):%H:%M}" if self.by == "hour" else f"{local(each.start):%d} {each.name}".rstrip()
                for each in sums]


class CellsPanel(Panel):
    """The case as a picture of read rates; the cell that is chosen, and when it was not read."""

    def __init__(self, screen: Screen, choose: Callable[[], None], open_row: Callable[[int], None]) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self.heat = CaseHeat(look, words("line.cells.none"))
        self.heat.chosen.connect(lambda _cell: choose())
        self.cell = Figure(look, "")
        self.rows = Rows(look, choosable=True, numbered=False, row_px=76, empty=words("line.cells.no_pictures"))
        self.rows.chosen.connect(open_row)
        self.row.addWidget(Titled(look, words("line.cells.title"), self.heat, words("line.cells.unit")), 64)
        right = QVBoxLayout()
        right.setSpacing(look.px(14))
        right.addWidget(self.cell, 37)
        self.listed = Titled(look, words("line.cells.pictures"), self.rows)
        right.addWidget(self.listed, 63)
        self.row.addLayout(right, 36)

    def show_told(self, told: Told) -> None:
        self.heat.set(told.cells)
        self.show_cell()

    def show_cell(self) -> None:
        """The figure of the cell that is chosen."""
        view, words = self.heat.view, self.words
        if view is None or self.heat.at < 0:
            self.cell.set("–", "")
            return
        cell = view.cells[self.heat.at]
        row, column = divmod(cell.cell, view.columns)
        self.cell.set_title(words("line.cells.cell", cell=cell.cell + 1, row=row + 1, column=column + 1))
        note = words(f"line.cells.{cell.drift}") if cell.drift else words(
            "line.cells.unread", count=number(cell.recent_unread),
            looks=number(cell.recent_read + cell.recent_unread))
        looked = cell.recent_read + cell.recent_unread
        self.cell.set(percent(cell.recent_read, cell.recent_unread), note, Tone.BAD if cell.drift else Tone.CALM,
                      "%" if looked else "")

    def show_rows(self, rows: Sequence[RefusedRow]) -> None:
        """When it was not read and why, and in the title which causes are the commonest of these."""
        local, words, cell = self.screen_of.local, self.words, self.heat.at
        why = [next((cause for at, cause in row.why if at == cell), "") for row in rows]
        known = self.heat.view.cells[cell].why if self.heat.view and cell >= 0 else ()
        told = [words("line.cells.why", why=words.word("recipe.why", cause), count=count)
                for cause, count in (known or Counter(filter(None, why)).most_common(3))[:3]]
        self.listed.title.setText(" · ".join(told) or words("line.cells.pictures"))
        self.rows.set_rows([Row(f"{local(row.at):%m-%d  %H:%M:%S}", row.source if cause else "",
                                words.word("recipe.why", cause) if cause else row.source, colour=QUIET)
                            for row, cause in zip(rows, why, strict=True)])


class CausesPanel(Panel):
    """Why codes were not taken, and each of the entries behind the cause that is chosen."""

    def __init__(self, screen: Screen, choose: Callable[[], None], open_row: Callable[[int], None]) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self.causes = Bars(look, choosable=True, empty=words("line.causes.none"))
        self.causes.chosen.connect(lambda _at: choose())
        self.rows = Rows(look, choosable=True, numbered=False, row_px=88, empty=words("line.causes.none"))
        self.rows.chosen.connect(open_row)
        self.row.addWidget(Titled(look, words("line.causes.title"), self.causes), 46)
        self.row.addWidget(Titled(look, words("line.causes.entries"), self.rows), 54)

    def show_told(self, told: Told) -> None:
        self.causes.set(self.bars(told.causes))

    def show_rows(self, rows: Sequence[RefusedRow]) -> None:
        self.rows.set_rows([self._row(row) for row in rows])

    def _row(self, row: RefusedRow) -> Row:
        at = self.screen_of.local(row.at)
        raw = row.raws[0] if row.raws else self.words("line.picture.nothing_read")
        if row.code and len(row.raws) > 1:
            raw = readable(row.code)
        read = raw if len(raw) <= RAW_SHOWN else f"…{raw[1 - RAW_SHOWN:]}"
        more = f"  +{len(row.raws) - 1}" if len(row.raws) > 1 and not row.code else ""
        return Row(read + more, " · ".join(part for part in (row.source, row.operator) if part), f"{at:%H:%M:%S}",
                   f"{at:%m-%d}", colour=QUIET)


class EntryPanel(Panel):
    """One entry: its picture with what was not read ringed, and the raw strings of what was."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self.picture = RingedPicture(look, words("line.picture.none"), lambda cause: words.word("recipe.why", cause))
        self.row.addWidget(self.picture, 66)
        self.about, self.where = plain_label(look, 34, bold=True, fit=True), plain_label(look, 32, fit=True)
        self.said = plain_label(look, 34, bold=True, fit=True)
        self.code = plain_label(look, 34, colour=RED, fit=True, middle=True)
        self.raws = Rows(look, choosable=False, row_px=58, empty=words("line.picture.nothing_read"))
        card = Titled(look, words("line.picture.read"), self.raws)
        for at, label in enumerate((self.about, self.said, self.code, self.where), 1):
            card.column.insertWidget(at, label)
        self.row.addWidget(card, 34)

    def show_row(self, row: RefusedRow) -> None:
        at = self.screen_of.local(row.at)
        self.picture.set(None, None)
        self.about.setText(f"{at:%Y-%m-%d %H:%M:%S}")
        self.said.setText(self.words.reason(row.reason, {}).title)
        self.code.setText(readable(row.code))
        self.code.setVisible(bool(row.code))
        self.where.setText(" · ".join(part for part in (row.source, row.order) if part))
        self.raws.set_rows([Row(readable(raw)) for raw in row.raws], keep=False)

    def show_picture(self, kept: SavedPicture | None, image: QImage | None, cell: int) -> None:
        self.picture.set(kept, image, cell)
