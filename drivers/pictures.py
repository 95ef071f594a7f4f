"""Picture files as pixels: the one door through which image files come in. Any bytes are survived.

The header is checked before a pixel is unpacked, so neither a decompression bomb nor a wrong file can take the
memory. A picture that is cut short is refused whole: half a case must never look like a short case.
"""
from __future__ import annotations

import io
import math
import os
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pbm")
MAX_PIXELS = 100_000_000
MAX_SIDE = 65_535              # no engine takes more
COLOUR_PIXELS = 25_000_000     # a larger picture comes back grey: colour would take a gigabyte and helps no decoder
MAX_WRITTEN_OUT = 2_000_000    # pixels of a PGM/PPM written out as text: it is parsed by Python
MAX_SCANNED = 3_000_000_000    # pixels of all layers of a progressive JPEG together
BAND_PIXELS = 2_000_000
# What people take for a picture, by what its file begins with: from which byte, which bytes, what it is.
OTHERS = (
    (0, b"%PDF", "a PDF document"), (4, b"ftyphei", "a HEIC photograph"), (4, b"ftypmif1", "a HEIC photograph"),
    (4, b"ftypavif", "an AVIF picture"), (4, b"jP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (4, b"JXL ", "a JPEG XL picture"), (0, b"\xff\x0a", "a JPEG XL picture"), (4, b"ftyp", "a film"),
    (0, b"<svg", "a drawing (SVG)"), (0, b"<?xml", "a drawing or a text (XML)"), (0, b"8BPS", "a Photoshop file"),
    (0, b"PK\3\4", "a ZIP archive"), (0, b"\x1f\x8b", "a packed file (gzip)"), (0, b"\x1aE\xdf\xa3", "a film"))
EXPECTED = "a whole picture: " + ", ".join(FORMATS[:-1]) + " or PGM/PPM"

# The limit below is a refusal in words; Pillow's own would be a warning on the console first.
Image.MAX_IMAGE_PIXELS = None
# What it thinks of a file's tags helps nobody at a line.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


class NotAPicture(Exception):
    """These bytes are no picture that can be read whole.

    `reason` is one of "missing", "not_a_file", "empty", "cut_short", "unknown_format", "too_large", "damaged";
    "empty" and "cut_short" are also what a file looks like while somebody still writes it.
    """

    def __init__(self, reason: str, text: str, expected: str = EXPECTED) -> None:
        super().__init__(f"{text}; expected {expected}")
        self.reason, self.text, self.expected = reason, text, expected


def load(source: str | os.PathLike[str] | bytes, max_pixels: int = MAX_PIXELS, *, grey: bool = False) -> np.ndarray:
    """The first frame of a picture file, upright as its EXIF tag says, transparency laid on white.

    Gives uint8, (H, W) for a grey picture (or if `grey`, or over 25 megapixels), else (H, W, 3) in BGR order.
    16-bit and float pictures are brought to 8 bits. Raises NotAPicture.
    """
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), len(source), max_pixels, grey)
    path = Path(source)
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):       # a pipe or a device would block or never end
            raise NotAPicture("not_a_file", "this is a folder or a device, not a file")
        with path.open("rb") as file:
            return _decode(file, about.st_size, max_pixels, grey)
    except (OSError, ValueError) as e:            # ValueError: a NUL in the name
        raise NotAPicture("missing", f"the file cannot be opened: {getattr(e, 'strerror', None) or e}",
                          "the path of a picture that this user may read") from e


