"""What every page is built from and what it is told. A page shows values and asks for acts; it decides nothing.

A page is built anew when the language or the size changes, so it keeps nothing that it could not be told again:
all state comes in a `Shown`, besides what the operator is typing at this moment.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.domain.commands import BY_NAME
from app.domain.people import RIGHTS, Role
from app.domain.reasons import Reason
from app.messages import DeviceState, Frame, PackingView, Published, ReworkView, StationView, SyncStatus
from app.settings import Settings
from app.ui.bridge import Bridge
from app.ui.choice import ReasonChoice
from app.ui.passing import is_passing
from app.ui.ports import HumanKey, Ports, WordsLike
from app.ui.rework_menu import ReworkMenu, TileMenu
from app.ui.theme import Look
from app.ui.trees import ReworkPanel
from app.views import PlanRow


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest of everything; a page shows what concerns it."""

    view: StationView | None = None
    published: Published | None = None
    sync: SyncStatus | None = None
    devices: dict[str, DeviceState] = field(default_factory=dict)
    p95_ms: float = 0.0
    silent: bool = False                 # there is no sound on this machine


@dataclass(frozen=True, slots=True)
class Screen:
    """The surroundings of a page. `act` sends a command to the station; `go` opens a page that only shows.

    `memory` outlives the pages: the last answers, so that a page built anew is not empty until the next ones come.
    """

    look: Look
    words: WordsLike
    settings: Settings
    bridge: Bridge
    ports: Ports | None
    act: Callable[[str, str], None]
    go: Callable[[str], None]
    shown: Callable[[], Shown]
    local: Callable[[datetime], datetime]    # the same moment on the site's clock
    memory: dict[str, Any]
    training: bool = False

    def stage_of(self, packing: PackingView) -> str:
        """Where the order is in its life. Where no clearance is asked for, an order that nobody started runs."""
        asked = self.settings.packing.clearance and not self.settings.packing.operator
        runs = packing.state == "open" and not asked
        return "started" if runs else packing.state

    @property
    def to(self) -> Ports:
        """The ports, on the pages that exist only once there is a station."""
        assert self.ports is not None
        return self.ports


@dataclass(frozen=True, slots=True)
class BarKey:
    """One key of the bar at the bottom. `press` does it, by key and by touch alike."""

    key: str                             # "F2", "Esc"
    word: str
    press: Callable[[], None]
    icon: str = ""


