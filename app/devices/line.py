"""The line: what its inputs, readers and verdicts say becomes frames, signals and outputs. One thread owns all of it.

Edges, counters, heartbeats and the stack light are here; which reading belongs to which trigger is for `position`.
Everything comes through one queue, so nothing here is locked. Decides nothing about codes.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.devices.lights import lights, must_stop
from app.devices.outputs import Outputs
from app.devices.position import Position
from app.devices.triggers import Answer
from app.domain.reasons import Reason
from app.messages import DeviceState, Message, Published, Signal
from app.settings import LineSection
from drivers.base import DeviceProblem, DeviceRefused
from drivers.signals import Level

JUMP = 1000                  # a counter that went on by more has begun anew
TROUBLE_S = 10.0             # so long a fault of the line is shown
TOLD_S = 1.0                 # between two words about the same kind of fault
MOST_TOLD = 1000             # characters
WORDS = 0x10000              # registers count up to here


@dataclass(frozen=True, slots=True)
class Asked:
    """A trigger that the station makes itself, at this position."""

    position: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What one port's inputs are now, of those that changed."""

    port: str
    levels: tuple[Level, ...]


Item = Answer | Published | DeviceState | Asked | Looked


class Line:
    """`write` gives outputs to the ports; `alive` is whether the station's engine answers; `beats` says that the PLC
    has a heartbeat that is to be watched. `place` the positions before anything else.
    """

    def __init__(self, section: LineSection, outputs: Outputs, write: Callable[[Mapping[str, int]], None],
                 alive: Callable[[], bool], beats: bool) -> None:
        self._section, self._outputs = section, outputs
        self._write, self._alive, self._beats = write, alive, beats
        self._positions: Mapping[str, Position] = {}
        self._by_source: dict[str, Position] = {}
        self._counters: dict[str, int] = {}
        self._encoder = 0
        self._faulty: set[str] = set()
        self._last: Published | None = None
        self._heard_s: float | None = None       # the PLC's heartbeat; None before the first look
        self._lost = False
        self._beat_s, self._beat = float("-inf"), 0
        self._stopped, self._alarmed = False, False      # a reject was missed; and the station has seen it
        self._trouble: DeviceProblem | None = None
        self._told_s = float("-inf")
        self._untold: dict[str, list[str]] = {}  # problem → details, oldest first

    def place(self, positions: Mapping[str, Position]) -> None:
        """The reading positions by name, in the order of the settings."""
        self._positions = positions
        self._by_source = {reader: each for each in positions.values() for reader in each.readers}

    # --- in -------------------------------------------------------------------------------------------------------
    def hear(self, item: Item, at: datetime, mono: float) -> list[Message]:
        match item:
            case Answer():
                self._by_source[item.reader].answer(item)
            case Looked():
                return [each for level in self._in_order(item.levels) for each in self._input(item.port, level, at)]
            case Published():
                self._published(item, mono)
            case DeviceState():
                self._device(item)
            case Asked(position):
                for name, each in self._positions.items():
                    # a reader that triggers itself cannot be asked: that would be a bottle that is not there
                    if position in (name, *each.readers, "") and not each.itself:
                        each.trigger(at, mono, again=True)
                        break
        return []

    @staticmethod
    def _in_order(levels: Sequence[Level]) -> list[Level]:
        """The encoder first: what is triggered at the same look was at its new count."""
        return sorted(levels, key=lambda each: each.name != "encoder")

    def _input(self, port: str, level: Level, at: datetime) -> list[Message]:
        signal, _, name = level.name.partition("-")
        edge = bool(level.value) and not level.fresh
        match signal:
            case "encoder":
                self._encoder += self._went_on(level, most=WORDS)
                for position in self._positions.values():
                    position.count = self._encoder
            case "heartbeat" if not level.fresh:
                self._heard_s = level.mono
            case "packer" if edge:
                return [Signal(port, "packer", at, level.mono)]
            case "packer_counter":
                return [Signal(port, "packer", at, level.mono) for _ in range(self._went_on(level))]
            case "trigger" if edge:
                self._positions[name].trigger(at, level.mono)
            case "trigger_counter":
                self._triggered(self._positions[name], level, at)
            case "reject_sensor" if edge:
                return self._positions[name].sensor(at, level.mono)
        return []

    def _triggered(self, position: Position, level: Level, at: datetime) -> None:
        """While the PLC was away its readings were nobody's, so its triggers have none either, but for their numbers.
        """
        before = self._counters.get(level.name)
        if before is None:
            position.begin(level.value)
        count = self._went_on(level)
        if level.fresh:
            position.skip(count)
        elif not count and before not in (None, level.value):
            position.skip(JUMP)      # nobody knows how many
        for _ in range(0 if level.fresh else count):
            position.trigger(at, level.mono)

    def _went_on(self, level: Level, most: int = JUMP) -> int:
        """By how many a counter has gone on since it was seen last; 0 at the first look."""
        before = self._counters.get(level.name)
        self._counters[level.name] = level.value
        count = (level.value - before) % WORDS if before is not None else 0
        if count > most:
            self.tell("counter_jumped", f"{level.name} went from {before} to {level.value}")
            return 0
        return count

    def _published(self, published: Published, mono: float) -> None:
        self._last = published
        position = self._by_source.get(published.source)
        if position is not None:
            position.verdict(published, mono)
        if published.verdict.reason in (Reason.QUEUE_REMOVED, Reason.QUEUE_ALIGNED):
            for each in self._positions.values():
                if each.queued:
                    each.taken_out(str(published.verdict.data.get("triggers", "")))
        # Once the station shows the missed reject, the line stands until somebody has answered it.
        alarm = published.view.alarm
        self._alarmed = self._alarmed or bool(alarm and alarm.reason is Reason.REJECT_MISSED)
        answered = self._alarmed and (alarm is None or alarm.reason is not Reason.REJECT_MISSED)
        nothing = published.verdict.reason is Reason.REJECT_MISSED and published.verdict.outcome.good
        # `nothing`: a hand had taken it out before the pusher came, so nobody has to look for it.
        if answered or nothing or published.verdict.reason is Reason.CONFIRMED:
            self._stopped = self._alarmed = False

    def _device(self, state: DeviceState) -> None:
        if state.state == "ready":
            self._faulty.discard(state.name)
        else:
            self._faulty.add(state.name)
        if state.state == "gone":
            for position in self._positions.values():
                position.forget(state.name)

    # --- out ------------------------------------------------------------------------------------------------------
    def step(self, at: datetime, mono: float) -> list[Message]:
        """Everything that is due now; the outputs are written on the way."""
        messages = self._heartbeat(at, mono)
        for position in self._positions.values():
            messages += position.step(at, mono)
            if position.missed:
                position.missed, self._stopped, self._alarmed = False, True, False
        alive = self._alive()
        if mono >= self._beat_s:
            self._beat_s = mono + self._section.heartbeat_ms / 1000
            if alive:
                self._beat = 1 - self._beat
                self._outputs.hold("heartbeat", self._beat)
        stop = self._stopped or must_stop(self._last)
        self._outputs.hold("line_stop", stop)
        stopped = stop or self._lost or not alive
        for name, on in lights(self._last, stopped=stopped, faulty=bool(self._faulty)).items():
            self._outputs.hold(name, on)
        self.flush(mono)
        return messages

    def flush(self, mono: float) -> None:
        changes = self._outputs.changes(mono)
        if changes:
            self._write(changes)

    def _heartbeat(self, at: datetime, mono: float) -> list[Message]:
        if not self._beats:
            return []
        if self._heard_s is None:
            self._heard_s = mono
        lost = mono - self._heard_s >= self._section.heartbeat_timeout_ms / 1000
        if lost == self._lost:
            return []
        self._lost = lost
        self._all_rejected(lost)
        return [Signal("line", "heartbeat_lost" if lost else "heartbeat_back", at, mono)]

    def _all_rejected(self, on: bool) -> None:
        self._outputs.hold("reject_all", on)
        for name, position in self._positions.items():
            position.fail_safe(on)
            if "reject_all" not in self._outputs:
                self._outputs.hold(f"reject-{name}", on)

    def farewell(self, mono: float) -> None:
        """The station stops: nobody judges from now on, so everything is rejected and the lights go out."""
        for name in ("line_stop", "red", "yellow", "green", "blue"):
            self._outputs.hold(name, 0)
        self._outputs.hold("reject_all", 1)
        self.flush(mono)

    @property
    def due_s(self) -> float:
        """When `step` has something to do by itself."""
        due = [each.due_s for each in self._positions.values()] + [self._outputs.due_s, self._beat_s]
        if self._beats and not self._lost and self._heard_s is not None:
            due.append(self._heard_s + self._section.heartbeat_timeout_ms / 1000)
        return min(each for each in due if each is not None)

    # --- what went wrong --------------------------------------------------------------------------------------------
    def tell(self, problem: str, detail: str) -> None:
        self._untold.setdefault(problem, []).append(detail)

    def trouble(self, mono: float) -> DeviceProblem | None:
        """The newest fault, for a while; a lost heartbeat for as long as it is. Many of a kind at once are told as one.
        """
        shown = self._trouble.problem if self._trouble else ""
        problem = next((each for each in self._untold if each != shown), next(iter(self._untold), ""))
        if problem and (problem != shown or mono - self._told_s >= TOLD_S):
            self._trouble = DeviceRefused("; ".join(self._untold.pop(problem))[:MOST_TOLD], problem)
            self._told_s = mono
        if mono - self._told_s >= TROUBLE_S:
            self._trouble = None
        if self._trouble is None and self._lost:
            return DeviceRefused("the PLC's heartbeat stands still", "no_heartbeat")
        return self._trouble
