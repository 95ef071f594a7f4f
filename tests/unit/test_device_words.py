"""What the settings say to a device in bytes, and what the station says about one in words."""
from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from app.devices import wire


@pytest.mark.parametrize(("text", "data"), [
    ("", b""), ("OK", b"OK"), ("\\x06\\r\\n", b"\x06\r\n"), ("\\\\x06", b"\\x06"), ("\u0002", b"\x02"),
    ("通", "通".encode()),
    ("\\t\\0\\xFf", b"\t\0\xff"), ("\\q", b"\\q"), ("\\", b"\\"),
])
def test_texts_of_the_settings_as_bytes(text: str, data: bytes) -> None:
    assert wire(text) == data


def test_each_problem_has_its_sentence_in_both_languages() -> None:
    problems = {
        "not_found", "unplugged", "no_connection", "no_reader", "ended", "no_permission", "busy", "wrong_setting",
        "not_taking", "bad_picture", "small_modules", "set_up", "set_up_over", "no_output",
        "inbox_full", "hangs", "bug",
        "paper_out", "ribbon_out", "head_open", "paper_jam", "paused", "printer_fault", "no_status", "interrupted",
        "bad_label", "bad_template", "no_font", "no_printer",
        "late_reading", "no_trigger", "reject_missed", "unexpected_reject", "late_verdict", "no_heartbeat",
        "counter_jumped", "sscc_low", "memory_damaged", "unknown_operator", "unknown_order",
        "snapshot_none", "snapshot_expired", "snapshot_damaged", "snapshot_refused", "snapshot_disk",
    }
    for language in ("en", "zh_CN"):
        text = (files("resources") / "i18n" / language / "device.toml").read_text("utf-8")
        words = tomllib.loads(text)
        assert set(words["problem"]) == problems
        assert {"opening", "ready", "gone", "fault"} <= set(words)
