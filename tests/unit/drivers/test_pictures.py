"""Any file: a picture as pixels, or why not in words; never half a picture, never more memory than its size."""
from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.pictures import MAX_PIXELS, NotAPicture, load

RGB = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)


def encoded(pixels: np.ndarray, kind: str, mode: str = "", **options: object) -> bytes:
    picture = Image.fromarray(pixels)
    out = io.BytesIO()
    (picture.convert(mode) if mode else picture).save(out, kind, **options)
    return out.getvalue()


def png(width: int, height: int) -> bytes:
    """The header of a picture of that size, with next to nothing behind it."""
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + \
        chunk(b"IDAT", zlib.compress(bytes(100)))


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_kinds_come_back_as_bgr(kind: str) -> None:
    assert (load(encoded(RGB, kind)) == RGB[..., ::-1]).all()
    assert load(encoded(RGB, kind), grey=True).shape == (60, 80)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF"])
def test_lossy_kinds_come_back_nearly(kind: str) -> None:
    smooth = np.broadcast_to(np.linspace(0, 255, 80)[None, :, None], (60, 80, 3)).astype(np.uint8)
    pixels = load(encoded(smooth, kind))
    assert pixels.shape == (60, 80, 3) and np.abs(pixels.astype(int) - smooth[..., ::-1]).max() < 16


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "YCbCr", "LAB", "I", "F"])
def test_every_mode_becomes_grey_or_colour_of_eight_bits(mode: str) -> None:
    pixels = load(encoded(RGB, "TIFF", mode))
    assert pixels.dtype == np.uint8 and pixels.shape[:2] == (60, 80) and np.ptp(pixels) > 200


def test_sixteen_bits_use_the_bits_that_are_used() -> None:
    for bits in (10, 12, 16):
        deep = np.linspace(0, 2 ** bits - 1, 60 * 80).reshape(60, 80).astype(np.uint16)
        pixels = load(encoded(deep, "PNG"))
        assert pixels.min() == 0 and pixels.max() == 255 and pixels.shape == (60, 80)


def test_a_photograph_lies_as_its_tag_says() -> None:
    wide = np.full((40, 80, 3), 255, np.uint8)
    wide[:, :20] = 0
    exif = Image.Exif()
    exif[0x0112] = 6          # to be turned right
    pixels = load(encoded(wide, "JPEG", exif=exif.tobytes()))
    assert pixels.shape == (80, 40, 3) and pixels[:15].max() < 30 and pixels[25:].min() > 220


def test_nothing_behind_black_print_is_white() -> None:
    clear = np.zeros((10, 10, 4), np.uint8)
    clear[3:6, 3:6, 3] = 255
    pixels = load(encoded(clear, "PNG"))
    assert pixels[4, 4].max() == 0 and pixels[0, 0].min() == 255


def test_only_the_first_picture_of_a_film_counts() -> None:
    out = io.BytesIO()
    films = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue", "green")]
    films[0].save(out, "GIF", save_all=True, append_images=films[1:])
    assert load(out.getvalue())[0, 0].tolist() == [0, 0, 255]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM"])
def test_half_a_picture_is_none(kind: str) -> None:
    whole = encoded(RGB, kind)
    for length in (1, 5, 20, len(whole) // 3, len(whole) * 3 // 4):
        with pytest.raises(NotAPicture) as refused:
            load(whole[:length])
        assert refused.value.reason in ("cut_short", "unknown_format", "damaged")
        assert "expected" in str(refused.value)
    if kind not in ("WEBP", "TIFF"):
        with pytest.raises(NotAPicture) as refused:
            load(whole[:len(whole) * 3 // 4])
        assert refused.value.reason == "cut_short"


@pytest.mark.parametrize("size", [(60_000, 60_000), (2**31 - 1, 2**31 - 1), (MAX_PIXELS + 1, 1)])
def test_a_bomb_is_never_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(NotAPicture, match=r"expected at most 100,000,000 pixels") as refused:
        load(png(*size))
    assert refused.value.reason == "too_large"


def test_the_limit_is_the_callers() -> None:
    assert load(encoded(RGB, "PNG"), 4800).shape == (60, 80, 3)
    with pytest.raises(NotAPicture, match="80 x 60 pixels; expected at most 4,799"):
        load(encoded(RGB, "PNG"), 4799)


@pytest.mark.parametrize(("content", "reason"), [
    (b"", "empty"), (b"hello world" * 100, "unknown_format"), (b"%PDF-1.7", "unknown_format"),
    (b"\xff\xd8\xff", "unknown_format"), (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "unknown_format"),
])
def test_what_is_no_picture_is_said_so(content: bytes, reason: str) -> None:
    with pytest.raises(NotAPicture) as refused:
        load(content)
    assert refused.value.reason == reason


def test_folders_devices_and_pipes_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(NotAPicture) as refused:
            load(path)
        assert refused.value.reason == "not_a_file"
    for name in ("nothing.png", "n\0ul.png", "n" * 300):
        with pytest.raises(NotAPicture) as refused:
            load(tmp_path / name)
        assert refused.value.reason == "missing"


def test_a_file_on_disk(tmp_path: Path) -> None:
    (tmp_path / "case.png").write_bytes(encoded(RGB, "PNG"))
    assert (load(tmp_path / "case.png") == RGB[..., ::-1]).all()
    assert (load(str(tmp_path / "case.png")) == RGB[..., ::-1]).all()


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM"]), st.integers(0, 14_000),
       st.binary(min_size=1, max_size=6))
def test_damaged_files_are_pixels_or_a_refusal(kind: str, at: int, junk: bytes) -> None:
    damaged = bytearray(encoded(RGB, kind))
    at %= len(damaged)
    damaged[at:at + len(junk)] = junk
    try:
        pixels = load(bytes(damaged), 1_000_000)
    except NotAPicture as refused:
        assert refused.reason and refused.expected
    else:
        assert pixels.dtype == np.uint8 and pixels.size


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(content: bytes) -> None:
    with pytest.raises(NotAPicture):
        load(content)
