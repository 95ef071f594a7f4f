"""A carton of bottles seen from above by a station's camera, drawn with real symbols: for the demo and for tests.

The picture is drawn at twice its size and brought down through the lens: falloff of the light, blur, a slight
perspective, sensor noise. The same arguments give the same picture. Reads nothing; knows no rule about codes.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

SCALE = 2                        # drawn so much larger than it is seen
QUIET = 2                        # modules round a symbol on a cap; the light field goes on beyond them
INK = 46                         # brightness of the printed dark modules
FIELD = np.array((226, 232, 232), np.float32)
TINTS = np.array(((150, 92, 22), (158, 100, 26), (140, 84, 20), (152, 98, 34)), np.float32)     # BGR of the caps


@dataclass(frozen=True, slots=True)
class Condition:
    """What the camera does to the scene. Lengths in pixels of the picture, noise in grey levels."""

    blur: float = 0.55
    noise: float = 2.2
    falloff: float = 0.26        # how much darker the corners are
    exposure: float = 1.0
    tilt: float = 0.012          # a corner moves by up to this part of the width
    motion: float = 0.0


CONDITIONS = {
    "clean": Condition(blur=0.3, noise=0.8, falloff=0.08, tilt=0.002),
    "typical": Condition(),
    "soft": Condition(blur=1.1),
    "dark": Condition(exposure=0.42, noise=4.5, falloff=0.4),
    "moving": Condition(motion=4.0),
}


def render_case(children: Sequence[str], label: str | None, *, seed: int, size: tuple[int, int] = (1920, 1080),
                symbology: str = "QRCode", rows: int, cols: int, condition: str = "typical",
                missing: Sequence[int] = (), damaged: Sequence[int] = ()) -> np.ndarray:
    """(H, W, 3) BGR uint8. Child k stands in row k // cols; `missing` and `damaged` are numbers of children.

    `label` is the case's own code on a sticker at the right. Raises ValueError where the children do not fit.
    """
    if not 0 <= len(children) <= rows * cols:
        raise ValueError(f"{len(children)} children do not fit into {rows} x {cols} places")
    luck = np.random.default_rng(seed)
    width, height = size[0] * SCALE, size[1] * SCALE
    scene, places, pitch = _empty_case(width, height, rows, cols)
    scene = scene.copy()
    for at, text in enumerate(children):
        if at not in missing:
            _put_bottle(scene, places[at], pitch, _symbol(text, symbology), luck, at in damaged)
    if label is not None:
        _put_label(scene, render_label(label, symbology), luck, pitch)
    return _seen(scene, size, CONDITIONS[condition], luck)


def render_label(text: str, symbology: str = "QRCode") -> np.ndarray:
    """A white sticker with the symbol and its text below, (H, W, 3) BGR uint8, about 560 pixels wide."""
    symbol = _symbol(text, symbology, quiet=4)
    across = 512 // symbol.shape[1]
    bars = np.kron(np.where(symbol, INK - 18, 250).astype(np.uint8), np.ones((across, across), np.uint8))
    width = bars.shape[1] + 48
    line = _line(text, width - 56)
    paper = np.full((bars.shape[0] + line.shape[0] + 64, width, 3), 250, np.uint8)
    paper[24:24 + bars.shape[0], 24:24 + bars.shape[1]] = bars[:, :, None]
    left = (width - line.shape[1]) // 2
    paper[-line.shape[0] - 28:-28, left:left + line.shape[1]] = line[:, :, None]
    return paper


def _line(text: str, width: int) -> np.ndarray:
    """Human-readable text, grey on white: as large as the width allows, two lines where one were too small."""
    half = text.rfind("/", 0, -4) + 1 or len(text) // 2
    lines = [text] if len(text) <= 30 else [text[:half], text[half:]]
    points = 34
    while True:
        font = ImageFont.load_default(points)
        boxes = [font.getbbox(each) for each in lines]
        if max(box[2] for box in boxes) <= width or points <= 8:
            break
        points -= 1
    step = int(points * 1.35)
    picture = Image.new("L", (width, step * len(lines)), 250)
    pen = ImageDraw.Draw(picture)
    for at, (each, box) in enumerate(zip(lines, boxes, strict=True)):
        pen.text(((width - box[2]) / 2, at * step), each, INK - 18, font)
    return np.asarray(picture)


def _symbol(text: str, symbology: str, quiet: int = QUIET) -> np.ndarray:
    """Modules, True where dark, with `quiet` light ones round them."""
    kind = getattr(zxingcpp.BarcodeFormat, symbology)
    options = {"ec_level": "M"} if symbology == "QRCode" else {}
    modules = np.array(zxingcpp.create_barcode(text, kind, **options).to_image(scale=1, add_quiet_zones=False)) < 128
    return np.pad(modules, quiet)


@lru_cache(maxsize=4)
def _empty_case(width: int, height: int, rows: int, cols: int) -> tuple[np.ndarray, list[tuple[float, float]], float]:
    """The carton without its bottles, the centres of the places in reading order, and the distance between them."""
    luck = np.random.default_rng(rows * 100 + cols)
    pitch = min(width * 0.80 / cols, height * 0.93 / rows)
    left, top = width * 0.41 - pitch * cols / 2, (height - pitch * rows) / 2
    grain = cv2.GaussianBlur(luck.standard_normal((height // 4, width // 4)).astype(np.float32), (0, 0), 6, sigmaY=0.8)
    grain = cv2.resize(grain, (width, height)) * 22
    scene = np.empty((height, width, 3), np.float32)
    scene[:] = (66, 70, 74)                                          # the belt
    card = np.array((112, 152, 184), np.float32)
    wall = pitch * 0.07
    outer = [int(left - wall * 2), int(top - wall * 2), int(left + pitch * cols + wall * 2), int(top + pitch * rows + wall * 2)]
    flap = [outer[2] - 2, int(height * 0.05), width + 20, int(height * 0.95)]
    cv2.rectangle(scene, (flap[0], flap[1]), (flap[2], flap[3]), (card * 0.93).tolist(), -1)
    cv2.rectangle(scene, (outer[0], outer[1]), (outer[2], outer[3]), (card * 1.02).tolist(), -1)
    cv2.line(scene, (outer[2], outer[1]), (outer[2], outer[3]), (card * 0.7).tolist(), int(wall * 0.5))
    cv2.rectangle(scene, (int(left), int(top)), (int(left + pitch * cols), int(top + pitch * rows)), (34, 44, 52), -1)
    for col in range(1, cols):
        _divider(scene, (left + pitch * col, top), (left + pitch * col, top + pitch * rows), pitch, card)
    for row in range(1, rows):
        _divider(scene, (left, top + pitch * row), (left + pitch * cols, top + pitch * row), pitch, card)
    scene += grain[:, :, None] * 0.25
    places = [(left + pitch * (at % cols + 0.5), top + pitch * (at // cols + 0.5)) for at in range(rows * cols)]
    scene = np.clip(scene, 0, 255).astype(np.uint8)
    scene.flags.writeable = False
    return scene, places, pitch


def _divider(scene: np.ndarray, start: tuple[float, float], end: tuple[float, float], pitch: float,
             card: np.ndarray) -> None:
    """A cardboard strip standing on its edge: shadow beside it, light on top."""
    shade, thick = pitch * 0.022, pitch * 0.05
    for offset, width, light in ((shade, thick * 1.4, 0.16), (0.0, thick, 0.72), (-thick * 0.2, thick * 0.4, 0.88)):
        a, b = ((round(x + offset), round(y + offset)) for x, y in (start, end))
        cv2.line(scene, a, b, (card * light).tolist(), max(1, round(width)), cv2.LINE_AA)


@lru_cache(maxsize=8)
def _cap(radius: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of a bottle's top, 2 radius square: how opaque it is, shade of the coloured rim, share of the field, shadow."""
    y, x = np.mgrid[-radius:radius, -radius:radius].astype(np.float32) + 0.5
    away, angle = np.hypot(x, y) / radius, np.arctan2(y, x)
    edge = 1.5 / radius
    cover = np.clip((0.90 - away) / edge + 0.5, 0, 1)
    field = np.clip((0.775 - away) / edge + 0.5, 0, 1)
    ribs = 1 + 0.11 * np.sign(np.sin(angle * 72)) * np.clip((away - 0.84) / 0.02, 0, 1)
    bevel = 1 + 0.30 * np.clip((away - 0.80) / 0.10, -0.2, 1) * (-0.65 * x - 0.75 * y) / radius
    ring = 1 - 0.16 * np.exp(-((away - 0.79) / 0.012) ** 2)
    shadow = np.clip((1.0 - np.hypot(x - 0.05 * radius, y - 0.06 * radius) / radius) / 0.10, 0, 1) * 0.72
    return cover, ribs * bevel * ring, field, shadow


