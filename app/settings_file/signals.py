"""What a type cannot say about triggers and signals: names, addresses, who reads where, which measure needs what.

Pure, like `checks`; raises Problem for the first thing that is wrong.
"""
from __future__ import annotations

import re

from app.settings import SIGNALS_IN, SIGNALS_OUT, DeviceSection, Settings, TriggerSection
from app.settings_file.error import Expected, Problem
from app.settings_file.shapes import Path

PORTS = ("modbus", "relay", "bench")
LINE = "line"                    # what the line itself is called among the devices
READERS = ("serial", "socket-client", "socket-server", "camera")
_BIT_OR_WORD = re.compile(r"!?(coil|input):\d{1,5}|(holding|register):\d{1,5}|!?(holding|register):\d{1,5}\.\d{1,2}")
_WORD = re.compile(r"(holding|register):\d{1,5}")
_OUT = re.compile(r"!?coil:\d{1,5}|holding:\d{1,5}")
_RELAY = re.compile(r"!?([1-9]|1[0-6])")
_COUNTED = ("trigger_counter", "packer_counter", "encoder")
_MEASURES = ("reject_after_ms", "reject_after_triggers", "reject_after_counts")


def check_signals(settings: Settings) -> None:
    groups = [each.name for each in settings.trigger]
    inputs: list[str] = []
    outputs: list[str] = []
    for number, device in enumerate(settings.device):
        if device.kind in PORTS:
            inputs += _names(("device", number, "inputs"), device, device.inputs, SIGNALS_IN, groups)
            outputs += _names(("device", number, "outputs"), device, device.outputs, SIGNALS_OUT, groups)
    for name in inputs:
        if inputs.count(name) > 1:           # outputs may be: two stack lights
            raise Problem(_where(settings, name), Expected("one_input"), name, "repeated")
    for number, group in enumerate(settings.trigger):
        _group(("trigger", number), group, settings, frozenset(inputs), frozenset(outputs))
    for number, device in enumerate(settings.device):
        if device.name == LINE and (inputs or outputs or groups):
            raise Problem(("device", number, "name"), Expected("unique_name"), device.name, "repeated")
    read = [reader for group in settings.trigger for reader in group.readers]
    for number, device in enumerate(settings.device):
        if device.kind == "camera" and (device.trigger == "signal") != (device.name in read):
            raise Problem(("device", number, "trigger"), Expected("camera_trigger"), device.trigger)


def _names(path: Path, device: DeviceSection, written: dict[str, str], known: dict[str, bool],
           groups: list[str]) -> list[str]:
    """The signals' full names ("ok-case"), after a look at each name and address."""
    full = []
    for name, address in written.items():
        signal, dash, group = name.partition("-")
        if signal not in known or (dash and not known[signal]):
            raise Problem((*path, name), Expected("signals", {"names": ", ".join(known)}), name)
        if known[signal] and (group not in groups if dash else len(groups) != 1):
            if not groups:
                raise Problem((*path, name), Expected("trigger_first", {"name": signal}), name)
            names = ", ".join(f"{signal}-{each}" for each in groups)
            raise Problem((*path, name), Expected("signal_group", {"names": names}), name)
        _address((*path, name), device.kind, signal, address, inward=known is SIGNALS_IN)
        full.append(f"{signal}-{group or groups[0]}" if known[signal] else signal)
    return full


def _address(path: Path, kind: str, signal: str, address: str, inward: bool) -> None:
    if kind == "bench":
        return
    if kind == "relay":
        fits, word = _RELAY.fullmatch(address), "relay"
    elif not inward:
        fits, word = _OUT.fullmatch(address), "coil"
        if signal == "number":
            fits, word = re.fullmatch(r"holding:\d{1,5}", address), "word_out"
    elif signal in _COUNTED:
        fits, word = _WORD.fullmatch(address), "word"
    else:
        fits, word = _BIT_OR_WORD.fullmatch(address), "bit"
    numbers = [int(each) for each in re.findall(r"\d+", address)]
    if not fits or numbers[0] > 65_535 or (len(numbers) > 1 and numbers[1] > 15):
        raise Problem(path, Expected(word), address)


