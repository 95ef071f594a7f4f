"""How a verdict looks and what it says: colour, sign, the big word in both languages, the sentence, what to do."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.domain.decision import Verdict
from app.domain.products import Name
from app.domain.reasons import Outcome, Reason
from app.ui.ports import WordsLike
from app.ui.theme import Tone

FLASH_MS = {Outcome.ACCEPTED: 400, Outcome.COMPLETE: 1500, Outcome.COMMAND: 600}    # the others stay
NAMED = ("product", "expected", "partner", "by", "approver", "place")     # data: ids of something that has a name
FULL = (Reason.CONTAINER_COMPLETE, Reason.SCAN_LABEL)


@dataclass(frozen=True, slots=True)
class Face:
    """All that is painted of one verdict."""

    tone: Tone
    icon: str
    word: str
    text: str
    todo: str
    count: str = ""              # "24 / 24" where a group is complete


FACES = {
    Outcome.ACCEPTED: (Tone.GOOD, "check"),
    Outcome.COMPLETE: (Tone.GOOD, "full"),
    Outcome.DUPLICATE: (Tone.CARE, "repeat"),
    Outcome.WARNING: (Tone.CARE, "bang"),
    Outcome.REJECTED: (Tone.BAD, "cross"),
    Outcome.STOP: (Tone.BAD, "stop"),
    Outcome.COMMAND: (Tone.ACT, "play"),
}


def named(names: Mapping[str, Name], id: str, words: WordsLike) -> str:
    """What a product or partner is called in the operator's language, else in any, else its id."""
    name = names.get(id, {})
    return name.get(words.language) or next(iter(name.values()), id)


def is_short(verdict: Verdict) -> bool:
    """A container that closed with less than it should hold, and was meant to."""
    return verdict.outcome is Outcome.COMPLETE and verdict.reason in FULL and bool(verdict.data.get("short"))


def face(words: WordsLike, verdict: Verdict, names: Mapping[str, Name]) -> Face:
    """The verdict in the operator's language; the big word in both. Products go by their names, not their ids."""
    tone, icon = FACES[verdict.outcome]
    data = verdict.data
    if is_short(verdict):
        icon = "short"
    spoken = {**data}
    for key in NAMED:
        if key in data:
            spoken[key] = named(names, str(data[key]), words)
    verdict = replace(verdict, data=spoken)
    said = words.reason(str(verdict.reason), verdict.data)
    count = ""
    if verdict.outcome is Outcome.COMPLETE and verdict.reason in FULL and "have" in verdict.data:
        count = f"{verdict.data['have']} / {verdict.data.get('target', '?')}"
    return Face(tone, icon, _word(words, verdict), _taken(words, verdict) or said.text, said.todo, count)


def _taken(words: WordsLike, verdict: Verdict) -> str:
    """What a command that was taken does, instead of "done"; "" for any other verdict."""
    name, argument = str(verdict.data.get("name", "")), str(verdict.data.get("argument", ""))
    if verdict.reason is not Reason.COMMAND_TAKEN or not words.has(f"common.command_does.{name}"):
        return ""
    does = words(f"common.command_does.{name}")
    return f"{does} · {words.word('common.choice', argument)}" if argument else does


def _word(words: WordsLike, verdict: Verdict) -> str:
    if verdict.outcome is Outcome.COMPLETE and verdict.reason in FULL:
        level = str(verdict.data.get("level", ""))
        if is_short(verdict):
            return words("ui.verdict.short", have=verdict.data.get("have", "?"), target=verdict.data.get("target", "?"))
        return words(f"ui.verdict.full_{level if words.has(f'ui.verdict.full_{level}') else 'other'}")
    if verdict.outcome is Outcome.COMMAND and verdict.reason is Reason.COMMAND_TAKEN:
        return words.word("common.command", str(verdict.data.get("name", "")))
    if verdict.outcome is Outcome.COMMAND:
        return words.reason(str(verdict.reason), verdict.data).title
    return words(f"ui.verdict.{verdict.outcome}")
