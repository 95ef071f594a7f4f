"""Renders a full case seen from above, with real symbols on its caps: the picture of the simulated camera.

The same seed gives the same picture. It is for training, the demo and tests, so it is drawn the way a camera sees:
print, reflectance, perspective, light, lens, noise, in this order. It must not know how the symbols are read.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from drivers.symbols import label_symbology, modules, render_label

CAPS = ((38, 46, 150), (92, 70, 30), (60, 110, 160), (52, 84, 40), (40, 40, 44))     # BGR of the cap plastic
KRAFT, KRAFT_DARK, BELT, PRINT = (126, 168, 198), (74, 106, 132), (64, 60, 56), (44, 40, 40)
FINE = 3            # samples a pixel, each way, while a cap is drawn


@dataclass(frozen=True, slots=True)
class Condition:
    """What the light, the lens and the printer do. Lengths in pixels of the frame unless named otherwise."""

    blur: float = 0.6           # sigma of the lens
    motion: float = 0.0         # length of the smear
    full_well: float = 8000.0   # electrons at white; fewer is noisier
    exposure: float = 0.92      # of the full well
    tilt: float = 6.0           # degrees between camera axis and plumb line
    uneven: float = 0.15        # light falloff over the frame, 0..1
    glare: float = 0.15         # strength of the lamp's reflection, 0..1
    contrast: float = 0.85      # of print on cap
    inverted: bool = False      # light print on a dark field
    dots: float = 0.0           # diameter of round dots in modules; 0 prints squares
    growth: float = 0.0         # ink growth in modules, each side
    damage: float = 0.0         # part of each symbol's area that is gone
    jpeg: int = 0               # quality of an MJPEG camera; 0 is uncompressed


CONDITIONS = {
    "clean": Condition(tilt=1.0, glare=0.0, uneven=0.05),
    "typical": Condition(),
    "blur": Condition(blur=1.3),
    "defocus": Condition(blur=1.9),
    "motion": Condition(motion=5.0),
    "low light": Condition(full_well=450.0, exposure=0.7),
    "glare": Condition(glare=0.9),
    "uneven": Condition(uneven=0.75),
    "tilt": Condition(tilt=30.0),
    "low contrast": Condition(contrast=0.22),
    "light on dark": Condition(inverted=True),
    "dots": Condition(dots=0.82),
    "ink growth": Condition(growth=0.14),
    "ink loss": Condition(growth=-0.14),
    "damaged": Condition(damage=0.07),
    "mjpeg": Condition(jpeg=70),
    "line": Condition(blur=0.9, motion=2.0, full_well=1500.0, tilt=15.0, glare=0.7, contrast=0.55, damage=0.02,
                      jpeg=88),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lie before the camera tilts: centres (x, y) of the cells row by row, and the cell's side."""

    rows: int
    cols: int
    cell: float
    centres: tuple[tuple[float, float], ...]
    label: tuple[float, float, float, float]     # x, y, width, height of the flap that carries the label

    @property
    def cap(self) -> float:
        return self.cell * 0.86


def layout(count: int, size: tuple[int, int] = (1920, 1080), *, rows: int = 0, cols: int = 0,
           with_label: bool = True) -> Layout:
    """Rows and columns of `count` children, the most nearly square cells where they are not given."""
    width, height = size
    inner_w, inner_h = width * (0.70 if with_label else 0.90), height * 0.86
    if rows < 1 and cols < 1:
        rows = min(range(1, count + 1), key=lambda r: -min(inner_h / r, inner_w / math.ceil(count / r)), default=1)
    rows = rows if rows > 0 else math.ceil(count / cols)
    cols = cols if cols > 0 else math.ceil(count / rows)
    if rows * cols < count:
        raise ValueError(f"{count} children do not fit into {rows} rows of {cols}")
    cell = min(inner_w / cols, inner_h / rows)
    left = (width * (0.74 if with_label else 1.0) - cell * cols) / 2 + width * 0.005
    top = (height - cell * rows) / 2
    centres = tuple((left + (c + 0.5) * cell, top + (r + 0.5) * cell) for r in range(rows) for c in range(cols))
    flap = (left + cols * cell + 0.01 * width, top, width * 0.985 - (left + cols * cell + 0.01 * width), rows * cell)
    return Layout(rows, cols, cell, centres, flap)