class Page(QWidget):
    """One screen between the instruction line and the verdict strip."""

    name = ""
    works = False                        # True where one scans all day: the verdict strip is tall there
    side: QWidget | None = None          # the part of the page that a question for a reason may cover
    closes = "CLOSE"                     # the command that a question for a reason is about, where nothing says so
    stage: QWidget | None = None         # the part that a finished rework act is shown over

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self.screen_of = screen
        self.look, self.words = screen.look, screen.words
        self.is_open = True
        self.choice: ReasonChoice | None = None
        self.rework: ReworkPanel | None = None
        self.menu: TileMenu | None = None            # the one that was opened last
        self._rework_menu: ReworkMenu | None = None
        self._plan, self._asks_plan = "", False      # of REPACK: the plan that was chosen; whether one is asked for

    def bar(self) -> tuple[BarKey, ...]:
        """Function keys of this page; F1, F10 and F12 are added by the window."""
        return ()

    @property
    def alone(self) -> tuple[BarKey, ...]:
        """The keys that alone mean something now; () while the bar is the page's."""
        if self.menu is None or self.menu.isHidden():
            return ()
        return (BarKey("Esc", self.words("ui.key.back"), self.menu.close_menu, "back"),)

    def instruction(self, shown: Shown) -> str:
        """What to scan or do now, in one line."""
        return self.words(f"ui.do.{self.name}")

    def show_state(self, shown: Shown) -> None:
        """New values; called on each change while the page is the one shown, and once when it is opened."""

    def show_published(self, published: Published) -> None:
        """A verdict that has just been given, after `show_state`."""

    def show_picture(self, pixels: Any, frame: Frame | None) -> None:
        """A camera's picture."""

    def opened(self) -> None:
        """The page is about to be seen: time to ask for what it lists."""

    def ask(self, what: str, question: Callable[[], Any], then: Callable[[Any], None], key: str = "") -> None:
        """Asks on the bridge's thread. The last answer is shown at once; an answer for a page that is gone is kept."""
        memory, key = self.screen_of.memory, key or what
        if key in memory:
            then(memory[key])

        def answered(answer: Any) -> None:
            memory[key] = answer
            if self.is_open:
                then(answer)

        self.screen_of.bridge.ask(what, question, answered)

    def closed(self) -> None:
        """Another page takes its place."""
        self.is_open = False

    def press(self, key: HumanKey) -> bool:
        """A key that a person pressed; True where the page made use of it."""
        return False

    def heard(self, published: Published) -> None:
        """A verdict: an open question is over, unless it only passes by or asks for a reason itself."""
        if not is_passing(published):
            self._asks_plan = False
            if self.choice is not None:
                self.choice.hide()
        if self.menu is not None and not is_passing(published):
            self.menu.close_menu()
        self.show_published(published)
        if published.verdict.reason is Reason.REASON_NEEDED:
            data = published.verdict.data
            name = str(data.get("name") or data.get("act") or self.closes).upper()
            if name in BY_NAME and BY_NAME[name].choices:
                self.ask_reason(name)

    def ask_reason(self, command: str, title: str = "") -> None:
        """Why? Asked over a part of the page; the answer goes to the station with the command."""
        if command == "REPACK" and self._wants_plan():
            return
        self._plan = ""
        self._why(command, title or self.words("ui.choice.why", command=self.words.word("common.command", command)))

    def reasons_of(self, command: str) -> tuple[str, ...]:
        """Which of a command's reasons are offered here."""
        return BY_NAME[command].choices

    def _why(self, command: str, title: str) -> None:
        self._question().ask(title, self.side or self, command, self.reasons_of(command))
        self._fit_question()

    def _question(self) -> ReasonChoice:
        if self.choice is None:
            self.choice = ReasonChoice(self.look, self.words, self, self.reason_chosen)
        return self.choice

    def _fit_question(self) -> None:
        if self.side is None and self.choice is not None:
            self.choice.setGeometry(self.rect().adjusted(self.width() * 54 // 100, 0, 0, 0))

    def reason_chosen(self, reason: str) -> None:
        assert self.choice is not None
        plan = f"{self._plan}:" if self._plan and self.choice.command == "REPACK" else ""
        self.screen_of.act(self.choice.command, plan + reason)

    # --- to which plan? -----------------------------------------------------------------------------------------------
    def _wants_plan(self) -> bool:
        """Whether something is packed anew to a plan that nobody has named yet: then that is asked for first."""
        view = self.screen_of.shown().view
        if view is None or view.packing is None or view.armed == "repack":
            return False
        order, reader = view.packing.order, self.screen_of.to.reader
        self._asks_plan = True
        self.screen_of.bridge.ask("plans", lambda: reader.other_plans(order), self._offer_plans)
        return True

    def _offer_plans(self, plans: Sequence[PlanRow]) -> None:
        """Nothing where somebody has gone on meanwhile. Without any plan the station says what to do."""
        if not (self.is_open and self._asks_plan):
            return
        self._asks_plan, words = False, self.words
        named = [(each.id, words("ui.plans.row", count=each.count, unit=words.level(each.unit),
                                 level=words.level(each.level), plan=each.id)) for each in plans]
        if len(named) == 1:
            self._plan_chosen(dict(named), named[0][0])
        elif named:
            self._question().offer(words("ui.plans.title"), self.side or self, named,
                                   lambda plan: self._plan_chosen(dict(named), plan))
            self._fit_question()
        else:
            self.screen_of.act("REPACK", BY_NAME["REPACK"].choices[-1])

    def _plan_chosen(self, named: dict[str, str], plan: str) -> None:
        self._plan = plan
        self._why("REPACK", self.words("ui.plans.why", plan=named[plan]))

    def open_menu(self) -> None:
        """All rework acts, each one tile."""
        if self._rework_menu is None:
            self._rework_menu = ReworkMenu(self.look, self.words, self, self.rework_with, lambda: self.screen_of.go(""))
        self.show_menu(self._rework_menu)

    def show_menu(self, menu: TileMenu) -> None:
        """A menu over the page, in place of any other."""
        if self.menu is not None and self.menu is not menu:
            self.menu.close_menu()
        self.menu = menu
        menu.open()
        self.screen_of.go("")

    def rework_with(self, name: str) -> None:
        """An act; where it needs a reason, that is asked for first."""
        if BY_NAME[name].choices:
            self.ask_reason(name)
        else:
            self.screen_of.act(name, "")

    def show_rework(self, done: ReworkView | None) -> None:
        """What the last act did, before and after; None when there is nothing more to be seen of it."""
        if done is None or self.stage is None:
            if self.rework is not None:
                self.rework.hide()
            return
        if self.rework is None:
            self.rework = ReworkPanel(self.look, self.words, self)
        self.rework.set(done)
        self._fit_over()
        self.rework.show()
        self.rework.raise_()
        if self.choice is not None:
            self.choice.raise_()

    def _fit_over(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.activate()
        if self.rework is not None and self.stage is not None:
            self.rework.setGeometry(self.stage.geometry())
        if self.menu is not None:
            self.menu.setGeometry(self.rect())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_over()

    def wants_clearance(self) -> bool:
        """Whether a START would begin an order that has not run yet: the line is looked over first."""
        view = self.screen_of.shown().view
        return self.name != "clearance" and view is not None and view.packing is not None \
            and view.packing.state == "open"

    def allowed(self, command: str) -> bool:
        """Whether whoever is signed in has the right for it: what would be refused is not offered."""
        view, right = self.screen_of.shown().view, BY_NAME[command].right
        role = view.operator_role if view else ""
        return right is None or role in tuple(Role) and right in RIGHTS[Role(role)]

    def bar_rework(self) -> BarKey:
        """The key that opens the rework menu."""
        return BarKey("F9", self.words("ui.key.rework"), self.open_menu, "swap")

    def bar_command(self, key: str, name: str, argument: str = "", icon: str = "") -> BarKey:
        """A key of the bar that is a command of the station."""
        return BarKey(key, self.words(f"ui.key.{name}"), lambda: self.screen_of.act(name, argument), icon)
