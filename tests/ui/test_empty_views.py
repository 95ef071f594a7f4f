"""No page falls over with nothing to show: no view of its task, an empty one, a house without anything."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.domain.warehouse.cases import SnapshotView
from app.messages import CheckView, CountView, DockView, MovingView, PackingView, StationView
from app.moves import MovedView
from app.ui.routes import OWN, PLACES
from app.views import LineNow, ObjectView, ReconcileView
from tests.ui.conftest import Bench
from tests.ui.line_sample import AT
from tests.ui.sample import Outside, RecordingStation

HOME = StationView("", "", "li.na", "", "operator", "home", "")
TASKS = ("home", "packing", "receiving", "shipping", "counting", "lookup", "sampling", "inspecting", "moving")
EMPTY = {
    "moving": {"moving": MovingView("", {}, "", "", (), 0)},
    "moved": {"moving": MovingView("", {}, "", "", (), 0, (), MovedView("", "", "", "", 0))},
    "picking": {"moving": MovingView("", {}, "", "D1", (), 0)},
    "receiving": {"dock": DockView("", "receive", "", "open", ())},
    "shipping": {"dock": DockView("", "ship", "", "open", (), direction="out")},
    "checking": {"dock": DockView("", "receive", "", "open", ()), "check": CheckView("", "", "", "", 0, ())},
    "counting": {"count": CountView("", "count", "open", 1, False, False, "", "", 0, 0, 0, 0)},
    "packing": {"packing": PackingView("", "", "", 0, 0, (), "", False)}}
TASK_OF = {"moved": "moving", "picking": "moving", "checking": "receiving"}


class Nothing(Outside):
    """Every question has an answer without anything in it."""

    def __getattr__(self, _name: str) -> Callable[..., tuple[()]]:
        return lambda *_args, **_more: ()

    def look_up(self, text: str) -> ObjectView:
        return ObjectView(text, False)

    def line_now(self, *_args: Any) -> LineNow:
        return LineNow(AT)

    def cells(self, _order: str) -> None:
        return None

    def reconcile(self, order: str) -> ReconcileView:
        return ReconcileView(order, "", "", "", ())

    def stock(self, *_args: Any) -> tuple[tuple[()], tuple[()], int, int, int]:      # type: ignore[override]
        return (), (), 0, 0, 0

    def suspect(self, _number: str) -> None:
        return None

    def snapshot(self) -> SnapshotView:
        return SnapshotView("none")


def emptied(bench: Callable[..., Bench]) -> Bench:
    """A window on a house without anything."""
    one = bench(HOME)
    nothing: Any = Nothing()
    one.window._ports = replace(one.ports, station=RecordingStation(), reader=nothing, sync=nothing, devices=nothing,
                                export=nothing, orders=nothing, labels=nothing, diversion=nothing, counts=nothing,
                                cameras=())
    return one


def paint(one: Bench, qtbot: Any, view: StationView, place: str = "") -> None:
    """The page that this view asks for, or the one at this place, with its answers in, on the screen."""
    one.window.place = ""
    one.window.shown = replace(one.window.shown, view=view)
    one.window._build()
    if place:
        one.window.go(place)
    qtbot.waitUntil(lambda: not one.bridge.is_asking)
    assert not one.window.grab().isNull(), (view.task, place)


def test_a_task_without_a_view_of_its_own_is_painted(bench, qtbot) -> None:
    one = emptied(bench)
    for task in TASKS:
        paint(one, qtbot, replace(HOME, task=task))
    paint(one, qtbot, replace(HOME, operator=""))        # nobody may sign in


def test_an_empty_view_of_a_task_is_painted(bench, qtbot) -> None:
    one = emptied(bench)
    for name, parts in EMPTY.items():
        paint(one, qtbot, replace(HOME, task=TASK_OF.get(name, name), **parts))


@pytest.mark.parametrize("task", ["shipping", "packing"])
def test_a_page_over_the_task_is_painted_with_nothing_in_it(bench, qtbot, task: str) -> None:
    one, view = emptied(bench), replace(HOME, task=task, **EMPTY[task])
    for place in ("choose", *PLACES, *OWN):
        paint(one, qtbot, view, place)
