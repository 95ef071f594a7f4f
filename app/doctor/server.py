"""The central server and, by its clock, ours. Asks nothing but OPTIONS /capture and sends no event."""
from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.resources import files
from pathlib import Path

from app.doctor.check import Check, fault, ok, warning
from app.settings import ServerSection, Settings

WARN_S = 30
FAULT_S = 120
ASK_S = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: HTTP status and its clock (aware UTC), where it told it."""

    status: int
    date: datetime | None


class Unreachable(Exception):
    """No answer; the text says why."""


Ask = Callable[[ServerSection], Answer]


def ask(server: ServerSection) -> Answer:
    """OPTIONS <url>/capture as the sync does it: our certificate authority, no proxies, no redirects."""
    import httpx  # 100 ms: only where there is a server to ask

    headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
    try:
        context = ssl.create_default_context(cafile=server.ca_file or None)
        with httpx.Client(verify=context, trust_env=False, timeout=min(server.timeout_s, ASK_S)) as client:
            response = client.options(server.url.rstrip("/") + "/capture", headers=headers)
    except (httpx.HTTPError, OSError, ValueError) as error:
        raise Unreachable(str(error) or type(error).__name__) from error
    told = response.headers.get("Date", "")
    try:
        date = parsedate_to_datetime(told) if told else None
    except ValueError:
        date = None
    return Answer(response.status_code, date.astimezone(UTC) if date else None)


def server(settings: Settings | None, ask_server: Ask, now: Callable[[], datetime]) -> Iterator[Check]:
    if settings is None:                 # whether there is a server is not known
        yield clock(now())
        return
    section = settings.server
    if not section.url:
        yield warning("server", "server_none")
        yield clock(now())
        return
    if section.token and section.url.startswith("http://"):
        yield warning("token", "token_in_clear", url=section.url)
    try:
        before = now()
        answer = ask_server(section)
        after = now()
    except Unreachable as error:
        yield warning("server", "server_unreachable", url=section.url, problem=str(error))
        yield clock(now())
        return
    match answer.status:
        case 401 | 403:
            yield fault("server", "server_refused", url=section.url, status=answer.status)
        case 404:
            yield fault("server", "server_wrong", url=section.url, status=answer.status)
        case status if status >= 500:
            yield warning("server", "server_unreachable", url=section.url, problem=f"HTTP {status}")
        case _:
            yield ok("server", "server", url=section.url)
    yield clock(before + (after - before) / 2, answer.date)


def clock(now: datetime, server_date: datetime | None = None) -> Check:
    """Ours against the server's, which tells whole seconds; without one, against the day this program was installed."""
    if server_date is None:
        installed = datetime.fromtimestamp(Path(str(files("resources"))).stat().st_mtime, UTC)
        behind = (installed - now).total_seconds()
        if behind > 86_400:
            return fault("clock", "clock_before_program", now=f"{now:%Y-%m-%d %H:%M} UTC", than=f"{installed:%Y-%m-%d}")
        return ok("clock", "clock_alone", now=f"{now:%Y-%m-%d %H:%M:%S} UTC")
    offset = round((now - server_date).total_seconds() - 0.5)
    data = {"offset": f"{offset:+d}", "most": WARN_S}
    if abs(offset) > FAULT_S:
        return fault("clock", "clock_off", **data)
    return warning("clock", "clock_off", **data) if abs(offset) > WARN_S else ok("clock", "clock", **data)
