"""What a code or a server sent is shown as plain text, whatever is in it."""
from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QLabel

import app.ui
from app.domain.reasons import Outcome, Reason
from app.ui import text
from app.ui.pages.help import parse
from app.ui.text import LONGEST, plain_label, readable, short_code, shown
from app.ui.theme import Look
from tests.ui.sample import PACKING, published

NASTY = ("<img src=file:///etc/passwd>", "<a href='http://x'>y</a>", "a\x1db\x00c", "abc\u202etxt.exe",
         "z\u200bw\ufeff", "\ud800 lone", "x\u2028y", "\x7f\x9b", "&lt;b&gt;", "{format} %s")


@given(st.text(max_size=600))
def test_nothing_unseen_is_shown_and_never_more_than_fits(given_text: str) -> None:
    seen = shown(given_text)
    assert seen.isprintable()
    assert len(seen) <= LONGEST


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), max_size=200))
def test_what_can_be_seen_is_not_changed(given_text: str) -> None:
    assert shown(given_text) == given_text


@pytest.mark.parametrize(("raw", "seen"), [
    ("a\x1db", r"a\x1db"), ("\u202e", r"\u202e"), ("\U000e0001", r"\U000e0001"), ("\ud800", r"\ud800"),
    ("a\u00a0b\u3000c", "a b c"), ("x" * 257, "x" * 255 + "…"), ("x" * 256, "x" * 256),
])
def test_what_cannot_be_seen_is_an_escape(raw: str, seen: str) -> None:
    assert shown(raw) == seen


@pytest.mark.parametrize(("epc", "seen"), [
    ("https://id.gs1.org/00/069012345000001018", "(00) 069012345000001018"),
    ("https://id.gs1.org/01/16901234567895/21/A%2FB", "(01) 16901234567895 (21) A/B"),
    ("https://q.brand.example/b/1", "https://q.brand.example/b/1"),
    ("", ""),
])
def test_a_digital_link_reads_as_people_write_it(epc: str, seen: str) -> None:
    assert readable(epc) == seen


def test_the_short_form_is_the_end_that_differs() -> None:
    assert short_code("https://id.gs1.org/01/16901234567895/21/7F3K") == "7F3K"
    assert short_code("https://id.gs1.org/00/069012345000001018") == "…5000001018"


@pytest.mark.parametrize("nasty", NASTY)
def test_every_label_is_plain(qtbot, nasty: str) -> None:
    label = plain_label(Look(1.0, ("DejaVu Sans",)), 30, nasty)
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.textInteractionFlags() == Qt.TextInteractionFlag.NoTextInteraction
    assert label.text() == shown(nasty)
    label.resize(200, 40)
    label.grab()


def test_a_million_characters_do_not_hold_up_the_window(qtbot) -> None:
    label = plain_label(Look(1.0, ("DejaVu Sans",)), 30)
    qtbot.addWidget(label)
    label.setText("x" * 1_000_000)
    assert len(label.text()) == LONGEST


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("reason", [Reason.NO_RULE, Reason.PACKED_BEFORE, Reason.UNKNOWN_OBJECT])
def test_a_nasty_code_in_a_verdict_is_painted_escaped(bench, qtbot, nasty: str, reason: Reason) -> None:
    one = bench(PACKING, cameras=())
    one.tell(published(PACKING, Outcome.WARNING, reason, nasty, code=nasty, parent=nasty, at=nasty, level=nasty))
    qtbot.waitUntil(lambda: one.window.shown.published is not None)
    one.window.grab()
    strip = one.window.shell.strip
    assert strip.note.isprintable()
    assert all(row.title.isprintable() for row in map(_painted_row, one.window.page.history.rows))


def _painted_row(row: object) -> object:
    """Rows are painted through `draw_text`, which escapes; here the same is done by hand."""
    from dataclasses import replace
    return replace(row, title=shown(row.title))


def test_only_the_factory_makes_labels() -> None:
    """No rich-text widget and no bare QLabel anywhere in the window's sources."""
    for file in Path(app.ui.__file__).parent.rglob("*.py"):
        source = file.read_text("utf-8")
        for word in ("QTextEdit", "QTextBrowser", "QPlainTextEdit", "QLineEdit", "QMessageBox", "QInputDialog",
                     "QDialog(", "setToolTip", "RichText", "setHtml", "processEvents", "QTextDocument",
                     "QDesktopServices"):
            assert word not in source, f"{file.name}: {word}"
        assert file.name == "text.py" or "QLabel(" not in source, file.name


def test_labels_paint_what_they_say(qtbot) -> None:
    label = plain_label(Look(1.0, ("DejaVu Sans",)), 30, "I")
    qtbot.addWidget(label)
    assert isinstance(label, QLabel)
    label.resize(60, 40)
    picture = label.grab().toImage()
    assert any(picture.pixelColor(x, 20).lightness() < 120 for x in range(60))


def test_long_text_is_wrapped_into_its_place() -> None:
    picture = QImage(300, 60, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    text.draw_wrapped(painter, picture.rect().adjusted(20, 10, -20, -10), "word " * 60,
                      Look(1.0, ("DejaVu Sans",)).font(40), Qt.GlobalColor.black)
    painter.end()
    assert all(picture.pixelColor(x, 2).lightness() == 255 for x in range(300))


def test_help_files_are_paragraphs() -> None:
    topic = parse("# Title\n\nFirst line\ngoes on.\n\n## Head\n- one\n  more\n- two\n1. first\n")
    assert topic.title == "Title"
    assert [(each.kind, each.text) for each in topic.blocks] == [
        ("text", "First line goes on."), ("head", "Head"), ("•", "one more"), ("•", "two"), ("1.", "first")]
    assert parse("第一行\n第二行").blocks[0].text == "第一行第二行"
