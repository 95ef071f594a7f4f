"""Picture files as pixels: the one door through which image files come in. Any bytes are survived.

The header is checked before a pixel is unpacked, so neither a decompression bomb nor a wrong file can take the
memory. A picture that is cut short is refused whole: half a case must never look like a short case.
"""
from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pbm")
MAX_PIXELS = 100_000_000
COLOUR_PIXELS = 25_000_000     # a larger picture comes back grey: colour would take a gigabyte and helps no decoder
EXPECTED = "a whole picture: " + ", ".join(FORMATS[:-1]) + " or PGM/PPM"

# The limit below is a refusal in words; Pillow's own would be a warning on the console first.
Image.MAX_IMAGE_PIXELS = None


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
        raise NotAPicture("missing", f"the file cannot be opened: {getattr(e, 'strerror', None) or e}") from e


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
            grey = grey or width * height > COLOUR_PIXELS
            if grey:
                picture.draft("L", None)          # JPEG: only the luma plane is unpacked
            picture.load()
            ImageOps.exif_transpose(picture, in_place=True)
            return _pixels(picture, grey)
    except NotAPicture:
        raise
    except Image.UnidentifiedImageError as e:
        raise NotAPicture("unknown_format", "this is no picture") from e
    except MemoryError as e:
        raise NotAPicture("too_large", "the picture does not fit into memory") from e
    except Exception as e:   # format parsers raise nearly anything on hostile bytes; all of it means the same
        if "truncated" in str(e).lower() or isinstance(e, EOFError):
            raise NotAPicture("cut_short", "the picture is cut short") from e
        raise NotAPicture("damaged", f"the picture is damaged ({e})") from e


def _pixels(picture: Image.Image, grey: bool) -> np.ndarray:
    if picture.mode.startswith(("I", "F")):
        return _eight_bits(np.asarray(picture))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        paper.alpha_composite(picture)
        picture = paper
    wanted = "L" if grey or picture.mode in ("1", "L") else "RGB"
    pixels = np.array(picture if picture.mode == wanted else picture.convert(wanted))
    return pixels if wanted == "L" else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR, dst=pixels)


def _eight_bits(deep: np.ndarray) -> np.ndarray:
    """A camera's 10 or 12 bits in a 16-bit file would be black if the top byte were taken: use the bits in use."""
    if deep.dtype.kind == "u":
        return (deep >> max(0, int(deep.max()).bit_length() - 8)).astype(np.uint8)
    deep = np.nan_to_num(deep.astype(np.float32), posinf=0, neginf=0)
    low, high = float(deep.min()), float(deep.max())
    return ((deep - low) * (255 / (high - low) if high > low else 1)).astype(np.uint8)
