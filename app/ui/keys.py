"""Every key press in the program comes through here first, before any widget: to the key decoder, as scan or as hand.

No widget ever sees a key, so nothing can swallow a scan, no shortcut of Qt's can fire, and a scanner that types control
or function keys does nothing but a scan: a key counts as a person's only with silence on both sides of it.
"""
from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent

from app.ui.ports import DecodedLike, HumanKey, KeyDecoder, ReadingLike

HAND_GAP_S = 0.020         # two keys nearer than this were not pressed by a hand
SETTLE_MS = 40             # silence after which a person's key is acted on
PRESSES_KEPT = 512
LONGEST_PAUSE_S = 7 * 86_400.0    # a clock that jumps further is another clock
SEEN = (QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride, QEvent.Type.Shortcut)
NAMES = {
    Qt.Key.Key_Return: "enter", Qt.Key.Key_Enter: "enter", Qt.Key.Key_Tab: "tab", Qt.Key.Key_Backtab: "tab",
    Qt.Key.Key_Escape: "escape", Qt.Key.Key_Backspace: "backspace", Qt.Key.Key_Delete: "delete",
    Qt.Key.Key_Up: "up", Qt.Key.Key_Down: "down", Qt.Key.Key_Left: "left", Qt.Key.Key_Right: "right",
    Qt.Key.Key_PageUp: "pageup", Qt.Key.Key_PageDown: "pagedown", Qt.Key.Key_Home: "home", Qt.Key.Key_End: "end",
    Qt.Key.Key_Insert: "insert", Qt.Key.Key_Space: "space", Qt.Key.Key_Shift: "shift", Qt.Key.Key_Control: "ctrl",
    Qt.Key.Key_Alt: "alt", Qt.Key.Key_AltGr: "altgr", Qt.Key.Key_Meta: "meta", Qt.Key.Key_CapsLock: "capslock",
    Qt.Key.Key_NumLock: "numlock",
}
SILENT = ("shift", "ctrl", "alt", "altgr", "meta", "capslock", "numlock")


def key_of(event: QKeyEvent, t_s: float) -> HumanKey:
    """A Qt key event as a plain value."""
    code, modifiers = event.key(), event.modifiers()
    name = NAMES.get(Qt.Key(code), "")
    if not name and Qt.Key.Key_F1 <= code <= Qt.Key.Key_F35:
        name = f"f{code - Qt.Key.Key_F1 + 1}"
    text = event.text()
    ctrl = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
    if ctrl and not text and 0x20 <= code < 0x7F:
        text = chr(code).lower()
    if not name and text in ("\r", "\n"):
        name, ctrl = "enter", False          # the Linefeed key, or a scanner's suffix as Ctrl+J or Ctrl+M
    if not name and not text:
        name = f"qt{int(code)}"
    if name == "escape" or name.startswith(("f", "up", "down", "left", "right", "page")):
        text = ""
    return HumanKey(name, text, ctrl, bool(modifiers & Qt.KeyboardModifier.AltModifier), t_s,
                    bool(modifiers & Qt.KeyboardModifier.ShiftModifier))


def chord(key: HumanKey) -> str:
    """The press as the command table names it: "F3", "Ctrl+F4", "Alt+F6", "Shift+F2", "Esc", "Enter"; "" for what only
    types."""
    name = {"escape": "Esc", "enter": "Enter"}.get(key.key, "")
    if not name and key.key[:1] == "f" and key.key[1:].isdigit():
        name = ("Shift+" if key.shift else "") + key.key.upper()
    return ("Ctrl+" if key.ctrl else "") + ("Alt+" if key.alt else "") + name if name else ""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What a scanner typed that is too short, or too broken by other keys, to be a burst: a scan all the same."""

    raw: bytes
    aim: str = ""
    no_read: bool = False


class KeyDoor(QObject):
    """Installed on the application. `scanned` gets codes, `pressed` the keys of a person."""

    def __init__(self, decoder: KeyDecoder, scanned: Callable[[ReadingLike], None],
                 pressed: Callable[[HumanKey], None]) -> None:
        super().__init__()
        self._decoder, self._scanned, self._pressed = decoder, scanned, pressed
        self._clock = (0.0, 0.0)                     # seconds of the events' clock, the same moment of time.monotonic()
        self._presses: deque[HumanKey] = deque(maxlen=PRESSES_KEPT)
        self._waiting: list[HumanKey] = []
        self._due = self._single(self._flush)
        self._settle = self._single(self._deliver)

    def _single(self, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(act)
        return timer

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() not in SEEN:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()                           # so that it comes as a press and fires no shortcut
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and not event.isAutoRepeat():
            self.feed(key_of(event, self._seconds(event.timestamp() / 1000)))
        return True

    def _seconds(self, told_s: float) -> float:
        """The event's own time while that runs forward, so that a busy window stretches no burst; else ours."""
        last_s, last_mono = self._clock
        mono = time.monotonic()
        sane = told_s > 0 and (not self._presses or last_s <= told_s <= last_s + LONGEST_PAUSE_S)
        now_s = told_s if sane else last_s + (mono - last_mono) if self._presses else mono
        self._clock = (now_s, mono)
        return now_s

    def feed(self, key: HumanKey) -> None:
        """One press, with its own time."""
        if key.key not in SILENT:
            self._presses.append(key)
        self._take(self._decoder.press(key, key.t_s))
        if self._decoder.due_s is not None:
            self._due.start(max(1, round((self._decoder.due_s - key.t_s) * 1000) + 1))
        if self._waiting:
            self._settle.start(SETTLE_MS)

    def _flush(self) -> None:
        now_s = self._clock[0] + (time.monotonic() - self._clock[1])
        due = self._decoder.due_s
        if due is not None and now_s < due:
            self._due.start(max(1, round((due - now_s) * 1000) + 1))
            return
        self._take(self._decoder.flush(now_s))
        self._deliver()

    def _take(self, decoded: DecodedLike) -> None:
        for reading in decoded.readings:
            self._scanned(reading)
        self._waiting += [key for key in decoded.typed if key.key not in SILENT]

    def _deliver(self) -> None:
        """A person's keys, once nothing followed them at a scanner's speed; the others are a scan gone wrong."""
        waiting, self._waiting = self._waiting, []
        crowd = ""
        for key in waiting:
            if self._alone(key):
                self._pressed(key)
            else:
                crowd += key.text if key.key in ("", "space") else ""
        if crowd:
            self._scanned(Crowd(crowd.encode("utf-8", "surrogatepass")))

    def _alone(self, key: HumanKey) -> bool:
        presses = self._presses
        at = next((at for at in range(len(presses) - 1, -1, -1) if presses[at] is key), None)
        if at is None:
            return False
        before = key.t_s - presses[at - 1].t_s if at else HAND_GAP_S
        after = presses[at + 1].t_s - key.t_s if at + 1 < len(presses) else HAND_GAP_S
        return before >= HAND_GAP_S and after >= HAND_GAP_S
