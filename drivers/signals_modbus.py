"""A PLC or a relay board over Modbus TCP (pymodbus): its bits and registers as named signals.

Neighbouring addresses of one table are read in one request and, where they change together, written in one. Knows
no names but those it is given.
"""
from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Iterable, Mapping

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from drivers.base import DeviceGone, DeviceProblem, DeviceRefused
from drivers.signals import WRITE_BITS, WRITE_WORDS, Address, Level, address

TIMEOUT_S = 0.5              # of one request: a PLC answers within a few of its cycles
NEAR = 16                    # addresses so near each other are read together, what is between them for nothing
MOST = 100                   # in one request; Modbus allows 125 words
logging.getLogger("pymodbus").addHandler(logging.NullHandler())     # its complaints come as exceptions already


class ModbusPort:
    """`inputs` and `outputs` map names to addresses (`drivers.signals.address`). Raises ValueError for a wrong one."""

    def __init__(self, host: str, port: int, inputs: Mapping[str, str], outputs: Mapping[str, str], unit: int = 1,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._host, self._port, self._unit, self._clock = host, port, unit, clock
        self._inputs = {name: address(text) for name, text in inputs.items()}
        self._outputs = {name: address(text) for name, text in outputs.items()}
        for name, place in self._outputs.items():
            if place.table not in (WRITE_BITS, WRITE_WORDS) or place.bit >= 0:
                raise ValueError(f"output {name}: expected coil:N or holding:N, got {outputs[name]!r}")
        self._blocks = tuple(_blocks(self._inputs.values()))
        self._client: ModbusTcpClient | None = None
        self._levels: dict[str, int] = {}

    @property
    def watches(self) -> bool:
        return bool(self._inputs)

    @property
    def _where(self) -> str:
        return f"PLC {self._host}:{self._port} unit {self._unit}"

    def open(self) -> None:
        client = ModbusTcpClient(self._host, port=self._port, timeout=TIMEOUT_S, retries=0)
        try:
            connected = client.connect()
        except (OSError, OverflowError, UnicodeError) as error:
            raise DeviceGone(f"{self._where} does not answer ({error})", "no_connection") from error
        if not connected or client.socket is None:
            raise DeviceGone(f"{self._where} does not answer: expected it to listen there", "no_connection")
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client, self._levels = client, {}

    def read(self) -> list[Level]:
        mono, levels = self._clock(), dict[str, int]()
        for table, first, count in self._blocks:
            words = self._read(table, first, count)
            levels |= {name: place.value(words[place.at - first]) for name, place in self._inputs.items()
                       if place.table == table and first <= place.at < first + count}
        changed = [Level(name, levels[name], mono, name not in self._levels) for name in self._inputs
                   if self._levels.get(name) != levels[name]]
        self._levels = levels
        return changed

    def _read(self, table: str, first: int, count: int) -> list[int]:
        client = self._open_client()
        ask = {"coil": client.read_coils, "input": client.read_discrete_inputs,
               "holding": client.read_holding_registers, "register": client.read_input_registers}[table]
        answer = self._asked(lambda: ask(first, count=count, device_id=self._unit), f"reading {table}:{first}")
        values: list[int] = list(answer.registers if table in ("holding", "register") else map(int, answer.bits))
        if len(values) < count:
            raise DeviceGone(f"{self._where}, reading {table}:{first}: expected {count} values, got {len(values)}",
                             "no_connection")
        return values

    def write(self, outputs: Mapping[str, int]) -> None:
        run: list[tuple[Address, int]] = []
        for name, value in outputs.items():
            place = self._outputs[name]
            if run and (place.table, place.at) != (run[-1][0].table, run[-1][0].at + 1):
                self._write(run)
                run = []
            run.append((place, value))
        if run:
            self._write(run)

    def _write(self, run: list[tuple[Address, int]]) -> None:
        client, first = self._open_client(), run[0][0]
        values = [value & 0xFFFF if place.is_word else place.value(int(bool(value))) for place, value in run]
        if first.is_word:
            self._asked(lambda: client.write_registers(first.at, values, device_id=self._unit),
                        f"writing holding:{first.at}")
        elif len(values) == 1:
            self._asked(lambda: client.write_coil(first.at, bool(values[0]), device_id=self._unit),
                        f"writing coil:{first.at}")
        else:
            self._asked(lambda: client.write_coils(first.at, [bool(each) for each in values], device_id=self._unit),
                        f"writing coil:{first.at} and {len(values) - 1} more")

    def _asked(self, ask: Callable[[], ModbusPDU], what: str) -> ModbusPDU:
        try:
            answer = ask()
        except (ModbusException, OSError) as error:
            raise DeviceGone(f"{self._where}, {what}: {error}", "no_connection") from error
        if answer.isError():
            raise DeviceRefused(f"{self._where}, {what}: the PLC refuses it with exception {answer.exception_code}; "
                                "expected an address that it has")
        return answer

    def _open_client(self) -> ModbusTcpClient:
        # the client would dial again by itself, and nobody would set the outputs again
        if self._client is None or not self._client.connected:
            raise DeviceGone(f"{self._where} hung up", "no_connection")
        return self._client

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def trouble(self) -> DeviceProblem | None:
        return None


def _blocks(places: Iterable[Address]) -> list[tuple[str, int, int]]:
    """(table, first, count) of the requests that bring all these."""
    blocks: list[tuple[str, int, int]] = []
    for table, at in sorted({(place.table, place.at) for place in places}):
        if blocks and blocks[-1][0] == table:
            _, first, count = blocks[-1]
            if at - (first + count) < NEAR and at - first < MOST:
                blocks[-1] = table, first, at - first + 1
                continue
        blocks.append((table, at, 1))
    return blocks
