"""Rendered cases of which some places have one fault each, bad enough that the reader leaves them unread."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from app.vision.reader import Reader
from app.vision.reading import Cause, Cell, CellState, centre
from app.vision.recipe import Recipe
from tests.crates import CONDITIONS, PRESETS, Condition, Crate, Preset, Scene

BASE = CONDITIONS["typical"]
SMALL = {each.name: each for each in (Preset("small qr", (1080, 810), 3, 4, "QRCode", 25, 4.0),
                                      Preset("small dm", (1080, 810), 3, 4, "DataMatrix", 22, 4.0))}
KINDS = PRESETS | SMALL
FAULTS: dict[str, tuple[Cause, Condition]] = {
    "defocus": (Cause.BLUR, replace(BASE, blur=3.6)),
    "motion": (Cause.BLUR, replace(BASE, motion=15.0)),
    "faint": (Cause.CONTRAST, replace(BASE, contrast=0.05, texture=0.02)),
    "faint on rough": (Cause.CONTRAST, replace(BASE, contrast=0.09)),
    "scratched": (Cause.DAMAGE, replace(BASE, damage=0.3)),
    "worn off": (Cause.DAMAGE, replace(BASE, damage=0.5)),
    "shine": (Cause.GLARE, BASE),
    "large shine": (Cause.GLARE, BASE),
    "bare cap": (Cause.NO_CODE, replace(BASE, contrast=0.0)),
    "smooth bare cap": (Cause.NO_CODE, replace(BASE, contrast=0.0, texture=0.01)),
    "no bottle": (Cause.NO_CODE, replace(BASE, empty=1.0)),
    "cut off": (Cause.CUT_OFF, BASE),
}


@dataclass(frozen=True, slots=True)
class Faulty:
    """A picture, and where its faulty places are: centre and side in pixels."""

    pixels: np.ndarray
    preset: Preset
    places: tuple[tuple[tuple[float, float], float], ...]


def faulty(preset: str, fault: str, seed: int, most: int = 5) -> Faulty:
    """`most` places of a typical case have the fault; a column of it where they are cut off."""
    luck = np.random.default_rng(seed)
    sound, how = _scene(preset, BASE, seed), FAULTS[fault][1]
    if fault == "cut off":
        return _cut(sound, KINDS[preset], luck)
    other = _scene(preset, how, seed)
    pixels, places = sound.pixels.copy(), []
    for number in luck.choice(len(sound.drawn), most, replace=False):
        at, side = _place(sound, number)
        if fault.endswith("shine"):
            _shine(pixels, at, side * (2 if fault.startswith("large") else 1), luck)
        else:
            _paste(pixels, other.pixels, at, 1.15 * side)
        places.append((at, side))
    return Faulty(pixels, KINDS[preset], tuple(places))


@lru_cache(maxsize=2)
def _scene(preset: str, how: Condition, seed: int) -> Scene:
    return Crate(KINDS[preset], how, seed).frame()


def _place(scene: Scene, number: int) -> tuple[tuple[float, float], float]:
    corners = np.array(scene.drawn[number].corners)
    return tuple(corners.mean(0)), float(np.sqrt(cv2.contourArea(corners.astype(np.float32))))    # type: ignore[return-value]


def _paste(onto: np.ndarray, other: np.ndarray, at: tuple[float, float], reach: float) -> None:
    """A round part of the other picture of the same crate, with a soft edge."""
    part, x, y = _round(onto, at, reach)
    cover = np.clip((reach - np.hypot(x, y)) / 6, 0, 1).astype(np.float32)
    onto[part] = np.round(onto[part] * (1 - cover) + other[part] * cover).astype(np.uint8)


def _round(picture: np.ndarray, at: tuple[float, float],
           reach: float) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray]:
    """The part of the picture about a point, and how far its columns and rows are from it."""
    (left, top), (right, bottom) = (np.maximum(np.int64(np.add(at, sign * reach)), 0) for sign in (-1, 1))
    part = np.s_[top:bottom, left:right]
    high, wide = picture[part].shape
    return part, np.arange(left, left + wide) - at[0], (np.arange(top, top + high) - at[1])[:, None]


def _shine(onto: np.ndarray, at: tuple[float, float], side: float, luck: np.random.Generator) -> None:
    """A lamp in the varnish washes the print out."""
    part, x, y = _round(onto, at, 3 * side)
    off = luck.uniform(-0.2, 0.2, 2) * side
    lean = luck.uniform(0, np.pi)
    u = (x - off[0]) * np.cos(lean) + (y - off[1]) * np.sin(lean)
    v = (y - off[1]) * np.cos(lean) - (x - off[0]) * np.sin(lean)
    light = np.exp(-((u / (0.5 * side)) ** 2 + (v / (0.3 * side)) ** 2) / 2).astype(np.float32)
    onto[part] = np.clip(onto[part] + 330 * light, 0, 255).astype(np.uint8)


def _cut(scene: Scene, preset: Preset, luck: np.random.Generator) -> Faulty:
    """The camera stands so that the first column lies partly beyond its picture."""
    column = [number for number, each in enumerate(scene.drawn) if each.node and each.node[1] == 0]
    placed = [_place(scene, number) for number in column]
    left = int(np.mean([at[0] for at, _ in placed]) + luck.uniform(-0.25, 0.1) * placed[0][1])
    pixels = np.ascontiguousarray(scene.pixels[:, left:])
    return Faulty(pixels, preset, tuple(((at[0] - left, at[1]), side) for at, side in placed))


def told(case: Faulty, budget_s: float = 2.0) -> Iterator[Cell | None]:
    """What the reader says of each faulty place; None where it says nothing."""
    preset = case.preset
    recipe = Recipe((preset.symbology,), rows=preset.rows, columns=preset.columns,
                    sizes=((preset.modules, preset.modules),))
    cells = Reader(recipe, budget_s=budget_s).read(case.pixels).cells
    for at, side in case.places:
        near = min(cells, default=None, key=lambda cell: np.hypot(*np.subtract(centre(cell.corners), at)))
        yield near if near and np.hypot(*np.subtract(centre(near.corners), at)) < 0.7 * side else None


def word(cell: Cell | None) -> str:
    """What is told of a place, in one word."""
    if cell is None:
        return "nothing"
    return str(cell.cause) or str(cell.state) if cell.state in (CellState.UNREAD, CellState.EMPTY) else str(cell.state)


def confusion(preset: str, fault: str, seeds: Iterator[int] | range, most: int = 5) -> Counter[str]:
    """How often each word was told of places with this fault; "read" and "suspect" among them."""
    return Counter(word(cell) for seed in seeds for cell in told(faulty(preset, fault, seed, most)))
