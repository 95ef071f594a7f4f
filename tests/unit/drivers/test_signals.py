"""Signals on real transports: Modbus TCP frames over a socket, relay bytes over a pty, a bench that only notes."""
from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.base import DeviceGone, DeviceRefused
from drivers.signals import Address, address
from drivers.signals_bench import BenchPort
from drivers.signals_modbus import ModbusPort
from drivers.signals_relay import RelayPort, command
from drivers.simulated_plc import SimulatedPlc, SimulatedRelay

INPUTS = {"trigger": "input:0", "sensor": "!input:7", "count": "register:3", "bit": "holding:9.3", "coil": "coil:20"}
OUTPUTS = {"ok": "coil:0", "ng": "coil:1", "low": "!coil:2", "number": "holding:4", "far": "coil:100"}


@pytest.fixture
def plc() -> Iterator[SimulatedPlc]:
    device = SimulatedPlc()
    device.start()
    yield device
    device.stop()


@pytest.fixture
def port(plc: SimulatedPlc) -> Iterator[ModbusPort]:
    device = ModbusPort("127.0.0.1", plc.port, INPUTS, OUTPUTS)
    device.open()
    yield device
    device.close()


def levels(port: ModbusPort) -> dict[str, int]:
    return {each.name: each.value for each in port.read()}


# --- addresses -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "meant"), [
    ("coil:0", Address("coil", 0)), ("!input:65535", Address("input", 65_535, inverted=True)),
    ("holding:10", Address("holding", 10)), ("register:7.15", Address("register", 7, 15)),
    ("!holding:0.0", Address("holding", 0, 0, True)),
])
def test_an_address_is_read(text: str, meant: Address) -> None:
    assert address(text) == meant


@pytest.mark.parametrize("text", ["", "coil", "coil:", "coil:-1", "coil:65536", "coil:1.2", "register:1.16", "x:1",
                                  "!register:1", "coil:0 ", "COIL:0"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="register"):
        address(text)


# --- Modbus ------------------------------------------------------------------------------------------------------
def test_the_first_look_tells_all_and_later_ones_what_changed(plc: SimulatedPlc, port: ModbusPort) -> None:
    first = port.read()
    assert {each.name for each in first} == set(INPUTS) and all(each.fresh for each in first)
    assert {each.name: each.value for each in first} == {"trigger": 0, "sensor": 1, "count": 0, "bit": 0, "coil": 0}
    assert port.read() == []
    plc.set("input:0", 1)
    plc.set("input:7", 1)
    plc.set("register:3", 65_535)
    plc.set("holding:9", 0b1000)
    plc.set("coil:20", 1)
    changed = port.read()
    assert {each.name: each.value for each in changed} == {
        "trigger": 1, "sensor": 0, "count": 65_535, "bit": 1, "coil": 1}
    assert not any(each.fresh for each in changed)
    plc.set("holding:9", 0b1001)                 # another bit of the same register
    assert port.read() == []


def test_outputs_are_written_in_their_order(plc: SimulatedPlc, port: ModbusPort) -> None:
    port.write({"number": 70_001, "ok": 1, "ng": 0, "low": 1, "far": 1})
    assert [(each.address, each.value) for each in plc.written] == [
        ("holding:4", 70_001 & 0xFFFF), ("coil:0", 1), ("coil:1", 0), ("coil:2", 0), ("coil:100", 1)]
    with pytest.raises(KeyError):
        port.write({"nothing": 1})


def test_only_what_can_be_written_is_an_output() -> None:
    for place in ("input:0", "register:1", "holding:1.2"):
        with pytest.raises(ValueError, match="output ok"):
            ModbusPort("127.0.0.1", 502, {}, {"ok": place})


def test_what_the_plc_does_not_have_is_a_wrong_setting(plc: SimulatedPlc) -> None:
    port = ModbusPort("127.0.0.1", plc.port, {"trigger": "input:999"}, {"ok": "coil:999"})
    port.open()
    for act in (port.read, lambda: port.write({"ok": 1})):
        with pytest.raises(DeviceRefused, match="exception 2") as refused:
            act()
        assert refused.value.problem == "wrong_setting"
    port.close()


def test_a_plc_that_goes_is_told_and_can_be_opened_again(plc: SimulatedPlc, port: ModbusPort) -> None:
    assert port.read()
    plc.stop()
    with pytest.raises(DeviceGone) as gone:
        port.read()
    assert gone.value.problem == "no_connection"
    with pytest.raises(DeviceGone):              # never dialled again behind our back
        port.write({"ok": 1})
    port.close()
    with pytest.raises(DeviceGone, match=f"127.0.0.1:{plc.port}"):
        port.open()
    plc.start()
    port.open()
    assert all(each.fresh for each in port.read())


def test_a_plc_that_says_nothing_or_nonsense_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = ModbusPort("127.0.0.1", listener.getsockname()[1], {"trigger": "input:0"}, {})
        port.open()
        line, _ = listener.accept()
        with line, pytest.raises(DeviceGone):
            port.read()                          # after half a second
        port.close()
        port.open()
        line, _ = listener.accept()
        threading.Thread(target=lambda: (line.recv(100), line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))).start()
        with pytest.raises(DeviceGone):
            port.read()
        port.close()
        line.close()