def render_case(children: Sequence[str | bytes], label: str | bytes | None = None, *, seed: int,
                size: tuple[int, int] = (1920, 1080), symbology: str = "QRCode", rows: int = 0, cols: int = 0,
                condition: str | Condition = "typical", missing: Sequence[int] = (), damaged: Sequence[int] = (),
                label_lines: Sequence[str] = ()) -> np.ndarray:
    """One frame, uint8 BGR (H, W, 3), of a case with `children` on its caps (row by row) and `label` on its flap.

    `missing` are indexes of cells without a bottle, `damaged` of caps whose print is torn beyond reading.
    Raises ValueError where a code cannot be drawn or the children do not fit.
    """
    how = CONDITIONS[condition] if isinstance(condition, str) else condition
    rng = np.random.default_rng(seed)
    plan = layout(max(1, len(children)), size, rows=rows, cols=cols, with_label=label is not None)
    scene = _carton(plan, size, rng)
    colour = CAPS[int(rng.integers(len(CAPS)))]
    bare = _cap(plan.cap, colour)
    drawn = [modules(child, symbology) for child in children]
    for index, (x, y) in enumerate(plan.centres):
        angle, shift = float(rng.uniform(0, 360)), rng.uniform(-0.012, 0.012, 2) * plan.cell
        if index >= len(drawn) or index in missing:
            continue
        _bottle(scene, (x + shift[0], y + shift[1]), plan.cell)
        print_ = _print(drawn[index], how, index in damaged, rng)
        _put_cap(scene, bare, print_, (x + shift[0], y + shift[1]), plan.cap, angle, how)
    if label is not None:
        _stick(scene, label, label_lines, plan)
    return _camera(scene, how, rng)


