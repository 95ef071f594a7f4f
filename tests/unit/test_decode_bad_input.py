"""Any file at all before `station decode`: a reading or a clear error, in bounded memory and time."""
from __future__ import annotations

import io
import json
import os
import random
import resource
import struct
import subprocess
import sys
import zlib
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from app.decode import decode_paths
from drivers.pictures import load
from drivers.symbols import render_label
from tests.e2e.training_server import ROOT
from tests.unit.image_fuzz import broken, outcome

TEXT = "https://q.brand.example/b/42"
LABEL = cv2.cvtColor(render_label(TEXT, "QRCode", module=6), cv2.COLOR_BGR2RGB)
GREY = cv2.cvtColor(LABEL, cv2.COLOR_RGB2GRAY)
KINDS = {"PNG": "png", "JPEG": "jpg", "BMP": "bmp", "GIF": "gif", "TIFF": "tif", "WEBP": "webp", "PPM": "ppm"}


def decoded(path: Path) -> dict[str, object]:
    row, = decode_paths([path], symbologies=["QRCode"])
    assert json.loads(json.dumps(row)) == row
    return row


def texts(path: Path) -> list[str]:
    row = decoded(path)
    assert "error" not in row, row
    return [code["text"] for code in row["codes"]]       # type: ignore[attr-defined]


def save(path: Path, picture: Image.Image | np.ndarray, **options: object) -> Path:
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(path, **options)
    return path


@pytest.mark.parametrize("suffix", KINDS.values())
def test_a_code_in_every_kind_of_file_is_read(tmp_path: Path, suffix: str) -> None:
    assert texts(save(tmp_path / f"a.{suffix}", LABEL)) == [TEXT]


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_sixteen_bits(tmp_path: Path, bits: int) -> None:
    deep = GREY.astype(np.uint16) << bits - 8
    assert texts(save(tmp_path / "a.png", deep)) == texts(save(tmp_path / "a.tif", deep)) == [TEXT]


def test_sixteen_bits_of_colour(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), cv2.cvtColor(LABEL, cv2.COLOR_RGB2BGR).astype(np.uint16) * 257)
    assert texts(tmp_path / "a.png") == [TEXT]


@pytest.mark.parametrize("least", [0.0, -1e38])
def test_a_float_picture_with_holes_and_wild_values(tmp_path: Path, least: float) -> None:
    deep = GREY.astype(np.float32) * np.float32(1 if not least else 1.3e36) + np.float32(least)
    deep[0, :3] = np.nan, np.inf, -np.inf
    assert texts(save(tmp_path / "a.tif", deep)) == [TEXT]
    assert texts(save(tmp_path / "none.tif", np.full((40, 40), np.nan, np.float32))) == []
    assert texts(save(tmp_path / "int.tif", GREY.astype(np.int32) * 1000 - 100_000)) == [TEXT]


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_ink_colours(tmp_path: Path, suffix: str) -> None:
    assert texts(save(tmp_path / f"a.{suffix}", Image.fromarray(LABEL).convert("CMYK"))) == [TEXT]


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tif"])
def test_of_a_film_only_the_first_picture_is_read(tmp_path: Path, suffix: str) -> None:
    other = Image.fromarray(cv2.resize(cv2.cvtColor(render_label("another", "QRCode", module=6), cv2.COLOR_BGR2RGB),
                                       LABEL.shape[1::-1]))
    film = save(tmp_path / f"a.{suffix}", Image.fromarray(LABEL), save_all=True, append_images=[other] * 3)
    assert texts(film) == [TEXT]


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photograph_is_upright_before_it_is_read(tmp_path: Path, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    path = save(tmp_path / "a.jpg", LABEL, exif=exif.tobytes(), quality=95)
    row = decoded(path)
    high, wide = LABEL.shape[:2] if turn < 5 else LABEL.shape[1::-1]
    assert (row["height"], row["width"]) == (high, wide)
    code, = row["codes"]                                 # type: ignore[misc]
    assert code["text"] == TEXT
    upright = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("L"))
    assert np.abs(upright.astype(int) - load(path, grey=True)).max() < 8


