"""Tones: as long and as different as they should be, played by another program, never in the window's way."""
from __future__ import annotations

import sys
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QObject

from app.domain.decision import Verdict
from app.domain.reasons import Outcome, Reason
from app.ui.attention import Attention
from app.ui.feedback import RATE_HZ, TONES, Sounder, find_player, repeats, samples, tone_of, write_tones
from tests.ui.sample import BOTTLE, PACKING, published


def until(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    end = time.monotonic() + within_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, "it did not come"
        pause.wait(0.01)


def player(tmp_path: Path, then: str = "") -> tuple[str, ...]:
    """A player that writes down what it was to play."""
    script = tmp_path / "player.py"
    script.write_text(f"import sys, time, pathlib\n"
                      f"with open({str(tmp_path / 'played')!r}, 'a') as file:\n"
                      f"    file.write(pathlib.Path(sys.argv[1]).stem + '\\n')\n{then}\n")
    return sys.executable, str(script)


def played(tmp_path: Path) -> list[str]:
    file = tmp_path / "played"
    return file.read_text().split() if file.exists() else []


def test_every_outcome_has_a_tone_of_its_own(tmp_path: Path) -> None:
    files = write_tones(tmp_path, 0.8)
    assert set(files) == {tone_of(Verdict(outcome, Reason.TAKEN)) for outcome in Outcome}
    sounds = {}
    for name, file in files.items():
        with wave.open(str(file)) as sound:
            assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE_HZ)
            ms = sound.getnframes() * 1000 / sound.getframerate()
            sounds[name] = sound.readframes(sound.getnframes())
        assert ms <= {"rejected": 400, "stop": 500}.get(name, 200), name
    assert len(set(sounds.values())) == len(Outcome)


def test_good_news_is_high_and_bad_news_is_low() -> None:
    assert TONES["accepted"][0][0] > 3 * TONES["warning"][0][0] > 3 * TONES["rejected"][0][0]
    first, second = TONES["complete"]
    assert second[0] > first[0]
    assert TONES["duplicate"][0] == TONES["duplicate"][2]


@pytest.mark.parametrize("name", TONES)
def test_a_tone_begins_and_ends_in_silence_and_never_clips(name: str) -> None:
    sound = samples(TONES[name], 1.0)
    assert abs(sound[0]) < 200 and abs(sound[-1]) < 200
    assert 5_000 < max(map(abs, sound)) <= 32_767
    assert max(map(abs, samples(TONES[name], 0.0))) == 0


def test_only_a_red_repeats() -> None:
    assert repeats(None) is None
    assert repeats(Verdict(Outcome.REJECTED, Reason.NO_RULE)) == ("rejected", 2000)
    assert repeats(Verdict(Outcome.STOP, Reason.WRONG_BATCH)) == ("stop", 1000)


def test_a_tone_is_played_by_the_systems_player(tmp_path: Path) -> None:
    heard: list[bool] = []
    sounder = Sounder(0.5, heard.append, player(tmp_path))
    sounder.start()
    sounder.play("accepted")
    until(lambda: played(tmp_path) == ["accepted"])
    sounder.play("rejected")
    until(lambda: played(tmp_path) == ["accepted", "rejected"])
    sounder.close()
    assert not sounder._thread.is_alive()
    assert False not in heard


@pytest.mark.parametrize("missing", ["gives up", "is not there", "is not installed"])
def test_no_sound_is_said_once(tmp_path: Path, missing: str) -> None:
    heard: list[bool] = []
    command = {"gives up": player(tmp_path, "sys.exit(1)"), "is not there": ("/nonexistent/player",),
               "is not installed": ()}[missing]
    sounder = Sounder(0.5, heard.append, command)
    sounder.start()
    for count in range(1, 4):
        sounder.play("accepted")
        until(lambda: sounder._wanted.empty())
        if missing == "gives up":
            until(lambda count=count: len(played(tmp_path)) == count)
            until(lambda: sounder._process is not None and sounder._process.poll() is not None)
    sounder.close()
    assert heard == [False]


def test_a_player_that_hangs_holds_nothing_up(tmp_path: Path) -> None:
    sounder = Sounder(0.5, lambda _heard: None, player(tmp_path, "time.sleep(60)"))
    sounder.start()
    begun = time.monotonic()
    sounder.play("accepted")
    until(lambda: played(tmp_path) == ["accepted"])
    for _ in range(50):
        sounder.play("stop")
    assert time.monotonic() - begun < 10
    until(lambda: "stop" in played(tmp_path))
    sounder.close()
    assert sounder._process is None


def test_the_player_of_the_settings_is_taken() -> None:
    assert find_player("my-player --volume 3") == ("my-player", "--volume", "3")


class Heard(Sounder):
    """Keeps the names instead of sounding: what `Attention` asks for, and when."""

    def __init__(self) -> None:
        super().__init__(0.5, lambda _heard: None, ())
        self.names: list[str] = []

    def play(self, name: str) -> None:
        self.names.append(name)


def test_the_same_duplicate_is_heard_once(qapp) -> None:
    sounder = Heard()
    parent = QObject()
    attention = Attention(sounder, parent)
    for code in (BOTTLE, BOTTLE, "another", BOTTLE):
        attention.verdict(published(PACKING, Outcome.DUPLICATE, Reason.DUPLICATE_IN_CONTAINER, code))
    attention.verdict(published(PACKING, Outcome.ACCEPTED, Reason.TAKEN, BOTTLE))
    assert sounder.names == ["duplicate", "duplicate", "duplicate", "accepted"]


def test_a_red_sounds_again_until_it_is_answered(qtbot) -> None:
    sounder = Heard()
    parent = QObject()
    attention = Attention(sounder, parent)
    attention.waiting(Verdict(Outcome.STOP, Reason.WRONG_BATCH), False)
    qtbot.waitUntil(lambda: sounder.names == ["stop"], timeout=60_000)
    attention.waiting(None, False)
    assert attention.repeating == ""
    attention.waiting(None, True)
    assert attention.repeating == "stop"


def test_no_room_for_the_tones_is_told_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    told: list[bool] = []
    sounder = Sounder(0.5, told.append, player(tmp_path))
    sounder.start()
    until(lambda: told == [False], 60.0)
    sounder.play("accepted")
    until(sounder._wanted.empty, 60.0)
    sounder.close(60.0)
    assert not played(tmp_path)
