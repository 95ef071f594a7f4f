"""`station doctor`: everything around the station that it needs, each with what it means and the mend.

Looks, and changes nothing: only reads the store, sends no event, claims no device. Sentences are in i18n/*/doctor.toml.
"""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from app.doctor import devices, machine, place, recipes, server
from app.doctor.check import Check, fault, ok, report, warning
from app.doctor.server import Answer, Ask, Unreachable, ask
from app.home import Home
from app.settings import Settings

__all__ = ["Answer", "Ask", "Check", "Unreachable", "checks", "report"]


def checks(
    home: Home,
    settings: Settings | None,
    *,
    problem: str = "",
    environ: Mapping[str, str] = os.environ,
    ask_server: Ask = ask,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Check]:
    """All findings, one by one. `settings` is None where they could not be read; `problem` says why."""
    if settings is None:
        yield fault("settings", "settings_wrong", problem=problem)
    elif not home.settings_file.exists():
        yield warning("settings", "settings_none", path=str(home.settings_file))
    else:
        yield ok("settings", "settings", path=str(home.settings_file))
    yield from machine.machine(settings, environ)
    yield from place.place(home, settings)
    yield from devices.devices(settings)
    yield from recipes.recipes(home, settings)
    yield from server.server(settings, ask_server, now)
