"""Which recipe each camera reads by, and how it is taught a new one from the picture it shows now.

A recipe is kept on the disk before the camera reads by it. Knows no driver; judges no code.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import asdict, replace

from app.devices.learnt import file_beside, read_learnt, write_learnt
from app.devices.presentation import Presentation
from app.domain.optics import Belt, SetUp
from app.settings import DeviceSection, RecipeFile
from app.settings_file import read_recipe, write_recipe
from app.settings_file.recipe import SYMBOLOGIES
from app.taught import Hopeless, InUse, LookedAt, TaughtCell

if TYPE_CHECKING:
    import numpy as np

    from app.vision.distant import Distant
    from app.vision.experience import Learnt
    from app.vision.learn import Lesson
    from app.vision.reading import FrameReading

Read = Callable[["np.ndarray"], "FrameReading"]


class NoPicture(Exception):
    """The camera has not shown a picture yet; the text is its name."""


def read_with_vision(section: DeviceSection) -> Read:
    """How a camera without a recipe reads: by what its settings say. Raises VisionRefused."""
    return _eyes(section).read


def _eyes(section: DeviceSection, recipe: RecipeFile | None = None, learnt: Learnt | None = None) -> Distant:
    """What reads this camera's pictures, in a process of its own; without a recipe by what its settings say.

    Raises VisionRefused.
    """
    from app.vision import decoders
    from app.vision.distant import Distant
    from app.vision.reader import Reader
    from app.vision.recipe import Recipe, recipe_of
    from app.vision.single import Single
    known = recipe_of(asdict(recipe)) if recipe else Recipe(tuple(section.symbologies), count=section.expected)
    decoders.known(known.symbologies)
    if section.single:
        return Distant(Single, known.symbologies)
    return Distant(partial(Reader, known, learnt=learnt),
                   read="follow" if section.settle_frames else "read")      # of a live camera, picture after picture


class Teaching:
    """For all cameras. `home` is the station's; None: only recipes that the settings name are known."""

    def __init__(self, home: Path | None) -> None:
        self._home = home
        self._cameras: dict[str, tuple[DeviceSection, Presentation]] = {}
        self._learnt: dict[str, RecipeFile] = {}
        self._measured: dict[str, tuple[float, float]] = {}      # by the last look: pixels a module, blur
        self._eyes: dict[str, Distant] = {}                                 # what reads each camera's pictures
        self._kept: dict[str, tuple[Path, RecipeFile]] = {}                 # where the experience of which is kept

    def file_of(self, section: DeviceSection) -> Path | None:
        """Where this camera's recipe is, or will be."""
        if section.recipe:
            return Path(section.recipe).expanduser()
        return self._home / "recipes" / f"{section.name}.toml" if self._home else None

    def recipe_of(self, section: DeviceSection) -> RecipeFile | None:
        """None where it has none yet. Raises SettingsError, also where the one that the settings name is not there."""
        file = self.file_of(section)
        return read_recipe(file) if file and (section.recipe or file.exists()) else None

    def read(self, section: DeviceSection) -> Read:
        """How this camera's pictures are read, with what earlier runs learnt. Raises SettingsError, VisionRefused."""
        recipe, file, learnt = self.recipe_of(section), self.file_of(section), None
        if recipe and file and not section.single:
            beside = file_beside(file)
            learnt = read_learnt(beside, recipe)
            self._kept[section.name] = beside, recipe
        eyes = _eyes(section, recipe, learnt)
        self._eyes[section.name] = eyes
        return eyes.read

    def close(self) -> None:
        """Once no camera reads any more: keeps what the readers learnt."""
        for camera, (file, recipe) in self._kept.items():
            learnt: Learnt | None = self._eyes[camera].ask("learnt")
            if learnt and (learnt.side or any(tally.tried for rungs in learnt.tallies.values()
                                              for tally in rungs.values())):
                write_learnt(file, recipe, learnt)
        for eyes in self._eyes.values():
            eyes.close()

    def add(self, section: DeviceSection, presentation: Presentation) -> None:
        self._cameras[section.name] = section, presentation

    def look(self, camera: str, *, lock: bool = False) -> LookedAt:
        """Reads the camera's last picture patiently: what it would learn, and how good the set-up is.

        Takes a second or more. Raises NoPicture. The settings' symbologies and number of codes are kept.
        """
        from app.vision import learn, tell
        from app.vision.recipe import Recipe, table_of

        section, presentation = self._cameras[camera]
        pixels = presentation.newest
        if pixels is None:
            raise NoPicture(camera)
        before = self.recipe_of(section) or RecipeFile()
        asked = Recipe(tuple(section.symbologies), count=section.expected)
        lesson = self._learning(camera, partial(learn.learn, asked=asked, lock=lock), pixels)
        self._learnt.pop(camera, None)
        self._measured[camera] = lesson.px_module, lesson.blur
        recipe = replace(before, **table_of(lesson.recipe), px_module=round(lesson.px_module, 2),
                         blur=round(lesson.blur, 3))
        if not lesson.faults:
            self._learnt[camera] = recipe
        file = self.file_of(section)
        cells = tuple(TaughtCell(str(cell.state), cell.corners, str(cell.cause)) for cell in lesson.reading.cells)
        return LookedAt(camera, pixels, cells, tuple(tell.recipe_facts(lesson.recipe) if not lesson.faults else ()),
                        (*tell.fault_facts(lesson), *tell.place_facts(lesson)), recipe.set_up,
                        str(file) if file and file.exists() else "")

    def _learning(self, camera: str, work: Callable[[np.ndarray], Lesson], pixels: np.ndarray) -> Lesson:
        """By the camera's own process, between two of its pictures: it takes a second of a core."""
        eyes = self._eyes.get(camera)
        return (eyes.borrow(work, pixels) if eyes else None) or work(pixels)

    def set_up(self, camera: str) -> SetUp:
        """How the camera stands: by the last look, else by the codes read lately or when its recipe was learnt.

        Raises SettingsError where the recipe is wrong.
        """
        section, presentation = self._cameras[camera]
        kept = (self.recipe_of(section) or RecipeFile()).set_up
        pixels, blur = self._measured.get(camera, (presentation.px_module or kept.px_module, kept.blur))
        return SetUp(pixels, blur, kept.belt)

    def in_use(self, camera: str) -> InUse:
        """The recipe that it reads by; without one what its settings say. Raises SettingsError where it is wrong."""
        from app.vision import tell
        from app.vision.recipe import Recipe, recipe_of

        section, _ = self._cameras[camera]
        recipe, file = self.recipe_of(section), self.file_of(section)
        if recipe is None or file is None:
            return InUse(tuple(tell.recipe_facts(Recipe(tuple(section.symbologies), count=section.expected))))
        known = recipe_of(asdict(recipe))
        return InUse(tuple(tell.recipe_facts(known)), str(file), bool(known.lengths or known.gtins))

    def set_belt(self, camera: str, belt: Belt) -> tuple[SetUp, str]:
        """Writes the belt's figures into the recipe and gives how the camera stands with them, and the file.

        A camera without a recipe has one made of its settings. Reading goes on as before. Raises OSError, and
        SettingsError where the recipe there is wrong.
        """
        section, _ = self._cameras[camera]
        file = self._file(section)
        before = self.recipe_of(section) or _as_set(section)
        recipe = _with_belt(before, belt)
        write_recipe(file, recipe)
        if camera in self._learnt:
            self._learnt[camera] = _with_belt(self._learnt[camera], belt)
        if camera in self._kept:
            self._kept[camera] = self._kept[camera][0], recipe
        return self.set_up(camera), str(file)

    def keep(self, camera: str, *, anyway: bool = False) -> str:
        """Writes what the last look taught, then reads by it; gives the file.

        Raises Hopeless where the set-up will not do, unless it is wanted `anyway`; OSError; KeyError without a look.
        """
        section, presentation = self._cameras[camera]
        recipe, file = self._learnt[camera], self._file(section)
        if recipe.set_up.hopeless and not anyway:
            raise Hopeless(camera)
        write_recipe(file, recipe)
        before = self._eyes.get(camera)
        presentation.use(self.read(section), recipe.expected)
        if before:
            before.close()
        return str(file)

    def _file(self, section: DeviceSection) -> Path:
        file = self.file_of(section)
        if file is None:
            raise FileNotFoundError(2, "no home for recipes", section.name)
        return file


def _as_set(section: DeviceSection) -> RecipeFile:
    """What a camera without a recipe reads by."""
    names = {name.casefold() for name in SYMBOLOGIES}
    known = all(each.casefold() in names for each in section.symbologies)
    return RecipeFile(symbologies=tuple(section.symbologies) if known else (), count=section.expected)


def _with_belt(recipe: RecipeFile, belt: Belt) -> RecipeFile:
    return replace(recipe, module_mm=belt.module_mm, speed_mm_s=belt.speed_mm_s, exposure_ms=belt.exposure_ms)
