"""Goods by anything: what the pages of stock and of age have in common. Numbers as bars and as a list that is chosen
from by key; each number opens what is behind it, down to objects and their events.

Only shows: it asks the reader on the bridge's thread and sends nothing to the station.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any
from urllib.parse import unquote

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.domain.warehouse.age import NO_DATE
from app.ui.count import number
from app.ui.figures import Figure
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.pages.sign_in import list_key
from app.ui.ports import HumanKey
from app.ui.text import LEFT, draw_text, plain_label, readable, short_code
from app.ui.theme import AMBER, INK, LINE, QUIET, RED, Look, Tone
from app.ui.widgets import Card, Row, Rows
from app.views import StockObject, StockRow, StockWhere, TimelineRow

SOON, PAGE = 30, 50          # days of life that are few; objects and events asked for at a time
SHELF = "/254/"
SCOPES = (True, False, None)                     # here, on the way, everything
DEEPER = ("product", "lot", "location")          # what a number is broken down by next
AGES = {"expired": RED, "days_30": AMBER, "days_90": QColor("#3E4C59"), "days_180": QColor("#6E7C89"),
        "days_365": QColor("#98A4AF"), "longer": QColor("#BCC5CD"), NO_DATE: QColor("#DDE2E6")}
Answer = tuple[Sequence[StockRow], Sequence[StockRow], int, int, int]


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step into the numbers: "rows" by a group, "objects", or "events" of one object. `at` is the chosen row."""

    what: str
    where: StockWhere
    group: str = "product"
    title: str = ""
    epc: str = ""
    at: int = 0