@pytest.mark.filterwarnings("ignore::UserWarning")       # as it is outside of tests
def test_tags_that_nobody_understands_do_not_cost_the_picture(tmp_path: Path) -> None:
    for number, junk in enumerate((b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + bytes(range(200)), b"Exif\0\0MM")):
        assert texts(save(tmp_path / f"{number}.jpg", LABEL, exif=junk, quality=95)) == [TEXT]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_print_on_glass_is_print_on_white(tmp_path: Path, mode: str) -> None:
    clear = np.dstack([np.zeros_like(LABEL), np.where(GREY < 128, 255, 0).astype(np.uint8)])
    picture = Image.fromarray(clear).convert(mode) if mode != "P" else Image.fromarray(clear).quantize(4)
    assert texts(save(tmp_path / "a.png", picture)) == [TEXT]


@pytest.mark.parametrize("kind", KINDS)
def test_one_pixel(tmp_path: Path, kind: str) -> None:
    for tone in (0, 255):
        assert texts(save(tmp_path / f"a.{KINDS[kind]}", np.full((1, 1, 3), tone, np.uint8))) == []
    for size in ((1, 500), (500, 1), (2, 3)):
        assert texts(save(tmp_path / f"b.{KINDS[kind]}", np.full((*size, 3), 90, np.uint8))) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_short_is_never_half_a_case(tmp_path: Path, kind: str) -> None:
    whole = save(tmp_path / f"a.{KINDS[kind]}", LABEL).read_bytes()
    for part in (0.02, 0.3, 0.6, 0.95):
        path = tmp_path / f"cut.{KINDS[kind]}"
        path.write_bytes(whole[:int(len(whole) * part)])
        row = decoded(path)
        assert "error" in row and "codes" not in row and "a whole picture" in str(row["expected"]), (part, row)


def test_what_is_no_picture_says_so(tmp_path: Path) -> None:
    luck = random.Random(1)
    contents = (
        b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n", b"PK\3\4", b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        luck.randbytes(5000), b"\0" * 5000, "一物一码".encode() * 100, b"BM" + b"\xff" * 60, b"P6 -1 -1 255 ",
        b"II*\0" + b"\xff" * 60, b"RIFF\xff\xff\xff\xffWEBPVP8X")
    for number, content in enumerate(contents):
        path = tmp_path / f"{number}.png"
        path.write_bytes(content)
        row = decoded(path)
        assert row["error"] and row["expected"] and row["file"] == str(path)


def test_flipped_bits_are_a_reading_or_an_error_never_a_fall(tmp_path: Path) -> None:
    """More of it, without the reading, in the tests of drivers.pictures."""
    luck = random.Random(7)
    small = np.broadcast_to(np.linspace(0, 255, 40)[:, None, None], (40, 60, 3)).astype(np.uint8)
    for kind, suffix in KINDS.items():
        out = io.BytesIO()
        Image.fromarray(small).save(out, kind)
        for _ in range(4):
            damaged = bytearray(out.getvalue())
            for _ in range(luck.randint(1, 5)):
                damaged[luck.randrange(len(damaged))] ^= 1 << luck.randrange(8)
            path = tmp_path / f"a.{suffix}"
            path.write_bytes(damaged)
            row = decoded(path)
            assert ("error" in row) != ("codes" in row)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, *more: bytes, rows: int = 0) -> bytes:
    packed = zlib.compressobj(9)
    data = b"".join(packed.compress(bytes(1 + width)) for _ in range(rows)) + packed.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + \
        b"".join(more) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    text = zlib.compress(bytes(300_000_000), 9)
    bombs = {
        "huge.png": _png(60_000, 60_000), "wide.png": _png(2 ** 31 - 1, 1), "text.png": _png(
            20, 20, _chunk(b"zTXt", b"a\0\0" + text), rows=20), "colours.png": _png(
            20, 20, _chunk(b"iCCP", b"a\0\0" + text), rows=20),
        "huge.bmp": b"BM" + struct.pack("<IHHI", 100, 0, 0, 54) + struct.pack(
            "<IiiHHIIiiII", 40, 65_000, 65_000, 1, 24, 0, 0, 0, 0, 0, 0),
        "huge.gif": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x08\0;",
        "huge.pgm": b"P5 90000 90000 255\n" + bytes(100), "words.ppm": b"P3 4000 4000 255\n" + b"0 " * 1000,
    }
    for name, content in bombs.items():
        (tmp_path / name).write_bytes(content)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        row = decoded(tmp_path / name)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        assert grown < 150, (name, grown)
        if name in ("text.png", "colours.png"):          # what is packed beside the picture may also be left packed
            continue
        assert "error" in row and "at most" in str(row["expected"]), row


