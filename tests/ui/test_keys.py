"""No key gets past the decoder: a burst is a scan whatever has the focus, and does nothing else."""
from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from app.messages import Frame
from tests.ui.sample import DOCK, HOME, LOOKUP, PACKING, SIGNED_OUT

VIEWS = {"home": HOME, "packing": PACKING, "dock": DOCK, "lookup": LOOKUP, "sign_in": SIGNED_OUT,
         "choose": replace(HOME, task="packing")}
CODE = "https://q.brand.example/b/7F3KQ20041"
CTRL = Qt.KeyboardModifier.ControlModifier


def quiet(qtbot, bench) -> None:
    """Long enough for every key that was held back to come out."""
    door = bench.window._door
    qtbot.waitUntil(lambda: not door._due.isActive() and not door._settle.isActive())


@pytest.mark.parametrize("name", VIEWS)
def test_a_burst_reaches_the_station_whatever_has_the_focus(bench, qtbot, name: str) -> None:
    one = bench(VIEWS[name])
    for widget in [one.window, *one.window.findChildren(QWidget)]:
        widget.setFocus()
        one.type(CODE + "\r", to=widget)
        assert one.station.scans == [CODE.encode()], widget
        one.station.sent.clear()
    quiet(qtbot, one)
    assert one.station.sent == []


@pytest.mark.parametrize("name", [*VIEWS, "help", "sync", "sheet"])
def test_nothing_in_the_window_could_take_a_scan(bench, name: str) -> None:
    one = bench(VIEWS.get(name, HOME))
    if name in ("help", "sync", "sheet"):
        one.window.go(name)
    fields = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox, QComboBox, QDialog)
    for widget in one.window.findChildren(QWidget):
        assert not isinstance(widget, fields), widget
        assert widget.focusPolicy() == Qt.FocusPolicy.NoFocus, widget
        assert not widget.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled), widget
        assert widget.toolTip() == ""
    assert not one.window.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
    assert QApplication.focusWidget() is one.window


def test_a_separator_typed_as_control_key_is_kept(bench) -> None:
    one = bench(PACKING)
    one.type("0106901234567892", (Qt.Key.Key_Control, ""), (Qt.Key.Key_BracketRight, "\x1d"), "21ABC\r")
    assert one.station.scans == [b"0106901234567892\x1d21ABC"]


@pytest.mark.parametrize("modifier", ["NoModifier", "ControlModifier", "AltModifier", "MetaModifier"])
def test_no_control_or_function_key_of_a_burst_does_anything(bench, qtbot, modifier: str) -> None:
    """BadBarcode: a scanner that types Ctrl+O, Alt+F4, F3 or arrows amid a code commands nothing."""
    one = bench(PACKING)
    held = Qt.KeyboardModifier[modifier]
    wild = [(Qt.Key.Key_F1 + at, "") for at in range(12)] + [(code, chr(code)) for code in range(1, 128)]
    for key in wild:
        one.type("AB", modifiers=Qt.KeyboardModifier.NoModifier)
        one._clock_ms -= 1000 - 8
        one.type(key, modifiers=held)
        one._clock_ms -= 1000 - 8
        one.type("CDEF\r")
    quiet(qtbot, one)
    assert one.station.commands == []
    assert one.window.place == ""
    assert one.station.scans
    assert all(each not in (b"", b"\r") for each in one.station.scans)


def test_a_hand_on_the_function_keys_commands(bench, qtbot) -> None:
    one = bench(HOME)
    one.type((Qt.Key.Key_F6, ""))
    qtbot.waitUntil(lambda: one.station.commands == ["PACK"])
    one.type((Qt.Key.Key_F10, ""))
    qtbot.waitUntil(lambda: one.station.commands[-1] == "LANG:zh_CN")


def test_a_hand_on_the_number_keys_chooses(bench, qtbot) -> None:
    one = bench(replace(HOME, task="packing"))
    one.type("2", gap_ms=200)
    qtbot.waitUntil(lambda: one.station.commands == ["ORDER:WO-2711-02"])


def test_arrows_and_enter_choose(bench, qtbot) -> None:
    one = bench(replace(HOME, task="shipping"))
    one.type((Qt.Key.Key_Down, ""))
    quiet(qtbot, one)
    one.type((Qt.Key.Key_Return, "\r"))
    qtbot.waitUntil(lambda: one.station.commands == ["DOCUMENT:SO-8842"])


def test_a_short_code_at_a_scanners_speed_chooses_nothing_and_is_not_lost(bench, qtbot) -> None:
    one = bench(replace(HOME, task="packing"))
    one.type("12\r")
    qtbot.waitUntil(lambda: one.station.scans == [b"12"])
    assert one.station.commands == []


@pytest.mark.parametrize(("code", "text", "modifier"), [
    (Qt.Key.Key_Enter, "\r", "KeypadModifier"), (0x01FFFFFF, "\n", "NoModifier"),
    (Qt.Key.Key_J, "\n", "ControlModifier"),
    (Qt.Key.Key_M, "\r", "ControlModifier"), (Qt.Key.Key_Tab, "\t", "NoModifier"),
])
def test_every_kind_of_line_end_ends_a_scan(bench, code: int, text: str, modifier: str) -> None:
    one = bench(PACKING)
    one.type(CODE)
    one._clock_ms -= 1000 - 8
    one.type((code, text), modifiers=Qt.KeyboardModifier[modifier])
    assert one.station.scans == [CODE.encode()]


def test_a_cut_scan_counts_as_a_no_read(bench, qtbot) -> None:
    one = bench(PACKING)
    one.type("0106901234567892")
    qtbot.waitUntil(lambda: len(one.station.sent) == 1)
    assert isinstance(one.station.sent[0], Frame)
    assert one.station.sent[0].unread


def test_a_pin_typed_by_hand_is_one_command_and_shown_as_dots(bench, qtbot) -> None:
    one = bench(SIGNED_OUT)
    one.type("3", gap_ms=200)
    qtbot.waitUntil(lambda: one.window.page._chosen is not None)
    one.type("123456", gap_ms=130)
    qtbot.waitUntil(lambda: one.window.page.entry.text == "123456")
    assert one.window.page.entry.secret
    one.type((Qt.Key.Key_Return, "\r"))
    qtbot.waitUntil(lambda: one.station.commands == ["PIN:chen.jing:123456"])
    assert one.window.page.entry.text == ""


def test_a_code_is_typed_and_pasted_on_the_look_up_page(bench, qtbot) -> None:
    one = bench(replace(LOOKUP, lookup=""))
    one.type("C0041x", gap_ms=130)
    qtbot.waitUntil(lambda: one.window.page.entry.text == "C0041x")
    one.type((Qt.Key.Key_Backspace, "\b"))
    qtbot.waitUntil(lambda: one.window.page.entry.text == "C0041")
    one.type((Qt.Key.Key_Return, "\r"))
    qtbot.waitUntil(lambda: one.shelf.asked == ["C0041"])
    QApplication.clipboard().setText("(01)16901234567895(21)C0041")
    one.type((Qt.Key.Key_V, "\x16"), modifiers=CTRL)
    qtbot.waitUntil(lambda: one.window.page.entry.text == "(01)16901234567895(21)C0041")
    one.type(CODE + "\r")
    assert one.station.scans == [CODE.encode()]
    assert one.window.page.entry.text == "(01)16901234567895(21)C0041"