def test_far_addresses_are_read_too(plc: SimulatedPlc) -> None:
    port = ModbusPort("127.0.0.1", plc.port, {f"n{at}": f"register:{at}" for at in (0, 20, 120, 121, 255)}, {})
    for at in (0, 20, 120, 121, 255):
        plc.set(f"register:{at}", at + 1)
    port.open()
    assert levels(port) == {f"n{at}": at + 1 for at in (0, 20, 120, 121, 255)}
    port.close()


# --- relays and the bench ------------------------------------------------------------------------------------------
def test_relay_commands_are_four_bytes() -> None:
    assert command(1, True) == bytes.fromhex("a0 01 01 a2") and command(1, False) == bytes.fromhex("a0 01 00 a1")
    assert command(16, True) == bytes.fromhex("a0 10 01 b1")


def test_relays_on_a_serial_line(tmp_path: Path) -> None:
    board = SimulatedRelay(tmp_path / "relay")
    port = RelayPort(board.path, {"red": "1", "safe": "!16"})
    with pytest.raises(DeviceGone):
        port.open()
    board.plug()
    port.open()
    port.write({"red": 1, "safe": 0})
    assert board.wait(2) == {1: True, 16: True}
    port.write({"red": 0})
    assert board.wait() == {1: False, 16: True}
    assert port.read() == [] and not port.watches
    board.unplug()
    with pytest.raises(DeviceGone):
        port.read()
    port.close()
    board.close()
    for wrong in ("0", "17", "", "one", "!"):
        with pytest.raises(ValueError, match="relay from 1 to 16"):
            RelayPort("/dev/ttyUSB0", {"red": wrong})


def test_a_bench_notes_what_would_be_fired(tmp_path: Path) -> None:
    file = tmp_path / "fired.log"
    port = BenchPort(("trigger",), ("ok", "number"), file)
    port.open()
    port.write({"number": 7, "ok": 1})
    port.write({"ok": 0})
    assert [(each.name, each.value) for each in port.log] == [("number", 7), ("ok", 1), ("ok", 0)]
    assert port.log[0].mono <= port.log[2].mono and port.outputs() == {"number": 7, "ok": 0}
    assert [line.split()[1] for line in file.read_text().splitlines()] == ["number=7", "ok=1", "ok=0"]
    port.press("trigger", 1)
    assert [(each.name, each.value) for each in port.read()] == [("trigger", 1)] and port.read() == []
    with pytest.raises(KeyError):
        port.press("ok", 1)
    with pytest.raises(KeyError):
        port.write({"reject": 1})
    port.close()
    with pytest.raises(DeviceRefused, match="cannot be written"):
        BenchPort(file=tmp_path / "none" / "x.log").open()
