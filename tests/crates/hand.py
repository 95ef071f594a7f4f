"""One code held before a webcam by hand: it comes in, is held nearly still while the focus settles, and goes."""
from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from tests.crates import symbols
from tests.crates.camera import Camera, expose, lay, smear, through
from tests.crates.conditions import CONDITIONS
from tests.crates.printing import FINE, ink
from tests.crates.symbols import Symbol
from tests.crates.truth import Drawn, Scene

SIZE = (1280, 720)
PICTURES = 24                 # at thirty a second
HELD = (7, 18)                # the pictures between which it is held
CARD = 0.78                   # reflectance
KINDS = ("QRCode", "DataMatrix", "Code128")


class Hand:
    """`frames()`: what the camera sees. The code is large enough to be read: 2.6 to 6 pixels a module."""

    def __init__(self, symbology: str, seed: int = 1) -> None:
        self.seed = (seed, zlib.crc32(symbology.encode()), zlib.crc32(b"hand"))
        luck = np.random.default_rng(self.seed)
        self.symbol = self._symbol(symbology, luck)
        self.px_module = luck.uniform(2.6, 3.4) if symbology == "Code128" else luck.uniform(2.8, 6.0)
        self._camera = Camera(SIZE, luck.uniform(0, 8), luck)
        self._turn, self._lean = luck.uniform(-25, 25), luck.uniform(-18, 18, 2)
        if symbology != "Code128":
            self._turn = luck.uniform(0, 360)
        self._from, self._held = luck.uniform(0, 2 * math.pi), luck.uniform(-70, 70, 2)
        self._room = self._clutter(luck)
        how = replace(CONDITIONS["typical"], contrast=0.7, full_well=2500.0, uneven=0.35)
        dark = np.repeat(self.symbol.dark, 50, axis=0) if len(self.symbol.dark) == 1 else self.symbol.dark
        self._shape = dark.shape
        margin = (self.symbol.quiet + 4) * FINE
        self._card = np.pad(CARD * (1 - 0.85 * ink(dark, how, luck)), margin, constant_values=CARD).astype(np.float32)
        self._how = how

    def frames(self) -> Iterator[Scene]:
        luck = np.random.default_rng((*self.seed, 1))
        before = self._at(-1, luck)
        for number in range(PICTURES):
            at = self._at(number, luck)
            yield self._frame(at, at - before, number, luck)
            before = at

    def _at(self, number: int, luck: np.random.Generator) -> np.ndarray:
        """Where the middle of the code is, in pixels from the middle of the picture."""
        off = max(HELD[0] - number, number - HELD[1], 0)
        away = np.array([math.cos(self._from), math.sin(self._from)]) * off ** 2 * 14.0
        return self._held + away + luck.normal(0, 1.2, 2)

    def _frame(self, at: np.ndarray, step: np.ndarray, number: int, luck: np.random.Generator) -> Scene:
        plane = self._camera.plane((float(at[0]), float(at[1])), self._turn + luck.normal(0, 0.4),
                                   (float(self._lean[0] + luck.normal(0, 0.6)), float(self._lean[1])))
        plane = plane @ np.diag([self.px_module, self.px_module, 1.0])                 # from modules
        scene = self._room.copy()
        high, wide = self._card.shape
        lay(scene, self._card, None,
            plane @ np.array([[1 / FINE, 0, -wide / 2 / FINE], [0, 1 / FINE, -high / 2 / FINE], [0, 0, 1]]))
        rows, columns = self._shape
        edges = through(plane, np.array([[-columns, -rows], [columns, -rows], [columns, rows], [-columns, rows]]) / 2)
        unsharp = 0.8 + 1.6 * max(0.0, 1 - max(0, number - HELD[0]) / 5)                # the focus takes five pictures
        path = float(np.hypot(*step)) / 2                                              # open for half of the time
        if path > 1:                                                                   # the room stands still
            moving = np.zeros(scene.shape, np.uint8)
            card = through(plane, np.array([[-wide, -high], [wide, -high], [wide, high], [-wide, high]]) / FINE / 2)
            cv2.fillConvexPoly(moving, np.int32(card), 1)
            reach = np.ones((2 * math.ceil(path / 2) + 1,) * 2, np.uint8)
            smeared = cv2.filter2D(scene, -1, smear(path, math.atan2(step[1], step[0])))
            scene = np.where(cv2.dilate(moving, reach) > 0, smeared, scene)
        how = replace(self._how, blur=unsharp)
        scale = math.sqrt(cv2.contourArea(edges.astype(np.float32)) / (rows * columns))
        drawn = Drawn(self.symbol.raw, self.symbol.symbology, tuple((float(x), float(y)) for x, y in edges), scale)
        return Scene(expose(scene, how, luck), (drawn,))

    @staticmethod
    def _symbol(symbology: str, luck: np.random.Generator) -> Symbol:
        if symbology == "QRCode":
            return symbols.qr(luck, int(luck.integers(2, 5)))
        if symbology == "DataMatrix":
            return symbols.data_matrix(luck, int(luck.choice((14, 20, 22, 24))))
        return symbols.gs1_128(luck, "sscc")

    @staticmethod
    def _clutter(luck: np.random.Generator) -> np.ndarray:
        """A room behind, out of focus: shelves, a window, a person."""
        room = np.full(SIZE[::-1], luck.uniform(0.1, 0.4), np.float32)
        for _ in range(40):
            x, y = luck.uniform(0, 1, 2) * SIZE
            wide, high = luck.uniform(10, 240, 2)
            tone = float(luck.uniform(0.03, 0.9))
            cv2.rectangle(room, (int(x), int(y)), (int(x + wide), int(y + high)), tone, -1)
        return cv2.GaussianBlur(room, (0, 0), 5)
