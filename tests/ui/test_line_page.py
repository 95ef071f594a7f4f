"""The line page: by keys alone from the pace to the picture of one cell; read from three metres; never in the way."""
from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QGraphicsView, QWidget

from app.domain.reasons import Outcome, Reason
from app.messages import DeviceState
from app.settings import LineSection
from app.ui import charts
from app.ui.figures import Bars, Figure
from app.ui.heat import is_high, percent
from app.ui.pages.line import LinePage
from app.ui.ports import HumanKey
from app.ui.theme import TOUCH_PX, Tone
from app.ui.widgets import Button, Rows
from app.words import LANGUAGES
from tests.ui.sample import DEVICES, HOME, PACKING, SYNC, picture, published

ROOT = Path(__file__).parents[2]
SIZES = [(1920, 1080), (1280, 800)]
PLACES = ("now", "counts", "cells", "causes", "entry")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("kept") / "1.jpg"
    Image.fromarray(picture()[:, :, ::-1]).save(file)
    return str(file)


@pytest.fixture
def line(bench: Callable[..., object], qtbot, kept: str) -> Callable[..., LinePage]:
    """Opens the page with its charts and its first answer there."""
    def make(language: str = "en", size: tuple[int, int] = (1920, 1080), view: object = PACKING, *,
             plan: float = 25.0, idle: bool = False) -> LinePage:
        one = bench(view, language, size)
        one.shelf.picture_file, one.shelf.idle = kept, idle
        one.window._settings = replace_line(one.window._settings, plan)
        one.window._build()
        one.window.go("line")
        page = one.window.page
        assert isinstance(page, LinePage)
        qtbot.waitUntil(lambda: page.now.chart is not None and page.told is not None)
        qtbot.waitUntil(lambda: page.now.chart.isVisible() and page.now.chart.plot.size() == page.now.chart.size())
        qtbot.waitUntil(lambda: not one.bridge.is_asking)
        page.bench = one
        return page
    return make


def replace_line(settings: object, plan: float) -> object:
    import msgspec
    return msgspec.structs.replace(settings, line=LineSection(cases_per_minute=plan))


def press(page: LinePage, *keys: str) -> None:
    for key in keys:
        page.bench.window.press(HumanKey(key))


def settle(qtbot, page: LinePage) -> None:
    qtbot.waitUntil(lambda: not page.bench.bridge.is_asking)


def show(qtbot, page: LinePage, place: str) -> None:
    if place == "entry":
        page.show_view("cells")
        settle(qtbot, page)
        press(page, "enter")
    else:
        page.show_view(place)
    settle(qtbot, page)
    chart = {"now": page.now.chart, "counts": page.counts.chart}.get(place)
    if chart is not None:
        plot = chart.findChild(QGraphicsView)
        qtbot.waitUntil(lambda: plot.isVisible() and plot.width() == chart.width())
    page.bench.window.grab()


def test_the_command_opens_it_and_a_running_line_does_not_close_it(bench, qtbot) -> None:
    one = bench(PACKING)
    one.window.press(HumanKey("f12", alt=True))
    assert one.station.commands[-1] == "LINE"
    one.tell(published(PACKING, Outcome.COMMAND, Reason.COMMAND_TAKEN, name="LINE"))
    qtbot.waitUntil(lambda: one.window.page.name == "line")
    one.tell(published(PACKING, Outcome.ACCEPTED, Reason.TAKEN, "x", seq=2))
    qtbot.waitUntil(lambda: one.window.shown.published.seq == 2)
    assert one.window.page.name == "line"
    one.window.press(HumanKey("escape"))
    assert one.window.page.name == "packing"
    qtbot.waitUntil(lambda: not one.bridge.is_asking)


def test_the_home_page_has_a_key_for_it(bench) -> None:
    one = bench(HOME)
    one.window.press(HumanKey("f3"))
    assert one.station.commands[-1] == "LINE"