class Legend(QWidget):
    """What the colours of the bars mean."""

    def __init__(self, look: Look, names: Sequence[tuple[QColor, str]]) -> None:
        super().__init__()
        self.look, self.names = look, names
        self.setFixedHeight(look.px(46))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, _event: object) -> None:
        painter = QPainter(self)
        look, wide = self.look, self.width() // max(1, len(self.names))
        side = look.px(24)
        for at, (colour, name) in enumerate(self.names):
            swatch = QRect(at * wide, (self.height() - side) // 2, side, side)
            painter.fillRect(swatch, colour)
            painter.setPen(LINE)
            painter.drawRect(swatch)
            draw_text(painter, QRect(swatch.right() + look.px(8), 0, wide - side - look.px(14), self.height()), name,
                      look.font(24), INK, LEFT, fit=True)
        painter.end()


class GoodsPage(Page):
    """`groups` are what F2 turns through; `start` is the first of them."""

    groups: tuple[str, ...] = ()
    other = ""                                   # the page that F6 opens

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        self.path: list[Crumb] = screen.memory.setdefault(
            f"{self.name}.path", [Crumb("rows", StockWhere(here=True), self.groups[0])])
        self.found: Sequence[Any] = ()           # what the list shows: rows, objects or events
        self.ages: Sequence[StockRow] = ()
        self.chart: Any = None
        self._said, self._whole = "", True
        columns = QHBoxLayout(self)
        margin = look.px(20)
        columns.setContentsMargins(margin, margin, margin, margin)
        columns.setSpacing(look.px(16))
        left = QVBoxLayout()
        left.setSpacing(look.px(14))
        figures = QHBoxLayout()
        figures.setSpacing(look.px(14))
        self.figures = tuple(Figure(look, words(f"stock.figure.{each}")) for each in self.figure_names)
        for figure in self.figures:
            figure.setFixedHeight(look.px(200))
            figures.addWidget(figure)
        left.addLayout(figures)
        card = Card(look)
        self._drawing = QVBoxLayout(card)
        self._drawing.setContentsMargins(margin, look.px(12), margin, look.px(12))
        self._drawing.addWidget(Legend(look, [(AGES[word], words(f"stock.life.{word}")) for word in AGES]))
        left.addWidget(card, 1)
        columns.addLayout(left, 54)
        self.side = Card(look)
        listed = QVBoxLayout(self.side)
        listed.setContentsMargins(margin, look.px(14), margin, margin)
        listed.setSpacing(look.px(8))
        self._head = plain_label(look, 30, bold=True, colour=QUIET, fit=True)
        listed.addWidget(self._head)
        self.rows = Rows(look, choosable=True, row_px=88)
        self.rows.chosen.connect(lambda _at: self.open_chosen())
        listed.addWidget(self.rows, 1)
        columns.addWidget(self.side, 46)

    figure_names: tuple[str, ...] = ("units", "objects", "held")

    @property
    def here(self) -> Crumb:
        return self.path[-1]

    @property
    def today(self) -> date:
        return self.screen_of.local(datetime.now(UTC)).date()

    # --- asking ---------------------------------------------------------------------------------------------------
    def opened(self) -> None:
        self.ask("charts", lambda: import_module("app.ui.charts"), self._with_charts)
        self.look_again()

    def look_again(self) -> None:
        """Asks for what the last crumb is about."""
        here, reader, today = self.here, self.screen_of.to.reader, self.today
        questions: dict[str, Callable[[], Any]] = {
            "rows": lambda: reader.stock(here.where, here.group, today),
            "objects": lambda: reader.stock_objects(here.where, 0, today, PAGE),
            "events": lambda: reader.stock_events(here.epc, limit=PAGE)}
        shows = {"rows": self._show_rows, "objects": self._show_more, "events": self._show_more}

        def show(answer: Any) -> None:
            if _same(self.here, here):           # the answer to where one is, not to where one was
                self.found = ()
                shows[here.what](answer)

        self.ask("stock", questions[here.what], show, f"stock:{here.what}:{here.where}:{here.group}:{here.epc}")
        if here.what != "rows":
            self.ask("stock", lambda: reader.stock(here.where, "age", today), self._show_beside, f"stock:{here.where}")

    def _with_charts(self, charts: Any) -> None:
        if self.chart is None:
            self.chart = charts.GoodsChart(self.look, AGES)
            self._drawing.insertWidget(0, self.chart, 1)
            self._draw()

    # --- showing --------------------------------------------------------------------------------------------------
    def _show_rows(self, answer: Answer) -> None:
        self.found, self.ages, *figures = answer
        self.show_figures(*figures)
        self._list([self.row(each, max(row.units for row in self.found)) for each in self.found])

    def _show_beside(self, answer: Answer) -> None:
        """The goods whose objects or events are listed."""
        _, self.ages, *figures = answer
        self.show_figures(*figures)
        self._draw()

    def _show_more(self, answer: Sequence[StockObject] | Sequence[TimelineRow]) -> None:
        """A page of objects or events, behind those that are there."""
        self.found = (*self.found, *answer)
        self._whole = len(answer) < PAGE
        show = self._object if self.here.what == "objects" else self._event
        self._list([show(each) for each in self.found])

    def _list(self, rows: list[Row]) -> None:
        self._head.setText(self.title())
        self.rows.empty = self.words("stock.ui.none")
        self.rows.set_rows(rows)
        self.rows.step(self.here.at - self.rows.at)
        self._draw()
        self.screen_of.go("")

    def show_figures(self, units: int, objects: int, held: int) -> None:
        for figure, value in zip(self.figures, (units, objects), strict=False):
            figure.set(number(value), self.scope())
        self.figures[2].set(number(held), self.share(held, units), Tone.CARE if held else Tone.CALM)

    def share(self, some: int, units: int) -> str:
        """How much of all that is, in words."""
        return self.words("stock.ui.of_all", percent=round(100 * some / units)) if units else self.scope()

    def row(self, row: StockRow, most: int) -> Row:
        """A number of the list; its length beside the others as a bar."""
        expired = [word for word, _ in row.ages] == ["expired"]
        soon = row.days is not None and row.days <= SOON
        note = self.words("stock.ui.note", objects=number(row.objects), expiry=row.expiry)
        return Row(self.named(self.here.group, row), note, number(row.units), "", row.units, most,
                   icon="cross" if expired else "bang" if soon else "", colour=RED if expired else INK)

    def _object(self, each: StockObject) -> Row:
        at = f"{self.screen_of.local(each.at):%m-%d %H:%M}" if each.at else ""
        note = self.words("stock.ui.object", level=self.words.level(each.level), place=self.place(each.location),
                          status=self.words.word("common.status", each.status))
        return Row(short_code(each.epc), note, number(each.units), at, icon="pallet", colour=QUIET)

    def _event(self, each: TimelineRow) -> Row:
        step = self.words.word("common.biz_step", each.biz_step)
        note = " · ".join(filter(None, (each.operator, short_code(each.parent) if each.parent else "")))
        return Row(step, note, number(each.count) if each.count else "", f"{self.screen_of.local(each.at):%m-%d %H:%M}",
                   icon="clock", colour=QUIET)

    def bars(self) -> tuple[list[tuple[str, Sequence[tuple[str, int]]]], int]:
        """(name, ages) of the rows on the list's page, and which of them is chosen."""
        if self.here.what != "rows":
            return self.life(), -1
        shown = [row for row in self.found if isinstance(row, StockRow)][self.rows.first:]
        return ([(self.named(self.here.group, row), row.ages) for row in shown[: self.rows.per_page]],
                self.rows.at - self.rows.first)

    def life(self) -> list[tuple[str, Sequence[tuple[str, int]]]]:
        """(name, ages) of the goods by the life they have left."""
        return [(self.words(f"stock.life.{row.key}"), row.ages) for row in self.ages]

    def _draw(self) -> None:
        if self.chart is not None:
            self.chart.set(*self.bars())

    # --- words ----------------------------------------------------------------------------------------------------
    def named(self, group: str, row: StockRow) -> str:
        """What a row is about."""
        match group:
            case "status":
                return self.words.word("common.status", row.key)
            case "age":
                return self.words(f"stock.age.{row.key}")
            case "location":
                return self.place(row.key)
        return row.name or self.words(f"stock.none.{group}")

    def place(self, location: str) -> str:
        """A shelf by its code, the site itself by a word, goods on their way as such."""
        if not location:
            return self.words("stock.none.location")
        return unquote(location.rpartition(SHELF)[2]) if SHELF in location else self.words("stock.ui.floor")

    def scope(self) -> str:
        here = self.here.where.here
        return self.words("stock.scope.all" if here is None else "stock.scope.here" if here else "stock.scope.away")

    def title(self) -> str:
        """Where one is: from the scope to the last number that was opened."""
        parts = [self.scope(), *(crumb.title for crumb in self.path if crumb.title)]
        if self.here.what == "rows":
            parts.append(self.words(f"stock.by.{self.here.group}"))
        return "  ›  ".join(parts[:1] + parts[-3:] if len(parts) > 4 else parts)

    def instruction(self, shown: Shown) -> str:
        if self._said:
            return self._said
        if self.here.what == "events":
            return self.words("stock.do.events", code=readable(self.here.epc))
        return self.words(f"stock.do.{self.here.what}")

    # --- moving ---------------------------------------------------------------------------------------------------
    def open_chosen(self) -> None:
        """What is behind the chosen number."""
        if not self.found:
            return
        self._keep_place()
        chosen = self.found[self.rows.at]
        if isinstance(chosen, StockRow):
            told = [group for group in DEEPER if getattr(chosen.where, group) is None]
            title = self.named(self.here.group, chosen)
            self._into(Crumb("rows", chosen.where, told[0], title) if told else
                       Crumb("objects", chosen.where, "", title))
        elif isinstance(chosen, StockObject):
            self._into(Crumb("events", self.here.where, "", short_code(chosen.epc), chosen.epc))

    def open_objects(self) -> None:
        """The objects of the chosen number, without the steps between."""
        if self.here.what == "rows" and self.found:
            self._keep_place()
            chosen = self.found[self.rows.at]
            self._into(Crumb("objects", chosen.where, "", self.named(self.here.group, chosen)))

    def back(self) -> None:
        """One step out, or back to the work."""
        if len(self.path) == 1:
            self.screen_of.go("back")
            return
        self.path.pop()
        self._moved()

    def turn_group(self) -> None:
        """The same goods by something else."""
        if self.here.what == "rows":
            fixed = [group for group in self.groups if getattr(self.here.where, group) is None]
            if fixed:
                at = fixed.index(self.here.group) + 1 if self.here.group in fixed else 0
                self.path[-1] = replace(self.here, group=fixed[at % len(fixed)], at=0)
                self._moved()

    def turn_scope(self) -> None:
        """What is here, what is on its way, both: from the first number on."""
        now = self.path[0].where.here
        following = SCOPES[(SCOPES.index(now) + 1) % len(SCOPES)]
        self.path[:] = [replace(self.path[0], where=StockWhere(here=following), at=0)]
        self._moved()

    def _into(self, crumb: Crumb) -> None:
        self.path.append(crumb)
        self._moved()

    def _moved(self) -> None:
        self._said, self.found = "", ()
        self.rows.empty = ""                     # not "nothing" before the answer is here
        self.rows.set_rows((), keep=False)
        self._head.setText(self.title())
        self.look_again()
        self.screen_of.go("")

    def _keep_place(self) -> None:
        self.path[-1] = replace(self.here, at=self.rows.at)

    def more(self) -> None:
        """The next page of objects or events, where there is one."""
        if self._whole or not self.found or self.here.what == "rows":
            return
        self._whole = True                       # asked for once
        here, reader, today, last = self.here, self.screen_of.to.reader, self.today, self.found[-1]

        def question() -> Any:
            if here.what == "objects":
                return reader.stock_objects(here.where, last.number, today, PAGE)
            return reader.stock_events(here.epc, last.seq, PAGE)

        def show(answer: Any) -> None:
            if self.is_open and _same(self.here, here):
                self._keep_place()
                self._show_more(answer)

        self.screen_of.bridge.ask("stock", question, show)

    def save(self) -> None:
        """These goods as a workbook."""
        where, language, export = self.here.where, self.words.language, self.screen_of.to.export
        self._tell(self.words("ui.sync.exporting"))
        self.screen_of.bridge.ask("stock", lambda: export.stock(where, language),
                                  lambda path: self._tell(self.words("ui.sync.exported", file=path)))

    def _tell(self, text: str) -> None:
        self._said = text
        self.screen_of.go("")

    def _turn(self, by: int) -> None:
        self.rows.turn(by)
        self._after_step()

    def _after_step(self) -> None:
        if self.rows.page == self.rows.pages:
            self.more()
        self._draw()

    def bar(self) -> tuple[BarKey, ...]:
        words = self.words
        keys = [BarKey("Esc", words("ui.key.back"), self.back, "back")]
        if self.here.what == "rows":
            keys += [BarKey("F2", words("stock.key.group"), self.turn_group, "swap"),
                     BarKey("F3", words("stock.key.scope"), self.turn_scope, "ship"),
                     BarKey("F4", words("stock.key.objects"), self.open_objects, "pallet")]
        keys += [BarKey("F5", words("ui.key.xlsx"), self.save, "save"),
                 BarKey("F6", words(f"stock.key.{self.other}"), lambda: self.screen_of.go(self.other), "document"),
                 BarKey("F7", words("ui.key.up"), lambda: self._turn(-1), "previous"),
                 BarKey("F8", words("ui.key.down"), lambda: self._turn(1), "next")]
        return tuple(keys)

    def press(self, key: HumanKey) -> bool:
        if key.key == "escape":
            self.back()
            return True
        if key.text.isascii() and key.text.isdigit() and key.text != "0":
            return self.rows.choose_key(int(key.text))
        used = list_key(self.rows, key)
        if used and key.key != "enter":
            self._after_step()
        return used


def _same(one: Crumb, other: Crumb) -> bool:
    return replace(one, at=0) == replace(other, at=0)
