"""One reading position of the line: its triggers, its verdicts out, its rejects. Answers, edges and verdicts go in;
frames, signals and outputs come out. Decides nothing about codes; what went wrong is told by its word.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from app.devices.outputs import Outputs
from app.devices.rejects import Offset, Rejects
from app.devices.triggers import Answer, Timing, Triggers
from app.messages import Frame, Message, Published, Signal
from app.settings import TriggerSection

STALE_S = 2.0                # a green later than this is none
Fire = Callable[[int, float], None]      # (trigger, mono): makes a reader read
Tell = Callable[[str, str], None]        # (problem, detail)


class Position:
    """`fires` are the readers that are told to read at each trigger. `outputs` know which of ours are wired. `queued`:
    what passes is a place in the in-line queue."""

    def __init__(self, section: TriggerSection, outputs: Outputs, fires: Mapping[str, Fire], tell: Tell,
                 queued: bool = False) -> None:
        self._section, self._outputs, self._fires, self._tell = section, outputs, fires, tell
        own = section.by == "reader"
        # who is told by us to read cannot have read before
        earliest_s = (max(0, section.earliest_ms) if section.fire or own else section.earliest_ms) / 1000
        self._triggers = Triggers(section.readers, Timing(section.timeout_ms / 1000, section.late_ms / 1000,
                                                          earliest_s), own)
        self._rejects: Rejects | None = None
        if self._name("reject") in outputs:
            self._rejects = Rejects(Offset(section.reject_after_ms / 1000, section.reject_after_triggers,
                                           section.reject_after_counts, section.confirm_ms / 1000))
        self._fail_safe, self._entered = False, 0
        self.queued = queued
        self.count = 0                           # the encoder's, by the caller
        self.missed = False                      # a reject that nobody saw leave; the caller takes it back

    @property
    def source(self) -> str:
        """What its frames and signals name as their source."""
        return self._section.readers[0]

    @property
    def readers(self) -> tuple[str, ...]:
        return self._section.readers

    @property
    def itself(self) -> bool:
        """It cannot be asked for one more reading: each telegram, or each bottle, is a trigger of its own."""
        return self._section.by == "reader" or self.queued and self._section.by == "signal"

    def _name(self, output: str) -> str:
        return f"{output}-{self._section.name}"

    # --- in -------------------------------------------------------------------------------------------------------
    def trigger(self, at: datetime, mono: float, again: bool = False) -> None:
        """Something is before the readers; `again`: it was before, so it is on its way to the reject point already."""
        number = self._triggers.trigger(at, mono)
        if again and self._section.by != "station":
            self._entered = number
        self._enter(mono)
        for fire in self._fires.values():
            fire(number, mono)

    def begin(self, count: int) -> None:
        """The PLC's own count of triggers when it was looked at first."""
        self._triggers.begin(count)
        self._entered = self._triggers.last

    def skip(self, count: int) -> None:
        """So many passed while the PLC was away."""
        self._triggers.skip(count)
        self._entered = self._triggers.last

    def taken_out(self, triggers: str) -> None:
        """Taken off the line by hand, as the station says: "3-5,9-9"."""
        for span in filter(None, triggers.split(",") if self._rejects else ()):
            first, _, last = span.partition("-")
            if self._rejects:
                self._rejects.drop(int(first), int(last))

    def answer(self, answer: Answer) -> None:
        self._triggers.answer(answer)
        self._enter(answer.mono)

    def forget(self, reader: str) -> None:
        if reader in self.readers:
            self._triggers.forget(reader)

    def verdict(self, published: Published, mono: float) -> None:
        number = published.trigger
        if not number:
            return                               # nothing the PLC knows of
        good = published.verdict.outcome.good and not self._fail_safe
        asked_s = published.frame.mono if published.frame else mono
        if good and mono - asked_s > STALE_S:
            good = False
            self._tell("late_verdict", f"{self._section.name}: the verdict on {number} took {mono - asked_s:.1f} s")
        if self._rejects and not self._rejects.verdict(number, good):
            self._tell("late_verdict", f"{self._section.name}: the verdict on {number} came after its reject point")
            good = False
        self._outputs.hold(self._name("number"), number & 0xFFFF)
        for output, on in (("ok", good), ("ng", not good)):
            if on:
                self._outputs.pulse(self._name(output), self._section.pulse_ms / 1000)
            else:
                self._outputs.end(self._name(output))

    def sensor(self, at: datetime, mono: float) -> list[Message]:
        """The reject sensor saw something."""
        number = self._rejects.sensor() if self._rejects else 0
        if number:
            return [Signal(self.source, "reject_confirmed", at, mono, number)]
        self._tell("unexpected_reject", f"{self._section.name}: the reject sensor saw something that was not rejected")
        return []

    def fail_safe(self, on: bool) -> None:
        """Rejects all from now on, or what is bad only."""
        self._fail_safe = on
        if self._rejects:
            self._rejects.all_of_them = on

    # --- out ------------------------------------------------------------------------------------------------------
    def step(self, at: datetime, mono: float) -> list[Message]:
        """What is due: frames of triggers that ended, rejects that reached their point or were missed."""
        messages: list[Message] = []
        for frame in self._triggers.ended(at, mono):
            messages.append(frame)
            self._remark(frame)
        for answer in self._triggers.late:
            codes = ", ".join(each.raw.decode("utf-8", "backslashreplace") for each in answer.seen) or "a no-read"
            self._tell("late_reading", f"{self._section.name}: {answer.reader} said {codes} after its trigger ended")
        self._triggers.late.clear()
        if self._rejects:
            messages += self._reject(self._rejects, at, mono)
        return messages

    def _enter(self, mono: float) -> None:
        """New triggers are on their way to the reject point."""
        if self._rejects:
            for number in range(self._entered + 1, self._triggers.last + 1):
                self._rejects.trigger(number, mono, self.count)
        self._entered = self._triggers.last

    def _remark(self, frame: Frame) -> None:
        if not frame.trigger and self._section.by != "reader":
            self._tell("no_trigger", f"{self._section.name}: {frame.source} read something that nothing triggered")

    def _reject(self, rejects: Rejects, at: datetime, mono: float) -> list[Message]:
        if rejects.due(mono, self.count):
            self._outputs.pulse(self._name("reject"), self._section.reject_pulse_ms / 1000)
        missed = rejects.missed(mono)
        for number in missed:
            self._tell("reject_missed", f"{self._section.name}: {number} was rejected and nothing left the line")
        self.missed = self.missed or bool(missed)
        return [Signal(self.source, "reject_missed", at, mono, number) for number in missed]

    @property
    def due_s(self) -> float | None:
        due = [self._triggers.due_s, self._rejects.due_s if self._rejects else None]
        return min((each for each in due if each is not None), default=None)