def test_the_four_figures_and_what_colours_them(line, qtbot) -> None:
    page = line()
    now = page.now
    assert (now.pace.value, now.pace.note, now.pace.tone) == ("24.6", "plan 25", Tone.CALM)
    assert (now.rate.value, now.rate.note, now.rate.tone) == ("99.3", "Cell 7 reads worse: blurred", Tone.CARE)
    assert (now.order.value, now.order.note) == ("41", "done about 14:29")
    page.bench.tell(SYNC)
    qtbot.waitUntil(lambda: now.server.value == "214")
    assert now.server.tone is Tone.CARE
    for device in DEVICES:
        page.bench.tell(device)
    qtbot.waitUntil(lambda: now.server.tone is Tone.BAD)
    assert now.server.note == "dock-reader is gone"
    assert [bar.name for bar in now.causes.bars[:2]] == ["Not read", "Same code twice"]


def test_codes_that_became_too_small_are_part_of_the_alarm(line, qtbot) -> None:
    page = line()
    told = page.told
    even = tuple(replace(each, drift="") for each in told.cells.cells)
    page._show(replace(told, cells=replace(told.cells, cells=even)))
    assert page.now.rate.tone is Tone.CALM
    page.bench.tell(DeviceState("line-camera", "camera", "ready", problem="small_modules"))
    qtbot.waitUntil(lambda: page.now.rate.tone is Tone.CARE)
    assert page.now.rate.note == "line-camera: codes too small"
    page.bench.tell(DeviceState("line-camera", "camera", "ready"))
    qtbot.waitUntil(lambda: page.now.rate.tone is Tone.CALM)


def test_slower_than_the_plan_and_standing_still_are_deviations(line) -> None:
    page = line(plan=30.0)
    assert page.now.pace.tone is Tone.CARE
    told = page.told
    page._show(replace(told, now=replace(told.now, stops=((12.0, 0.0),), per_minute=0.0)))
    assert (page.now.pace.value, page.now.pace.note, page.now.pace.tone) == ("0.0", "stopped for 12 min", Tone.BAD)
    done = replace(told.now, stops=((12.0, 0.0),), packed=told.now.planned)
    page._show(replace(told, now=done))
    assert page.now.pace.tone is not Tone.BAD and page.now.order.note == "all packed"


def test_stops_are_shaded_and_say_how_long(line) -> None:
    page = line()
    page.bench.window.grab()
    page._show_view()
    assert page.now.chart.stops_shown == ["23 min"]
    regions = [item for item in page.now.chart._items if isinstance(item, charts.pg.LinearRegionItem)]
    assert [region.getRegion() for region in regions] == [(-200.0, -196.0), (-90.0, -67.0)]


def test_bars_are_stacked_to_the_whole(line, qtbot) -> None:
    page = line()
    show(qtbot, page, "counts")
    sums, chart = page.told.sums[0], page.counts.chart
    tops: dict[int, float] = {}
    for plot, item in chart._items:
        if plot is chart.all and isinstance(item, charts.pg.BarGraphItem):
            for at, (below, high) in enumerate(zip(item.opts["y0"], item.opts["height"], strict=True)):
                assert below == pytest.approx(tops.get(at, 0.0))
                tops[at] = below + high
    assert [tops[at] for at in range(len(sums))] == [each.good + each.bad for each in sums]
    assert [key.count for key in page.counts.keys.keys] == [
        sum(getattr(each, kind) for each in sums) for kind in ("good", "no_read", "duplicate", "wrong")]


def test_keys_alone_from_the_pace_to_a_picture_and_back(line, qtbot) -> None:
    page = line()
    press(page, "right")
    assert (page.view, page.counts.by) == ("counts", "hour")
    press(page, "down", "down")
    assert page.counts.by == "order"
    assert page.counts._labels(page.told.sums[2])[:2] == ["…01", "…02"]
    press(page, "f3")
    assert page.counts.by == "hour"
    press(page, "right")
    assert (page.view, page.cells.heat.at) == ("cells", 6)                   # the one that drifts is chosen
    assert (page.cells.cell.title, page.cells.cell.note) == ("Cell 7: row 2, column 1", "Worse than the others")
    press(page, "down", "right")
    assert page.cells.heat.at == 13
    settle(qtbot, page)
    press(page, "enter")
    settle(qtbot, page)
    assert page.row == 0 and page.entry.picture.picture is not None and page.entry.picture.cell == 13
    assert page.instruction(page.bench.window.shown).startswith("Entry 1 of 8")
    press(page, "right")
    assert page.row == 1
    press(page, "left", "left")
    assert page.row == 0
    press(page, "escape")
    assert page.row == -1 and page.view == "cells" and page.cells.heat.at == 13
    press(page, "right", "right", "right", "right", "right")                 # over the rim to the next view
    assert page.view == "causes"
    settle(qtbot, page)
    press(page, "down", "down", "down")
    assert page.causes.causes.at == 3
    settle(qtbot, page)
    press(page, "enter")
    assert page.row == 0 and page.entry.said.text() == "Wrong batch"
    press(page, "escape", "escape")
    assert page.bench.window.page.name == "packing"


