"""The label as it is printed: what a scanner reads from its pixels, and the rules of the GS1 logistic label on them."""
from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.domain.codes.checks import mod10
from app.domain.packing.labels import Label
from app.labels import LabelProblem, built_in, find, load, png, preview
from app.labels.fields import NAMES, fields_of
from tests.unit.labels.conftest import LABEL

Read = Callable[[Image.Image], list[tuple[str, str]]]
Make = Callable[..., Label]
FREE = "width = 100\nheight = 60\nlogistic = false\n"


def free(folder: Path, text: str, dpi: int = 203, label: Label = LABEL) -> Image.Image:
    """A label of a free template with these elements."""
    file = folder / "own.toml"
    file.write_text(FREE + text, "utf-8")
    return preview(label, load(file), dpi)


def black(image: Image.Image) -> np.ndarray:
    return ~np.asarray(image)


def bars(image: Image.Image) -> list[tuple[int, int, int, int]]:
    """(top, bottom, left, right) of stretches of equal rows with more than 40 edges: the bars of linear symbols."""
    ink = black(image)
    found, start = [], 0
    for row in range(1, len(ink) + 1):
        if row == len(ink) or (ink[row] != ink[start]).any():
            across = np.flatnonzero(ink[start])
            if row - start > 10 and np.count_nonzero(np.diff(ink[start].astype(np.int8))) > 40:
                found.append((start, row, int(across[0]), int(across[-1]) + 1))
            start = row
    return found


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("name", built_in())
def test_a_scanner_reads_the_number_and_the_content(name: str, dpi: int, read: Read) -> None:
    image = preview(LABEL, find(name), dpi, "宜宾某某酒业")
    assert image.mode == "1"
    content, sscc = read(image)
    assert sscc == ("]C1", "00106141412345678908")
    assert content == ("]C1", "02069012345678923724")


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("name", built_in())
def test_the_rules_of_the_logistic_label_hold_on_the_pixels(name: str, dpi: int) -> None:
    template = find(name)
    image = preview(LABEL, template, dpi)
    dot = 25.4 / dpi
    assert image.width * dot >= 104.9 and image.height * dot >= 147.9
    ink = black(image)
    upper, lowest = bars(image)
    for top, bottom, left, right in (upper, lowest):
        row = ink[top]
        edges = np.flatnonzero(np.diff(np.concatenate(([0], row.astype(np.int8), [0]))))
        widths = np.diff(edges)
        module = int(np.gcd.reduce(widths))
        assert 0.495 <= module * dot <= 0.94, "module width"
        assert (right - left) % module == 0 and set(widths.tolist()) <= {module * each for each in (1, 2, 3, 4)}
        assert (bottom - top) * dot >= 32, "height of the bars"
        assert not ink[top:bottom, left - 10 * module : left].any() and left >= 10 * module, "quiet zone"
        assert not ink[top:bottom, right : right + 10 * module].any() and image.width - right >= 10 * module
        under = ink[bottom + 1 : bottom + round(7 / dot)]
        text = np.flatnonzero(under.any(axis=1))
        assert text.size and np.ptp(text[: round(4.5 / dot)]) * dot >= 2.9, "the text under the bars"
    assert (lowest[3] - lowest[2]) % 156 == 0, "the SSCC has 156 modules and is the lowest"


@pytest.mark.parametrize("dpi", [203, 300])
def test_data_is_seven_millimetres_high(dpi: int, label: Make) -> None:
    full, without = (preview(label(**more), find("case"), dpi) for more in ({}, {"count": 0, "gtin": ""}))
    # the count's place: right of 70 mm, below its title
    at = [round(each * dpi / 25.4) for each in (70, 101, 34, 42)]
    place = black(full)[at[2] : at[3], at[0] : at[1]]
    high = np.ptp(np.flatnonzero(place.any(axis=1))) + 1
    assert high * 25.4 / dpi >= 7
    assert not black(without)[at[2] : at[3], at[0] : at[1]].any()


def test_without_contents_only_the_number_is_there(label: Make, read: Read) -> None:
    image = preview(label(gtin="", count=0, lot="", produced="", expiry="", name={}), find("pallet"), 203)
    assert read(image) == [("]C1", "00106141412345678908")]


def test_a_wide_label_takes_more_into_its_symbol(label: Make, read: Read) -> None:
    numeric = label(lot="20261122", expiry="")
    assert read(preview(numeric, find("a5"), 203))[0] == ("]C1", "02069012345678923724<GS>1020261122")
    assert read(preview(numeric, find("case"), 203))[0] == ("]C1", "02069012345678923724")


@pytest.mark.parametrize(("kind", "aim"), [("gs1-datamatrix", "]d2"), ("gs1-qr", "]Q3")])
def test_symbols_in_two_dimensions(tmp_path: Path, kind: str, aim: str, read: Read) -> None:
    image = free(tmp_path, f'''
[[barcode]]
symbology = "{kind}"
holds = ["(00){{sscc}}(02){{gtin}}(17){{expiry}}(37){{count}}(10){{lot}}"]
x = 5
y = 5
width = 30
height = 30
module = [0.38, 1.0]
''')
    assert read(image) == [(aim, "001061414123456789080206901234567892172811213724<GS>10L20261122A")]


