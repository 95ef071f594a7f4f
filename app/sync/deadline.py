"""An end for a whole HTTP exchange: read time-outs alone let a server hold us for ever, a byte now and then."""
from __future__ import annotations

import ssl
import time
from typing import Any

import httpcore
import httpx


class Clock:
    """When the exchange under way must be over."""

    def __init__(self, whole_s: float) -> None:
        self._whole_s = whole_s
        self._end = float("inf")

    def start(self) -> float:
        begun = time.monotonic()
        self._end = begun + self._whole_s
        return begun

    def left(self, timeout_s: float | None) -> float:
        """Seconds that a read or write may take. Raises ReadTimeout when the whole has taken too long."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout(f"the answer was not whole after {self._whole_s:g} s")
        return left if timeout_s is None else min(left, timeout_s)


class BoundedTransport(httpx.HTTPTransport):
    """A server that sends one byte now and then never trips a read time-out: the whole exchange has an end too."""

    def __init__(self, trust: ssl.SSLContext, clock: Clock) -> None:
        super().__init__(verify=trust, trust_env=False)
        # Idle connections are dropped before the usual servers do it (5 s), so none is closed under a request.
        self._pool = httpcore.ConnectionPool(ssl_context=trust, max_connections=2, keepalive_expiry=4.0,
                                             network_backend=_Backend(clock))


class _Backend(httpcore.NetworkBackend):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._real = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
                    socket_options: Any = None) -> httpcore.NetworkStream:
        return _Stream(self._real.connect_tcp(host, port, timeout, local_address, socket_options), self._clock)


class _Stream(httpcore.NetworkStream):
    def __init__(self, real: httpcore.NetworkStream, clock: Clock) -> None:
        self._real = real
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._real.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._real.write(buffer, self._clock.left(timeout))

    def close(self) -> None:
        self._real.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None,
                  timeout: float | None = None) -> httpcore.NetworkStream:
        return _Stream(self._real.start_tls(ssl_context, server_hostname, self._clock.left(timeout)), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._real.get_extra_info(info)
