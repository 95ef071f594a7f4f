"""The lines that label printers hang on: TCP, and serial by pyserial. Bytes in and out; errors are OSError's.

A line that hung up raises ConnectionError from `read`; one that takes no bytes TimeoutError from `write`.
"""
from __future__ import annotations

import select
import socket
from typing import Protocol
from urllib.parse import urlsplit

import serial

CONNECT_TIMEOUT_S = 3.0
WRITE_TIMEOUT_S = 5.0
PIECE = 1024                     # bytes written to a serial line at once, each within WRITE_TIMEOUT_S
_CHUNK = 4096


class Line(Protocol):
    def read(self, timeout_s: float) -> bytes: ...
    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...


class TcpLine:
    """Raises OSError, ValueError for an address that is none."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), CONNECT_TIMEOUT_S)
        self._socket.settimeout(WRITE_TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self, timeout_s: float) -> bytes:
        """What has come, at once where there is something; b"" after `timeout_s`."""
        if not select.select([self._socket], [], [], timeout_s)[0]:
            return b""
        data = self._socket.recv(_CHUNK)
        if not data:
            raise ConnectionResetError("it closed the connection")
        return data

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def close(self) -> None:
        self._socket.close()


class SerialLine:
    """`flow`: the printer may stop us by XOFF. Raises OSError, ValueError as pyserial does."""

    def __init__(self, address: str, baud: int, flow: bool) -> None:
        self._port = serial.serial_for_url(address, baud, do_not_open=True, write_timeout=WRITE_TIMEOUT_S,
                                           exclusive=True, xonxoff=flow)
        try:
            self._port.open()
        except BaseException:
            self._port.close()
            raise

    def read(self, timeout_s: float) -> bytes:
        self._port.timeout = timeout_s
        data = self._port.read(1)
        while data and len(data) < _CHUNK and self._port.in_waiting:
            data += self._port.read(1)
        return data

    def write(self, data: bytes) -> None:
        for start in range(0, len(data), PIECE):
            try:
                self._port.write(data[start : start + PIECE])
            except serial.SerialTimeoutException as error:
                raise TimeoutError(str(error)) from error

    def close(self) -> None:
        self._port.close()


def line(address: str, baud: int, *, flow: bool) -> Line:
    """socket://host:port is TCP; a path or any other URL of pyserial is serial."""
    parts = urlsplit(address) if address.startswith("socket://") else None
    if parts is None:
        return SerialLine(address, baud, flow)
    if not parts.hostname or not parts.port:
        raise ValueError(f"expected socket://host:port, got {address}")
    return TcpLine(parts.hostname, parts.port)
