"""Serial ports and the devices of the settings: are they there, and may we use them. Opens none of them for work."""
from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from serial.tools.list_ports import comports
from serial.tools.list_ports_common import ListPortInfo

from app.doctor.check import Check, fault, ok, warning
from app.settings import DeviceSection, Settings

CONNECT_S = 1.5
PRINTER_PORT = 9100
MODBUS_PORT = 502
RULES = "70-onecode-station.rules"
RULES_FOLDERS = ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d")
URL_PORTS = {"rtsp": 554, "rtsps": 322, "rtmp": 1935, "http": 80, "https": 443, "rfc2217": 2217}


def devices(settings: Settings | None) -> Iterator[Check]:
    ports = list(comports())
    yield serial_ports(ports)
    yield from thieves(bool(ports) or any(each.kind == "serial" for each in settings.device) if settings else False)
    for device in settings.device if settings else ():
        yield configured(device, ports)


def serial_ports(ports: list[ListPortInfo]) -> Check:
    # The ports on the board are closed to most people on most machines; what was plugged in was meant to be used.
    locked = [port.device for port in ports if port.vid is not None and _no_right(port.device)]
    if locked:
        return warning("serial", "serial_no_right", names=", ".join(locked), group=_group(locked[0]))
    names = ", ".join(f"{port.device} ({_usb_id(port)})" if port.vid else port.device for port in ports)
    return ok("serial", "serial" if ports else "serial_none", names=names)


def thieves(serial_wanted: bool) -> Iterator[Check]:
    """Programs of the desktop that open a scanner before the station does."""
    if not serial_wanted or sys.platform != "linux":
        return
    if shutil.which("brltty", path=os.environ.get("PATH", "") + ":/sbin:/usr/sbin"):
        yield warning("brltty", "brltty")
    modem = any(Path(folder, "ModemManager").exists() for folder in ("/usr/sbin", "/sbin"))
    if modem and not any(Path(folder, RULES).exists() for folder in RULES_FOLDERS):
        yield warning("modem_manager", "modem_manager", file=RULES)


def configured(device: DeviceSection, ports: list[ListPortInfo]) -> Check:
    name = f"device.{device.name}"
    match device.kind:
        case "serial" | "relay":
            return _serial(name, device, ports)
        case "camera":
            return _camera(name, device)
        case "printer":
            return _printer(name, device, ports)
        case "socket-client":
            return _reached(name, device, device.host, device.port)
        case "modbus":
            return _reached(name, device, device.host, device.port or MODBUS_PORT)
        case _:
            return ok(name, "device", device=device.name, where=device.kind)


def _serial(name: str, device: DeviceSection, ports: list[ListPortInfo]) -> Check:
    where = device.path
    if "://" in where:
        parts = urlsplit(where)
        if parts.scheme in ("socket", "rfc2217") and parts.hostname:
            return _reached(name, device, parts.hostname, parts.port or URL_PORTS.get(parts.scheme, 0))
        return ok(name, "device", device=device.name, where=where)
    if where.count(":") in (1, 2) and "/" not in where:
        port = next((each for each in ports if _is(each, where)), None)
        if port is None:
            return fault(name, "device_gone", device=device.name, where=where)
        where = port.device
    return _file(name, device, where)


def _printer(name: str, device: DeviceSection, ports: list[ListPortInfo]) -> Check:
    if device.path:
        return _serial(name, device, ports)
    if device.queue and shutil.which("lp") is None:
        return fault(name, "device_gone", device=device.name, where="lp (cups-client)")
    if device.queue or device.folder:
        return ok(name, "device", device=device.name, where=device.queue or device.folder)
    return _reached(name, device, device.host, device.port or PRINTER_PORT)


def _camera(name: str, device: DeviceSection) -> Check:
    where = device.source
    if where.isdigit():
        if sys.platform != "linux":
            return ok(name, "device", device=device.name, where=where)
        where = f"/dev/video{where}"
    elif "://" in where:
        parts = urlsplit(where)
        if not parts.hostname:
            return ok(name, "device", device=device.name, where=parts.scheme)
        return _reached(name, device, parts.hostname, parts.port or URL_PORTS.get(parts.scheme, 554))
    if not os.path.exists(where):
        if where.startswith("/dev/"):
            return fault(name, "video_gone", device=device.name, where=where)
        return fault(name, "source_gone", device=device.name, where=where)
    return _file(name, device, where, os.R_OK)


def _file(name: str, device: DeviceSection, where: str, right: int = os.R_OK | os.W_OK) -> Check:
    if sys.platform == "win32" and where.upper().startswith("COM"):
        return ok(name, "device", device=device.name, where=where)
    if not os.path.exists(where):
        return fault(name, "device_gone", device=device.name, where=where)
    if not os.access(where, right):
        return fault(name, "device_no_right", device=device.name, where=where, group=_group(where))
    return ok(name, "device", device=device.name, where=where)


def _reached(name: str, device: DeviceSection, host: str, port: int) -> Check:
    where = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), CONNECT_S):
            return ok(name, "device", device=device.name, where=where)
    except OSError as error:
        problem = error.strerror or type(error).__name__
        return fault(name, "device_unreachable", device=device.name, where=where, problem=problem)


def _is(port: ListPortInfo, wanted: str) -> bool:
    vid, pid, *serial = wanted.split(":")
    return (port.vid, port.pid) == (int(vid, 16), int(pid, 16)) and (not serial or port.serial_number == serial[0])


def _usb_id(port: ListPortInfo) -> str:
    return f"{port.vid:04x}:{port.pid:04x}"


def _no_right(path: str) -> bool:
    return os.name == "posix" and not os.access(path, os.R_OK | os.W_OK)


def _group(path: str) -> str:
    """The group that may use the device, for `usermod -aG`; never root's, which would open everything."""
    if os.name != "posix":
        return ""
    import grp

    usual = "video" if path.startswith("/dev/video") else "dialout"
    try:
        group = os.stat(path).st_gid
        return grp.getgrgid(group).gr_name if group else usual
    except (OSError, KeyError):
        return usual
