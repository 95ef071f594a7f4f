"""Which page the station's state asks for, and how it is made. Nothing else in the window knows the pages by name."""
from __future__ import annotations

from collections.abc import Callable

from app.messages import StationView
from app.ui.page import Page, Screen
from app.ui.pages.choose import ChoosePage
from app.ui.pages.dock import DockPage
from app.ui.pages.first_start import FirstStartPage
from app.ui.pages.help import HelpPage
from app.ui.pages.home import HomePage
from app.ui.pages.lookup import LookupPage
from app.ui.pages.packing import PackingPage
from app.ui.pages.sheet import SheetPage
from app.ui.pages.sign_in import SignInPage
from app.ui.pages.sync import SyncPage
from app.ui.ports import FirstStart, Ports

PLACES: dict[str, Callable[[Screen], Page]] = {"help": HelpPage, "sync": SyncPage, "sheet": SheetPage}
OPENS = {"HELP": "help", "SYNC": "sync"}       # commands that open a page which only shows


def wanted(view: StationView | None, place: str, is_first: bool) -> tuple[str, str]:
    """(page, task). `place` is a page that lies over the task's own: "help", "sync", "sheet", "choose" or ""."""
    if is_first:
        return ("help" if place == "help" else "first"), ""
    if place in PLACES:
        return place, ""
    if view is None or not view.operator:
        return "sign_in", ""
    if view.task in ("packing", "receiving", "shipping"):
        ready = view.packing if view.task == "packing" else view.dock
        return ("choose" if place == "choose" or not ready else view.task), view.task
    return ("lookup" if view.task == "lookup" else "home"), ""


def make_page(name: str, task: str, screen: Screen, first: FirstStart | None, ready: Callable[[Ports], None]) -> Page:
    """A new page for this screen."""
    match name:
        case "first":
            assert first is not None
            return FirstStartPage(screen, first, ready)
        case "choose":
            return ChoosePage(screen, task)
        case "receiving" | "shipping":
            return DockPage(screen, task)
    pages: dict[str, Callable[[Screen], Page]] = {
        "sign_in": SignInPage, "packing": PackingPage, "lookup": LookupPage, "home": HomePage, **PLACES}
    return pages[name](screen)
