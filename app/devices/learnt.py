"""What a camera's reader learnt, kept beside its recipe so that the station starts with it; never needed.

One small file, written whole or not at all. One that is broken, of another recipe or of another version is ignored
with a word in the log: the reader then learns anew within a few pictures. Knows no camera.
"""
from __future__ import annotations

import contextlib
import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.settings import RecipeFile

if TYPE_CHECKING:
    from app.vision.experience import Learnt

VERSION = 1              # of what the tallies mean; those of another are worth nothing
LARGEST = 200_000        # bytes; a file has a few thousand


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file. `tallies`: symbologies joined by "+": rung: tried, won, ms."""

    version: int
    recipe: RecipeFile
    side: float
    tallies: dict[str, dict[str, tuple[float, float, float]]]


def file_beside(recipe: Path) -> Path:
    """cam.toml has its experience in cam.learnt.json."""
    return recipe.with_suffix(".learnt.json")


def read_learnt(file: Path, recipe: RecipeFile) -> Learnt | None:
    """What was learnt by this recipe; None where nothing was, or what is there is of no use."""
    from app.vision.experience import Learnt
    from app.vision.ladder import Tally
    try:
        with file.open("rb") as kept_in:
            kept = msgspec.json.decode(kept_in.read(LARGEST), type=Kept)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:      # msgspec's errors are ValueErrors
        return _ignored(file, f"it cannot be read: {error}")
    if kept.version != VERSION:
        return _ignored(file, f"it is of version {kept.version}, expected {VERSION}")
    if _codes(kept.recipe) != _codes(recipe):
        return _ignored(file, "it was learnt by another recipe")
    figures = [kept.side, *(each for rungs in kept.tallies.values() for tally in rungs.values() for each in tally)]
    if not all(math.isfinite(each) and 0 <= each < 1e5 for each in figures):
        return _ignored(file, "it holds a figure that cannot be")
    return Learnt(kept.side, {kinds: {rung: Tally(*tally) for rung, tally in rungs.items()}
                              for kinds, rungs in kept.tallies.items()})


def _codes(recipe: RecipeFile) -> RecipeFile:
    """What the reading goes by: figures of lens and belt change nothing that was learnt."""
    return msgspec.structs.replace(recipe, module_mm=0.0, speed_mm_s=0.0, exposure_ms=0.0, px_module=0.0, blur=0.0)


def _ignored(file: Path, why: str) -> None:
    logging.getLogger(__name__).warning("%s is ignored, the reader learns anew: %s", file, why)


def write_learnt(file: Path, recipe: RecipeFile, learnt: Learnt) -> None:
    """Where it cannot be written, that is said in the log: no work is lost."""
    kept = Kept(VERSION, recipe, learnt.side, {kinds: {rung: (tally.tried, tally.won, tally.ms)
                                                       for rung, tally in rungs.items()}
                                               for kinds, rungs in learnt.tallies.items()})
    part = file.with_name(f"{file.name}.part")
    try:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1))
        part.replace(file)
    except OSError as error:
        logging.getLogger(__name__).warning("%s cannot be written: %s", file, error)
        with contextlib.suppress(OSError):
            part.unlink()
