"""What the operator hears. Short tones, made here, played by the system's own player on a thread of their own.

Never holds up the window: a newer tone replaces the older one. No Qt. A machine without sound says so once
(`heard(False)`), and the screen shows it; nothing else changes.
"""
from __future__ import annotations

import array
import math
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import wave
from collections.abc import Callable
from pathlib import Path

from app.domain.decision import Verdict
from app.domain.reasons import Outcome

RATE_HZ = 44_100
# (Hz, ms, harmonics): a square-ish buzz carries through noise, a clean sine does not hurt at a hundred an hour
Note = tuple[float, int, int]
TONES: dict[str, tuple[Note, ...]] = {
    "accepted": ((1976.0, 90, 1),),
    "complete": ((1319.0, 85, 2), (1976.0, 110, 2)),
    "duplicate": ((880.0, 75, 2), (0.0, 40, 1), (880.0, 75, 2)),
    "warning": ((494.0, 180, 3),),
    "rejected": ((165.0, 400, 9),),
    "stop": ((220.0, 250, 9), (147.0, 250, 9)),
    "command": ((1047.0, 25, 1),),
}
REPEAT_MS = {"rejected": 2000, "stop": 1000}
PLAYERS = (("paplay",), ("pw-play",), ("aplay", "-q"), ("afplay",))


def tone_of(verdict: Verdict) -> str:
    """The name of a verdict's tone."""
    return str(verdict.outcome)


def repeats(alarm: Verdict | None) -> tuple[str, int] | None:
    """(tone, every ms) while a red waits for its answer."""
    if alarm is None:
        return None
    name = "stop" if alarm.outcome is Outcome.STOP else "rejected"
    return name, REPEAT_MS[name]


def samples(notes: tuple[Note, ...], volume: float) -> array.array[int]:
    """16-bit mono samples; each note fades in and out over 4 ms, so that it does not click."""
    out = array.array("h")
    for pitch_hz, length_ms, harmonics in notes:
        count = RATE_HZ * length_ms // 1000
        fade = min(RATE_HZ * 4 // 1000, count // 2)
        parts = [(2 * math.pi * pitch_hz * odd / RATE_HZ, 1 / odd) for odd in range(1, 2 * harmonics, 2)]
        whole = sum(weight for _, weight in parts)
        for at in range(count):
            edge = min(1.0, at / fade, (count - 1 - at) / fade) if fade else 1.0
            wave_now = sum(weight * math.sin(step * at) for step, weight in parts) / whole if pitch_hz else 0.0
            out.append(int(32_000 * volume * edge * wave_now))
    return out


def write_tones(folder: Path, volume: float) -> dict[str, Path]:
    """One WAV file a tone."""
    made = {}
    for name, notes in TONES.items():
        path = folder / f"{name}.wav"
        with path.open("wb") as opened, wave.open(opened, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            data = samples(notes, volume)
            if sys.byteorder == "big":
                data.byteswap()
            file.writeframes(data.tobytes())
        made[name] = path
    return made


def find_player(command: str = "") -> tuple[str, ...]:
    """The command line that plays a WAV file given as its last word; () where there is none."""
    if command:
        return tuple(command.split())
    if sys.platform == "win32":
        return ("winsound",)
    return next((each for each in PLAYERS if shutil.which(each[0])), ())


class Sounder:
    """Plays tones by name. `play` returns at once; `heard` is called from the sounding thread."""

    def __init__(self, volume: float, heard: Callable[[bool], None], player: tuple[str, ...] | None = None) -> None:
        self._volume, self._heard = volume, heard
        self._player = find_player() if player is None else player
        self._wanted: queue.Queue[str] = queue.Queue(4)
        self._process: subprocess.Popen[bytes] | None = None
        self._told: bool | None = None
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def play(self, name: str) -> None:
        """A full queue means that the player hangs: the tone is dropped, the screen still shows the verdict."""
        try:
            self._wanted.put_nowait(name)
        except queue.Full:
            self._tell(False)

    def close(self, timeout_s: float = 2.0) -> None:
        if self._thread.is_alive():
            self._wanted.put("")
            self._thread.join(timeout_s)

    def _run(self) -> None:
        if not self._player:
            self._tell(False)
        try:
            with tempfile.TemporaryDirectory(prefix="station-sound-", ignore_cleanup_errors=True) as folder:
                self._answer(write_tones(Path(folder), self._volume))
        except OSError:                          # no room for the tones, or the program is ending already
            self._tell(False)
            while self._newest():
                pass

    def _answer(self, files: dict[str, Path]) -> None:
        while name := self._newest():
            if self._player:
                self._sound(files[name])
        self._end_process()

    def _newest(self) -> str:
        name = self._wanted.get()
        while name and not self._wanted.empty():
            name = self._wanted.get()
        return name

    def _sound(self, file: Path) -> None:
        if self._player == ("winsound",):
            import winsound
            try:
                winsound.PlaySound(str(file), winsound.SND_FILENAME | winsound.SND_ASYNC)  # type: ignore[attr-defined]
            except RuntimeError:
                self._tell(False)
            else:
                self._tell(True)
            return
        self._end_process()
        try:
            self._process = subprocess.Popen([*self._player, str(file)], stdin=subprocess.DEVNULL,
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except OSError:
            self._tell(False)
            return
        try:
            self._tell(self._process.wait(0.03) == 0)     # a player without a device mostly gives up at once
        except subprocess.TimeoutExpired:
            pass                                          # `_end_process` will know

    def _end_process(self) -> None:
        """The tone before is over or is cut off; either way its process is gone."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        else:
            self._tell(self._process.returncode == 0)
        self._process = None

    def _tell(self, heard: bool) -> None:
        if heard != self._told:
            self._told = heard
            self._heard(heard)
