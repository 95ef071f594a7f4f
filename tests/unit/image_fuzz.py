"""Image files with bytes that nobody wrote: cut, flipped, doubled, with sizes that lie. Everything follows from a seed.

    python -m tests.unit.image_fuzz [--rounds 20000] [--seed 1]     the full size; the tests take a few hundred
"""
from __future__ import annotations

import argparse
import io
import random
import resource
import time
from collections import Counter
from functools import cache

import numpy as np
from PIL import Image

from drivers.pictures import FORMATS, NotAPicture, load

MODES = {"PNG": ("L", "RGB", "RGBA", "P", "I;16", "1"), "JPEG": ("L", "RGB", "CMYK"), "BMP": ("L", "RGB", "P"),
         "GIF": ("P",), "TIFF": ("L", "RGB", "CMYK", "I;16", "F", "1"), "WEBP": ("RGB", "RGBA"),
         "PPM": ("L", "RGB", "1")}
UPRIGHT = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
LIES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
REASONS = {"empty", "cut_short", "unknown_format", "too_large", "damaged"}


@cache
def whole(kind: str, mode: str, film: bool) -> bytes:
    """A sound file of that kind."""
    shades = np.broadcast_to(np.linspace(0, 255, 48)[:, None], (48, 64)).astype(np.uint8)
    deep = shades.astype(np.uint16) * 200
    picture = Image.fromarray(deep) if mode == "I;16" else Image.fromarray(shades).convert(mode)
    options: dict[str, object] = {"save_all": True, "append_images": [picture] * 2} if film else {}
    if kind == "JPEG":
        options |= {"progressive": mode == "L", "exif": UPRIGHT}
    if kind == "TIFF" and mode in ("L", "RGB"):
        options |= {"compression": "tiff_lzw"}
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def broken(luck: random.Random) -> bytes:
    """Such a file with one to six faults."""
    kind = luck.choice(FORMATS)
    film = kind in ("PNG", "GIF", "TIFF", "WEBP") and luck.random() < 0.3
    data = bytearray(whole(kind, luck.choice(MODES[kind]), film))
    for _ in range(luck.randint(1, 6)):
        at = min(int(luck.paretovariate(0.5)) - 1, len(data) - 1) if luck.random() < 0.3 else luck.randrange(len(data))
        what = luck.randrange(6)
        if what == 0:
            data[at] ^= 1 << luck.randrange(8)
        elif what == 1:
            wide = luck.choice((1, 2, 4))
            lie = luck.choice(LIES) & (1 << 8 * wide) - 1
            data[at:at + wide] = lie.to_bytes(wide, luck.choice(("big", "little")))
        elif what == 2:
            del data[at:at + luck.randint(1, 40)]
        elif what == 3:
            data[at:at] = data[at:at + luck.randint(1, 200)] * luck.randint(1, 20)
        elif what == 4:
            data[at:at] = luck.randbytes(luck.randint(1, 40))
        else:
            data[at:at + luck.randint(1, 20)] = luck.randbytes(luck.randint(1, 20))
        if not data:
            break
    return bytes(data)


def outcome(data: bytes) -> str:
    """ "read", or why not; anything else that `load` does is a fault and is raised."""
    try:
        pixels = load(data)
    except NotAPicture as e:
        assert e.reason in REASONS and e.text and e.expected, (e.reason, str(e))
        return e.reason
    assert pixels.dtype == np.uint8 and pixels.size and (pixels.ndim == 2 or pixels.shape[2:] == (3,)), pixels.shape
    return "read"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.unit.image_fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    told: Counter[str] = Counter()
    worst, seed = 0.0, given.seed
    for number in range(given.seed, given.seed + given.rounds):
        data, began = broken(random.Random(number)), time.perf_counter()
        try:
            told[outcome(data)] += 1
        except BaseException:
            print(f"seed {number}: {len(data)} bytes")
            raise
        took = time.perf_counter() - began
        if took > worst:
            worst, seed = took, number
    print(f"{given.rounds} files: {dict(told.most_common())}; the slowest took {worst:.2f} s (seed {seed}); "
          f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
