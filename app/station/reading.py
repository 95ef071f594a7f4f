"""From a message's bytes to what they mean, and what of them is kept. Rules and badges come from the catalogue."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain import people
from app.domain.codes.identity import Code, Meaning, Refusal
from app.domain.codes.rule import Rule
from app.domain.codes.rules import RuleTable
from app.domain.codes.secret import badge_text, is_secret
from app.domain.decision import Verdict
from app.domain.packing.labels import Label
from app.domain.people import Person
from app.domain.reasons import Reason
from app.messages import Answered, Command, Frame, Printed, Scan, Signal, Typed

WORK = (Scan, Frame, Command, Signal, Printed, Answered, Typed)
Work = Scan | Frame | Command | Signal | Printed | Answered | Typed


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one message; on the disk only after the commit."""

    verdict: Verdict
    seq: int
    raws: tuple[bytes, ...]
    labels: tuple[Label, ...] = ()


class Readings:
    """The rule table and the people of this moment; made anew when the catalogue changes."""

    def __init__(self, rules: Sequence[Rule], gtins: dict[str, tuple[str, str]], persons: Iterable[Person]) -> None:
        self._rules = RuleTable(rules, gtins)
        self.people: dict[str, Person] = {each.id: each for each in persons}

    def read(self, message: Work) -> tuple[Meaning, ...]:
        match message:
            case Scan(_, raw, aim):
                return (self._rules.read(raw, aim),)
            case Frame(_, seen):
                return tuple(self._rules.read(each.raw, each.aim) for each in seen)
        return ()

    def again(self, raw: bytes, aim: str) -> Meaning:
        """A scan that waited for a second person, read once more."""
        return self._rules.read(raw, aim)

    def kept(self, message: Work, meanings: Sequence[Meaning]) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
        """(raw bytes, AIM identifiers): what the journal keeps. A PIN or a badge is never written down."""
        match message:
            case Scan(_, raw, aim):
                return ((), ()) if is_secret(raw, meanings[0], self.is_badge) else ((raw,), (aim,))
            case Frame(_, seen):
                return (tuple(b"" if is_secret(each.raw, meaning, self.is_badge) else each.raw
                              for each, meaning in zip(seen, meanings, strict=True)),
                        tuple(each.aim for each in seen))
            case Command(name, argument):
                text = f"%ST:{name}:{argument}" if argument else f"%ST:{name}"
                return ((), ()) if name in ("PIN", "BADGE") else ((text.encode(),), ("",))
            case Signal(_, name):
                return (f"{name} {message.value}".encode(),), ("",)
            case Printed(_, job, outcome):
                return (f"label {job} {outcome} {message.problem}".strip().encode(),), ("",)
            case Answered(epc, _, answer):
                return (f"{answer} {epc}".encode(),), ("",)
            case Typed(document):
                return (f"document new {document}".encode(),), ("",)

    def badge(self, meaning: Meaning) -> str:
        """The badge's text where this is one; "" for anything else."""
        return badge_text(meaning, self.is_badge)

    def framed(self, message: Frame, meanings: Sequence[Meaning]) -> list[Code | Refusal]:
        """A picture's codes. A command sheet or a badge in view commands nothing and does not spoil the picture."""
        return [each if isinstance(each, Code | Refusal) and not self.badge(each)
                else Refusal(b"", seen.aim, Reason.UNKNOWN_COMMAND)
                for each, seen in zip(meanings, message.seen, strict=True)]

    def is_badge(self, text: str) -> bool:
        return bool(people.owners(self.people.values(), text))
