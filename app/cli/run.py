"""`station run`: the station with its window, or without."""
from __future__ import annotations

import argparse
import contextlib
import signal
import threading
from pathlib import Path

from app.bootstrap import House
from app.cli.common import home_of, loaded_of, spoken
from app.home import Home
from app.messages import Notice, Published, StationFailed
from app.settings_file import print_config, write_default


def run(options: argparse.Namespace) -> int:
    options.windowed = not (options.headless or options.print_config)
    home = home_of(options)
    loaded = loaded_of(options)
    speech = spoken(options, loaded.settings)
    if options.print_config:
        speech.say(print_config(loaded))
        return 0
    if options.headless:
        return _headless(options, home)
    from app.bootstrap.window import run_window, window_problem
    from app.demo.first import Training

    problem = window_problem()
    if problem:
        speech.complain(speech("cli.run.window_needed", problem=problem))
        return 3
    with home.lock():
        training = None if home.settings_file.exists() else Training(home)
        return run_window(home, loaded.settings, training=training, full_screen=options.full_screen)


def _headless(options: argparse.Namespace, home: Home) -> int:
    loaded = loaded_of(options)
    speech = spoken(options, loaded.settings)
    if not home.settings_file.exists():
        home.make()
        sample = home.path / "station.toml.sample"
        if not sample.exists():
            write_default(sample)
        speech.complain(speech("cli.run.first_start", file=home.settings_file, sample=sample))
        return 2
    ended = threading.Event()
    failed: list[StationFailed] = []

    def hear(notice: Notice) -> None:
        if isinstance(notice, Published) and notice.source:
            said = speech.reason(notice.verdict.reason, notice.verdict.data)
            # Whoever reads this may be gone, or their disk full: that must never stop the line.
            with contextlib.suppress(OSError, ValueError):
                speech.say(speech("cli.run.verdict", time=f"{notice.at:%H:%M:%S}", source=notice.source,
                                  title=said.title, text=said.text))
        elif isinstance(notice, StationFailed):
            failed.append(notice)
            ended.set()

    with home.lock():
        house = House(home, loaded.settings, language=speech.language)
        house.listeners.append(hear)
        for name in ("SIGTERM", "SIGINT"):
            signal.signal(getattr(signal, name), lambda *_: ended.set())
        house.start()
        with contextlib.suppress(OSError, ValueError):
            speech.say(speech("cli.run.started", station=loaded.settings.station.id, home=home.path))
        ended.wait()
        house.stop()
    if failed:
        speech.complain(speech("cli.bug", file=Path(failed[0].crash_file)))
        return 3
    with contextlib.suppress(OSError, ValueError):
        speech.say(speech("cli.run.ended", queued=house.link.queued))
    return 0
