"""What the packing page says about what is not finished: the gap in a case, cases put aside, labels, half-read objects.

Pure: values in, sentences out.
"""
from __future__ import annotations

from collections.abc import Mapping

from app.domain.reasons import Outcome, Reason
from app.messages import DeviceState, LevelView, PackingView, Published
from app.ui.cells import Cells
from app.ui.live import Spot
from app.ui.ports import WordsLike
from app.ui.text import readable, short_code

PLACES_NAMED = 3
FOREIGN = "foreign"


def is_gap(published: Published) -> bool:
    """Whether this frame leaves the case short: the missing-code wizard is called for."""
    verdict = published.verdict
    return published.frame is not None and verdict.outcome is Outcome.WARNING \
        and verdict.reason is Reason.CONTAINER_SHORT


def gap_level(published: Published, packing: PackingView) -> LevelView | None:
    """The level whose container still has the gap that this frame showed; None once it is filled, closed or put aside.

    Of a layer of a pallet only what was seen and not read is a gap: the rest of the pallet comes later.
    """
    data = published.verdict.data
    level = next((each for each in packing.levels if each.level == data.get("level")), packing.levels[0])
    had, unread = int(data.get("have", 0)), int(data.get("unread", 0))
    full = level.target if level is packing.levels[0] else min(level.target, had + unread)
    return level if 0 < had <= level.have < full else None


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def gap_texts(words: WordsLike, level: LevelView, spots: tuple[Spot, ...], cells: Cells | None) -> tuple[str, str]:
    """(what is missing and where, what to do about it)."""
    name = capital(words("ui.packing.level", level=words.level(level.level), number=level.closed + 1))
    left = [spot for spot in spots if spot.ring and spot.cell >= 0] if cells else []
    places = [(*cells.place(spot.cell), _why(words, spot)) for spot in left] if cells else []
    told = [words("ui.gap.place", row=row, column=column, why=why) for row, column, why in places[:PLACES_NAMED]]
    if len(places) > PLACES_NAMED:
        told.append(words("ui.lookup.more", count=len(places) - PLACES_NAMED))
    where = words("ui.gap.between").join(told)
    return (words("ui.gap.what", level=name, have=level.have, target=level.target, where=where),
            words("ui.gap.todo_foreign" if left and all(spot.why == FOREIGN for spot in left) else "ui.gap.todo",
                  reshoot="F5", park="F7"))


def _why(words: WordsLike, spot: Spot) -> str:
    """The guess why it was not read; of a code that the recipe excludes also what it says."""
    why = words(f"recipe.why.{spot.why}") if spot.why else ""
    return f"{why}: {short_code(spot.said)}" if spot.said else why


def parked_text(words: WordsLike, packing: PackingView) -> str:
    """"Put aside: case 22/24 · Not readable; case 20/24 · Damage"; "" where nothing is."""
    if packing.parked:
        named = [f"{words.level(each.level)} {each.have}/{each.target} · {words.word('common.choice', each.reason)}"
                 for each in packing.parked[:PLACES_NAMED]]
        if len(packing.parked) > PLACES_NAMED:
            named.append(words("ui.lookup.more", count=len(packing.parked) - PLACES_NAMED))
        return words("ui.parked.title", list=words("ui.gap.between").join(named))
    parts = [words("ui.parked.some", count=level.parked, level=words.level(level.level))
             for level in packing.levels if level.parked]
    return words("ui.parked.title", list=words("ui.gap.between").join(parts)) if parts else ""


def held_text(words: WordsLike, packing: PackingView) -> str:
    """"On hold: 1 in the open pallet"; "" where nothing is."""
    told = [words("ui.held.some", count=each.held, level=words.level(each.level))
            for each in packing.levels if each.held]
    return words("ui.held.title", list=words("ui.gap.between").join(told)) if told else ""


def label_level(packing: PackingView) -> LevelView | None:
    """The level whose printed label is wanted back, the innermost first."""
    return next((level for level in packing.levels if level.to_scan_back), None)


def printer_trouble(words: WordsLike, devices: Mapping[str, DeviceState]) -> str:
    """What keeps a printer from printing, in a sentence; "" where all are ready."""
    for device in devices.values():
        if device.kind == "printer" and (device.problem or device.state in ("gone", "fault")):
            key = f"device.problem.{device.problem}" if device.problem else f"device.{device.state}"
            return words(key, name=device.name)
    return ""


def label_texts(words: WordsLike, level: LevelView, trouble: str = "") -> tuple[str, str, str]:
    """(how far the label is, what to do, the strip's tone). Nothing is called printed that no printer has printed."""
    about = {"level": words.level(level.level), "code": readable(level.to_scan_back)}
    if level.printing == "failed":
        return words("ui.label.failed", **about), trouble or words("ui.label.failed_todo"), "bad"
    if level.printing == "ordered":
        return (words("ui.label.waits" if trouble else "ui.label.ordered", **about),
                trouble or words("ui.label.ordered_todo"), "care" if trouble else "act")
    return words("ui.label.printed", **about), words("ui.label.todo", **about), "act"


def half_codes(words: WordsLike, packing: PackingView) -> tuple[tuple[str, str, str], ...]:
    """(role, its word, the end of its code) of a half-read object; the code is "" where it is still wanted."""
    read = tuple((role, words.word("common.code_role", role), short_code(code)) for role, code in packing.half)
    wanted = tuple((role, words.word("common.code_role", role), "") for role in packing.half_wanted)
    return read + wanted if packing.half else ()
