"""What a type cannot say about a setting: check digits, zones, addresses, unique names, which key is for which kind.

Pure: looks at values only, never whether a folder, a device or a server is there (that is the doctor's).
"""
from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from app.domain.codes.checks import mod10
from app.domain.packing.labels import SsccRange
from app.settings import DeviceSection, Settings
from app.settings_file.error import Expected, Problem
from app.settings_file.shapes import Path
from app.settings_file.signals import check_signals

_FRAMING = ("prefix", "suffix", "idle_flush_ms", "separator", "no_read", "trigger", "group_separator")
_ANSWERS = ("ok", "ng", "feeds")
_BUILT_IN = DeviceSection(name="-", kind="printer")
PLACES = ("queue", "folder")
KEYS_OF_KIND: dict[str, tuple[str, ...]] = {
    "serial": ("path", "baud", *_FRAMING, *_ANSWERS),
    "socket-client": ("host", "port", *_FRAMING, *_ANSWERS),
    "socket-server": ("host", "port", *_FRAMING, *_ANSWERS),
    "camera": ("source", "frame_rate", "width", "height", "watch", "symbologies", "expected", "settle_frames", "single",
               "recipe", "trigger", "path", "baud", *_ANSWERS),    # path: the line beside it that its OK/NG bytes go to
    "keyboard": ("prefix", "suffix", "idle_flush_ms", "group_separator"),
    "printer": ("host", "port", "path", "baud", *PLACES, "speaks", "dpi", "answers", "copies",
                "levels"),
    "modbus": ("host", "port", "unit", "poll_ms", "inputs", "outputs"),
    "relay": ("path", "outputs"),
    "bench": ("path", "inputs", "outputs"),      # path: a file that its outputs are noted in
}
_REQUIRED = {"serial": "path", "socket-client": "port", "camera": "source", "modbus": "host", "relay": "path"}
_SERIAL_PATH = re.compile(
    r"/.+|COM\d{1,3}|[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}(:[^\s:]{1,64})?"
    r"|(socket|rfc2217|hwgrep|loop|spy|alt|cp2110)://\S*"
)
_FULL_PATH = re.compile(r"(/|~/|[A-Za-z]:[\\/]|\\\\).*")
_ESCAPED = re.compile(r"(?:[^\\]|\\(?:x[0-9A-Fa-f]{2}|[nrt0\\]))*", re.DOTALL)
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]?")
_QUEUE = re.compile(r"[^\s/#'\"-][^\s/#'\"]{0,126}")
_HOST = re.compile(r"[A-Za-z0-9._:%\[\]-]{1,253}")


def check(settings: Settings, raw_devices: list[dict[str, Any]]) -> None:
    """Raises Problem for the first thing that is wrong. `raw_devices` are the devices' tables as they were written."""
    _numbers((), settings)
    _station(settings)
    _server(settings)
    _folders(settings)
    _label(settings)
    _warehouse(settings)
    for number, device in enumerate(settings.device):
        _device(("device", number), device, raw_devices[number])
    _unique("device", [each.name for each in settings.device])
    check_signals(settings)
    _unique("trigger", [each.name for each in settings.trigger])
    _rules(settings)


def _numbers(path: Path, value: Any) -> None:
    # "inf" is a number to TOML and to msgspec; no timeout and no rate may be one
    if isinstance(value, float) and not math.isfinite(value):
        raise Problem(path, Expected("number"), value)
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            _numbers((*path, name), getattr(value, name))
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            _numbers((*path, number), each)


def _station(settings: Settings) -> None:
    station = settings.station
    digit = mod10(station.gln[:12])
    if digit is None:
        raise Problem(("station", "gln"), Expected("gln"), station.gln)
    if digit != station.gln[12]:
        raise Problem(("station", "gln"), Expected("gln_check", {"check": digit}), station.gln)
    if station.timezone:
        try:
            ZoneInfo(station.timezone)
        except (LookupError, ValueError, OSError):
            raise Problem(("station", "timezone"), Expected("timezone"), station.timezone) from None


def _server(settings: Settings) -> None:
    server = settings.server
    for key in ("url", "master_url"):
        value = getattr(server, key)
        if value and not _is_url(value):
            raise Problem(("server", key), Expected("url"), value)
    if server.token and not re.fullmatch(r"[!-~]+", server.token):
        raise Problem(("server", "token"), Expected("token"), server.token)


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0 and parts.username is None
        and parts.password is None and not parts.query and not parts.fragment
        and re.search(r"[\s\x00-\x1f\x7f?#]", value) is None
    )


def _folders(settings: Settings) -> None:
    for section, key, word in (
        ("store", "journal_dir", "folder"), ("store", "backup_dir", "folder"), ("server", "ca_file", "file"),
        ("label", "templates", "folder"),
    ):
        value = getattr(getattr(settings, section), key)
        if value and (not _FULL_PATH.fullmatch(value) or "\0" in value):
            raise Problem((section, key), Expected(word), value)
    if settings.store.warn_free_mb < settings.store.min_free_mb:
        raise Problem(
            ("store", "warn_free_mb"), Expected("warn_above", {"least": settings.store.min_free_mb}),
            settings.store.warn_free_mb,
        )


