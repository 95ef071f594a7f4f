"""One HTTP exchange with a server that is not trusted: a Reply, or what went wrong as a value; never an exception.

No proxy or credentials from the environment, no redirects, no compression, 10 MB at most, a time-out on everything
and on the whole. Does not know EPCIS.
"""
from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import httpx
import msgspec

from app.domain.codes.text import safe
from app.settings import ServerSection
from app.sync.deadline import BoundedTransport, Clock

MAX_BYTES = 10_000_000
MAX_RETRY_AFTER_S = 3600.0
_CONNECT_S = 10.0


class BadServerSetting(Exception):
    """A key of [server] cannot be used; the text names it, what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return None

    def shown(self) -> str:
        """The answer in one safe line, for people."""
        return safe(f"{self.status} {self.body[:2000].decode('utf-8', 'replace')}".strip(), 500)


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Nothing was sent: no connection came about."""

    why: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """Sent, at least in part, and no whole answer came: the server may or may not have done it, or still do it."""

    why: str
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Hostile:
    """Not our server, or not a sane one: TLS failure, redirect elsewhere, an answer without end."""

    why: str


@dataclass(frozen=True, slots=True)
class Misdirected:
    """The address is wrong: nobody there takes this request."""

    why: str


class Into(Protocol):
    """Where a long body goes. `begin` is told the status and the headers and says how many bytes it takes."""

    def begin(self, status: int, headers: Mapping[str, str]) -> int: ...
    def write(self, piece: bytes) -> None: ...


Failure = Unreachable | Unclear | Hostile | Misdirected


class Transport:
    """One connection pool to one server. Not for more than one thread."""

    def __init__(self, server: ServerSection, base: str, now: Callable[[], datetime]) -> None:
        """Raises BadServerSetting."""
        self.base = base.rstrip("/")
        self._now = now
        self._clock = Clock(server.timeout_s * 4)
        self._offsets: list[tuple[float, float]] = []        # (round trip, server's clock minus ours), seconds
        headers = {"Accept": "application/ld+json, application/json", "Accept-Encoding": "identity",
                   "User-Agent": "onecode-station"}
        if server.token:
            if not (server.token.isascii() and server.token.isprintable()):
                raise BadServerSetting("server.token: expected printable ASCII characters")
            headers["Authorization"] = f"Bearer {server.token}"
        try:
            address = httpx.URL(self.base)
        except httpx.InvalidURL as error:
            raise BadServerSetting(f"server.url: expected http://… or https://…, got {base!r} ({error})") from error
        if address.scheme not in ("http", "https") or not address.host:
            raise BadServerSetting(f"server.url: expected http://… or https://…, got {base!r}")
        self._client = httpx.Client(
            headers=headers, transport=BoundedTransport(_trust(server.ca_file, address.scheme), self._clock),
            timeout=httpx.Timeout(server.timeout_s, connect=min(_CONNECT_S, server.timeout_s)), trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        self._client.close()

    @property
    def clock_offset_s(self) -> float | None:
        """Server's clock minus ours by the Date header with the shortest round trip of the last eight; ±0.5 s."""
        return min(self._offsets)[1] if self._offsets else None

    def exchange(self, method: str, url: str, *, params: Mapping[str, str] | None = None, body: bytes | None = None,
                 headers: Mapping[str, str] | None = None, into: Into | None = None) -> Reply | Failure:
        """Sends one request to an address below `base`. Every outcome is a value. A body that was asked for goes `into`
        what is given, as far as it came, and the Reply has none."""
        begun, at = self._clock.start(), self._now()
        try:
            with self._client.stream(method, url, params=params, content=body, headers=headers) as answer:
                self._measure(answer.headers.get("date", ""), at, time.monotonic() - begun)
                if 300 <= answer.status_code < 400 and answer.status_code != 304:
                    return self._moved(answer)
                return self._read(answer, into if answer.status_code in (200, 206) else None)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Hostile(f"TLS: {_words(error)}") if _is_tls(error) else Unreachable(_words(error))
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL) as error:
            return Misdirected(_words(error))
        except (httpx.HTTPError, httpx.StreamError) as error:
            timed_out = isinstance(error, httpx.TimeoutException)
            return Hostile(f"TLS: {_words(error)}") if _is_tls(error) else Unclear(_words(error), timed_out)
        except (OSError, ValueError) as error:        # what httpx lets through, such as a header it cannot decode
            return Unclear(_words(error))

    def _read(self, answer: httpx.Response, into: Into | None = None) -> Reply | Failure:
        body = bytearray()
        room = into.begin(answer.status_code, dict(answer.headers)) if into else MAX_BYTES
        length = 0
        for piece in answer.iter_raw():
            length += len(piece)
            if length > room:
                return Hostile(f"the answer is longer than {room} bytes")
            if into:
                into.write(piece)
            else:
                body += piece
        if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            return Unclear("the answer is compressed, which was not asked for")
        return Reply(answer.status_code, dict(answer.headers), bytes(body))

    def _moved(self, answer: httpx.Response) -> Failure:
        place = safe(answer.headers.get("location", ""), 200)
        if self.ours(answer.headers.get("location", "")):
            return Misdirected(f"{answer.status_code}: the server has it at {place or 'an address it does not name'}")
        return Hostile(f"{answer.status_code}: the server sends us on to {place}")

    def ours(self, location: str) -> bool:
        """True where an address (absolute or relative) is on the host that the settings name."""
        try:
            base = httpx.URL(self.base)
            found = base.join(location)
        except (httpx.InvalidURL, ValueError):
            return False
        return (found.scheme, found.host, found.port) == (base.scheme, base.host, base.port)

    def _measure(self, date: str, at: datetime, took_s: float) -> None:
        try:
            told = parsedate_to_datetime(date)
        except (ValueError, TypeError):
            return
        if told.tzinfo is None:
            told = told.replace(tzinfo=UTC)
        # The header has whole seconds: on average it is half a second behind.
        self._offsets.append((took_s, (told - at).total_seconds() + 0.5 - took_s / 2))
        del self._offsets[:-8]


def retry_after_s(value: str, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (a number or a date), an hour at most; None where it says nothing."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), MAX_RETRY_AFTER_S)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), MAX_RETRY_AFTER_S)


def _trust(ca_file: str, scheme: str) -> ssl.SSLContext:
    if not ca_file and scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)      # never used; reading all authorities takes a while
    if not ca_file:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise BadServerSetting(f"server.ca_file: expected a PEM file with certificates, got {ca_file!r} ({error})"
                               ) from error


def _is_tls(error: BaseException | None) -> bool:
    """True where an SSL error is at the bottom of it."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _words(error: Exception) -> str:
    return safe(f"{type(error).__name__}: {error}", 300)
