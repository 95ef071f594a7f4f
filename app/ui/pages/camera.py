"""The engineer's camera page: what a camera sees with every place marked, the optics check, and a recipe by one key.

Looks and learns on the bridge's thread; the camera goes on reading meanwhile. Decides nothing about codes.
"""
from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.domain.people import RIGHTS, Right, Role
from app.messages import Frame
from app.taught import LookedAt, TaughtCell
from app.ui.page import BarKey, Page, Screen, Shown
from app.ui.ports import HumanKey
from app.ui.taught import MarkedPicture, Sentence, Sentences

TONES = {"good": "good", "fair": "care", "refused": "bad"}


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
        self._memory: dict[str, Any] = screen.memory.setdefault("camera.place", {"at": 0, "lock": False, "kept": ""})
        self._live: Any = None
        self._busy = False
        row = QHBoxLayout(self)
        margin = look.px(20)
        row.setContentsMargins(margin, margin, margin, margin)
        row.setSpacing(look.px(16))
        self.picture = MarkedPicture(look, words("recipe.page.none"), lambda why: words.word("recipe.why", why))
        row.addWidget(self.picture, 62)
        right = QVBoxLayout()
        right.setSpacing(look.px(14))
        self.optics = Sentences(look, words("recipe.page.optics"))
        self.taught = Sentences(look, words("recipe.page.recipe"))
        right.addWidget(self.optics, 48)
        right.addWidget(self.taught, 52)
        row.addLayout(right, 38)

    @property
    def camera(self) -> str:
        cameras = self.screen_of.to.cameras
        return cameras[self._memory["at"] % len(cameras)] if cameras else ""

    @property
    def told(self) -> LookedAt | None:
        told = self._memory.get("told")
        return told if told is not None and told.camera == self.camera else None

    def opened(self) -> None:
        self.screen_of.to.devices.preview(self.camera)
        self._show()

    def closed(self) -> None:
        super().closed()
        self.screen_of.to.devices.preview("")

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
    def look_closer(self) -> None:
        """Reads the newest picture patiently."""
        port = self.screen_of.to.teaching
        if port is None or self._busy or not teaches(self.screen_of, self.screen_of.shown()):
            return
        if self._live is None:
            self.optics.set(self.words("recipe.page.optics"), [Sentence(self.words("recipe.page.none"), "care")])
            return
        self._busy, self._memory["kept"] = True, ""
        self.screen_of.bridge.ask("camera", partial(self._quietly, partial(port.look, self.camera,
                                                                           lock=self._memory["lock"])), self._looked)
        self.screen_of.go("")

    def learn(self) -> None:
        """Keeps what the look taught; the camera reads by it at once."""
        port, told = self.screen_of.to.teaching, self.told
        if port is None or told is None or told.faults or self._busy:
            return
        self._busy = True
        self.screen_of.bridge.ask("camera", partial(self._quietly, partial(port.keep, self.camera)), self._kept)

    @staticmethod
    def _quietly(question: Any) -> tuple[Any, str]:
        """The answer, or in words why there is none."""
        try:
            return question(), ""
        except Exception as error:           # a full disk, a camera that went away: said on the page, the line goes on
            return None, str(error) or type(error).__name__

    def _looked(self, answer: tuple[LookedAt | None, str]) -> None:
        self._busy = False
        self._memory["told"] = answer[0]
        if self.is_open:
            self._show(answer[1])

    def _kept(self, answer: tuple[str | None, str]) -> None:
        self._busy = False
        self._memory["kept"] = answer[0] or ""
        if self.is_open:
            self._show(answer[1])

    def again(self) -> None:
        """Back to the live picture."""
        self._memory["told"], self._memory["kept"] = None, ""
        self._show()

    def lock(self) -> None:
        """Whether only codes of these lengths and products are to be taken; looks anew."""
        self._memory["lock"] = not self._memory["lock"]
        self.look_closer()

    def turn(self) -> None:
        """The next camera."""
        self._memory["at"] += 1
        self._live = None
        self.picture.set(None, ())
        self.screen_of.to.devices.preview(self.camera)
        self.again()

    # --- showing --------------------------------------------------------------------------------------------------
    def _show(self, problem: str = "") -> None:
        words, told = self.words, self.told
        title, recipe = words("recipe.page.optics"), words("recipe.page.recipe")
        if told is None:
            self.optics.set(title, [Sentence(words("recipe.page.problem", problem=problem), "bad") if problem else
                                    Sentence(words("recipe.page.hint"), "quiet")])
            self.taught.set(recipe, ())
        else:
            self.picture.set(told.pixels, told.cells)
            found = [Sentence(words(f"recipe.{name}", **data), TONES[name.split(".")[1].removesuffix("_still")])
                     for name, data in told.findings]
            if told.findings:
                found.insert(0, Sentence(words("recipe.refused" if told.refused else "recipe.good"),
                                         "bad" if told.refused else "good"))
            self.optics.set(title, found or [Sentence(words("recipe.page.unmeasured"), "care")])
            self._show_taught(told, recipe, problem)
        self.screen_of.go("")

    def _show_taught(self, told: LookedAt, title: str, problem: str) -> None:
        words, kept = self.words, self._memory["kept"]
        rows = [Sentence(words(f"recipe.{name}", **data), "bad" if name.startswith("fault") else "plain")
                for name, data in told.faults]
        rows += [Sentence(words(f"recipe.{name}", **data)) for name, data in told.facts]
        if problem:
            rows.insert(0, Sentence(words("recipe.page.problem", problem=problem), "bad"))
        elif kept:
            rows.insert(0, Sentence(words("recipe.page.kept", file=kept), "good"))
        elif told.facts:
            rows.append(Sentence(words("recipe.page.replaces" if told.file else "recipe.page.first"), "quiet"))
        self.taught.set(title, rows)

    def instruction(self, shown: Shown) -> str:
        if not teaches(self.screen_of, shown):
            return self.words("recipe.do.not_allowed")
        if self._busy:
            return self.words("recipe.do.busy")
        told = self.told
        step = "look" if told is None else "faulty" if told.faults else "kept" if self._memory["kept"] else \
            "refused" if told.refused else "learn"
        return self.words(f"recipe.do.{step}", camera=self.camera)

    def bar(self) -> tuple[BarKey, ...]:
        words, told = self.words, self.told
        keys = [BarKey("Esc", words("ui.key.back"), lambda: self.screen_of.go("line"), "back")]
        if not teaches(self.screen_of, self.screen_of.shown()):
            return tuple(keys)
        keys.append(BarKey("F2", words("recipe.key.look"), self.look_closer, "lookup"))
        if told is not None:
            if not told.faults:
                keys.append(BarKey("F3", words("recipe.key.learn"), self.learn, "save"))
            keys.append(BarKey("F4", words("recipe.key.live"), self.again, "camera"))
        keys.append(BarKey("F5", words("recipe.key.unlock" if self._memory["lock"] else "recipe.key.lock"), self.lock,
                           "stop"))
        if len(self.screen_of.to.cameras) > 1:
            keys.append(BarKey("F6", words("recipe.key.next"), self.turn, "next"))
        return tuple(keys)

    def press(self, key: HumanKey) -> bool:
        if key.key == "enter":
            (self.look_closer if self.told is None else self.learn)()
            return True
        return False
