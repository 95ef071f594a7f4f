"""A retail code on a pack: flat or round, held or on a belt, small, turned, badly lit, with words close around it.

Stands in for photographs of UPC-A and EAN-13 where there are none; it is drawn, and says so in the table's name.
"""
from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace

import cv2
import numpy as np

from tests.crates import symbols
from tests.crates.camera import Camera, expose, through
from tests.crates.conditions import CONDITIONS, Condition
from tests.crates.printing import FINE, ink
from tests.crates.truth import Drawn, Scene

SIZES = ((640, 480), (800, 600), (1280, 720))
SHARE = 3                     # samples a pixel along each axis
KINDS = ("EAN13", "UPCA", "EAN8", "UPCE")
GUARDS = {95: (0, 2, 46, 48, 92, 94), 67: (0, 2, 32, 34, 64, 66), 51: (0, 2, 46, 48, 50)}      # bars that reach down
PAPER = 0.80


@dataclass(frozen=True, slots=True)
class Way:
    """How a pack is shown. Pairs are from … to; `blur` in modules, on top of the lens."""

    name: str
    px: tuple[float, float] = (1.6, 2.6)          # pixels a module
    blur: tuple[float, float] = (0.0, 0.2)
    motion: tuple[float, float] = (0.0, 0.0)      # modules
    bent: tuple[float, float] = (0.0, 0.0)        # degrees to either side of the middle that the code goes round
    quiet: tuple[float, float] = (7.0, 11.0)      # modules beside the bars that are free
    tall: tuple[float, float] = (35.0, 65.0)      # modules
    how: Condition = CONDITIONS["typical"]


def _lit(**changes: float) -> Condition:
    return replace(CONDITIONS["typical"], **changes)      # type: ignore[arg-type]


WAYS = {each.name: each for each in (
    Way("plain"),
    Way("bottle", bent=(30, 60)),
    Way("small", px=(0.95, 1.4)),
    Way("blur", blur=(0.5, 0.8)),
    Way("motion", motion=(1.0, 2.2)),
    Way("glare", how=_lit(glare=0.9)),
    Way("uneven", how=_lit(uneven=0.75, shadow=0.6)),
    Way("tilt", how=_lit(tilt=35.0)),
    Way("low contrast", how=_lit(contrast=0.25, middle=0.35)),
    Way("low light", how=_lit(full_well=450.0, read_noise=8.0, exposure=0.7)),
    Way("tight", quiet=(1.5, 4.0)),
    Way("cut low", tall=(8.0, 16.0)),
    Way("ink growth", how=_lit(growth=0.4)),
    Way("damage", how=_lit(damage=0.06)),
    Way("mjpeg", how=_lit(jpeg=35)),
    Way("all", px=(1.3, 2.0), blur=(0.2, 0.5), motion=(0.0, 1.0), bent=(15, 40), quiet=(3, 8),
        how=_lit(tilt=15.0, full_well=1500.0, glare=0.7, uneven=0.4, contrast=0.55, growth=0.2, damage=0.01, jpeg=80)),
)}


