"""Kinds of devices: one section of the settings → its driver. Knows no thread and what nobody configured is not loaded.

OpenCV alone takes 40 MB that a scanner desk never needs, so each kind's libraries are imported where one is built.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from app.settings import DeviceSection
from drivers.base import Driver
from drivers.framing import Framing
from drivers.signals import SignalPort

MODBUS_PORT = 502
_ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{2}|[nrt0\\])")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


def wire(text: str) -> bytes:
    """A setting's text as the bytes on the wire: UTF-8, with \\xNN, \\r, \\n, \\t, \\0 and \\\\ as one byte each."""
    return _ESCAPE.sub(lambda each: _ESCAPED.get(each[1]) or bytes.fromhex(each[1][1:].decode()), text.encode())


def framing(section: DeviceSection) -> Framing:
    return Framing(wire(section.prefix), wire(section.suffix), section.idle_flush_ms / 1000, wire(section.separator),
                   wire(section.no_read), wire(section.group_separator))


def serial(section: DeviceSection) -> Driver:
    from drivers.serial_scanner import SerialScanner
    return SerialScanner(section.path, framing(section), section.baud)


def _socket_client(section: DeviceSection) -> Driver:
    from drivers.socket_reader import SocketReader
    return SocketReader(section.host, section.port, framing(section), wire(section.trigger))


def _socket_server(section: DeviceSection) -> Driver:
    from drivers.socket_reader import SocketListener
    return SocketListener(section.host, section.port, framing(section), wire(section.trigger))


def _camera(section: DeviceSection) -> Driver:
    from drivers.camera import camera
    return camera(section.source, frame_rate=section.frame_rate, width=section.width, height=section.height,
                  watch=section.watch)


def _modbus(section: DeviceSection) -> SignalPort:
    from drivers.signals_modbus import ModbusPort
    return ModbusPort(section.host, section.port or MODBUS_PORT, section.inputs, section.outputs, section.unit)


def _relay(section: DeviceSection) -> SignalPort:
    from drivers.signals_relay import RelayPort
    return RelayPort(section.path, section.outputs)


def _bench(section: DeviceSection) -> SignalPort:
    from drivers.signals_bench import BenchPort
    return BenchPort(section.inputs, section.outputs, Path(section.path).expanduser() if section.path else None)


DRIVERS: Mapping[str, Callable[[DeviceSection], Driver]] = {
    "serial": serial, "socket-client": _socket_client, "socket-server": _socket_server, "camera": _camera,
}
PORTS: Mapping[str, Callable[[DeviceSection], SignalPort]] = {"modbus": _modbus, "relay": _relay, "bench": _bench}
