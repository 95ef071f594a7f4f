"""A PLC and a relay board that are not there, on real transports: Modbus TCP over a socket, four bytes over a pty.

For the demo, the training line and the tests. The frames are made here and not with the library that the station
uses, so that each checks the other. Addresses are written as in the settings: "coil:0", "input:3", "holding:10".
"""
from __future__ import annotations

import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.signals_relay import START
from drivers.simulated import SimulatedScanner

SIZE = 256                                        # addresses of each table; the others are refused
TABLES = ("coil", "input", "holding", "register")
_READS = {1: "coil", 2: "input", 3: "holding", 4: "register"}
_ILLEGAL_FUNCTION, _ILLEGAL_ADDRESS = 1, 2
WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Written:
    """One output as the station set it."""

    address: str
    value: int
    mono: float


class SimulatedPlc:
    """`start`, then `set`, `pulse`, `add`, `beat` its inputs and `get`, `wait` for its outputs. From any thread."""

    def __init__(self) -> None:
        self.port = 0
        self.written: deque[Written] = deque(maxlen=100_000)
        self._tables = {name: [0] * SIZE for name in TABLES}
        self._reads = {name: 0 for name in TABLES}         # requests answered, of each table
        self._listener: socket.socket | None = None
        self._lines: dict[socket.socket, bytearray] = {}
        self._changed = threading.Condition()
        self._serving: threading.Thread | None = None
        self._beating: threading.Thread | None = None
        self._still = threading.Event()                    # set: the heartbeat stands still
        self._over = threading.Event()

    # --- its life -----------------------------------------------------------------------------------------------
    def start(self, port: int = 0) -> int:
        """Listens on 127.0.0.1 from now on, with the values it had; the port taken."""
        self._listener = socket.create_server(("127.0.0.1", port or self.port))
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self._over.clear()
        self._serving = threading.Thread(target=self._serve, name="simulated-plc", daemon=True)
        self._serving.start()
        return self.port

    def stop(self) -> None:
        """Switched off: calls are refused, the heartbeat stands. `start` switches it on again."""
        self.beat(False)
        self._over.set()
        if self._serving is not None:
            self._serving.join(WAIT_S)
            self._serving = None

    def hang_up(self) -> None:
        """Ends all connections; it can be called again at once."""
        for line in list(self._lines):
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass                                       # it hung up first

    # --- its inputs, as the station sees them -------------------------------------------------------------------
    def set(self, address: str, value: int) -> None:
        table, at = _place(address)
        with self._changed:
            self._tables[table][at] = value & 0xFFFF
            self._changed.notify_all()

    def add(self, address: str, count: int = 1) -> int:
        """Counts a register on, as a counter of triggers or an encoder does; its value then."""
        value = (self.get(address) + count) & 0xFFFF
        self.set(address, value)
        return value

    def pulse(self, address: str) -> None:
        """On until the station has seen it, off until the station has seen that. Raises TimeoutError."""
        for value in (1, 0):
            self.set(address, value)
            self.seen(address)

    def seen(self, address: str) -> None:
        """Waits until the station has looked at this address since now. Raises TimeoutError."""
        table, _ = _place(address)
        with self._changed:
            wanted = self._reads[table] + 2                # who asks again has the answer to the first
            if not self._changed.wait_for(lambda: self._reads[table] >= wanted, WAIT_S):
                raise TimeoutError(f"the station did not look at {address} within {WAIT_S:g} s")

    def beat(self, on: bool = True, address: str = "holding:255", every_s: float = 0.1) -> None:
        """Its heartbeat: the address counts on, or stands still from now on."""
        self._still.set()
        if self._beating is not None:
            self._beating.join(WAIT_S)
            self._beating = None
        if on:
            self._still.clear()
            self._beating = threading.Thread(target=self._beat, args=(address, every_s), daemon=True,
                                             name="simulated-plc-heart")
            self._beating.start()

    def _beat(self, address: str, every_s: float) -> None:
        bit = _place(address)[0] in ("coil", "input")
        while not self._still.wait(every_s):
            self.set(address, int(not self.get(address)) if bit else self.get(address) + 1)

    # --- its outputs, as the station set them -------------------------------------------------------------------
    def get(self, address: str) -> int:
        table, at = _place(address)
        return self._tables[table][at]

    def wait(self, address: str, value: int, timeout_s: float = WAIT_S) -> None:
        """Waits until an address has this value. Raises TimeoutError."""
        self.until(lambda: self.get(address) == value, f"{address} = {value}", timeout_s)

    def wait_written(self, address: str, value: int, times: int = 1, timeout_s: float = WAIT_S) -> Written:
        """Waits until the station has written this value so often; the write that was the last of them."""
        self.until(lambda: len(self.writes(address, value)) >= times, f"{address} = {value}, {times} times", timeout_s)
        return self.writes(address, value)[times - 1]

    def writes(self, address: str, value: int | None = None) -> list[Written]:
        return [each for each in list(self.written)
                if each.address == address and value in (None, each.value)]

    def until(self, condition: Callable[[], bool], what: str, timeout_s: float = WAIT_S) -> None:
        with self._changed:
            if not self._changed.wait_for(condition, timeout_s):
                raise TimeoutError(f"expected {what} within {timeout_s:g} s; written: {list(self.written)[-10:]}")

    # --- Modbus TCP ---------------------------------------------------------------------------------------------
    def _serve(self) -> None:
        listener = self._listener
        assert listener is not None
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            while not self._over.is_set():
                for key, _ in selector.select(0.02):
                    if key.fileobj is listener:
                        self._answer_call(listener, selector)
                    else:
                        assert isinstance(key.fileobj, socket.socket)
                        self._hear(key.fileobj, selector)
        for line in list(self._lines):
            line.close()
        self._lines.clear()
        listener.close()

    def _answer_call(self, listener: socket.socket, selector: selectors.BaseSelector) -> None:
        try:
            line, _ = listener.accept()
        except OSError:
            return                                         # it hung up before we answered
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines[line] = bytearray()
        selector.register(line, selectors.EVENT_READ)

    def _hear(self, line: socket.socket, selector: selectors.BaseSelector) -> None:
        buffer = self._lines[line]
        try:
            data = line.recv(4096)
            buffer += data
            while len(buffer) >= 7 and len(buffer) >= (whole := 6 + int.from_bytes(buffer[4:6], "big")):
                telegram = bytes(buffer[:whole])
                del buffer[:whole]
                answer = self._execute(telegram[7:])
                line.sendall(telegram[:4] + struct.pack(">H", len(answer) + 1) + telegram[6:7] + answer)
        except OSError:
            data = b""
        if not data:
            selector.unregister(line)
            del self._lines[line]
            line.close()

    def _execute(self, request: bytes) -> bytes:
        """The answer to one request: function code and data."""
        function = request[0]
        at, count = struct.unpack(">HH", request[1:5])
        with self._changed:
            if table := _READS.get(function):
                if at + count > SIZE:
                    return bytes((function | 0x80, _ILLEGAL_ADDRESS))
                self._reads[table] += 1
                values = self._tables[table][at:at + count]
                self._changed.notify_all()
                data = _bits(values) if function <= 2 else struct.pack(f">{count}H", *values)
                return bytes((function, len(data))) + data
            table = {5: "coil", 15: "coil", 6: "holding", 16: "holding"}.get(function, "")
            if not table:
                return bytes((function | 0x80, _ILLEGAL_FUNCTION))
            values = _written(function, request)
            if at + len(values) > SIZE:
                return bytes((function | 0x80, _ILLEGAL_ADDRESS))
            now = time.monotonic()
            for place, value in enumerate(values, at):
                self._tables[table][place] = value
                self.written.append(Written(f"{table}:{place}", value, now))
            self._changed.notify_all()
        return request[:5]