def test_raw_strings_are_shown_whole_and_plain(line, qtbot) -> None:
    page = line()
    page.show_view("causes")
    settle(qtbot, page)
    press(page, "enter", "right", "right")
    page.bench.window.grab()
    assert page.entry.raws.rows[0].title == "a\x1db<b>no</b>"       # painted by draw_text, which escapes
    assert page.causes.rows.rows[2].title == "a\x1db<b>no</b>"
    assert not page.entry.code.isVisible()
    press(page, "right")
    assert page.entry.code.isVisible() and page.entry.code.text() == "(01) 16901234567895 (21) 7F3K0017"
    assert page.causes.rows.rows[3].title.endswith("(21) 7F3K0017")       # the one of the many that was wrong


def test_a_touch_does_what_a_key_does(line, qtbot) -> None:
    page = line()
    show(qtbot, page, "cells")
    heat = page.cells.heat
    qtbot.mouseClick(heat, Qt.MouseButton.LeftButton, pos=heat.rect_of(17).center())
    assert heat.at == 17 and page.cells.cell.title.startswith("Cell 18")
    show(qtbot, page, "causes")
    bars = page.causes.causes
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(40, bars.row + bars.gap + 20))
    assert bars.at == 1
    settle(qtbot, page)


def test_an_entry_without_a_picture_says_so(line, qtbot) -> None:
    page = line()
    show(qtbot, page, "entry")
    page.open_row(1)
    qtbot.waitUntil(lambda: not page.bench.bridge.is_asking)
    assert page.entry.picture.picture is None
    page.bench.window.grab()
    page.open_row(99)
    assert page.row == 1


def test_a_line_that_never_ran_says_so(line, qtbot) -> None:
    page = line(view=HOME, idle=True, plan=0.0)
    assert (page.now.pace.value, page.now.rate.value, page.now.order.value) == ("0.0", "–", "–")
    assert {figure.tone for figure in page.findChildren(Figure)} == {Tone.CALM}
    for place in PLACES:
        show(qtbot, page, place)
    assert page.row == -1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_readable_and_nothing_is_cut(line, qtbot, language: str, size: tuple[int, int]) -> None:
    page = line(language, size)
    for notice in (*DEVICES, SYNC):
        page.bench.tell(notice)
    for place in PLACES:
        show(qtbot, page, place)
        check_room(page, place)


