"""The engineer's camera page: what a camera sees with every place marked, the optics check, and a recipe by one key.

Looks and learns on the bridge's thread; the camera goes on reading meanwhile. Decides nothing about codes.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from app.domain.optics import SetUp
from app.domain.people import RIGHTS, Right, Role
from app.messages import Frame
from app.taught import Hopeless, InUse, LookedAt, TaughtCell
from app.ui import lessons, optics
from app.ui.belt import BeltForm, NumberPad, texts_of
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.ports import HumanKey
from app.ui.sentences import Sentence, Sentences
from app.ui.taught import MarkedPicture

RENEWED_MS = 3_000       # the set-up is lent for seconds: a window that hangs lets the line go on
IDLE_MS = 300_000        # nobody sets the camera up any more: the line page comes back


def teaches(screen: Screen, shown: Shown) -> bool:
    """Whether who is signed in may teach a camera, and there is one."""
    role = shown.view.operator_role if shown.view else ""
    may = role in tuple(Role) and Right.TEACH in RIGHTS[Role(role)]
    return may and screen.to.teaching is not None and bool(screen.to.cameras)


class CameraPage(Page):
    name = "camera"

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        look, words = self.look, self.words
        # `belt`: what is typed of its figures, None while the form is closed; `stands`: how the camera stands;
        # `lock`: None, as the recipe in use; `busy`: a question is open, whichever page the answer will find
        self._memory: dict[str, Any] = screen.memory.setdefault(
            "camera.place", {"at": 0, "lock": None, "kept": "", "learnt": False, "belt": None, "stands": None,
                             "in_use": None, "busy": False, "keeps": False})
        self._memory["page"] = self
        self._live: Any = None
        self._lent = self._timer(RENEWED_MS, self._lend)
        self._idle = self._timer(IDLE_MS, lambda: self.screen_of.go("line"), once=True)
        row = QHBoxLayout(self)
        margin = look.px(20)
        row.setContentsMargins(margin, margin, margin, margin)
        row.setSpacing(look.px(16))
        self.picture = MarkedPicture(look, words("recipe.page.none"), lambda why: words.word("recipe.why", why))
        self.form = BeltForm(look, words, self._typed)
        self.pad = NumberPad(look, self.form, self._next, words("ui.key.enter"))
        self._left = QStackedLayout()
        beside = QWidget()
        centred = QHBoxLayout(beside)
        centred.setContentsMargins(0, 0, 0, 0)
        centred.addWidget(self.pad, 1, Qt.AlignmentFlag.AlignVCenter)
        self._left.addWidget(self.picture)
        self._left.addWidget(beside)
        row.addLayout(self._left, 62)
        self._column = right = QVBoxLayout()
        right.setSpacing(look.px(14))
        self.optics = Sentences(look, words("recipe.page.optics"))
        self.taught = Sentences(look, words("recipe.page.recipe"))
        for card in (self.optics, self.taught, self.form):
            right.addWidget(card)
        row.addLayout(right, 38)

    def _timer(self, every_ms: int, act: Callable[[], None], *, once: bool = False) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(every_ms)
        timer.setSingleShot(once)
        timer.timeout.connect(act)
        return timer

    @property
    def camera(self) -> str:
        cameras = self.screen_of.to.cameras
        return cameras[self._memory["at"] % len(cameras)] if cameras else ""

    @property
    def told(self) -> LookedAt | None:
        told = self._memory.get("told")
        return told if told is not None and told.camera == self.camera else None

    @property
    def stands(self) -> SetUp:
        """How the camera stands, with the figures that are being typed."""
        told = self.told
        stands = told.set_up if told else self._memory["stands"] or SetUp()
        return replace(stands, belt=self.form.belt) if self.is_typing else stands

    @property
    def is_typing(self) -> bool:
        return self._memory["belt"] is not None

    def _lend(self) -> None:
        """While whoever may teach has this page open the camera is set up: nothing that it sees is packed."""
        may = self.is_open and teaches(self.screen_of, self.screen_of.shown())
        self.screen_of.to.devices.set_up(self.camera if may else "")

    def show_state(self, shown: Shown) -> None:
        self._lend()

    @property
    def _busy(self) -> bool:
        return bool(self._memory["busy"])

    @property
    def locks(self) -> bool:
        """Whether a look is to lock other codes out: as the recipe in use does until somebody says otherwise."""
        in_use, lock = self._memory["in_use"], self._memory["lock"]
        return bool(in_use and in_use.locked) if lock is None else bool(lock)

    def opened(self) -> None:
        self._memory["busy"] = self._busy and self.screen_of.bridge.is_asking
        self.screen_of.to.devices.preview(self.camera)
        self._lend()
        self._lent.start()
        if self.is_typing:
            self.form.open(self._memory["belt"])
        self._ask_stands()
        self._show()

    def closed(self) -> None:
        super().closed()
        self._lent.stop()
        self._idle.stop()
        self.screen_of.to.devices.preview("")
        self._lend()

    def show_picture(self, pixels: Any, frame: Frame | None) -> None:
        """The live picture, with what the camera itself makes of it, until somebody looks closer."""
        if frame is not None and frame.source != self.camera:
            return
        self._live = pixels
        if self.told is None:
            seen = [TaughtCell("read", each.corners) for each in frame.seen if len(each.corners) == 4] if frame else []
            why = frame.causes if frame else ()
            left = [TaughtCell("unread", each, why[at] if at < len(why) else "")
                    for at, each in enumerate(frame.unread) if len(set(each)) == 4] if frame else []
            self.picture.set(pixels, (*seen, *left))

    # --- acts -----------------------------------------------------------------------------------------------------
    @property
    def _may(self) -> bool:
        return not self._busy and teaches(self.screen_of, self.screen_of.shown())

    def _ask(self, question: Callable[[], Any], then: Callable[[tuple[Any, str]], None]) -> None:
        """Asks on the bridge's thread; nothing else is done until the answer, or why there is none, is here."""
        self._memory["busy"] = True
        self.screen_of.bridge.ask("camera", partial(self._quietly, question), then)
        self.screen_of.go("")

    def _ask_stands(self) -> None:
        port, camera = self.screen_of.to.teaching, self.camera
        if port is None or not teaches(self.screen_of, self.screen_of.shown()):
            return

        def answered(answer: tuple[tuple[SetUp, InUse] | None, str]) -> None:
            if self.is_open and camera == self.camera:
                self._memory["stands"], self._memory["in_use"] = answer[0] or (None, None)
                self._show(answer[1])

        self.screen_of.bridge.ask("camera", partial(
            self._quietly, lambda: (port.set_up(camera), port.in_use(camera))), answered)

    def look_closer(self) -> None:
        """Reads the newest picture patiently."""
        port = self.screen_of.to.teaching
        if port is None or not self._may:
            return
        if self._live is None:
            self.optics.set(self.words("recipe.page.optics"), [Sentence(self.words("recipe.page.none"), "care")])
            return
        self._memory.update(kept="", belt_kept="", learnt=False, told=None)
        self._ask(partial(port.look, self.camera, lock=self.locks), self._looked)
        self._show()

    def learn(self, *, anyway: bool = False) -> None:
        """Keeps what the look taught; the camera reads by it at once. A set-up that will not do only `anyway`."""
        port, told = self.screen_of.to.teaching, self.told
        if port is None or told is None or told.faults or not self._may:
            return
        if told.refused and not anyway:
            return self._show(self.words("recipe.page.hopeless"))
        self._ask(partial(port.keep, self.camera, anyway=anyway), self._kept)

    def _quietly(self, question: Callable[[], Any]) -> tuple[Any, str]:
        """The answer, or in words why there is none."""
        try:
            return question(), ""
        except Hopeless:
            return None, self.words("recipe.page.hopeless")
        except Exception as error:           # a full disk, a camera that went away: said on the page, the line goes on
            sentence = getattr(error, "sentence", None)      # a wrong recipe says file, line and key in any language
            why = sentence(self.words.language) if sentence else str(error) or type(error).__name__
            return None, self.words("recipe.page.problem", problem=why)

    def _answered(self, problem: str) -> CameraPage | None:
        """The page that is open now shows the answer: it may be another one, in another language."""
        self._memory["busy"] = False
        page: CameraPage = self._memory["page"]
        if page.is_open:
            page._show(problem)
        return page if page.is_open else None

    def _looked(self, answer: tuple[LookedAt | None, str]) -> None:
        told, keeps = answer[0], self._memory["keeps"]
        self._memory.update(told=told, keeps=False)
        page = self._answered(answer[1])
        if page and keeps and told and not told.faults and not told.refused:
            page.learn()

    def _kept(self, answer: tuple[str | None, str]) -> None:
        self._memory.update(kept=answer[0] or "", learnt=bool(answer[0]))
        page = self._answered(answer[1])
        if page and answer[0]:
            page._ask_stands()

    def again(self) -> None:
        """Back to the live picture."""
        self._memory.update(told=None, kept="", belt_kept="", learnt=False)
        self._show()

    def lock(self) -> None:
        """Whether only codes of these lengths and products are to be taken; looks anew. What was kept is kept so."""
        if self._may and self.told is not None:
            self._memory.update(lock=not self.locks, keeps=self._memory["learnt"])
            self.look_closer()

    def turn(self) -> None:
        """The next camera."""
        self._memory["at"] += 1
        self._memory.update(stands=None, in_use=None, lock=None)
        self._live = None
        self.picture.set(None, ())
        self.screen_of.to.devices.preview(self.camera)
        self._lend()
        self.again()
        self._ask_stands()

    # --- the belt's figures ---------------------------------------------------------------------------------------
    def type_belt(self) -> None:
        """Opens the form with the figures that the recipe has."""
        if self._may:
            self._memory["belt"] = texts_of(self.stands.belt)
            self.form.open(self._memory["belt"])
            self._show()

    def leave_belt(self) -> None:
        """Closes it; what was typed and not kept is forgotten."""
        self._memory["belt"] = None
        self._show()

    def keep_belt(self) -> None:
        """Writes the figures into the recipe; says so once they are on the disk."""
        port, belt = self.screen_of.to.teaching, self.form.checked()
        if belt is None:
            self._show()
        elif port is not None and self._may:
            self._ask(partial(port.set_belt, self.camera, belt), self._belt_kept)

    def _belt_kept(self, answer: tuple[tuple[SetUp, str] | None, str]) -> None:
        if answer[0] is not None:
            stands, file = answer[0]
            told = self.told
            self._memory.update(belt=None, stands=stands, belt_kept=file,
                                told=replace(told, set_up=stands, file=file) if told else None)
        self._answered(answer[1])

    def _next(self) -> None:
        """Enter: the next figure; after the last one they are kept."""
        if not self.form.next():
            self.keep_belt()

    def _typed(self) -> None:
        self._show()

    # --- showing --------------------------------------------------------------------------------------------------
    def _show(self, problem: str = "") -> None:
        words, told, stands = self.words, self.told, self.stands
        self._idle.start()
        self._left.setCurrentIndex(self.is_typing)
        self.taught.setVisible(not self.is_typing)
        self.form.setVisible(self.is_typing)
        found = optics.sentences(words, stands)
        if problem:
            found.insert(0, Sentence(problem, "bad"))
        elif told is not None and not told.set_up.px_module:
            found.insert(0, Sentence(words("recipe.page.unmeasured"), "care"))
        elif told is None and not self.is_typing:
            found.insert(0, Sentence(words("recipe.page.looking" if self._busy else "recipe.page.hint"),
                                     "care" if self._busy else "quiet"))
        belt = stands.belt
        if not self.is_typing and not (belt.module_mm and belt.speed_mm_s and belt.exposure_ms) and \
                teaches(self.screen_of, self.screen_of.shown()):
            found.append(Sentence(words("recipe.page.type_belt"), "quiet"))
        verdict = optics.verdict(stands)
        title = "typing" if self.is_typing and not stands.hopeless else verdict
        self.optics.set(words(f"recipe.page.optics_{title}" if title else "recipe.page.optics"), found,
                        "bad" if stands.hopeless else "quiet")
        if told is not None:
            self.picture.set(told.pixels, told.cells)
        self._show_taught(told)
        self._share()
        self.screen_of.go("")

    def _share(self) -> None:
        """The right side's room goes to what there is to say."""
        above, below = self.optics.wanted(), self.taught.wanted()
        self._column.setStretch(0, 46 if self.is_typing else max(above, below // 3))
        self._column.setStretch(1, max(below, above // 3))
        self._column.setStretch(2, 54)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _show_taught(self, told: LookedAt | None) -> None:
        words, memory = self.words, self._memory
        files = (("kept", memory["kept"]), ("belt_kept", memory.get("belt_kept", "")))
        kept = next((words(f"recipe.page.{name}", file=file) for name, file in files if file), "")
        self.taught.set(words("recipe.page.recipe"), lessons.rows(
            words, told, memory["in_use"], optics.belt_words(words, self.stands), kept, lock=self.locks,
            learnt=memory["learnt"]))

    def instruction(self, shown: Shown) -> str:
        if not teaches(self.screen_of, shown):
            return self.words("recipe.do.not_allowed")
        if self._busy:
            return self.words("recipe.do.busy")
        if self.is_typing:
            return self.form.said or self.words("recipe.do.belt", camera=self.camera)
        told = self.told
        step = "look" if told is None else "faulty" if told.faults else "kept" if self._memory["learnt"] else \
            "refused" if told.refused else "learn"
        return self.words(f"recipe.do.{step}", camera=self.camera)

    def bar(self) -> tuple[BarKey, ...]:
        words, told = self.words, self.told
        if self.is_typing:
            return (BarKey("Esc", words("ui.key.back"), self.leave_belt, "back"),
                    BarKey("F3", words("recipe.key.keep_belt"), self.keep_belt, "save"))
        keys = [BarKey("Esc", words("ui.key.back"), lambda: self.screen_of.go("line"), "back")]
        if not teaches(self.screen_of, self.screen_of.shown()):
            return tuple(keys)
        keys.append(BarKey("F2", words("recipe.key.look"), self.look_closer, "lookup"))
        if told is not None:
            if not told.faults and not told.refused:
                keys.append(BarKey("F3", words("recipe.key.learn"), self.learn, "save"))
            keys.append(BarKey("F4", words("recipe.key.live"), self.again, "camera"))
            keys.append(BarKey("F5", words(f"recipe.key.{'unlock' if self.locks else 'lock'}"), self.lock, "stop"))
        if len(self.screen_of.to.cameras) > 1:
            keys.append(BarKey("F6", words("recipe.key.next"), self.turn, "next"))
        keys.append(BarKey("F7", words("recipe.key.belt"), self.type_belt, "adjust"))
        if told is not None and told.refused and not told.faults:
            keys.append(BarKey("F8", words("recipe.key.anyway"), partial(self.learn, anyway=True), "warning"))
        return tuple(keys)

    def press(self, key: HumanKey) -> bool:
        if key.key == "enter":
            (self._next if self.is_typing else self.look_closer if self.told is None else self.learn)()
            return True
        return self.is_typing and self.form.press(key)
