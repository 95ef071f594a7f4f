"""`station demo`: lays the ground, plays the shift with or without a window, writes the report and the pictures.

Which shift is on is kept in demo.json: an unfinished one goes on, a finished one is followed by the next.
"""
from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from app.bootstrap import House
from app.demo.ground import Ground, GroundFailed
from app.demo.player import Player, ShiftFailed
from app.demo.report import figures, whole
from app.demo.script import SHAPES, Crate, Network, Shift, Step, plan
from app.home import Home
from app.settings_file import load

MASTER_S = 30.0
SYNC_S = 120.0


def show(home: Home, speech: Any, *, shift: str, report: Path, headless: bool) -> int:
    """Exit codes: 0 everything written was accepted once, 1 not so or stopped, 3 a part did not start."""
    home.make()
    ground = Ground(home)
    stopped = threading.Event()
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: stopped.set())
    began = time.monotonic()
    chosen = chosen_shift(home, shift)
    speech.say(speech("demo.begins", shift=chosen.shape.name, number=chosen.number, cases=chosen.shape.cases * chosen.shape.pallets,
                      bottles=chosen.shape.bottles, pallets=chosen.shape.pallets, home=home.path))
    try:
        ground.lay(chosen.shape.bottles + 1, speech.language)
        ground.clear_camera()
        ground.announce(chosen.records)
        settings = load(home.path, os.environ).settings
        stage = Stage(home, settings, chosen, ground, speech, report.parent, headless)
        try:
            stage.run(stopped)
        finally:
            stage.close()
        result = figures(home.database, ground, chosen, stage.player.played, time.monotonic() - began, stage.pictures)
    except (GroundFailed, ShiftFailed) as error:
        speech.complain(speech("demo.failed", detail=error))
        return 3
    finally:
        ground.clear()
    return _close(home, speech, chosen, result, report, stopped.is_set())


def _close(home: Home, speech: Any, chosen: Shift, result: dict[str, Any], report: Path, stopped: bool) -> int:
    if stopped:
        speech.say(speech("demo.stopped"))
        return 1
    report.parent.mkdir(parents=True, exist_ok=True)
    part = report.with_name(f".{report.name}.part")
    part.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", "utf-8")
    part.replace(report)
    _write(home, {"shift": chosen.number, "shape": chosen.shape.name, "finished": True})
    events, scans, frames = result["events"], result["scan_to_verdict_ms"], result["frame_to_verdict_ms"]
    good = whole(result)
    speech.say(speech("demo.summary", cases=result["cases"], pallets=result["pallets"], seconds=result["seconds"], **events))
    speech.say(speech("demo.times", p50=scans["p50"], p99=scans["p99"], frame50=frames["p50"], frame99=frames["p99"]))
    speech.say(speech("demo.whole" if good else "demo.not_whole"))
    speech.say(speech("demo.kept", report=report, pictures=len(result["pictures"])))
    return 0 if good else 1


def chosen_shift(home: Home, shape: str) -> Shift:
    """The shift that was cut off, as it was; else the next one, in the shape asked for."""
    before = _read(home)
    if before and not before["finished"]:
        return plan(before["shift"], SHAPES[before["shape"]])
    number = before["shift"] + 1 if before else 1
    _write(home, {"shift": number, "shape": shape, "finished": False})
    return plan(number, SHAPES[shape])


class Stage:
    """The station on the ground, with its window where there is one, and the player."""

    def __init__(self, home: Home, settings: Any, shift: Shift, ground: Ground, speech: Any, folder: Path,
                 headless: bool) -> None:
        self._ground, self._speech, self._shift = ground, speech, shift
        self._folder, self.pictures = folder, []
        self._window = self._open_window(settings, headless)
        show_picture = self._window.on_preview if self._window else None
        self.house = House(home, settings, show=show_picture, language=speech.language)
        self.player = Player(ground, shift, self.house.reader, self._progress, self._shown)
        self.house.listeners.append(self.player.hear)

    def run(self, stopped: threading.Event) -> None:
        """The whole shift; returns when it is played and everything that was written has been answered."""
        self.house.start()
        if self._window:
            self._window.attach(self.house)
            self._window.while_open(lambda: self._play(stopped))
        else:
            self._play(stopped)

    def close(self) -> None:
        self.house.stop()
        self._speech.end_progress()

    def _play(self, stopped: threading.Event) -> None:
        self._await_master(stopped)
        self.player.play(stopped.is_set)
        self._await_sync(stopped)
        if self._window and not stopped.is_set():
            self.pictures += self._window.album(self._folder, self._shift)

    def _await_master(self, stopped: threading.Event) -> None:
        until = time.monotonic() + MASTER_S
        self.house.sync.sync_now()
        while not any(row.id == self._shift.order for row in self.house.reader.orders()) and not self._done():
            if stopped.wait(0.05):
                return
            if time.monotonic() > until:
                raise GroundFailed("the shift's master data did not arrive from the training server")

    def _done(self) -> bool:
        return not any(row.id == self._shift.ship for row in self.house.reader.documents("ship"))

    def _await_sync(self, stopped: threading.Event) -> None:
        """Until nothing waits for the server, or it has said nothing new for too long."""
        until = time.monotonic() + SYNC_S
        while self.waiting() and time.monotonic() < until:
            self.house.sync.sync_now()
            self._speech.progress(self._speech("demo.syncing", count=self.waiting()))
            if stopped.wait(0.2):
                return

    def waiting(self) -> int:
        """Events that the server has not answered for."""
        return self.house.reader.waiting()

    def _progress(self, at: int, count: int, step: Step) -> None:
        kind = "crate" if isinstance(step, Crate) else "network" if isinstance(step, Network) else "scan"
        word = ("up" if step.up else "down") if isinstance(step, Network) else ""
        text = self._speech(f"demo.step.{kind}{'_' + word if word else ''}")
        self._speech.progress(self._speech("demo.progress", percent=at * 100 // count, step=text, queued=self.waiting()))

    def _shown(self, name: str) -> None:
        if self._window:
            self.pictures += self._window.picture(name, self._folder)


def _read(home: Home) -> dict[str, Any]:
    """What demo.json says; nothing where it is missing or was never finished writing."""
    try:
        found = json.loads((home.path / "demo.json").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("shape") in SHAPES else {}


def _write(home: Home, value: dict[str, Any]) -> None:
    part = home.path / ".demo.json.part"
    with part.open("w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(home.path / "demo.json")
