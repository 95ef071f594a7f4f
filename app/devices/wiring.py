"""From the settings to the line: its positions, its outputs, its ports, and the supervised devices that they are."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from app.devices.device import Around, Device, Take
from app.devices.inlet import Inlet
from app.devices.kinds import PORTS
from app.devices.line import Asked, Item, Line, Looked
from app.devices.outputs import Outputs
from app.devices.port import PortDriver
from app.devices.position import Fire, Position
from app.messages import Message
from app.settings import SIGNALS_IN, SIGNALS_OUT, DeviceSection, LineSection, TriggerSection
from drivers.signals import Level, SignalPort

NAME = "line"                # of the device that the line is


class Wiring:
    """One line. A reader that feeds the queue and is in no [[trigger]] is a position of its own: each telegram of it is
    one bottle."""

    @classmethod
    def of(cls, sections: Sequence[DeviceSection], triggers: Sequence[TriggerSection], line: LineSection,
           alive: Callable[[], bool], mono: Callable[[], float]) -> Wiring | None:
        """None where the settings have neither signals nor triggers: then readers go straight to the station."""
        grouped = {reader for group in triggers for reader in group.readers}
        alone = [TriggerSection(name=section.name, readers=(section.name,), by="reader")
                 for section in sections
                 if section.feeds == "queue" and section.name not in grouped and section.kind != "camera"]
        ports = [section for section in sections if section.kind in PORTS]
        return cls(ports, sections, (*triggers, *alone), line, alive, mono) if ports or triggers or alone else None

    def __init__(self, sections: Sequence[DeviceSection], readers: Sequence[DeviceSection],
                 groups: Sequence[TriggerSection], line: LineSection, alive: Callable[[], bool],
                 mono: Callable[[], float]) -> None:
        self._groups = {reader: group for group in groups for reader in group.readers}
        self._only = groups[0].name if groups else ""
        self._sections = {section.name: section for section in sections}
        self.ports: Mapping[str, SignalPort] = {section.name: PORTS[section.kind](section) for section in sections}
        self._drivers = {
            name: PortDriver(port, self._sections[name].outputs, self._full(SIGNALS_OUT), self._full(SIGNALS_IN),
                             self._sections[name].poll_ms / 1000, mono)
            for name, port in self.ports.items()}
        outputs = Outputs(self._full(SIGNALS_OUT)(each) for section in sections for each in section.outputs)
        queued = {section.name for section in readers if section.feeds == "queue"}
        self._fires: dict[str, dict[str, Fire]] = {group.name: {} for group in groups}     # filled by the readers
        beats = any("heartbeat" in section.inputs for section in sections)
        self.line = Line(line, outputs, self._write, alive, beats)
        self.positions = {group.name: Position(group, outputs, self._fires[group.name], self.line.tell,
                                               group.readers[0] in queued) for group in groups}
        self.line.place(self.positions)
        self.inlet = Inlet(self.line, mono)

    def _full(self, known: Mapping[str, bool]) -> Callable[[str], str]:
        """ "ok" → "ok-case" where the signal belongs to a position and there is one."""
        return lambda name: f"{name}-{self._only}" if known.get(name) else name

    def _write(self, outputs: Mapping[str, int]) -> None:
        for driver in self._drivers.values():
            driver.set(outputs)

    def group(self, reader: str) -> TriggerSection | None:
        """The position that this device reads at."""
        return self._groups.get(reader)

    def fire(self, reader: str, fire: Fire) -> None:
        """How this reader is made to read."""
        self._fires[self._groups[reader].name][reader] = fire

    def ask(self, position: str) -> None:
        self.inlet.put(Asked(position))

    def devices(self, around: Around) -> dict[str, Device]:
        """The ports and the line, by name; the line last."""
        ports = {name: Device(name, self._sections[name].kind, driver, self._looked(name), around)
                 for name, driver in self._drivers.items()}
        return {**ports, NAME: Device(NAME, "line", self.inlet, self._take, around)}

    def _looked(self, port: str) -> Take:
        def take(levels: Sequence[Level], at: datetime, mono: float) -> list[Message]:
            self.inlet.put(Looked(port, tuple(levels)))
            return []
        return take

    def _take(self, items: Sequence[Item | None], at: datetime, mono: float) -> list[Message]:
        """The line's own thread: everything that came, each with what it makes due."""
        messages: list[Message] = []
        for item in items:
            if item is not None:
                messages += self.line.hear(item, at, mono)
                self.line.flush(mono)
        return messages + self.line.step(at, mono)