def _put_bottle(scene: np.ndarray, place: tuple[float, float], pitch: float, symbol: np.ndarray,
                luck: np.random.Generator, damaged: bool) -> None:
    radius = int(pitch * 0.49)
    cover, shade, field, shadow = _cap(radius)
    x, y = (round(each + luck.normal(0, pitch * 0.006)) for each in place)
    here = scene[y - radius:y + radius, x - radius:x + radius]
    ink = _ink(symbol, radius, luck, damaged) * field
    tint = TINTS[luck.integers(len(TINTS))] * luck.uniform(0.93, 1.07)
    matt = FIELD * luck.uniform(0.95, 1.02)
    gloss = np.linspace(1.035, 0.955, 2 * radius, dtype=np.float32)[:, None]
    rim = (1 - field) * shade
    paint = np.empty((2 * radius, 2 * radius, 3), np.float32)
    base = (here.astype(np.float32) * (1 - shadow)[:, :, None])
    for channel in range(3):
        top = rim * tint[channel] + field * (matt[channel] - (matt[channel] - INK) * ink) * gloss
        paint[:, :, channel] = base[:, :, channel] * (1 - cover) + top * cover
    here[:] = np.clip(paint, 0, 255).astype(np.uint8)


def _ink(symbol: np.ndarray, radius: int, luck: np.random.Generator, damaged: bool) -> np.ndarray:
    """The print on a cap, 0 to 1: turned at random, as large as the field holds."""
    high, wide = symbol.shape
    per = 8
    print_ = np.kron(symbol.astype(np.float32), np.ones((per, per), np.float32))
    print_ = _scratched(print_, luck) if damaged else print_
    side = 2 * 0.765 * radius / float(np.hypot(high, wide)) / per
    turn = cv2.getRotationMatrix2D((wide * per / 2, high * per / 2), luck.uniform(0, 360), side)
    turn[:, 2] += radius - wide * per / 2, radius - high * per / 2
    return cv2.warpAffine(print_, turn, (2 * radius, 2 * radius), flags=cv2.INTER_LINEAR) * luck.uniform(0.92, 1)


