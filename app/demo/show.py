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

from app.bootstrap import House, Show
from app.bootstrap.window import Screens, play_in_window, window_problem
from app.demo.ground import Ground, GroundFailed
from app.demo.player import Played, Player, ShiftFailed
from app.demo.report import figures, whole
from app.demo.script import SHAPES, Crate, Network, Shift, Step, plan
from app.home import Home
from app.settings import Settings
from app.settings_file import load

MASTER_S = 30.0
SYNC_S = 120.0
LOOK_S = 0.25            # the live picture is refreshed twelve times a second


def show(home: Home, speech: Any, *, shift: str, report: Path, headless: bool, pictures: bool = True) -> int:
    """Exit codes: 0 everything written was accepted once, 1 not so or stopped, 3 a part did not start."""
    home.make()
    ground = Ground(home)
    stopped = threading.Event()
    for name in ("SIGTERM", "SIGINT"):
        signal.signal(getattr(signal, name), lambda *_: stopped.set())
    began = time.monotonic()
    chosen = chosen_shift(home, shift)
    shape = chosen.shape
    speech.say(speech("demo.begins", shift=shape.name, number=chosen.number, cases=shape.cases * shape.pallets,
                      bottles=shape.bottles, pallets=shape.pallets, home=home.path))
    stage = Stage(home, chosen, ground, speech, report.parent)
    try:
        ground.lay(shape.bottles + 1, speech.language, shape.rows, shape.columns)
        ground.clear_camera()
        ground.announce(chosen.records)
        stage.run(stopped, headless, pictures)
        result = figures(home.database, ground, chosen, stage.played, time.monotonic() - began, stage.pictures)
    except (GroundFailed, ShiftFailed) as error:
        speech.end_progress()
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
    speech.say(speech("demo.summary", cases=result["cases"], pallets=result["pallets"], seconds=result["seconds"],
                      **events))
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

    def __init__(self, home: Home, shift: Shift, ground: Ground, speech: Any, folder: Path) -> None:
        self._home, self._ground, self._speech, self._shift, self._folder = home, ground, speech, shift, folder
        self._screens: Screens | None = None
        self.pictures: list[str] = []
        self.played = Played()

    def run(self, stopped: threading.Event, headless: bool, pictures: bool) -> None:
        """The whole shift; returns when it is played and everything that was written has been answered."""
        settings = load(self._home.path, os.environ).settings
        problem = window_problem(headless) if pictures else ""
        if problem:
            self._speech.complain(self._speech("demo.no_pictures", problem=problem))
        if problem or not pictures:
            house = self._build(settings, None)
            house.start()
            try:
                self._play(house, stopped)
            finally:
                house.stop()
            return

        def play(screens: Screens) -> None:
            self._screens = screens
            self._play(self._house, stopped)

        play_in_window(self._home, settings, lambda show: self._build(settings, show), play, headless=headless)

    def _build(self, settings: Settings, show: Show | None) -> House:
        self._house = House(self._home, settings, show=show, language=self._speech.language)
        self._player = Player(self._ground, self._shift, self._house.reader, self._progress, self._shown)
        self.played = self._player.played
        self._house.listeners.append(self._player.hear)
        return self._house

    def _play(self, house: House, stopped: threading.Event) -> None:
        self._await_master(house, stopped)
        self._player.play(stopped.is_set)
        self._await_sync(house, stopped)
        if not stopped.is_set():
            self._shown("sync")
        self._speech.end_progress()

    def _await_master(self, house: House, stopped: threading.Event) -> None:
        until = time.monotonic() + MASTER_S
        house.sync.sync_now()
        while not {self._shift.order} & {row.id for row in house.reader.orders()}:
            if stopped.wait(0.05):
                return
            if time.monotonic() > until:
                raise GroundFailed("the shift's master data did not arrive from the training server")

    def _await_sync(self, house: House, stopped: threading.Event) -> None:
        """Until nothing waits for the server, or it has said nothing for too long."""
        until = time.monotonic() + SYNC_S
        house.sync.sync_now()
        while (count := house.reader.waiting()) and time.monotonic() < until:
            self._speech.progress(self._speech("demo.syncing", count=count))
            if stopped.wait(0.1):
                return

    def _progress(self, at: int, count: int, step: Step) -> None:
        kind = "crate" if isinstance(step, Crate) else "network" if isinstance(step, Network) else "scan"
        word = ("up" if step.up else "down") if isinstance(step, Network) else ""
        text = self._speech(f"demo.step.{kind}{'_' + word if word else ''}")
        self._speech.progress(self._speech("demo.progress", percent=at * 100 // count, step=text,
                                           queued=self._house.reader.waiting()))

    def _shown(self, name: str) -> None:
        if self._screens:
            time.sleep(LOOK_S)
            self.pictures += self._screens.take(self._folder, name)


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