def test_a_link_as_qr_code_lines_boxes_and_pictures(tmp_path: Path, read: Read, label: Make) -> None:
    logo = Image.new("L", (64, 64), 0)
    logo.save(tmp_path / "logo.png")
    image = free(tmp_path, '''
[[barcode]]
symbology = "qr"
holds = ["https://q.example/{extra_code}"]
x = 5
y = 5
width = 25
height = 25
[[line]]
x = 40
y = 5
width = 20
height = 0.5
[[box]]
x = 40
y = 10
width = 20
height = 20
[[image]]
file = "logo.png"
x = 70
y = 5
width = 8
height = 8
''', label=label(extra={"code": "A1"}))
    assert read(image) == [("]Q1", "https://q.example/A1")]
    ink = black(image)
    assert ink[40:44, 320:479].all() and ink[50:100, 570:615].all()
    assert not ink[90:230, 330:470].any(), "a box is hollow"


def test_nothing_stands_in_a_symbol_or_beside_it(tmp_path: Path, read: Read) -> None:
    image = free(tmp_path, '''
[[barcode]]
symbology = "gs1-128"
holds = ["(00){sscc}"]
x = 2
y = 5
width = 96
height = 20
[[line]]
x = 9
y = 0
width = 2
height = 60
''')
    assert read(image) == [("]C1", "00106141412345678908")]
    ink = black(image)
    assert ink[:40, 72:88].all() and not ink[40:200, 48:87].any(), "the line ends where the quiet zone begins"


def test_fields_are_one_plain_line_each(label: Make) -> None:
    evil = label(lot="A\r\nB\x00\x1b!R\u202e", order="x" * 500, extra={"a": "1\t2"}, name={"en": "only"}, count=0)
    told = fields_of(evil, "Co")
    assert told["lot"] == "A B\\x00\\x1b!R\\u202e" and told["extra_a"] == "1 2" and told["company"] == "Co"
    assert len(told["order"]) <= 200 and told["name_zh"] == "only" and told["count"] == ""
    assert all(each.isprintable() for each in told.values())
    assert set(NAMES) <= told.keys()


def test_text_keeps_to_its_box(tmp_path: Path, label: Make) -> None:
    row = '[[text]]\nx = 10\ny = 10\nwidth = 40\nheight = 12\nsize = 5\nlines = 2\ntext = "{name_zh}"\n'
    for name in ("箱", "一二三四五六七八九十" * 3, "W" * 199, "a b " * 40, "pgjq" * 9, ""):
        ink = black(free(tmp_path, row, label=label(name={"zh_CN": name})))
        assert ink.any() == bool(name)
        ink[80:177, 79:401] = False
        assert not ink.any(), f"{name!r} runs over its box"


def test_what_a_symbol_cannot_say_is_told(label: Make) -> None:
    for wrong in ({"sscc": "106141412345678907"}, {"sscc": "1"}, {"sscc": "10614141234567890X"}, {"sscc": ""}):
        with pytest.raises(LabelProblem, match="18 digits|lacks a field"):
            preview(label(**wrong), find("case"), 203)
    with pytest.raises(LabelProblem, match="14 digits"):
        preview(label(gtin="06901234567891"), find("case"), 203)


def test_a_lot_that_cannot_be_in_a_symbol_is_left_to_the_text(label: Make, read: Read) -> None:
    for lot in ("批次一", "A(37)99", "A B", "L1\x1d3799", "X" * 60):
        assert read(preview(label(lot=lot), find("a5"), 203)) == [
            ("]C1", "02069012345678923724"), ("]C1", "00106141412345678908")]


def test_a_printer_too_coarse_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabelProblem, match="176 modules do not fit"):
        preview(LABEL, find("case"), 110)


HOSTILE = st.text(st.one_of(st.characters(), st.sampled_from('^~\x1b!"\r\n\0()[]{}\\,;国Ａ％')), max_size=60)


@settings(max_examples=40, deadline=None)
@given(name=HOSTILE, lot=HOSTILE, order=HOSTILE, extra=HOSTILE, serial=st.integers(0, 10**16 - 1))
def test_no_data_spoils_the_number(name: str, lot: str, order: str, extra: str, serial: int) -> None:
    digits = f"1{serial:016d}"
    sscc = digits + (mod10(digits) or "")
    hostile = Label(1, "case", sscc, extra, {"zh_CN": name, "en": extra}, "06901234567892", lot, "", "", 24, 24, order,
                    1, extra, {"a": extra})
    image = preview(hostile, find("case"), 203, extra)
    symbols = _read(image)
    assert symbols[-1] == "00" + sscc and len(symbols) == 2
    assert symbols[0].startswith("02069012345678923724")


def _read(image: Image.Image) -> list[str]:
    import zxingcpp

    found = zxingcpp.read_barcodes(np.array(image.convert("L")), formats=zxingcpp.BarcodeFormat.Code128)
    return [each.bytes.decode() for each in sorted(found, key=lambda each: each.position.top_left.y)]


def test_the_preview_file_is_the_image_with_its_size(tmp_path: Path) -> None:
    image = preview(LABEL, find("case"), 300)
    with Image.open(io.BytesIO(png(image, 300))) as opened:
        assert (opened.mode, opened.size) == ("1", image.size)
        assert opened.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert (np.asarray(opened) == np.asarray(image)).all()


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="needs pdftoppm (poppler-utils)")
def test_a_pdf_is_as_large_as_the_label_and_reads_the_same(tmp_path: Path, read: Read) -> None:
    from drivers.printer_language import pdf

    image = preview(LABEL, find("case"), 203)
    (tmp_path / "label.pdf").write_bytes(pdf(image, 203))
    subprocess.run(["pdftoppm", "-r", "203", "-gray", "-singlefile", str(tmp_path / "label.pdf"), str(tmp_path / "l")],
                   check=True, timeout=60, stderr=sys.stderr)
    with Image.open(tmp_path / "l.pgm") as page:
        assert page.size == image.size
        assert read(page) == read(image)