def _place(address: str) -> tuple[str, int]:
    table, _, at = address.removeprefix("!").partition(":")
    if table not in TABLES or not at.isdecimal() or int(at) >= SIZE:
        raise ValueError(f"expected an address such as coil:0, with a number below {SIZE}, got {address!r}")
    return table, int(at)


def _bits(values: list[int]) -> bytes:
    packed = bytearray(-(-len(values) // 8))
    for number, value in enumerate(values):
        packed[number // 8] |= bool(value) << number % 8
    return bytes(packed)


def _written(function: int, request: bytes) -> list[int]:
    at, value = struct.unpack(">HH", request[1:5])
    match function:
        case 5:
            return [int(value == 0xFF00)]
        case 6:
            return [value]
        case 15:
            return [request[6 + number // 8] >> number % 8 & 1 for number in range(value)]
    return list(struct.unpack(f">{value}H", request[6:6 + 2 * value]))


class SimulatedRelay:
    """A CH340 relay board on a pty (POSIX); `link` is a path that stays the same when it is plugged in again."""

    def __init__(self, link: Path) -> None:
        self._line = SimulatedScanner(link)
        self._read = 0
        self.relays: dict[int, bool] = {}

    @property
    def path(self) -> str:
        return self._line.path

    def plug(self) -> None:
        self._line.plug()

    def unplug(self) -> None:
        """Its relays fall off with its power."""
        self._line.unplug()
        self.relays.clear()

    def wait(self, commands: int = 1) -> dict[int, bool]:
        """Waits until so many more commands came; the relays then. Raises TimeoutError, ValueError for wrong bytes."""
        data = self._line.received(self._read + 4 * commands)
        while self._read + 4 <= len(data):
            start, relay, on, total = data[self._read:self._read + 4]
            if start != START or on > 1 or total != (start + relay + on) & 0xFF:
                raise ValueError(f"no relay command: {data[self._read:self._read + 4].hex(' ')}")
            self.relays[relay] = bool(on)
            self._read += 4
        return dict(self.relays)

    def close(self) -> None:
        self._line.close()