def _where(settings: Settings, name: str) -> Path:
    """The last place where an input of this full name is written."""
    signal = name.partition("-")[0]
    place: Path = ("device",)
    for number, device in enumerate(settings.device):
        for each in device.inputs:
            if each in (name, signal):
                place = ("device", number, "inputs", each)
    return place


def _group(path: Path, group: TriggerSection, settings: Settings, inputs: frozenset[str],
           outputs: frozenset[str]) -> None:
    kinds = {each.name: each.kind for each in settings.device if each.kind in READERS}
    if not group.readers or len(set(group.readers)) != len(group.readers):
        raise Problem((*path, "readers"), Expected("readers"), group.readers)
    for number, reader in enumerate(group.readers):
        if reader not in kinds:
            raise Problem((*path, "readers", number), Expected("reader", {"names": ", ".join(kinds)}), reader)
        if any(reader in each.readers for each in settings.trigger if each is not group):
            raise Problem((*path, "readers", number), Expected("one_group"), reader, "repeated")
    cameras = [each for each in group.readers if kinds[each] == "camera"]
    if group.by == "reader" and (cameras or group.fire):
        raise Problem((*path, "by"), Expected("by_signal"), group.by)
    if group.by == "signal" and not inputs & {f"trigger-{group.name}", f"trigger_counter-{group.name}"}:
        raise Problem((*path, "by"), Expected("trigger_input", {"name": group.name}), group.by)
    if group.echo:
        try:
            groups = re.compile(group.echo).groupindex
        except re.error:
            groups = {}
        if not {"trigger", "code"} <= set(groups) or "{trigger}" not in group.fire:
            raise Problem((*path, "echo"), Expected("echo"), group.echo)
    if re.search(r"[{}]", group.fire.replace("{trigger}", "")):
        raise Problem((*path, "fire"), Expected("fire"), group.fire)
    _late(path, group, settings)
    _reject(path, group, inputs, outputs)


def _late(path: Path, group: TriggerSection, settings: Settings) -> None:
    """A reader that does not say which trigger it means (our own cameras do): the next one's answer must not come while
    a late one is waited for, or it would be taken for that."""
    period_ms = group.period_ms
    if not period_ms and settings.line.cases_per_minute:
        period_ms = int(60_000 / settings.line.cases_per_minute)     # nothing comes less often than cases do
    kinds = {each.name: each.kind for each in settings.device}
    silent = any(kinds[reader] != "camera" for reader in group.readers) and not group.echo
    if group.by == "signal" and silent and 0 < period_ms <= group.late_ms:
        raise Problem((*path, "late_ms"), Expected("late", {"name": group.name, "period": period_ms}), group.late_ms)


def _reject(path: Path, group: TriggerSection, inputs: frozenset[str], outputs: frozenset[str]) -> None:
    measures = [key for key in _MEASURES if getattr(group, key)]
    if len(measures) > 1:
        raise Problem((*path, measures[1]), Expected("one_measure"), getattr(group, measures[1]))
    wanted = {**dict.fromkeys(measures, f"reject-{group.name}"),
              **({"confirm_ms": f"reject-{group.name}"} if group.confirm_ms else {})}
    for key, output in wanted.items():
        if output not in outputs:
            raise Problem((*path, key), Expected("reject_output", {"name": group.name}), getattr(group, key))
    if group.reject_after_counts and not inputs & {"encoder"}:
        raise Problem((*path, "reject_after_counts"), Expected("encoder_input"), group.reject_after_counts)
    sensor = f"reject_sensor-{group.name}" in inputs
    if sensor != bool(group.confirm_ms):
        raise Problem((*path, "confirm_ms"), Expected("sensor" if sensor else "sensor_input", {"name": group.name}),
                      group.confirm_ms)