def _label(settings: Settings) -> None:
    label = settings.label
    wrong = label.sscc_prefix and SsccRange(label.sscc_prefix, label.sscc_first, label.sscc_last).problem()
    if wrong:
        raise Problem(("label", "sscc_prefix"), word="rule", problem=wrong)


def _warehouse(settings: Settings) -> None:
    house = settings.warehouse
    if house.snapshot_key:
        try:
            right = len(base64.b64decode(house.snapshot_key, validate=True)) == 32
        except (ValueError, binascii.Error):
            right = False
        if not right:
            raise Problem(("warehouse", "snapshot_key"), Expected("public_key"), house.snapshot_key)
    if house.snapshot_url and not _is_url(house.snapshot_url):
        raise Problem(("warehouse", "snapshot_url"), Expected("url"), house.snapshot_url)
    if (house.latitude is None) != (house.longitude is None):
        missing = "latitude" if house.latitude is None else "longitude"
        raise Problem(("warehouse", missing), Expected("number"), word="missing_key")


def _device(path: Path, device: DeviceSection, raw: dict[str, Any]) -> None:
    keys = ("name", "kind", *KEYS_OF_KIND[device.kind])
    for key, value in raw.items():
        if key not in keys:
            names = Expected("keys", {"names": ", ".join(keys)})
            raise Problem((*path, key), names, value, "not_for_kind", kind=device.kind)
    looks: dict[str, tuple[str, Callable[[Any], bool]]] = {
        "path": ("serial_path", lambda text: _SERIAL_PATH.fullmatch(text) is not None
                 or (device.kind in ("camera", "printer") and not text)
                 or (device.kind == "bench" and (not text or _FULL_PATH.fullmatch(text) is not None))),
        "host": ("host", lambda text: _HOST.fullmatch(text) is not None),
        # 0 there: any that is free, or the usual one of printers and PLCs
        "port": ("port", lambda port: port > 0 or device.kind in ("socket-server", "printer", "modbus")),
        "queue": ("queue", lambda text: not text or _QUEUE.fullmatch(text) is not None),
        "folder": ("folder", lambda text: not text or _FULL_PATH.fullmatch(text) is not None and "\0" not in text),
        "recipe": ("file", lambda text: not text or _FULL_PATH.fullmatch(text) is not None and "\0" not in text),
        "source": ("camera_source", lambda text: bool(text.strip()) and "\0" not in text),
        "ok": ("escapes", lambda text: _ESCAPED.fullmatch(text) is not None),
        "ng": ("escapes", lambda text: _ESCAPED.fullmatch(text) is not None),
    }
    wanted = _REQUIRED.get(device.kind)
    if wanted is not None and wanted not in raw:
        raise Problem((*path, wanted), Expected(looks[wanted][0]), word="missing_key")
    for key, (word, fits) in looks.items():
        if key in raw and not fits(getattr(device, key)):
            raise Problem((*path, key), Expected(word), getattr(device, key))
    if device.kind == "printer":
        # print_config writes every key out, host with its built-in value and the others empty
        places = [key for key in ("path", *PLACES) if getattr(device, key)]
        hosted = "host" in raw and (not places or device.host != _BUILT_IN.host)
        if len(places) + hosted != 1:
            raise Problem(path, Expected("one_place"), word="missing_key")
    if device.symbologies:
        _symbologies(path, device)


def _symbologies(path: Path, device: DeviceSection) -> None:
    import zxingcpp  # 30 ms and a big library: only where a camera names symbologies

    known = {name for name in zxingcpp.BarcodeFormat.__members__ if not name.startswith(("NONE", "Other"))}
    for number, name in enumerate(device.symbologies):
        if name not in known:
            common = "QRCode, DataMatrix, Code128, EAN13, ITF14, DataBar, AllReadable"
            raise Problem((*path, "symbologies", number), Expected("symbology", {"names": f"{common} …"}), name)


def _rules(settings: Settings) -> None:
    if not settings.rule:
        return
    from app.domain.codes.rules import RuleTable  # 100 ms of GS1 tables: only where the site has rules of its own

    for number, rule in enumerate(settings.rule):
        for place, aim in enumerate(rule.symbologies):
            if not _AIM.fullmatch(aim):
                raise Problem(("rule", number, "symbologies", place), Expected("aim"), aim)
        try:
            RuleTable((rule,), {})
        except ValueError as error:
            raise Problem(("rule", number), word="rule", problem=str(error)) from None
    _unique("rule", [each.name for each in settings.rule])


def _unique(section: str, names: list[str]) -> None:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise Problem((section, number, "name"), Expected("unique_name"), name, "repeated")
