"""Which page the station's state asks for, and how it is made. Nothing else in the window knows the pages by name."""
from __future__ import annotations

from collections.abc import Callable

from app.domain.reasons import Reason
from app.messages import Published, StationView
from app.ui.page import Page, Screen
from app.ui.pages.age import AgePage
from app.ui.pages.camera import CameraPage
from app.ui.pages.checking import CheckingPage
from app.ui.pages.choose import ChoosePage, of_task
from app.ui.pages.clearance import ClearancePage
from app.ui.pages.count import CountPage
from app.ui.pages.diversion import InspectPage
from app.ui.pages.dock import DockPage
from app.ui.pages.evidence import EvidencePage
from app.ui.pages.first_start import FirstStartPage
from app.ui.pages.help import HelpPage
from app.ui.pages.home import HomePage
from app.ui.pages.line import LinePage
from app.ui.pages.lookup import LookupPage
from app.ui.pages.moving import MovingPage
from app.ui.pages.new_document import NewDocumentPage, receiver_page
from app.ui.pages.new_order import NewOrderPage
from app.ui.pages.order import OrderPage
from app.ui.pages.packing import PackingPage
from app.ui.pages.pairs import PairsPage
from app.ui.pages.sheet import SheetPage
from app.ui.pages.sign_in import SignInPage
from app.ui.pages.stock import StockPage
from app.ui.pages.sync import SyncPage
from app.ui.pages.unsettled import UnsettledPage
from app.ui.passing import leads_away
from app.ui.ports import FirstStart, Ports
from app.ui.topics import topic_of

PLACES: dict[str, Callable[[Screen], Page]] = {"help": HelpPage, "sync": SyncPage, "sheet": SheetPage}
OWN: dict[str, Callable[[Screen], Page]] = {"clearance": ClearancePage, "order": OrderPage, "new_order": NewOrderPage,
                                           "line": LinePage, "camera": CameraPage, "approve": SignInPage,
                                           "evidence": EvidencePage,
                                           "stock": StockPage, "age": AgePage, "peek": LookupPage,
                                           "unsettled": UnsettledPage,
                                           "new_document": NewDocumentPage, "receiver": receiver_page,
                                           "also": of_task("also"), "void_document": of_task("void_document"),
                                           "pick": of_task("pick")}
OF_TASK: dict[str, Callable[[Screen], Page]] = {
    "sign_in": SignInPage, "packing": PackingPage, "lookup": LookupPage, "home": HomePage, "pairs": PairsPage,
    "inspecting": InspectPage, "moving": MovingPage, "counting": CountPage, "checking": CheckingPage}
# commands that open a page which only shows
SHOW_A_LINE = ("line", "camera")         # that runs meanwhile
OPENS = {"HELP": "help", "SYNC": "sync", "LINE": "line", "STOCK": "stock", "AGE": "age"}
# What the station says about an order is read where the whole order is seen.
ASKS = {Reason.LINE_CLEARANCE: "clearance", Reason.ORDER_DIFFERS: "order", Reason.ORDER_RECONCILED: "order",
        Reason.ORDER_UNFINISHED: "order"}
# The work goes on: whatever page was asked from, it is done with.
BEGINS = frozenset({Reason.ORDER_STARTED, Reason.DOCUMENT_OPENED, Reason.DOCUMENT_JOINED, Reason.RECEIVER_CHANGED})
# Answers to an act on an order's page: they do not lead away from it.
STAYS = frozenset({Reason.REASON_NEEDED, Reason.SECOND_PERSON, Reason.SAME_PERSON, Reason.NOT_ALLOWED,
                   Reason.UNKNOWN_BADGE, Reason.WRONG_PIN, Reason.LOCKED_OUT, Reason.ORDER_FINISHED,
                   Reason.SHIFT_CHANGED, Reason.RETURNED, Reason.ORDER_PAUSED, Reason.NO_PARTNER, Reason.WRONG_PARTNER,
                   Reason.UNKNOWN_DOCUMENT})


def wanted(view: StationView | None, place: str, is_first: bool) -> tuple[str, str]:
    """(page, task). `place` is a page that lies over the task's own: "help", "sync", "sheet", "choose", "order" …"""
    if is_first:
        return ("help" if place == "help" else "first"), ""
    if place in PLACES:
        return place, ""
    if view is None or not view.operator:
        return "sign_in", ""
    if place in OWN:
        return place, view.task
    if view.task == "receiving" and view.check is not None:
        return "checking", view.task         # nothing else goes on while a container is open
    if view.task in ("packing", "receiving", "shipping", "counting"):
        ready = {"packing": view.packing, "counting": view.count}.get(view.task, view.dock)
        return ("choose" if place == "choose" or not ready else view.task), view.task
    pages = {"lookup": "lookup", "sampling": "pairs", "inspecting": "inspecting", "moving": "moving"}
    return pages.get(view.task, "home"), ""


def place_after(place: str, before: StationView | None, published: Published) -> str:
    """Which page lies over the task's own once this was said: an answer opens one, a scan leads back to the work."""
    verdict, view = published.verdict, published.view
    if verdict.reason in ASKS:
        return ASKS[verdict.reason]
    if verdict.reason is Reason.LOOKED_UP and view.task != "lookup":
        return "peek"
    moved = before is None or _doing(before) != _doing(view)
    if verdict.reason is Reason.COMMAND_TAKEN:
        name = str(verdict.data.get("name", ""))
        return OPENS.get(name, place if name in ("LANG", "MASTER") else "")
    if verdict.reason in BEGINS or (place == "approve" and view.waiting_for is None):
        return ""
    over = place in OWN or place == "choose"
    if over and not moved and (verdict.reason in STAYS or place in SHOW_A_LINE):
        return place
    return "" if moved or leads_away(published) else place


def make_page(name: str, task: str, screen: Screen, first: FirstStart | None, ready: Callable[[Ports], None]) -> Page:
    """A new page for this screen; help opened from it begins at its own topic."""
    if name != "help":
        screen.memory["help"] = topic_of(name, task)
    match name:
        case "first":
            assert first is not None
            return FirstStartPage(screen, first, ready)
        case "choose":
            return ChoosePage(screen, task)
        case "receiving" | "shipping":
            return DockPage(screen, task)
    return {**OF_TASK, **PLACES, **OWN}[name](screen)


def _doing(view: StationView) -> tuple[str, str, str]:
    return view.operator, view.task, view.subject
