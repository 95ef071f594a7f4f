"""A crate of capped bottles from above, each cap with a code, turned at random; some places may be empty."""
from __future__ import annotations

import math
import zlib
from dataclasses import dataclass

import cv2
import numpy as np

from tests.crates import symbols
from tests.crates.camera import Camera, expose, lay, through
from tests.crates.conditions import CONDITIONS, Condition
from tests.crates.printing import FINE, ink
from tests.crates.symbols import Symbol
from tests.crates.truth import Drawn, Scene

GRAIN = 4                     # of the texture, in samples of the print: half a module
FILLS = 0.88                  # of the picture, by the crate


@dataclass(frozen=True, slots=True)
class Preset:
    name: str
    size: tuple[int, int]     # width, height of the picture
    rows: int
    columns: int
    symbology: str
    modules: int              # a side of the symbol
    px_module: float

    @property
    def count(self) -> int:
        return self.rows * self.columns


_HD, _BIG = (1920, 1080), (4096, 3000)
PRESETS = {each.name: each for each in (
    Preset("qr2-24", _HD, 4, 6, "QRCode", 25, 4.0),
    Preset("dm22-24", _HD, 4, 6, "DataMatrix", 22, 4.0),
    Preset("qr3-24", _HD, 4, 6, "QRCode", 29, 3.5),
    Preset("qr4-12", _HD, 3, 4, "QRCode", 33, 4.0),
    Preset("dm20-48", _HD, 6, 8, "DataMatrix", 20, 3.5),
    Preset("big-dm22-24", _BIG, 4, 6, "DataMatrix", 22, 5.0),
    Preset("big-dm24-60", _BIG, 6, 10, "DataMatrix", 24, 4.0),
    Preset("big-qr3-60", _BIG, 6, 10, "QRCode", 29, 4.0),
    Preset("big-qr2-48", _BIG, 6, 8, "QRCode", 25, 3.5),
)}


@dataclass(frozen=True, slots=True)
class _Cap:
    node: tuple[int, int]
    at: tuple[float, float]
    degrees: float
    lean: tuple[float, float]
    symbol: Symbol | None
    tone: np.ndarray | None       # reflectance, FINE samples a module, origin in the middle