def check_room(page: LinePage, place: str) -> None:
    """No word made smaller or cut, nothing outside its parent, everything that is touched large enough."""
    look, window = page.look, page.bench.window
    for figure in page.findChildren(Figure):
        if figure.isVisible() and figure.value:
            room = figure.width() - look.px(44)
            assert QFontMetrics(look.font(33)).horizontalAdvance(figure.note) <= room, figure.note
            assert QFontMetrics(look.font(33, True)).horizontalAdvance(figure.title) <= room, figure.title
    for widget in page.findChildren(QWidget):
        parent = widget.parentWidget()
        if widget.isVisible() and parent is not None and not isinstance(parent, QGraphicsView):
            assert parent.rect().contains(widget.geometry()), (place, widget, widget.geometry(), parent.rect())
    for rows in page.findChildren(Rows):
        assert not (rows.isVisible() and rows.choosable) or rows.row_height >= TOUCH_PX
    for bars in page.findChildren(Bars):
        assert not (bars.isVisible() and bars.choosable) or bars.row >= TOUCH_PX
    for button in window.findChildren(Button):
        if button.isVisible():
            assert window.rect().contains(QRect(button.mapTo(window, QPoint(0, 0)), button.size()))
            smallest = QFontMetrics(look.font(1, True)).horizontalAdvance(button.word)
            assert smallest <= button.width() - 2 * look.px(10), button.word


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_words_over_the_charts_never_touch_each_other(line, qtbot, language: str, size: tuple[int, int]) -> None:
    page = line(language, size)
    for place, by in (("now", 0), ("counts", 0), ("counts", 1), ("counts", 2)):
        page.counts.by = ("hour", "shift", "order")[by]
        show(qtbot, page, place)
        page._show_view()
        plots = [page.now.chart.plot] if place == "now" else [page.counts.chart.faults, page.counts.chart.all]
        for plot in plots:
            figures = [value for value, _ in plot.left._tickLevels[0]]
            assert 2 <= len(figures) <= 5 and figures[0] == 0 and figures[-1] <= 0.9 * plot.box.viewRange()[1][1]
            texts = [item for item in plot.box.addedItems if isinstance(item, charts.pg.TextItem)]
            boxes = [plot.mapFromScene(item.mapToScene(item.boundingRect())).boundingRect() for item in texts]
            for at, one in enumerate(boxes):
                assert plot.rect().adjusted(-2, -2, 2, 2).contains(one), (place, by, one)
                for other in boxes[at + 1 :]:
                    shared = one.adjusted(3, 3, -3, -3).intersected(other)
                    assert shared.isEmpty(), (place, by, one, other)


def test_sizes_for_three_metres(line) -> None:
    page = line()
    assert page.look.scale == 1.0
    assert charts.AXIS_PX >= 32
    from app.ui import figures
    assert figures.FIGURE_PX >= 120 and figures.TEXT_PX >= 32
    assert page.now.chart.plot.type.pixelSize() >= 32


def test_the_charts_take_no_key_no_wheel_and_no_focus(line, qtbot) -> None:
    page = line()
    before = page.now.chart.plot.box.viewRange()
    for part in page.findChildren(QGraphicsView):
        assert part.focusPolicy() == Qt.FocusPolicy.NoFocus
        assert part.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    qtbot.mousePress(page.now.chart, Qt.MouseButton.LeftButton)
    page.bench.type("TEXT\r", gap_ms=2)
    qtbot.waitUntil(lambda: page.bench.station.scans == [b"TEXT"])
    assert page.now.chart.plot.box.viewRange() == before


def test_another_language_keeps_the_view(line, qtbot) -> None:
    page = line()
    page.show_view("causes")
    bench = page.bench
    settle(qtbot, page)
    bench.window.set_language("zh_CN")
    other = bench.window.page
    assert isinstance(other, LinePage) and other is not page and other.view == "causes"
    assert other.causes.causes.bars[0].name == "未读出"
    qtbot.waitUntil(lambda: not bench.bridge.is_asking)


def test_the_charts_are_fetched_beside_the_window(bench, qtbot) -> None:
    """Their import takes most of a second: not on the thread that paints verdicts."""
    one = bench(PACKING)
    one.window.go("line")
    page = one.window.page
    assert page.now.chart is None
    qtbot.waitUntil(lambda: page.now.chart is not None and page.told is not None)
    qtbot.waitUntil(lambda: not one.bridge.is_asking)


def test_it_stops_asking_when_it_is_left(line, qtbot) -> None:
    page = line()
    assert page._every.isActive()
    page.bench.window.go("back")
    assert not page._every.isActive() and not page.is_open


@pytest.mark.parametrize(("read", "unread", "said"), [
    (0, 0, "–"), (100, 0, "100"), (99_999, 1, "99.9"), (994, 6, "99.4"), (0, 5, "0.0")])
def test_a_rate_is_never_rounded_up_to_whole(read: int, unread: int, said: str) -> None:
    assert percent(read, unread) == said


def test_high_is_no_alarm_yet(line) -> None:
    cells = line().told.cells.cells
    assert [each.cell for each in cells if is_high(each, cells)] == [6, 17]


def test_starting_the_window_does_not_load_the_charts() -> None:
    code = ("import sys, app.ui.window, app.ui.pages.line\n"
            "assert 'pyqtgraph' not in sys.modules and 'numpy' not in sys.modules, 'the charts come with the page'")
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