# --- the things ---------------------------------------------------------------------------------------------------
def _carton(plan: Layout, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Belt, carton with its flaps folded out, and the dividers between the empty cells."""
    width, height = size
    scene = np.empty((height, width, 3), np.uint8)
    scene[:] = BELT
    for x in range(0, width, max(8, width // 40)):                       # ribs of the belt
        cv2.line(scene, (x, 0), (x, height), (58, 54, 50), 2)
    half, wall = plan.cell / 2, max(2, round(plan.cell * 0.035))
    x0, y0 = (int(v - half) - wall for v in plan.centres[0])
    x1, y1 = (int(v + half) + wall for v in plan.centres[-1])
    flap = int(min(size) * 0.06)
    for a, b, c, d in ((x0 - flap, y0, x0, y1), (x0, y0 - flap, x1, y0), (x0, y1, x1, y1 + flap),
                       (x1, y0, int(plan.label[0] + plan.label[2]), y1)):
        cv2.rectangle(scene, (a, b), (c, d), KRAFT, -1)
        cv2.rectangle(scene, (a, b), (c, d), KRAFT_DARK, 2)
    cv2.rectangle(scene, (x0, y0), (x1, y1), KRAFT_DARK, -1)
    fibre = cv2.resize(rng.normal(0, 7, (height // 3, width // 3)).astype(np.float32), size)
    scene = cv2.add(scene, cv2.merge([fibre] * 3), dtype=cv2.CV_8U)
    for x, y in plan.centres:                                            # the depth of each cell
        a, b, c, d = int(x - half) + wall, int(y - half) + wall, int(x + half) - wall, int(y + half) - wall
        cv2.rectangle(scene, (a, b), (c, d), (34, 44, 54), -1)
        inset = int(plan.cell * 0.1)
        cv2.rectangle(scene, (a + inset, b + inset), (c - inset // 2, d - inset // 2), (24, 30, 38), -1)
        cv2.line(scene, (a, b), (c, b), (18, 24, 30), wall)
        cv2.line(scene, (a, b), (a, d), (18, 24, 30), wall)
    return scene


def _bottle(scene: np.ndarray, at: tuple[float, float], cell: float) -> None:
    """The shoulder of the glass round the cap, and the cap's shadow on it."""
    centre = (round(at[0]), round(at[1]))
    for part, shade in ((0.47, (30, 34, 30)), (0.455, (58, 70, 62)), (0.44, (40, 48, 42))):
        cv2.circle(scene, centre, round(cell * part), shade, -1, cv2.LINE_AA)
    cv2.ellipse(scene, centre, (round(cell * 0.448),) * 2, 0, 200, 250, (120, 138, 128), 2, cv2.LINE_AA)


def _cap(diameter: float, colour: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A knurled cap lit from the upper left: BGR float32 and its cover (0..1), one pixel a sample."""
    side = math.ceil(diameter) + 5
    axis = np.linspace(-1, 1, side, dtype=np.float32) * (side / diameter)
    x, y = np.meshgrid(axis, axis)
    r, turn = np.hypot(x, y), np.arctan2(y, x)
    knurl = np.cos(72 * turn)
    edge = 0.985 + 0.012 * knurl
    cover = np.clip((edge - r) * diameter / 2 + 0.5, 0, 1)
    light = np.float32(-0.707) * (np.cos(turn) + np.sin(turn))            # +1 towards the lamp
    rim = np.clip((r - 0.88) / 0.10, 0, 1)
    shade = 1 + 0.10 * light * r + rim * (0.30 * light + 0.16 * knurl - 0.18)
    shade += 0.5 * np.exp(-((r - 0.865) / 0.016) ** 2) * np.clip(light + 0.15, 0, 1)     # the bevel's highlight
    body = np.float32(colour)[None, None] * shade[..., None]
    body += 40 * np.exp(-((r - 0.865) / 0.02) ** 2)[..., None] * np.clip(light, 0, 1)[..., None]
    return body.astype(np.float32), cover.astype(np.float32)


def _print(symbol: np.ndarray, how: Condition, torn: bool, rng: np.random.Generator) -> np.ndarray:
    """Ink on the field: float32, 1 is full ink, 8 samples a module, with the quiet zone of two modules."""
    fine = 8
    if how.dots:
        spot = _disc(fine, fine / 2 - 0.5, fine / 2 - 0.5, how.dots * fine / 2)
        ink = np.kron((symbol == 0).astype(np.float32), spot)
    else:
        ink = np.kron((symbol == 0).astype(np.float32), np.ones((fine, fine), np.float32))
    ink = np.pad(ink, 2 * fine)
    if how.growth:
        reach = np.ones((2 * round(abs(how.growth) * fine) + 1,) * 2, np.uint8)
        ink = cv2.dilate(ink, reach) if how.growth > 0 else cv2.erode(ink, reach)
    gone = 0.0
    while gone < how.damage:                                             # scuffs, light or dark
        at = tuple(int(v) for v in rng.uniform(2 * fine, ink.shape[0] - 2 * fine, 2))
        axes = tuple(int(v) for v in rng.uniform(0.8, 3.0, 2) * fine)
        cv2.ellipse(ink, at, axes, float(rng.uniform(0, 180)), 0, 360, float(rng.integers(2)), -1)
        gone += math.pi * axes[0] * axes[1] / symbol.size / fine ** 2
    if torn:                                                             # nearly half of the print, two corners with it
        side = ink.shape[0]
        ragged = (0.48 + 0.08 * rng.standard_normal(24)) * side
        shape = [(0, 0), *((ragged[i], side * i / 23) for i in range(24)), (0, side)]
        cv2.fillPoly(ink, [np.int32(shape)], 0.12)
        for _ in range(5):
            a, b = rng.uniform(0, side, (2, 2))
            cv2.line(ink, (int(a[0] * 0.6), int(a[1])), (int(b[0] * 0.7), int(b[1])), float(rng.uniform(0, 0.5)), fine)
    return ink


def _disc(side: int, x: float, y: float, radius: float) -> np.ndarray:
    """A disc with soft edges, float32 (side, side), 1 inside."""
    axis = np.arange(side, dtype=np.float32)
    return np.clip(np.float32(radius + 0.5) - np.hypot(axis - np.float32(x), (axis - np.float32(y))[:, None]), 0, 1)


def _put_cap(scene: np.ndarray, bare: tuple[np.ndarray, np.ndarray], ink: np.ndarray, at: tuple[float, float],
             diameter: float, angle: float, how: Condition) -> None:
    """Lays a cap with its print, turned by `angle` degrees, on the scene."""
    body, cover = bare
    side = body.shape[0]
    x0, y0 = round(at[0] - side / 2), round(at[1] - side / 2)
    big = side * FINE
    scale = FINE * diameter * 0.56 / (ink.shape[0] * 28 / 32)           # the quiet zone may reach over the field
    turn = cv2.getRotationMatrix2D((ink.shape[1] / 2 - 0.5, ink.shape[0] / 2 - 0.5), angle, scale)
    turn[:, 2] += ((at[0] - x0) * FINE - ink.shape[1] / 2, (at[1] - y0) * FINE - ink.shape[0] / 2)
    if scale < 1:                                                        # 8 samples a module may be more than needed
        ink = cv2.GaussianBlur(ink, (0, 0), 0.35 / scale)
    laid = cv2.resize(cv2.warpAffine(ink, turn, (big, big), flags=cv2.INTER_LINEAR), (side, side),
                      interpolation=cv2.INTER_AREA)
    field = _disc(side, at[0] - x0, at[1] - y0, diameter * 0.425)
    paper, print_ = np.float32([236, 240, 242]), np.float32(PRINT)
    if how.inverted:
        paper, print_ = np.float32([52, 48, 46]), np.float32([226, 230, 232])
    print_ = paper + (print_ - paper) * how.contrast
    top = paper + laid[..., None] * (print_ - paper)
    body = body + field[..., None] * (top - body)
    y1, x1 = max(0, y0), max(0, x0)
    part = scene[y1:y0 + side, x1:x0 + side]
    here = (slice(y1 - y0, y1 - y0 + part.shape[0]), slice(x1 - x0, x1 - x0 + part.shape[1]))
    alpha = cover[here][..., None]
    part[:] = np.clip(part + alpha * (body[here] - part), 0, 255).astype(np.uint8)


def _stick(scene: np.ndarray, label: str | bytes, lines: Sequence[str], plan: Layout) -> None:
    """Sticks the case label on its flap, bars along the flap where they would be too fine across it."""
    x, y, width, height = plan.label
    symbol = modules(label, label_symbology(label))
    wide, quiet = symbol.shape[1], 22 if label_symbology(label) == "Code128" else 10
    module, turned = int(width * 0.86 / (wide + quiet)), False
    if label_symbology(label) == "Code128" and module < 3:
        module, turned = min(4, int(height * 0.9 / (wide + quiet))), True
    paper = render_label(label, lines=lines, module=max(1, min(8, module)))
    if turned:
        paper = cv2.rotate(paper, cv2.ROTATE_90_CLOCKWISE)
    paper = paper[:int(height * 0.96), :int(width * 0.96)]
    top, left = int(y + (height - paper.shape[0]) / 2), int(x + (width - paper.shape[1]) / 2)
    scene[top:top + paper.shape[0], left:left + paper.shape[1]] = paper


# --- the camera ---------------------------------------------------------------------------------------------------
def _camera(scene: np.ndarray, how: Condition, rng: np.random.Generator) -> np.ndarray:
    """Perspective, light, lens, sensor."""
    height, width = scene.shape[:2]
    scene = cv2.warpPerspective(scene, _tilted(width, height, how.tilt, rng), (width, height), flags=cv2.INTER_CUBIC,
                                borderMode=cv2.BORDER_CONSTANT, borderValue=BELT)
    x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    lamp = rng.uniform(-0.5, 0.5, 2)
    away = (x - np.float32(lamp[0])) ** 2 * 0.6 + (y - np.float32(lamp[1])) ** 2 * 0.6
    light = (1 - np.float32(how.uneven)) + np.float32(how.uneven) * np.exp(-away)
    frame = cv2.multiply(scene, cv2.merge([light * np.float32(how.exposure)] * 3), dtype=cv2.CV_32F)
    if how.glare:
        spot = rng.uniform(-0.8, 0.8, 2)
        shine = np.exp(-(((x - np.float32(spot[0])) / 0.22) ** 2 + ((y - np.float32(spot[1])) / 0.3) ** 2))
        frame = cv2.add(frame, cv2.merge([shine * np.float32(110 * how.glare)] * 3))
    frame = cv2.GaussianBlur(frame, (0, 0), how.blur)
    if how.motion > 1:
        frame = cv2.filter2D(frame, -1, _smear(how.motion, float(rng.uniform(0, math.pi))))
    grain = rng.standard_normal((height, width), dtype=np.float32)
    grain *= np.sqrt(np.maximum(frame[..., 1], 0) * (255 / how.full_well) + (8 * 255 / how.full_well) ** 2)
    frame = cv2.add(frame, cv2.merge([grain] * 3), dtype=cv2.CV_8U)
    if how.jpeg:
        frame = cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, how.jpeg])[1], cv2.IMREAD_COLOR)
    return frame


def _tilted(width: int, height: int, degrees: float, rng: np.random.Generator) -> np.ndarray:
    """Homography of a camera three frame widths away that leans by `degrees` in a random direction."""
    towards, lean, far = float(rng.uniform(0, 2 * math.pi)), math.radians(degrees), 3.0 * width
    axis = np.array([math.cos(towards), math.sin(towards), 0.0]) * lean
    turn = cv2.Rodrigues(axis)[0]
    turn = cv2.Rodrigues(np.array([0, 0, math.radians(float(rng.uniform(-1, 1)) * min(2.0, degrees / 3))]))[0] @ turn
    move = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]], float)
    plane = np.column_stack([turn[:, 0], turn[:, 1], [0, 0, far]])
    lens = np.array([[far, 0, width / 2], [0, far, height / 2], [0, 0, 1]], float)
    return lens @ plane @ move


def _smear(length: float, angle: float) -> np.ndarray:
    side = math.ceil(length) + 2 | 1
    kernel = np.zeros((side, side), np.uint8)
    reach = np.array([math.cos(angle), math.sin(angle)]) * length / 2
    ends = [tuple(int(v) for v in ((side / 2 - 0.5) + s * reach) * 256) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 255, 1, cv2.LINE_AA, 8)
    return kernel.astype(np.float32) / np.float32(kernel.sum())
