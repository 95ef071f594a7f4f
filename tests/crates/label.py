"""A case label (1080p) and a pallet label (12 MP) on a carton, turned by up to twenty degrees or as far as is said."""
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

PAPER, CARTON = 0.80, (0.30, 0.50)
TURNED = 20.0                 # degrees, at most


@dataclass(frozen=True, slots=True)
class LabelPreset:
    name: str
    size: tuple[int, int]
    px_module: float
    paper: tuple[int, int]    # in modules
    tall: tuple[int, int]     # of GS1-128 and of ITF-14, in modules


LABELS = {each.name: each for each in (
    LabelPreset("case label", (1920, 1080), 2.2, (520, 340), (30, 22)),
    LabelPreset("pallet label", (4096, 3000), 2.5, (640, 900), (34, 20)),
)}


class Label:
    """Four codes: GS1-128, ITF-14, QR and Data Matrix on a case; two GS1-128, ITF-14 and one of those on a pallet."""

    def __init__(self, preset: LabelPreset | str, condition: Condition | str = "typical", seed: int = 1,
                 turned: float = TURNED) -> None:
        self.turned = turned                                 # degrees, at most, to either side
        self.preset = preset if isinstance(preset, LabelPreset) else LABELS[preset]
        self.how = condition if isinstance(condition, Condition) else CONDITIONS[condition]
        self.seed = (seed, zlib.crc32(self.preset.name.encode()), zlib.crc32(self.how.name.encode()))

    def frame(self) -> Scene:
        luck = np.random.default_rng(self.seed)
        width, height = self.preset.size
        px = self.how.px_module or self.preset.px_module
        camera = Camera(self.preset.size, self.how.tilt, luck, roll=0.0)
        degrees = luck.uniform(-self.turned, self.turned)
        spare = np.maximum(np.array(self.preset.size) / px - np.array(self.preset.paper) * 1.35, 0) * px / 2
        at = tuple(float(v) for v in luck.uniform(-1, 1, 2) * spare * 0.6)
        plane = camera.plane(at, degrees) @ np.diag([px, px, 1.0])                # from modules, origin in the middle
        scene = np.full((height, width), luck.uniform(*CARTON), np.float32)
        rough = cv2.resize(luck.standard_normal((height // 3, width // 3), np.float32), (width, height))
        scene *= 1 + self.how.texture * rough
        paper, places = self._paper(luck)
        to_middle = np.array([[0.25, 0, -self.preset.paper[0] / 2], [0, 0.25, -self.preset.paper[1] / 2], [0, 0, 1]])
        lay(scene, paper, None, plane @ to_middle, share=2)
        drawn = [self._lay(scene, symbol, x, y, plane, luck) for symbol, x, y in places]
        return Scene(expose(scene, self.how, luck), tuple(drawn))

    def _lay(self, scene: np.ndarray, symbol: Symbol, x: float, y: float, plane: np.ndarray,
             luck: np.random.Generator) -> Drawn:
        """`x`, `y`: its top left on the paper, in modules."""
        dark = np.repeat(symbol.dark, self._tall(symbol), axis=0) if len(symbol.dark) == 1 else symbol.dark
        laid = np.clip(PAPER * (1 - self.how.contrast * ink(dark, self.how, luck)), 0, 1)
        left, top = x - self.preset.paper[0] / 2, y - self.preset.paper[1] / 2
        lay(scene, laid, None, plane @ np.array([[1 / FINE, 0, left - 1], [0, 1 / FINE, top - 1], [0, 0, 1]]))
        high, wide = dark.shape
        edges = through(plane, np.array([[left, top], [left + wide, top], [left + wide, top + high],
                                         [left, top + high]]))
        scale = math.sqrt(cv2.contourArea(edges.astype(np.float32)) / (wide * high))
        return Drawn(symbol.raw, symbol.symbology, tuple((float(a), float(b)) for a, b in edges), scale)

    def _tall(self, symbol: Symbol) -> int:
        return self.preset.tall[symbol.symbology == "ITF14"]

    def _paper(self, luck: np.random.Generator) -> tuple[np.ndarray, list[tuple[Symbol, float, float]]]:
        """The paper with its words (four samples a module) and where on it the symbols belong."""
        wide, high = self.preset.paper
        paper = np.full((high * 4, wide * 4), round(PAPER * 255), np.uint8)
        cv2.rectangle(paper, (8, 8), (wide * 4 - 9, high * 4 - 9), 60, 6)
        places: list[tuple[Symbol, float, float]] = []

        def put(symbol: Symbol, x: float, y: float) -> None:
            places.append((symbol, x, y))
            if len(symbol.dark) == 1:
                self._words(paper, symbol.raw.replace(b"\x1d", b" ").decode(), x, y + self._tall(symbol) + 12, 9)

        margin = 22
        self._words(paper, "BRAND  FILTERED BEER 24 x 0.33 L", margin, 24, 14)
        if self.preset.name.startswith("case"):
            self._words(paper, "LOT 2026-11  BEST BEFORE 2027-05", margin, 46, 10)
            put(symbols.gs1_128(luck), margin, 62)
            put(symbols.itf14(luck), margin, 140)
            put(symbols.qr(luck, int(luck.integers(2, 4))), wide - 34 - 70, high - 34 - 60)
            put(symbols.data_matrix(luck, int(luck.choice((20, 22, 24)))), margin + 4, high - 34 - 40)
        else:
            for line in range(4):
                self._words(paper, f"SHIP TO {luck.integers(10 ** 6)} WAREHOUSE {line}", margin, 60 + 34 * line, 14)
            put(symbols.gs1_128(luck), margin, 300)
            put(symbols.itf14(luck), margin, 420)
            put(symbols.gs1_128(luck, "sscc"), margin, 540)
            matrix = symbols.qr(luck, 3) if luck.random() < 0.5 else symbols.data_matrix(luck, 24)
            put(matrix, wide - 90, 60)
        return paper / np.float32(255), places

    @staticmethod
    def _words(paper: np.ndarray, text: str, x: float, y: float, tall: float) -> None:
        cv2.putText(paper, text, (int(x * 4), int(y * 4)), cv2.FONT_HERSHEY_SIMPLEX, tall * 4 / 30, 50,
                    max(1, int(tall / 2)), cv2.LINE_AA)
