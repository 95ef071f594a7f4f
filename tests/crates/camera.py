"""The camera: where planes come to lie on the picture, how much light a pixel gathers, what the sensor makes of it."""
from __future__ import annotations

import math

import cv2
import numpy as np

from tests.crates.conditions import Condition

SHARE = 4                     # samples a pixel along each axis: sixteen a pixel
FAR = 1.8                     # the camera's distance, in widths of the picture
COARSE = 8                    # light is smooth: it is worked out for every eighth pixel


class Camera:
    """Looks at the plane z = 0, whose origin it sees in the middle, at one pixel a unit there."""

    def __init__(self, size: tuple[int, int], tilt: float, luck: np.random.Generator, roll: float = 2.0) -> None:
        self.size = size                                     # width, height
        width, height = size
        self._far = FAR * width
        self._lens = np.array([[self._far, 0, width / 2 - 0.5], [0, self._far, height / 2 - 0.5], [0, 0, 1]])
        towards = luck.uniform(0, 2 * math.pi)
        lean = np.array([math.cos(towards), math.sin(towards), 0]) * math.radians(tilt)
        turn = np.array([0, 0, math.radians(luck.uniform(-roll, roll))])
        self._turn = cv2.Rodrigues(lean)[0] @ cv2.Rodrigues(turn)[0]

    def plane(self, at: tuple[float, float] = (0.0, 0.0), degrees: float = 0.0,
              lean: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
        """From (u, v) on a plane whose origin is `at`, turned by `degrees` and leaning by `lean` degrees, to pixels."""
        turn = self._turn @ cv2.Rodrigues(np.radians([*lean, 0.0]))[0] @ cv2.Rodrigues(
            np.radians([0.0, 0.0, degrees]))[0]
        origin = self._turn @ np.array([*at, 0.0]) + np.array([0, 0, self._far])
        flat = self._lens @ np.column_stack([turn[:, 0], turn[:, 1], origin])
        return flat / flat[2, 2]


def through(homography: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(n, 2) float64 to (n, 2)."""
    return cv2.perspectiveTransform(np.float64(points).reshape(-1, 1, 2), homography).reshape(-1, 2)


def lay(scene: np.ndarray, tone: np.ndarray, cover: np.ndarray | None, homography: np.ndarray,
        share: int = SHARE) -> None:
    """Lays a picture of reflectance (float32 0 … 1) on the scene, each pixel the mean of `share` squared samples of it.

    `homography` takes places on `tone` (its samples' corners at whole numbers) to pixels. `cover`: how much of it
    is there; None all.
    """
    high, wide = tone.shape
    around = through(homography, np.array([[0, 0], [wide, 0], [wide, high], [0, high]]))
    left, top = np.maximum(np.floor(around.min(0)).astype(int) - 1, 0)
    right, bottom = np.minimum(np.ceil(around.max(0)).astype(int) + 2, scene.shape[::-1])
    if left >= right or top >= bottom:
        return
    cover = np.ones_like(tone) if cover is None else cover
    both = cv2.merge([(tone * cover * 255).astype(np.uint8), (cover * 255).astype(np.uint8)])
    to_samples = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])          # sample i lies at i + 0.5
    to_fine = np.array([[share, 0, (share - 1) / 2 - share * left], [0, share, (share - 1) / 2 - share * top],
                        [0, 0, 1.0]])
    size = (int(right - left) * share, int(bottom - top) * share)
    fine = cv2.warpPerspective(both, to_fine @ homography @ to_samples, size, flags=cv2.INTER_NEAREST)
    part = cv2.resize(fine.astype(np.float32), None, fx=1 / share, fy=1 / share, interpolation=cv2.INTER_AREA)
    there = scene[top:bottom, left:right]
    there *= 1 - part[..., 1] / 255
    there += part[..., 0] / 255


def expose(scene: np.ndarray, how: Condition, luck: np.random.Generator, spots: int = 5,
           along: float | None = None) -> np.ndarray:
    """Reflectance float32 (H, W) to grey uint8: light, lens, motion (in the direction `along`), sensor, compression.

    `spots`: how many patches of glare a picture with glare has.
    """
    light, shine = _light(scene.shape, how, luck, spots)
    seen = scene * light
    if shine is not None:
        seen += shine
    seen *= how.exposure
    seen = cv2.GaussianBlur(seen, (0, 0), how.blur)
    if how.motion:
        seen = cv2.filter2D(seen, -1, smear(how.motion, luck.uniform(0, math.pi) if along is None else along))
    electrons = np.maximum(seen, 0, out=seen)
    electrons *= how.full_well
    grain = luck.standard_normal(seen.shape, np.float32)
    grain *= np.sqrt(electrons + np.float32(how.read_noise ** 2))
    electrons += grain
    grey = cv2.convertScaleAbs(np.maximum(electrons, 0, out=electrons), alpha=255 / how.full_well)
    if how.jpeg:
        grey = cv2.imdecode(cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, how.jpeg])[1], cv2.IMREAD_GRAYSCALE)
    return grey


def _light(shape: tuple[int, int], how: Condition, luck: np.random.Generator,
           spots: int) -> tuple[np.ndarray, np.ndarray | None]:
    """What falls on each pixel (1 full light) and what is thrown straight back."""
    high, wide = -(-shape[0] // COARSE), -(-shape[1] // COARSE)
    aspect = high / wide
    x = np.linspace(-1, 1, wide, dtype=np.float32)
    y = np.linspace(-aspect, aspect, high, dtype=np.float32)[:, None]
    lamp = luck.uniform(-0.6, 0.6, 2) * (1, aspect)
    away = (x - np.float32(lamp[0])) ** 2 + (y - np.float32(lamp[1])) ** 2
    light = 1 - how.uneven * away / away.max()
    if how.shadow:
        towards, off = luck.uniform(0, 2 * math.pi), luck.uniform(-0.2, 0.4)
        depth = x * math.cos(towards) + y * math.sin(towards) - off
        light *= 1 - how.shadow / (1 + np.exp(np.clip(-depth / luck.uniform(0.01, 0.06), -60, 60)))
    shine = None
    if how.glare:
        shine = np.zeros_like(light)
        for _ in range(spots):
            at, lean = luck.uniform(-0.9, 0.9, 2) * (1, aspect), luck.uniform(0, math.pi)
            long, wide_ = luck.uniform(0.06, 0.16), luck.uniform(0.025, 0.07)
            u = (x - at[0]) * math.cos(lean) + (y - at[1]) * math.sin(lean)
            v = (y - at[1]) * math.cos(lean) - (x - at[0]) * math.sin(lean)
            shine = np.maximum(shine, np.exp(-((u / long) ** 2 + (v / wide_) ** 2) / 2))
        shine = cv2.resize((how.glare * shine).astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.resize(light.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR), shine


def smear(length: float, along: float) -> np.ndarray:
    """The path of a point while the shutter is open."""
    side = math.ceil(length) + 2 | 1
    fine = np.zeros((side * 16, side * 16), np.uint8)
    reach = np.array([math.cos(along), math.sin(along)]) * length * 8
    ends = [tuple(int(v) for v in side * 8 + s * reach) for s in (-1, 1)]
    cv2.line(fine, ends[0], ends[1], 255, 8)
    kernel = cv2.resize(fine.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    return kernel / kernel.sum()
