"""Label printers that are not there, in a printer's own bytes: for the demo, the training line and the tests.

    printer = SimulatedPrinter("zpl", on_printed=lambda image: ...)
    port = printer.serve()                 # TCP on 127.0.0.1, or: path = printer.plug(Path("printer")) for a pty
    printer.load_paper(2); ...             # faults, from any thread: see the methods
    printer.printed                        # black and white PIL images, what came out, in order
    printer.stop()

Unlike the other simulated devices it has a thread, because it prints and answers while the station waits for it.
Everything it does not know lands in `unknown`, so a test sees a command that is not ours.
"""
from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from drivers.simulated_firmware import Firmware, firmware

_CHUNK = 65_536
_TICK_S = 0.02


class SimulatedPrinter:
    """`label_s` is how long one label takes; `speaks` "zpl" (Z64 too) or "tspl". One connection, the newest."""

    def __init__(self, speaks: str = "zpl", *, dpi: int = 203, label_s: float = 0.0,
                 on_printed: Callable[[Image.Image], None] | None = None) -> None:
        self._firmware: Firmware = firmware(speaks, dpi)
        self._label_s, self._on_printed = label_s, on_printed
        self.printed: list[Image.Image] = []
        self._lock = threading.RLock()
        self._paper: int | None = None           # labels left on the roll; None: no end
        self._repeat = self._skip = 0
        self._dies_at = 0                        # power goes in the middle of the n-th label from now
        self._on = True
        self._due = 0.0                          # when the label that is being printed is out
        self._listener: socket.socket | None = None
        self._connection: socket.socket | None = None
        self._ours = self._theirs = -1
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="simulated-printer", daemon=True)

    # --- where it is --------------------------------------------------------------------------------------------
    def serve(self, port: int = 0) -> int:
        """Listens on 127.0.0.1 from now on; the port taken."""
        self._listener = socket.create_server(("127.0.0.1", port))
        self._thread.start()
        return int(self._listener.getsockname()[1])

    def plug(self, link: Path) -> str:
        """A serial printer on a pty (POSIX), found at `link`; the path for the settings."""
        import pty
        import tty

        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self._theirs))
        self._thread.start()
        return str(link)

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(5.0)
        self._hang_up()
        if self._listener is not None:
            self._listener.close()
        for end in (self._ours, self._theirs):
            if end >= 0:
                os.close(end)
        self._ours = self._theirs = -1

    # --- what happens to it, from any thread ----------------------------------------------------------------------
    def load_paper(self, labels: int | None = None) -> None:
        """A new roll of so many labels; None: one that never ends. It goes on by itself."""
        with self._lock:
            self._paper = labels

    def open_head(self) -> None:
        self._flag("head_open", True)

    def close_head(self) -> None:
        self._flag("head_open", False)

    def end_ribbon(self, ended: bool = True) -> None:
        self._flag("ribbon_out", ended)

    def pause(self, paused: bool = True) -> None:
        self._flag("paused", paused)

    def repeat_next(self, times: int = 1) -> None:
        """The next label comes out `times` more."""
        with self._lock:
            self._repeat = times

    def skip_next(self, labels: int = 1) -> None:
        """So many labels are taken and never come out, though the printer says all is well."""
        with self._lock:
            self._skip = labels

    def lose_power_in(self, label: int = 1) -> None:
        """Power goes in the middle of the n-th label from now: half of it comes out, memory and line are lost."""
        with self._lock:
            self._dies_at = label

    def power_off(self) -> None:
        with self._lock:
            self._on = False
            self._firmware.forget()
            self._hang_up()

    def power_on(self) -> None:
        with self._lock:
            self._on = True

    # --- what is seen of it -----------------------------------------------------------------------------------------
    @property
    def on(self) -> bool:
        return self._on

    @property
    def received(self) -> bytes:
        """Every byte that came since it was made."""
        return bytes(self._firmware.received)

    @property
    def unknown(self) -> list[bytes]:
        """Commands that it does not know; empty where only the station's own came."""
        return list(self._firmware.unknown)

    @property
    def held(self) -> int:
        """Labels received that are not out."""
        return len(self._firmware.labels)

    # --- its thread ---------------------------------------------------------------------------------------------------
    def _run(self) -> None:
        while not self._stopping.is_set():
            heard = self._hear()
            with self._lock:
                if heard and self._on:
                    self._answer(self._firmware.take(heard))
                self._work()

    def _hear(self) -> bytes:
        line = self._connection.fileno() if self._connection is not None else self._ours
        listening = [] if self._listener is None else [self._listener.fileno()]
        wait_s = _TICK_S if not self._firmware.labels else max(0.001, min(_TICK_S, self._due - time.monotonic()))
        try:
            ready = select.select([*listening, *([line] if line >= 0 else [])], [], [], wait_s)[0]
        except (OSError, ValueError):
            return b""                           # hung up meanwhile by another thread
        if listening and listening[0] in ready:
            self._accept()
            return b""
        if line not in ready:
            return b""
        try:
            heard = os.read(line, _CHUNK) if self._connection is None else self._connection.recv(_CHUNK)
        except OSError:
            heard = b""
        if not heard and self._connection is not None:
            self._hang_up()
        return heard

    def _accept(self) -> None:
        fresh, _ = self._listener.accept()  # type: ignore[union-attr]
        if not self._on:
            fresh.close()
            return
        self._hang_up()
        self._connection = fresh

    def _answer(self, said: bytes) -> None:
        try:
            if said and self._connection is not None:
                self._connection.sendall(said)
            elif said and self._ours >= 0:
                os.write(self._ours, said)
        except OSError:
            self._hang_up()

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _flag(self, name: str, on: bool) -> None:
        with self._lock:
            self._firmware.flags[name] = on

    def _work(self) -> None:
        """Prints what is due, while there is paper and nothing is open."""
        flags, labels = self._firmware.flags, self._firmware.labels
        flags["paper_out"] = self._paper == 0
        if not self._on or not labels or any(flags.values()):
            self._due = time.monotonic() + self._label_s
            return
        if not self._firmware.printing:
            self._firmware.printing, self._due = True, time.monotonic() + self._label_s
        if time.monotonic() < self._due:
            return
        self._firmware.printing = False
        image = labels.pop(0)
        self._dies_at = max(0, self._dies_at - 1) if self._dies_at != 1 else -1
        if self._dies_at < 0:
            self._dies_at = 0
            half = Image.new("1", image.size, 1)
            half.paste(image.crop((0, 0, image.width, image.height // 2)))
            self._out(half)
            self.power_off()
        elif self._skip:
            self._skip -= 1
        else:
            for _ in range(1 + self._repeat):
                self._out(image)
            self._repeat = 0

    def _out(self, image: Image.Image) -> None:
        if self._paper is not None:
            self._paper = max(0, self._paper - 1)
        self.printed.append(image)
        if self._on_printed is not None:
            self._on_printed(image)
