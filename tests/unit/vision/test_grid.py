"""The lattice of a case: found under perspective, with cells missing and points that do not belong."""
from __future__ import annotations

import math

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.vision import grid


def case(rows: int, cols: int, pitch: tuple[float, float], lean: float, keystone: float) -> np.ndarray:
    """Pixel places of the cells, (rows, cols, 2), of a case turned by `lean` radians whose far side is smaller."""
    at = np.array([[(c * pitch[0], r * pitch[1]) for c in range(cols)] for r in range(rows)], float).reshape(-1, 2)
    turn = np.array([[math.cos(lean), -math.sin(lean)], [math.sin(lean), math.cos(lean)]])
    at = at @ turn.T + 900
    homography = np.array([[1, 0, 0], [0, 1, 0], [keystone * 1e-5, keystone * 2e-5, 1]])
    return cv2.perspectiveTransform(at[None], homography)[0].reshape(rows, cols, 2)


@settings(max_examples=150, deadline=None)
@given(rows=st.integers(2, 8), cols=st.integers(3, 10), width=st.floats(60, 240), ratio=st.floats(0.8, 1.25),
       lean=st.floats(-0.7, 0.7), keystone=st.floats(-3, 3), seed=st.integers(0, 2**32 - 1))
def test_missing_cells_are_found(rows: int, cols: int, width: float, ratio: float, lean: float, keystone: float,
                                 seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = case(rows, cols, (width, width * ratio), lean, keystone) + rng.normal(0, width * 0.01, (rows, cols, 2))
    inner = [(r, c) for r in range(rows) for c in range(cols) if not (r in (0, rows - 1) and c in (0, cols - 1))]
    gone = [inner[i] for i in rng.choice(len(inner), max(1, rows * cols // 10), replace=False)]
    kept = [tuple(places[r, c]) for r in range(rows) for c in range(cols) if (r, c) not in gone]
    if len(kept) < 6 or any(all((r, c) in gone for c in range(cols)) for r in range(rows)):
        return
    rng.shuffle(kept)
    lattice = grid.fit(kept)
    assert lattice is not None
    empty = np.array([lattice.pixel(node) for node in lattice.empty()]).reshape(-1, 2)
    assert len(lattice.taken) == len(kept) and len(empty) == len(gone)
    for r, c in gone:
        assert np.hypot(*(empty - places[r, c]).T).min() < 0.25 * width


def test_strangers_are_left_out() -> None:
    places = case(4, 6, (200, 200), 0.1, 1)
    points = [tuple(at) for at in places.reshape(-1, 2)]
    lattice = grid.fit([*points, tuple(places[1, 1] + 100), (5000.0, 80.0), (4800.0, 2500.0)])
    assert lattice is not None and len(lattice.taken) == 24 and lattice.empty() == []
    assert {lattice.taken[node] for node in lattice.taken} == set(range(24))


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_points_give_a_lattice_or_none(points: list[tuple[float, float]]) -> None:
    lattice = grid.fit(points)
    if lattice is not None:
        assert len(lattice.taken) >= 5 and len(set(lattice.taken.values())) == len(lattice.taken)
        assert len(lattice.empty()) < 10_000


def test_too_little_is_no_lattice() -> None:
    assert grid.fit([]) is None
    assert grid.fit([(0, 0), (100, 0), (0, 100), (100, 100)]) is None
    assert grid.fit([(float(i) * 100, 50.0) for i in range(12)]) is None, "a single row"
    assert grid.fit([(7.0, 7.0)] * 9) is None