def _scratched(print_: np.ndarray, luck: np.random.Generator) -> np.ndarray:
    """Wet ink wiped over two fifths of the print, and the marks of what wiped it."""
    high, wide = print_.shape
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    side = luck.integers(4)
    depth = (y / high, x / wide, 1 - y / high, 1 - x / wide)[side]
    wave = 0.045 * np.sin((x if side % 2 == 0 else y) / wide * luck.uniform(5, 9) + luck.uniform(0, 6))
    wiped = np.clip((0.47 + wave - depth) * 14, 0, 1)
    long = wide // 3
    wipe = np.full((1, long), 1 / long, np.float32)
    smear = cv2.filter2D(print_, -1, wipe if side % 2 == 0 else wipe.T) * 0.85
    found = print_ * (1 - wiped) + smear * wiped
    for _ in range(9):
        a, b = luck.uniform(0, 1, 2) * (wide, high), luck.uniform(0, 1, 2) * (wide, high)
        cv2.line(found, a.astype(int).tolist(), b.astype(int).tolist(), 0.05, int(luck.integers(3, 7)), cv2.LINE_AA)
    return found


def _put_label(scene: np.ndarray, label: np.ndarray, luck: np.random.Generator, pitch: float) -> None:
    """The sticker on the flap at the right, a little askew."""
    height, width = scene.shape[:2]
    room = width * 0.165
    scale = min(room / label.shape[1], height * 0.6 / label.shape[0])
    turn = cv2.getRotationMatrix2D((label.shape[1] / 2, label.shape[0] / 2), luck.uniform(-3, 3), scale)
    turn[:, 2] += width * 0.905 - label.shape[1] / 2, height * luck.uniform(0.42, 0.55) - label.shape[0] / 2
    shadow = cv2.warpAffine(np.full(label.shape[:2], 90, np.uint8), turn + ((0, 0, 7), (0, 0, 8)), (width, height))
    shadow = cv2.blur(shadow, (13, 13))
    left = int(width * 0.78)
    part = scene[:, left:]
    part[:] = (part * (1 - shadow[:, left:, None] / np.float32(255))).astype(np.uint8)
    cv2.warpAffine(label, turn, (width, height), scene, cv2.INTER_AREA, cv2.BORDER_TRANSPARENT)


def _seen(scene: np.ndarray, size: tuple[int, int], camera: Condition, luck: np.random.Generator) -> np.ndarray:
    """The scene through lens and sensor, at the picture's own size."""
    width, height = size
    corners = np.float32([(0, 0), (width * SCALE, 0), (width * SCALE, height * SCALE), (0, height * SCALE)])
    moved = np.float32([(0, 0), (width, 0), (width, height), (0, height)])
    moved += luck.uniform(-camera.tilt, camera.tilt, (4, 2)).astype(np.float32) * width * 0.5
    seen = cv2.GaussianBlur(scene, (0, 0), SCALE * camera.blur)
    seen = cv2.warpPerspective(seen, cv2.getPerspectiveTransform(corners, moved), size, flags=cv2.INTER_LINEAR,
                               borderMode=cv2.BORDER_REPLICATE)
    if camera.motion:
        long = round(camera.motion) | 1
        seen = cv2.filter2D(seen, -1, np.full((1, long), 1 / long, np.float32))
    light = seen.astype(np.float32) * (_light(size, camera) * luck.uniform(0.97, 1.02))[:, :, None]
    grain = luck.standard_normal((height // 3 + 1, width // 3 + 1, 3), dtype=np.float32) * np.float32(camera.noise)
    light += np.tile(grain, (3, 3, 1))[:height, :width]
    return cv2.convertScaleAbs(cv2.max(light, 0.0))


@lru_cache(maxsize=8)
def _light(size: tuple[int, int], camera: Condition) -> np.ndarray:
    """A lamp a little to the upper left: how much light each pixel gets."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    away = np.hypot((x - width * 0.45) / width, (y - height * 0.44) / width)
    return (camera.exposure * (1 - camera.falloff * (away / 0.6) ** 2)).astype(np.float32)
