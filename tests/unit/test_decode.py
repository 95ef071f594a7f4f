"""Picture files to rows: every file gets its row, whatever it holds, and the others are still read."""
from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.decode import decode_paths
from drivers.crate import render_case
from drivers.symbols import render_label

CODES = [f"https://q.brand.example/b/{i:010d}" for i in range(6)]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "case.png"), render_case(CODES, None, seed=1, size=(960, 640)))
    return tmp_path / "case.png"


def test_a_row_says_what_was_read_and_where(case: Path) -> None:
    row, = decode_paths([case], symbologies=["QRCode"], expected=6)
    assert json.loads(json.dumps(row)) == row
    assert (row["file"], row["width"], row["height"], row["unread"]) == (str(case), 960, 640, [])
    assert row["ms"] > 0 and sorted(code["text"] for code in row["codes"]) == CODES
    for code in row["codes"]:
        assert bytes.fromhex(code["raw"]).decode() == code["text"]
        assert (code["symbology"], code["aim"]) == ("QRCode", "]Q1")
        assert len(code["corners"]) == 4 and all(0 <= x < 960 and 0 <= y < 640 for x, y in code["corners"])


def test_what_a_code_holds_is_shown_without_harm(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "gs1.png"), render_label("\x1d010690123456789210LOT1\x1d21S1", "DataMatrix", module=6))
    cv2.imwrite(str(tmp_path / "nasty.png"), render_label("a\x1b[2Jb\r\n", "QRCode", module=6))
    rows = list(decode_paths([tmp_path]))
    assert [row["codes"][0]["text"] for row in rows] == ["010690123456789210LOT1\\x1d21S1", "a\\x1b[2Jb\\x0d\\x0a"]
    assert rows[0]["codes"][0]["aim"] == "]d2"


def test_every_bad_file_has_its_row_and_the_good_ones_are_read(case: Path) -> None:
    folder = case.parent
    whole = case.read_bytes()
    (folder / "cut.png").write_bytes(whole[:len(whole) // 2])
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_bytes(b"not looked at inside a folder")
    (folder / "inner").mkdir()
    (folder / "inner" / "again.png").write_bytes(whole)
    rows = list(decode_paths([folder, folder / "missing.png", folder / "notes.txt", Path("/dev/null")]))
    assert {Path(row["file"]).name: row.get("error", "")[:24] for row in rows} == {
        "case.png": "", "again.png": "", "cut.png": "the picture is cut short", "empty.png": "the file is empty; expec",
        "text.jpg": "this is no picture; expe", "missing.png": "the file cannot be opene",
        "notes.txt": "this is no picture; expe", "null": "this is a folder or a de"}
    assert all(row["expected"] for row in rows if "error" in row)
    assert [len(row["codes"]) for row in rows if "codes" in row] == [6, 6]


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    row, = decode_paths([tmp_path])
    assert row["file"] == str(tmp_path) and "no picture in this folder" in row["error"]


@pytest.mark.parametrize(("arguments", "told", "expected"), [
    ({"engine": "magic"}, "no engine 'magic'", "one of zxing, pyzbar"),
    ({"symbologies": ["Runes"]}, "no symbology 'Runes'", "DataMatrix"),
])
def test_a_wrong_wish_is_one_row(case: Path, arguments: dict[str, object], told: str, expected: str) -> None:
    row, = decode_paths([case], **arguments)       # type: ignore[arg-type]
    assert told in row["error"] and expected in row["expected"]


def test_the_smallest_picture_and_one_without_codes(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((1, 1), np.uint8))
    cv2.imwrite(str(tmp_path / "2.png"), np.full((480, 640, 3), 200, np.uint8))
    assert [(row["codes"], row["unread"]) for row in decode_paths([tmp_path])] == [([], []), ([], [])]
