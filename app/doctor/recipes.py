"""The recipes of the cameras: are they there, can they be read, does any camera read by them, and would lens, light and
belt do by the figures in them. Looks at no picture."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.doctor.check import Check, fault, ok, warning
from app.domain.optics import Grade, fact_of
from app.home import Home
from app.settings import Settings
from app.settings_file import SettingsError, read_recipe

HOPELESS = {"px_module": "recipe_px_module", "blur": "recipe_blur", "motion": "recipe_motion"}


def recipes(home: Home, settings: Settings | None) -> Iterator[Check]:
    """One finding for each camera's recipe, one for each figure by which it is hopeless, and one for each file in the
    home's folder that no camera reads by.

    Without settings only whether the files can be read.
    """
    folder = home.path / "recipes"
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    cameras = {device.name: device for device in settings.device if device.kind == "camera"} if settings else {}
    used = set()
    for name, device in cameras.items():
        file = Path(device.recipe).expanduser() if device.recipe else folder / f"{name}.toml"
        used.add(file)
        if device.recipe or file.exists():
            yield from _read(f"recipe.{name}", file, name)
    for file in files:
        if settings is None:
            yield from _read(f"recipe.{file.stem}", file, file.stem)
        elif file not in used:
            yield warning(f"recipe.{file.stem}", "recipe_unused", path=str(file), camera=file.stem)


def _read(name: str, file: Path, camera: str) -> Iterator[Check]:
    """Whether it can be read, and each of its figures by which codes would be left unread."""
    try:
        recipe = read_recipe(file)
    except SettingsError as error:
        yield fault(name, "recipe_wrong", path=str(file), camera=camera, problem=str(error))
        return
    yield ok(name, "recipe", path=str(file), camera=camera, count=recipe.expected)
    for each in recipe.set_up.findings:
        if each.grade is Grade.REFUSED:
            yield warning(f"{name}.{each.what}", HOPELESS[each.what], path=str(file), camera=camera,
                          **fact_of(each)[1])