class Crate:
    """`frame(i)`: the i-th picture while it moves on by `step` pixels each; the caps and their prints stay the same."""

    def __init__(self, preset: Preset | str, condition: Condition | str = "typical", seed: int = 1) -> None:
        self.preset = preset if isinstance(preset, Preset) else PRESETS[preset]
        self.how = condition if isinstance(condition, Condition) else CONDITIONS[condition]
        self.seed = (seed, zlib.crc32(self.preset.name.encode()), zlib.crc32(self.how.name.encode()))
        luck = np.random.default_rng(self.seed)
        width, height = self.preset.size
        self._px = self.how.px_module or self.preset.px_module
        self.pitch = FILLS * min(width / self.preset.columns, height / self.preset.rows)
        # A cap is as large as its code asks for at the preset's scale. Where modules are smaller, either the print is,
        # or (every other seed) the camera is farther away.
        far = self._px / self.preset.px_module if self.how.px_module and seed % 2 == 0 else 1.0
        room = self.preset.modules + 2 * (4 if self.preset.symbology == "QRCode" else 2)
        self._cap_px = min(max(1.15 * math.sqrt(2) * room * self.preset.px_module, 0.55 * self.pitch),
                           0.86 * self.pitch) * far
        self.pitch *= far
        self._camera = Camera(self.preset.size, self.how.tilt, luck)
        self._along = luck.uniform(0, 2 * math.pi)
        self._step = luck.uniform(10, 40) * width / 1920
        tones = self.how.middle * luck.uniform(0.95, 1.05) * (1 + self.how.contrast * np.array([1, -1]))
        self._paper, self._ink = tones[::-1] if self.how.light_on_dark else tones
        self._ground = self._crate_without_caps(luck)
        self._cover, self._bare = self._bare_cap(luck)
        self._caps = [self._cap((row, column), luck) for row in range(self.preset.rows)
                      for column in range(self.preset.columns)]

    def frame(self, number: int = 0) -> Scene:
        luck = np.random.default_rng((*self.seed, number))
        shift = np.array([math.cos(self._along), math.sin(self._along)]) * self._step * number
        if number:
            shift += luck.normal(0, 1.5, 2)
        width, height = self.preset.size
        to_plane = np.array([[1, 0, shift[0] - self._ground.shape[1] / 2 + 0.5],
                             [0, 1, shift[1] - self._ground.shape[0] / 2 + 0.5], [0, 0, 1]])
        scene = cv2.warpPerspective(self._ground, self._camera.plane() @ to_plane, (width, height),
                                    flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        drawn = [self._lay(scene, cap, shift) for cap in self._caps]
        return Scene(expose(scene, self.how, luck, along=self._along), tuple(drawn))

    def _lay(self, scene: np.ndarray, cap: _Cap, shift: np.ndarray) -> Drawn:
        at = (float(cap.at[0] + shift[0]), float(cap.at[1] + shift[1]))
        half = self.preset.modules / 2
        plane = self._camera.plane(at, cap.degrees, cap.lean) @ np.diag([self._px, self._px, 1.0])    # from modules
        edges = through(plane, np.array([[-half, -half], [half, -half], [half, half], [-half, half]]))
        corners = tuple((float(x), float(y)) for x, y in edges)
        scale = math.sqrt(cv2.contourArea(edges.astype(np.float32))) / self.preset.modules
        if cap.symbol is None or cap.tone is None:
            return Drawn(None, self.preset.symbology, corners, scale, cap.node)
        side = cap.tone.shape[0]
        centred = np.array([[1 / FINE, 0, -side / 2 / FINE], [0, 1 / FINE, -side / 2 / FINE], [0, 0, 1]])
        lay(scene, cap.tone, self._cover, plane @ centred)
        return Drawn(cap.symbol.raw, cap.symbol.symbology, corners, scale, cap.node)

    def _cap(self, node: tuple[int, int], luck: np.random.Generator) -> _Cap:
        at = (np.array(node[::-1]) - (np.array([self.preset.columns, self.preset.rows]) - 1) / 2) * self.pitch
        at += luck.normal(0, 0.012 * self.pitch, 2)
        lean = luck.normal(0, self.how.cap_tilt / math.sqrt(2), 2)
        degrees, empty = luck.uniform(0, 360), luck.random() < self.how.empty
        place = (float(at[0]), float(at[1]))
        if empty:
            return _Cap(node, place, degrees, (0.0, 0.0), None, None)
        symbol = symbols.qr(luck, (self.preset.modules - 17) // 4) if self.preset.symbology == "QRCode" else \
            symbols.data_matrix(luck, self.preset.modules)
        laid = ink(symbol.dark, self.how, luck)
        tone = self._bare.copy()
        start = (tone.shape[0] - laid.shape[0]) // 2
        tone[start:start + laid.shape[0], start:start + laid.shape[1]] += laid * (self._ink - self._paper)
        tone += self.how.texture * cv2.resize(
            luck.standard_normal((tone.shape[0] // GRAIN,) * 2, np.float32), tone.shape[::-1])
        return _Cap(node, place, degrees, (float(lean[0]), float(lean[1])), symbol, np.clip(tone, 0, 1))

    def _bare_cap(self, luck: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Cover and reflectance of a cap without print, FINE samples a module: a ridged rim, a field to print on."""
        across = self._cap_px / self._px * FINE                       # samples
        side = 2 * (math.ceil(across / 2) + FINE)
        if (side - (self.preset.modules + 2) * FINE) % 2:
            side += 1
        axis = (np.arange(side, dtype=np.float32) - (side - 1) / 2) / (across / 2)
        away, turn = np.hypot(axis, axis[:, None]), np.arctan2(axis[:, None], axis)
        rim = luck.uniform(0.18, 0.6) if luck.random() < 0.6 else self._paper * luck.uniform(0.8, 1.0)
        body = rim * (0.85 + 0.25 * np.exp(-((away - 0.9) / 0.02) ** 2) - 0.3 * np.clip((away - 0.94) / 0.06, 0, 1)
                      * (1 + np.cos(turn * 60)))
        field = np.clip((0.87 - away) * across / 2 / 4 + 0.5, 0, 1)
        cover = np.clip((1 - away) * across / 2 + 0.5, 0, 1)
        return cover.astype(np.float32), np.clip(body + field * (self._paper - body), 0.02, 1).astype(np.float32)

    def _crate_without_caps(self, luck: np.random.Generator) -> np.ndarray:
        """Belt, walls, dividers, necks of bottles: float32, one sample a unit, larger than the picture."""
        width, height = (int(v * 1.3) for v in self.preset.size)
        wall, divider, belt = luck.uniform(0.15, 0.45), luck.uniform(0.12, 0.5), luck.uniform(0.05, 0.25)
        drawn = np.full((height, width), round(belt * 255), np.uint8)
        middle, p = np.array([width, height]) / 2, self.pitch
        reach = np.array([self.preset.columns, self.preset.rows]) * p / 2
        thick = max(4, int(0.09 * p))

        def box(low: np.ndarray, high: np.ndarray, tone: float) -> None:
            cv2.rectangle(drawn, tuple(int(v) for v in low), tuple(int(v) for v in high), round(tone * 255), -1)

        box(middle - reach - thick, middle + reach + thick, wall)
        box(middle - reach, middle + reach, 0.04)
        for column in range(1, self.preset.columns):
            x = middle[0] - reach[0] + column * p
            box(np.array([x - p * 0.02, middle[1] - reach[1]]), np.array([x + p * 0.02, middle[1] + reach[1]]), divider)
        for row in range(1, self.preset.rows):
            y = middle[1] - reach[1] + row * p
            box(np.array([middle[0] - reach[0], y - p * 0.02]), np.array([middle[0] + reach[0], y + p * 0.02]), divider)
        text = "BRAND 24 x 0,33  BRAND 24 x 0,33"
        for side in (-1, 1):
            y = int(middle[1] + side * (reach[1] + thick * 0.5) + thick * 0.25)
            cv2.putText(drawn, text, (int(middle[0] - reach[0] * 0.8), y), cv2.FONT_HERSHEY_DUPLEX, thick / 50,
                        round((wall + 0.3) * 255), max(1, thick // 12), cv2.LINE_AA)
        rough = cv2.resize(luck.standard_normal((height // 3, width // 3), np.float32), (width, height))
        rough *= self.how.texture
        rough += 1
        rough *= drawn
        return np.clip(rough, 0, 255, out=rough) / np.float32(255)
