"""A station that cannot start says so on the screen, in the sentence of its error output."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.ui.refusal import Refusal
from app.ui.theme import RED

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_it_is_red_says_it_and_closes_by_key(qtbot: QtBot, key: Qt.Key) -> None:
    window = Refusal("The station cannot start", "/home/station.toml line 2: <b>id</b>", "Call IT.")
    qtbot.addWidget(window)
    window.resize(QSize(1280, 800))
    window.show()
    image: QImage = window.grab().toImage()
    assert image.pixelColor(5, 5) == RED
    qtbot.keyClick(window, Qt.Key.Key_A)
    assert window.isVisible()
    qtbot.keyClick(window, key)
    assert not window.isVisible()


def test_the_command_opens_it_and_keeps_its_exit_code(tmp_path: Path) -> None:
    """Told by its standard error before the window; it stays until somebody has read it."""
    (tmp_path / "station.toml").write_text("[station]\nid = 7\n", "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "run", "--home", str(tmp_path), "--language", "en"], cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr and "station.id" in process.stderr.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
    finally:
        process.kill()
        process.communicate()
    done = subprocess.run(
        [sys.executable, "-m", "app", "run", "--headless", "--home", str(tmp_path), "--language", "en"], cwd=ROOT,
        capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "station.id" in done.stderr