def test_strips_longer_than_an_engine_takes_are_refused(tmp_path: Path) -> None:
    for shape in ((2, 65_536), (65_536, 2)):
        row = decoded(save(tmp_path / "a.png", np.full(shape, 99, np.uint8)))
        assert "65536" in str(row["error"]) and row["expected"] == "at most 65,535 pixels along a side"
    assert texts(save(tmp_path / "b.png", np.full((20, 65_535), 99, np.uint8))) == []


def test_a_jpeg_of_a_thousand_layers_is_refused(tmp_path: Path) -> None:
    """Each layer costs a walk over all pixels: a few hundred kilobytes would keep a core busy for an hour."""
    out = io.BytesIO()
    Image.new("L", (5000, 5000), 200).save(out, "JPEG", progressive=True)
    whole = out.getvalue()
    last = whole.rindex(b"\xff\xda")
    (tmp_path / "layers.jpg").write_bytes(whole[:last] + whole[last:-2] * 1000 + whole[-2:])
    row = decoded(tmp_path / "layers.jpg")
    assert "layers" in str(row["error"]) and "at most a dozen" in str(row["expected"])
    (tmp_path / "plain.jpg").write_bytes(whole)
    assert texts(tmp_path / "plain.jpg") == []


def test_thirty_megapixels_with_a_code_in_a_corner(tmp_path: Path) -> None:
    big = np.full((5000, 6000), 230, np.uint8)
    big[-GREY.shape[0] - 50:-50, -GREY.shape[1] - 60:-60] = GREY
    row = decoded(save(tmp_path / "a.png", big, compress_level=1))
    assert [code["text"] for code in row["codes"]] == [TEXT]                 # type: ignore[attr-defined]
    assert all(5000 - GREY.shape[0] - 50 < y < 4950 for _, y in row["codes"][0]["corners"])    # type: ignore[index]


