"""Draws what a camera sees, with the truth: crates of capped bottles, labels, a code in a hand, retail codes on packs.

For tests and benchmarks only. Physics in the order in which light meets it: print, plane and tilt, reflectance, light,
lens, motion, sensor, compression. The symbols come from encoders that belong to no decoder (segno, zint).
Everything follows from (preset, condition, seed); nothing here is fitted to a seed.
"""
from tests.crates.conditions import CONDITIONS, HARD, ORDINARY, Condition
from tests.crates.crate import PRESETS, Crate, Preset
from tests.crates.hand import Hand
from tests.crates.label import LABELS, Label
from tests.crates.pack import WAYS, Pack
from tests.crates.truth import Drawn, Scene

__all__ = ["CONDITIONS", "HARD", "LABELS", "ORDINARY", "PRESETS", "WAYS", "Condition", "Crate", "Drawn", "Hand",
           "Label", "Pack", "Preset", "Scene"]