class Pack:
    """`frame()`: one picture of a pack with one code, turned by any angle. All follows from kind, way and seed."""

    def __init__(self, kind: str, way: Way | str = "plain", seed: int = 1) -> None:
        self.way = way if isinstance(way, Way) else WAYS[way]
        self.seed = (seed, zlib.crc32(kind.encode()), zlib.crc32(self.way.name.encode()))
        self._luck = np.random.default_rng(self.seed)
        self.symbol = symbols.retail(self._luck, kind)

    def frame(self) -> Scene:
        luck, way = np.random.default_rng((*self.seed, 1)), self.way
        size = SIZES[int(luck.integers(len(SIZES)))]
        px = float(luck.uniform(*way.px))
        tall = int(luck.uniform(*way.tall))
        print_, middle = self._printed(tall, float(luck.uniform(*way.quiet)), luck)
        wide = self.symbol.dark.shape[1]
        room = np.maximum(np.array(size) / 2 - 0.55 * px * math.hypot(wide, tall), 0)
        plane = Camera(size, way.how.tilt, luck, roll=0.0).plane(
            tuple(luck.uniform(-1, 1, 2) * room), luck.uniform(0, 360)) @ np.diag([px, px, 1.0])
        bend = self._bend(wide, tall, luck)
        scene = self._background(size, luck)
        self._lay(scene, print_, middle, plane, bend)
        how = replace(way.how, blur=math.hypot(way.how.blur, px * luck.uniform(*way.blur)),
                      motion=px * luck.uniform(*way.motion))
        edges = through(plane, _shown(np.array([[-wide, -tall], [wide, -tall], [wide, tall], [-wide, tall]]) / 2, bend))
        scale = math.sqrt(cv2.contourArea(edges.astype(np.float32)) / (wide * tall))
        drawn = Drawn(self.symbol.raw, self.symbol.symbology, tuple((float(x), float(y)) for x, y in edges), scale)
        return Scene(expose(scene, how, luck, spots=8), (drawn,))

    def _bend(self, wide: int, tall: int, luck: np.random.Generator) -> tuple[float, float, int] | None:
        """Radius in modules, how much of its depth is seen as a shift along the axis, and whether the bars lie along
        the axis (0) or go round (1)."""
        degrees = luck.uniform(*self.way.bent)
        if degrees <= 0:
            return None
        round_ = int(luck.random() < 0.3)
        return (tall if round_ else wide) / 2 / math.radians(degrees), luck.uniform(-0.4, 0.4), round_

    def _printed(self, tall: int, quiet: float, luck: np.random.Generator) -> tuple[np.ndarray, tuple[float, float]]:
        """The pack's print, float32, FINE samples a module, and where on it the middle of the code is."""
        dark = np.repeat(self.symbol.dark, tall + 5, axis=0)
        wide = dark.shape[1]
        words_low = np.ones(wide, bool)
        words_low[list(GUARDS[wide])] = False
        dark[tall:, words_low] = False
        margin = int(luck.integers(30, 60))
        high, broad = tall + 5 + 2 * margin, wide + 2 * margin
        paper = np.full((high * FINE, broad * FINE), 255, np.uint8)
        self._around(paper, (margin - quiet, margin - 3), (margin + wide + quiet, margin + tall + 14), luck)
        where = (int((margin - 6) * FINE), int((margin + tall + 9) * FINE))
        cv2.putText(paper, " ".join(self.symbol.raw.decode()), where, cv2.FONT_HERSHEY_SIMPLEX, 7 * FINE / 30, 20,
                    FINE // 2, cv2.LINE_AA)
        print_ = paper / np.float32(255)
        laid = ink(dark, self.way.how, luck)
        part = np.s_[(margin - 1) * FINE:(margin - 1) * FINE + laid.shape[0],
                     (margin - 1) * FINE:(margin - 1) * FINE + laid.shape[1]]
        print_[part] = np.minimum(print_[part], 1 - laid)
        how = self.way.how
        light, black = (how.middle * (1 + how.contrast), how.middle * (1 - how.contrast)) if how.contrast < 0.5 else (
            PAPER, PAPER * (1 - how.contrast))
        print_ = black + (light - black) * print_
        grain = cv2.resize(luck.standard_normal((high * 2, broad * 2), np.float32), print_.shape[::-1])
        print_ *= 1 + how.texture * grain
        return np.clip(print_, 0, 1), (margin + wide / 2, margin + tall / 2)

    @staticmethod
    def _around(paper: np.ndarray, start: tuple[float, float], end: tuple[float, float],
                luck: np.random.Generator) -> None:
        """Words, tables, pictures and stripes, but not between `start` and `end` (in modules)."""
        free = paper[int(start[1] * FINE):int(end[1] * FINE), int(start[0] * FINE):int(end[0] * FINE)]
        high, broad = paper.shape
        for _ in range(int(luck.integers(8, 22))):
            x, y = int(luck.integers(-40, broad)), int(luck.integers(0, high))
            tone = int(luck.integers(0, 200))
            kind = int(luck.integers(4))
            if kind == 0:
                far = x + int(luck.integers(20, 400)), y + int(luck.integers(20, 300))
                cv2.rectangle(paper, (x, y), far, tone, -1)
            elif kind == 1:
                axes = int(luck.integers(20, 160)), int(luck.integers(20, 160))
                cv2.ellipse(paper, (x, y), axes, 0, 0, 360, tone, -1)
            elif kind == 2:
                step = int(luck.integers(16, 60))
                for line in range(int(luck.integers(3, 9))):
                    cv2.line(paper, (x, y + line * step), (x + 500, y + line * step), tone, int(luck.integers(2, 8)))
            else:
                letters = "".join(chr(c) for c in luck.integers(65, 91, int(luck.integers(4, 24))))
                cv2.putText(paper, letters, (x, y), cv2.FONT_HERSHEY_SIMPLEX, float(luck.uniform(0.8, 3.5)), tone,
                            int(luck.integers(2, 8)), cv2.LINE_AA)
        free[:] = 255

    @staticmethod
    def _background(size: tuple[int, int], luck: np.random.Generator) -> np.ndarray:
        """A shelf or a belt, out of focus."""
        room = np.full(size[::-1], luck.uniform(0.1, 0.5), np.float32)
        for _ in range(12):
            x, y = luck.uniform(0, 1, 2) * size
            wide, high = luck.uniform(20, 240, 2)
            cv2.rectangle(room, (int(x), int(y)), (int(x + wide), int(y + high)), float(luck.uniform(0.03, 0.7)), -1)
        return cv2.GaussianBlur(room, (0, 0), 4)

    @staticmethod
    def _lay(scene: np.ndarray, print_: np.ndarray, middle: tuple[float, float], plane: np.ndarray,
             bend: tuple[float, float, int] | None) -> None:
        """Each pixel is the mean of SHARE squared samples of the print where the camera's ray meets it."""
        high, wide = (n / FINE for n in print_.shape)
        corners = np.array([[-middle[0], -middle[1]], [wide - middle[0], -middle[1]],
                            [wide - middle[0], high - middle[1]], [-middle[0], high - middle[1]]])
        reach = bend[0] * abs(bend[1]) if bend else 0.0
        around = through(plane, corners + np.sign(corners) * reach)
        left, top = np.maximum(np.floor(around.min(0)).astype(int), 0)
        right, bottom = np.minimum(np.ceil(around.max(0)).astype(int) + 1, scene.shape[::-1])
        if left >= right or top >= bottom:
            return
        x = (left + (np.arange((right - left) * SHARE, dtype=np.float32) + 0.5) / SHARE - 0.5)[None]
        y = (top + (np.arange((bottom - top) * SHARE, dtype=np.float32) + 0.5) / SHARE - 0.5)[:, None]
        back = np.linalg.inv(plane).astype(np.float32)
        w = back[2, 0] * x + back[2, 1] * y + back[2, 2]
        u = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / w
        v = (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / w
        if bend:
            radius, depth, round_ = bend
            across, along = (v, u) if round_ else (u, v)
            part = np.clip(across / radius, -1.0, 1.0)
            along = along - depth * radius * (np.sqrt(1 - part * part) - 1)
            across = np.where(np.abs(part) < 0.999, radius * np.arcsin(part), 1e5)
            u, v = (along, across) if round_ else (across, along)
        u, v = (np.float32(each * FINE) + np.float32(at * FINE - 0.5) for each, at in zip((u, v), middle, strict=True))
        seen = cv2.remap(print_, u, v, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=-1.0)
        there = (seen >= 0).astype(np.float32)
        both = cv2.resize(cv2.merge([np.maximum(seen, 0), there]), None, fx=1 / SHARE, fy=1 / SHARE,
                          interpolation=cv2.INTER_AREA)
        part_of = scene[top:bottom, left:right]
        part_of *= 1 - both[..., 1]
        part_of += both[..., 0]


def _shown(points: np.ndarray, bend: tuple[float, float, int] | None) -> np.ndarray:
    """From places on the print (modules, origin in the middle of the code) to the plane that the camera looks at."""
    if bend is None:
        return points
    radius, depth, round_ = bend
    across, along = points[:, round_], points[:, 1 - round_]
    along = along + depth * radius * (np.cos(across / radius) - 1)
    across = radius * np.sin(across / radius)
    return np.stack((along, across) if round_ else (across, along), 1)