# getrusage would tell the peak of the process that started this one, where that was higher
_PEAK = """import re, sys
from pathlib import Path
from drivers.pictures import load
shape = load(sys.argv[1]).shape
print(shape, int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.parametrize("mode", ["RGBA", "F"])
def test_a_hundred_megapixels_fit_into_a_bounded_memory(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.png" if mode == "RGBA" else "a.tif")
    options = {"compress_level": 1} if mode == "RGBA" else {"compression": "packbits"}
    Image.new(mode, (10_000, 10_000)).save(path, **options)
    done = subprocess.run([sys.executable, "-c", _PEAK, str(path)], cwd=ROOT, capture_output=True, text=True,
                          timeout=300, check=True)
    shape, _, peak = done.stdout.strip().rpartition(" ")
    assert shape == "(10000, 10000)" and int(peak) < 750, done.stdout        # 400 MB of them are the file's own pixels


def test_files_with_odd_names_and_files_that_are_none(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    for name in (b"\xff\xfe.png", "a\nb\x1b[2J\u202e.png".encode(), "码　一.png".encode()):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(b"junk")
    (tmp_path / "gone.png").symlink_to("/nowhere")
    (tmp_path / "loop.png").symlink_to("loop.png")
    os.mkfifo(tmp_path / "pipe.png")
    rows = list(decode_paths([tmp_path]))
    assert {str(row["file"]).rpartition("/")[2] for row in rows} == {
        "\\udcff\\udcfe.png", "a\\nb\\x1b[2J\\u202e.png", "码　一.png", "gone.png", "loop.png", "pipe.png"}
    assert all(row["error"] and row["expected"] for row in rows)
    json.dumps(rows, ensure_ascii=False).encode("utf-8")       # strict: what is written is text


def test_hundreds_of_broken_files_are_pixels_or_a_refusal() -> None:
    """The full size: python -m tests.unit.image_fuzz"""
    told = Counter(outcome(broken(random.Random(seed))) for seed in range(1, 401))
    assert told["read"] > 10 and told["damaged"] + told["cut_short"] > 50, told


@pytest.mark.parametrize(("content", "what"), [
    (b"%PDF-1.7\n", "a PDF document"), (b"\0\0\0\x18ftypheic" + bytes(90), "a HEIC photograph"),
    (b"\0\0\0\x18ftypavif" + bytes(90), "an AVIF picture"), (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a drawing (SVG)"), (b"PK\3\4" + bytes(90), "a ZIP archive")])
def test_what_people_take_for_a_picture_is_told_by_its_name(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "a.png").write_bytes(content)
    row = decoded(tmp_path / "a.png")
    assert str(row["error"]).startswith(f"this is {what}, which is not read here; expected a whole picture: PNG")
    assert "another program can save it" in str(row["expected"])


def test_a_picture_that_still_grows_is_refused_until_it_is_whole(tmp_path: Path) -> None:
    whole = save(tmp_path / "whole.png", LABEL).read_bytes()
    path = tmp_path / "a.png"
    for part in range(0, len(whole) - 60, len(whole) // 12):        # the last few bytes hold no pixels
        path.write_bytes(whole[:part])
        assert "error" in decoded(path), part
    path.write_bytes(whole)
    assert texts(path) == [TEXT]


def test_a_pattern_stands_for_its_files_and_a_name_for_itself(tmp_path: Path) -> None:
    for name in ("b.png", "a.png", "[c].png", "d.txt"):
        save(tmp_path / name, LABEL, format="PNG")
    rows = list(decode_paths([tmp_path / "?.png", tmp_path / "[c].png", tmp_path / "*.jpg", tmp_path / ("x" * 400)]))
    assert [Path(row["file"]).name[:7] for row in rows] == ["a.png", "b.png", "[c].png", "*.jpg", "xxxxxxx"]
    assert ["error" in row for row in rows] == [False, False, False, True, True]
    assert "no file fits this pattern" in rows[3]["error"] and "cannot be opened" in rows[4]["error"]


@pytest.mark.parametrize("expected", [-1, -10 ** 30, 1001, 10 ** 12, 10 ** 30])
def test_a_number_that_no_case_has_is_refused_at_once(tmp_path: Path, expected: int) -> None:
    """A lattice of so many was looked for, for minutes."""
    row, = decode_paths([save(tmp_path / "a.png", LABEL)], expected=expected)
    assert row["error"] and "a number from 1 to 1,000" in row["expected"] and "codes" not in row


def test_any_number_that_is_taken_is_read_in_time(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", LABEL)
    for expected in (0, 1, 2, 997, 1000):
        row, = decode_paths([path], symbologies=["QRCode"], expected=expected)
        assert [code["text"] for code in row["codes"]] == [TEXT]


def _command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "app", "decode", *map(str, arguments)], cwd=ROOT, capture_output=True,
                          text=True, timeout=120, check=False, env={**os.environ, "PYTHONIOENCODING": "utf-8"})


def test_the_command_says_of_a_bad_recipe_what_to_do(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", LABEL)
    os.mkfifo(tmp_path / "pipe.toml")
    for name, told in (("gone.toml", "station recipe learn PICTURE --output"), ("pipe.toml", "a pipe or a device")):
        done = _command("--language", "en", "--json", "--recipe", tmp_path / name, path)
        assert done.returncode and not done.stdout, (name, done)
        assert str(tmp_path) in done.stderr and told in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_the_command_refuses_a_number_in_a_whole_row(tmp_path: Path) -> None:
    done = _command("--json", "--expected", "999999999999", save(tmp_path / "a.png", LABEL))
    row = json.loads(done.stdout)
    assert done.returncode == 1 and "1,000" in row["expected"]


def test_the_command_reads_the_good_ones_and_fails_for_the_bad(tmp_path: Path) -> None:
    save(tmp_path / "good.png", LABEL)
    (tmp_path / "bad.png").write_bytes(b"no picture")
    done = subprocess.run(
        [sys.executable, "-m", "app", "decode", "--json", str(tmp_path)], cwd=ROOT, capture_output=True, timeout=120,
        check=False, env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"})
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert done.returncode == 1 and [Path(row["file"]).name for row in rows] == ["bad.png", "good.png"]
    assert rows[0]["expected"] and rows[1]["codes"][0]["text"] == TEXT