def _decode(file: io.BufferedIOBase, size: int, max_pixels: int, grey: bool) -> np.ndarray:
    if size == 0:
        raise NotAPicture("empty", "the file is empty")
    if size > 8 * max_pixels + 1_000_000:
        raise NotAPicture("too_large", f"the file has {size:,} bytes", f"at most {max_pixels:,} pixels")
    try:
        with Image.open(file, formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > max_pixels:
                raise NotAPicture("too_large", f"the picture has {width} x {height} pixels",
                                  f"at most {max_pixels:,} pixels")
            if max(width, height) > MAX_SIDE:
                raise NotAPicture("too_large", f"the picture has {width} x {height} pixels",
                                  f"at most {MAX_SIDE:,} pixels along a side")
            _check_effort(picture, file)
            grey = grey or width * height > COLOUR_PIXELS
            if grey:
                picture.draft("L", None)          # JPEG: only the luma plane is unpacked
            picture.load()
            pixels = _eight_bits(picture) if picture.mode.startswith(("I", "F")) else _pixels(picture, grey)
            return _upright(pixels, picture)
    except NotAPicture:
        raise
    except Image.UnidentifiedImageError as e:
        what = _other(file)
        raise NotAPicture("unknown_format", f"this is {what}, which is not read here" if what else "this is no picture",
                          f"{EXPECTED}, as which another program can save it" if what else EXPECTED) from e
    except MemoryError as e:
        raise NotAPicture("too_large", "the picture does not fit into memory") from e
    except Exception as e:   # format parsers raise nearly anything on hostile bytes; all of it means the same
        if "truncated" in str(e).lower() or isinstance(e, EOFError):
            raise NotAPicture("cut_short", "the picture is cut short") from e
        raise NotAPicture("damaged", f"the picture is damaged ({e})") from e


def _other(file: io.BufferedIOBase) -> str:
    """What else this file seems to be, "" where nobody knows."""
    file.seek(0)
    head = file.read(64)
    return next((what for at, sign, what in OTHERS if head[at:at + len(sign)] == sign), "")


def _check_effort(picture: Image.Image, file: io.BufferedIOBase) -> None:
    """Small files that would keep a core busy for hours. Raises NotAPicture."""
    width, height = picture.size
    if picture.format == "PPM" and picture.tile[0][0] == "ppm_plain" and width * height > MAX_WRITTEN_OUT:
        raise NotAPicture("too_large", f"{width} x {height} pixels are written out as text",
                          f"at most {MAX_WRITTEN_OUT:,} pixels so, or a binary PGM/PPM")
    if picture.format == "JPEG" and picture.info.get("progressive"):
        scans = _scans(file)
        if scans * width * height > MAX_SCANNED:
            raise NotAPicture("too_large", f"the picture is packed in {scans} layers", "at most a dozen")


def _scans(file: io.BufferedIOBase) -> int:
    """Layers of a progressive JPEG: the marker stands nowhere else in packed data."""
    at, count, last = file.tell(), 0, b""
    file.seek(0)
    while block := file.read(1 << 20):
        count += block.count(b"\xff\xda") + (last == b"\xff" and block[:1] == b"\xda")
        last = block[-1:]
    file.seek(at)
    return count


def _bands(picture: Image.Image) -> Iterator[tuple[slice, Image.Image]]:
    """The picture in pieces of some rows, so that what is made of them is never in memory twice as a whole."""
    width, height = picture.size
    rows = max(1, BAND_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        yield slice(top, bottom), picture.crop((0, top, width, bottom))


def _pixels(picture: Image.Image, grey: bool) -> np.ndarray:
    clear = picture.has_transparency_data
    grey = grey or picture.mode in ("1", "L") and not clear
    width, height = picture.size
    pixels = np.empty((height, width) if grey else (height, width, 3), np.uint8)
    for rows, part in _bands(picture):
        whole = part
        if clear:
            whole = Image.new("RGBA", part.size, "white")
            whole.alpha_composite(part.convert("RGBA"))
        if grey:
            pixels[rows] = np.asarray(whole.convert("L"))
        else:
            pixels[rows] = cv2.cvtColor(np.asarray(whole.convert("RGB")), cv2.COLOR_RGB2BGR)
    return pixels


def _eight_bits(picture: Image.Image) -> np.ndarray:
    """A camera's 10 or 12 bits in a 16-bit file would be black if the top byte were taken: use the bits in use."""
    low, high, whole = math.inf, -math.inf, False
    for _, part in _bands(picture):
        deep = np.asarray(part)
        whole = deep.dtype.kind == "u"
        seen = deep if whole or deep.dtype.kind == "i" else deep[np.isfinite(deep)]
        if seen.size:
            low, high = min(low, float(seen.min())), max(high, float(seen.max()))
    shift = max(0, int(high).bit_length() - 8) if whole else 0
    pixels = np.zeros(picture.size[::-1], np.uint8)
    for rows, part in _bands(picture):
        deep = np.asarray(part)
        if whole:
            pixels[rows] = deep >> shift
        elif high > low:
            even = np.nan_to_num((deep.astype(np.float64) - low) * (255 / (high - low)), posinf=255, neginf=0)
            pixels[rows] = np.clip(even, 0, 255)
    return pixels


_TURNS = {2: lambda p: cv2.flip(p, 1), 3: lambda p: cv2.rotate(p, cv2.ROTATE_180), 4: lambda p: cv2.flip(p, 0),
          5: cv2.transpose, 6: lambda p: cv2.rotate(p, cv2.ROTATE_90_CLOCKWISE),
          7: lambda p: cv2.flip(cv2.transpose(p), -1), 8: lambda p: cv2.rotate(p, cv2.ROTATE_90_COUNTERCLOCKWISE)}


def _upright(pixels: np.ndarray, picture: Image.Image) -> np.ndarray:
    """As the EXIF tag says; a tag nobody can make sense of says nothing."""
    try:
        turn = _TURNS.get(picture.getexif().get(0x0112, 1))
    except Exception:        # the parser raises nearly anything on hostile tags, and the picture itself is whole
        turn = None
    return turn(pixels) if turn else pixels
