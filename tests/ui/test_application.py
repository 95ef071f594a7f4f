"""Starting: one window on a machine, other threads heard on Qt's, None kept alive, Qt's own words logged."""
from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread

from app.ui import application
from app.ui.bridge import MAX_QUESTIONS, Bridge
from tests.ui.sample import SYNC

ROOT = Path(__file__).parents[2]
STATION = """
import sys
sys.path.insert(0, {root!r})
from app.settings import Settings, SoundSection
from app.ui import application
from app.ui.ports import Ports
from app.words import Words
from drivers.keyboard import KeyboardDecoder
from tests.ui.sample import HOME, Outside, RecordingStation, Shelf

def wire(bridge):
    outside = Outside()
    print("wired", flush=True)
    return Ports(RecordingStation(), Shelf(), outside, outside, outside, HOME)

def opened(window):
    taken = window.take_focus
    window.take_focus = lambda: (print("raised", flush=True), taken())
    print("opened", window.page.name, flush=True)

settings = Settings(sound=SoundSection(on=False))
print("ended", application.run(settings, Words, wire, KeyboardDecoder(), instance={home!r}, size=(1280, 800),
                               opened=opened), flush=True)
"""


Start = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts windows in processes of their own; none outlives the test."""
    running: list[subprocess.Popen[str]] = []

    def begin(home: Path) -> subprocess.Popen[str]:
        script = STATION.format(root=str(ROOT), home=str(home))
        running.append(subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}))
        return running[-1]

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=60)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_start_raises_the_first_window_and_ends(start: Start, tmp_path: Path) -> None:
    first = start(tmp_path)
    assert line(first) == "wired"
    assert line(first) == "opened home"
    second = start(tmp_path)
    out, _ = second.communicate(timeout=60)
    assert out.split() == ["ended", "0"]
    assert line(first) == "raised"
    other = start(tmp_path / "other")
    assert line(other) == "wired"
    first.terminate()
    out, _ = first.communicate(timeout=60)
    assert out.split() == ["ended", "0"]
    assert first.returncode == 0


def test_a_socket_left_by_a_killed_window_is_taken_over(start: Start, tmp_path: Path) -> None:
    first = start(tmp_path)
    assert line(first) == "wired"
    assert line(first) == "opened home"
    first.kill()
    first.communicate(timeout=60)
    second = start(tmp_path)
    assert line(second) == "wired"
    assert line(second) == "opened home"
    second.terminate()
    out, _ = second.communicate(timeout=60)
    assert out.split() == ["ended", "0"]


def test_none_lasts() -> None:
    """A process paints a hundred thousand times without wearing None out, whatever the Qt binding does."""
    script = ("import sys; sys.path.insert(0, sys.argv[1])\n"
              "from PySide6.QtCore import QObject\n"
              "from app.ui.application import hold_none\n"
              "needed, again = hold_none(), hold_none()\n"
              "probe = QObject()\n"
              "for _ in range(100_000): probe.setObjectName('')\n"
              "print(needed, again)")
    done = subprocess.run([sys.executable, "-c", script, str(ROOT)], capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] in ("True", "False")


def test_the_same_home_has_the_same_name_in_every_process() -> None:
    assert application.hash_of("/home/clerk/station") == 213_855_641_905_009
    assert application.hash_of("/a") != application.hash_of("/b")


def test_qts_own_words_go_to_the_log(caplog) -> None:
    from PySide6.QtCore import QMessageLogContext, QtMsgType
    with caplog.at_level(logging.DEBUG):
        application._to_log(QtMsgType.QtWarningMsg, QMessageLogContext(), "something odd")
    assert caplog.records[0].levelno == logging.WARNING
    assert "something odd" in caplog.text


# --- the bridge ---------------------------------------------------------------------------------------------------
def test_notices_of_other_threads_arrive_on_qts(qtbot) -> None:
    bridge, seen = Bridge(), []
    bridge.noticed.connect(lambda notice, mono: seen.append((notice, mono, QThread.currentThread())))
    threads = [threading.Thread(target=bridge.on_notice, args=(SYNC,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    qtbot.waitUntil(lambda: len(seen) == 8)
    assert all(where is bridge.thread() and time.monotonic() - mono < 60 for _, mono, where in seen)


def test_a_question_is_asked_off_qts_thread_and_answered_on_it(qtbot) -> None:
    bridge, answers = Bridge(), []
    bridge.ask("who", threading.get_ident, lambda answer: answers.append((answer, threading.get_ident())))
    assert bridge.is_asking
    qtbot.waitUntil(lambda: bool(answers))
    assert answers[0][0] != threading.get_ident()
    assert answers[0][1] == threading.get_ident()
    assert not bridge.is_asking
    bridge.close()
    assert not bridge._near[1].is_alive() and not bridge._far[1].is_alive()


def test_a_question_that_fails_is_told_and_the_next_is_answered(qtbot) -> None:
    bridge, answers, told = Bridge(), [], []
    bridge.failed.connect(lambda what, why: told.append((what, why)))
    bridge.ask("orders", lambda: 1 / 0, answers.append)
    bridge.ask("people", lambda: "all", answers.append)
    qtbot.waitUntil(lambda: answers == ["all"])
    assert told[0][0] == "orders"
    assert "ZeroDivisionError" in told[0][1]
    bridge.close()


def test_too_many_questions_are_refused_not_piled_up(qtbot) -> None:
    bridge, told, go = Bridge(), [], threading.Event()
    bridge.failed.connect(lambda what, why: told.append(what))
    for _ in range(MAX_QUESTIONS + 5):
        bridge.ask("orders", lambda: go.wait(30), lambda _answer: None)
    assert 3 <= len(told) <= 5
    go.set()
    qtbot.waitUntil(lambda: not bridge.is_asking)
    bridge.close()


@pytest.mark.parametrize("camera", ["a", "b"])
def test_a_picture_that_nobody_took_is_replaced(camera: str) -> None:
    bridge = Bridge()
    for at in range(3):
        bridge.on_preview(camera, at, None)
    assert bridge.picture_of(camera) == (2, None)
    assert bridge.picture_of(camera) is None


def test_a_kiosk_fills_the_screen_also_when_the_screen_changes(bench, qtbot, qapp) -> None:
    one = bench(size=(1024, 700))
    application.fill(one.window, qapp)
    screen = qapp.primaryScreen()
    qtbot.waitUntil(lambda: one.window.geometry().contains(screen.geometry()), timeout=60_000)
    one.window.resize(1024, 700)             # as a screen without a window manager leaves it
    screen.geometryChanged.emit(screen.geometry())
    qtbot.waitUntil(lambda: one.window.geometry().contains(screen.geometry()), timeout=60_000)
