"""The engines that read codes: which are there, in which version, and what their absence costs.

Imports each one, as the reader would: a package that is there may still be broken. Reads nothing with them.
"""
from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from importlib import metadata

from app.doctor.check import Check, fault, ok, warning


def engines() -> Iterator[Check]:
    """The one that everything is read with, the second decoder, and the extra one."""
    yield zxing()
    yield zbar()
    yield tapirscan()


def zxing() -> Check:
    problem = _problem("zxingcpp")
    if problem:
        return fault("engine.zxing", "zxing_none", problem=problem, python=sys.executable)
    return ok("engine.zxing", "zxing", version=version_of("zxing-cpp"))


def zbar() -> Check:
    """Its package, and the system library that the package finds while it is imported."""
    if importlib.util.find_spec("pyzbar") is None:
        return warning("zbar", "zbar_no_package", python=sys.executable)
    problem = _problem("pyzbar.pyzbar")
    if problem:
        return warning("zbar", "zbar_none", problem=problem)
    return ok("zbar", "zbar", version=version_of("pyzbar"))


def tapirscan() -> Check:
    problem = _problem("tapirscan")
    if problem:
        return warning("engine.tapirscan", "tapirscan_none", problem=problem, python=sys.executable)
    return ok("engine.tapirscan", "tapirscan", version=version_of("tapirscan"))


def _problem(module: str) -> str:
    """Why it cannot be used, "" where it can."""
    try:
        importlib.import_module(module)
    except Exception as error:       # whatever a broken library raises: the doctor goes on
        return str(error) or type(error).__name__
    return ""


def version_of(distribution: str) -> str:
    """"" where it is not installed as a package."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
