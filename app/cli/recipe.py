"""`station recipe learn|check|show`: what a camera's picture holds, and whether lens, light and belt can do it.

Looks at picture files only; the cameras of a running station are taught in its window.
"""
from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.common import part_missing
from app.cli.speech import Speech

if TYPE_CHECKING:            # `station --help` reads this file and has to stay quick
    from app.decode import Taught
    from app.settings import RecipeFile

FIGURES = {"module": "module_mm", "speed": "speed_mm_s", "exposure": "exposure_ms"}


def arguments(sub: argparse.ArgumentParser, speech: Speech) -> None:
    """Declares what `station recipe` takes."""
    def option(name: str, **more: object) -> None:
        sub.add_argument(name, help=speech(f"recipe.help.{name.lstrip('-').replace('-', '_')}"), **more)

    option("what", choices=("learn", "check", "show"))
    option("path", nargs="?", type=Path, metavar="PATH")
    sub.set_defaults(late="path")
    option("--output", type=Path, metavar="FILE")
    option("--recipe", type=Path, metavar="FILE")
    option("--symbology", action="append", default=[], metavar="NAME")
    option("--expected", type=_above(int, speech), default=0, metavar="N")
    option("--region", type=_region(speech), metavar="L,T,W,H")
    option("--whole", action="store_true")
    option("--lock", action="store_true")
    option("--anyway", action="store_true")
    for name, unit in (("sensor", "PX"), ("field", "MM"), ("module", "MM"), ("speed", "MM/S"), ("exposure", "MS")):
        option(f"--{name}", type=_above(float, speech), default=0.0, metavar=unit)


def _above(kind: type[int] | type[float], speech: Speech) -> Callable[[str], float]:
    def number(text: str) -> float:
        with contextlib.suppress(ValueError):
            value = kind(text)
            if 0 < value < 1e9:
                return value
        raise argparse.ArgumentTypeError(speech(f"decode.expected_{kind.__name__}", got=text))
    return number


def _region(speech: Speech) -> Callable[[str], tuple[float, ...]]:
    def region(text: str) -> tuple[float, ...]:
        with contextlib.suppress(ValueError):
            left, top, width, height = (float(each) for each in text.split(","))
            if 0 <= left < 1 and 0 <= top < 1 and 0 < width <= 1.001 - left and 0 < height <= 1.001 - top:
                return left, top, width, height
        raise argparse.ArgumentTypeError(speech("decode.expected_region", got=text))
    return region


def run(options: argparse.Namespace) -> int:
    """0 good; 1 the picture or the set-up will not do; 2 wrong arguments or file."""
    speech: Speech = options.speech
    try:
        from app.decode import NotAPicture, VisionRefused
    except ImportError as error:
        return part_missing(speech, error)
    try:
        return {"learn": _learn, "check": _check, "show": _show}[options.what](options, speech)
    except NotAPicture as error:
        speech.complain(f"{options.path}: {error}")
    except VisionRefused as error:
        speech.complain(str(error))
    return 2


def _learn(options: argparse.Namespace, speech: Speech) -> int:
    from app.decode import learn_picture
    from app.settings_file import write_recipe

    if options.path is None:
        speech.complain(speech("recipe.needs_picture"))
        return 2
    taught = learn_picture(options.path, _known(options), symbologies=options.symbology, expected=options.expected,
                           region=options.region, whole=options.whole, lock=options.lock)
    speech.say(speech("recipe.read", file=options.path, count=taught.read))
    _say((*(taught.facts if not taught.faults else ()), *taught.findings), speech)
    if taught.faults:
        speech.complain(speech("recipe.not_learnt"))
        for name, data in taught.faults:
            speech.complain(speech(f"recipe.{name}", **data))
        return 1
    if taught.refused and options.output and not options.anyway:
        speech.complain(speech("recipe.hopeless"))
        return 1
    if options.output:
        speech.say(speech("recipe.written", file=write_recipe(options.output, taught.recipe)))
    return _verdict(taught, speech)


def _check(options: argparse.Namespace, speech: Speech) -> int:
    from app.decode import check_figures, check_picture

    recipe = _known(options)
    if options.path is not None:
        taught = check_picture(options.path, recipe)
        speech.say(speech("recipe.read", file=options.path, count=taught.read))
    elif bool(options.sensor) != bool(options.field) or options.field and not recipe.module_mm:
        speech.complain(speech("recipe.needs_figures"))
        return 2
    else:
        taught = check_figures(recipe, options.sensor, options.field)
    if not taught.findings:
        speech.complain(speech("recipe.nothing_measured" if options.path else "recipe.needs_figures"))
        return 1 if options.path else 2
    _say(taught.findings, speech)
    return _verdict(taught, speech)


def _show(options: argparse.Namespace, speech: Speech) -> int:
    from app.decode import recipe_facts
    from app.settings_file import read_recipe

    file = options.recipe or options.path
    if file is None:
        speech.complain(speech("recipe.needs_recipe"))
        return 2
    _say(recipe_facts(read_recipe(file)), speech)
    return 0


def _known(options: argparse.Namespace) -> RecipeFile:
    """The recipe that is named, or the one that will be written over, with the figures of the command line."""
    from msgspec.structs import replace

    from app.settings import RecipeFile
    from app.settings_file import read_recipe

    file = options.recipe or (options.output if options.output and options.output.exists() else None)
    figures = {key: getattr(options, name) for name, key in FIGURES.items() if getattr(options, name)}
    return replace(read_recipe(file) if file else RecipeFile(), **figures)


def _say(facts: Sequence[tuple[str, dict[str, str | int]]], speech: Speech) -> None:
    for name, data in facts:
        speech.say(f"  {speech(f'recipe.{name}', **data)}")


def _verdict(taught: Taught, speech: Speech) -> int:
    if taught.refused:
        speech.complain(speech("recipe.refused"))
    elif taught.findings:
        speech.say(speech("recipe.good"))
    return 1 if taught.refused else 0
