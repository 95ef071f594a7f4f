"""Reading a known code again where it should be on the next picture: the cheap tries only. Decides nothing."""
from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from app.vision import linear, pool
from app.vision.experience import Experience
from app.vision.reading import SeenCode, centre, side
from app.vision.tries import Engines, Spot

CHEAP_MS = 0.6           # of a try
NEAR = 0.5               # of a place's side: a code read so near is the one looked for, not its neighbour


def bars(grey: np.ndarray, codes: Sequence[SeenCode], engines: Engines, until: float) -> list[SeenCode]:
    """What is read at the places of these linear codes; what they said counts as one try of those that must agree."""
    kinds = tuple(dict.fromkeys(code.symbology for code in codes))
    said = [replace(code, doubtful=True) for code in codes]
    return linear.read(grey, engines.first, kinds, said, until - time.perf_counter(), everywhere=False) if said else []


def matrix(grey: np.ndarray, codes: Sequence[SeenCode], places: Sequence[Spot], engines: Engines,
           experience: Experience, dark: bool | None, until: float) -> list[SeenCode]:
    """What is read at the `places` of these `codes`, each of its own symbology; the places keep what was tried."""
    brought: list[SeenCode] = []
    for kind in dict.fromkeys(code.symbology for code in codes):
        left = [spot for spot, code in zip(places, codes, strict=True) if code.symbology == kind]
        ladder, wanted = experience.ladder((kind,)), experience.wanted((kind,), dark)
        for rung in ladder.rungs:
            if rung.engine or rung.ms > CHEAP_MS or not left:
                continue
            attempt = partial(engines.attempt, grey, wanted, rung=rung)
            for tried in pool.each(attempt, left, until, len(left) * ladder.ms(rung)):
                if tried is not None:
                    tried.spot.tried.add(rung.name)
                    ladder.tell(rung, bool(tried.codes), tried.ms)
                    brought += tried.codes
            left = [spot for spot in left if not _read(spot, brought)]
    return brought


def _read(spot: Spot, codes: Sequence[SeenCode]) -> bool:
    return any(math.dist(spot.at, centre(code.corners)) < NEAR * max(spot.side, side(code.corners)) for code in codes)
