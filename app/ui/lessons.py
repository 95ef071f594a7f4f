"""What the camera page says of a recipe: the one in use, or the one that a look would put in its place. Pure."""
from __future__ import annotations

from collections.abc import Sequence

from app.domain.optics import Fact
from app.taught import InUse, LookedAt
from app.ui.ports import WordsLike
from app.ui.sentences import Sentence


def rows(words: WordsLike, told: LookedAt | None, in_use: InUse | None, belt: str, kept: str, *, lock: bool,
         learnt: bool) -> list[Sentence]:
    """`told`: the look, None for none; `belt`, `kept`: sentences, "" for none; `lock`: other codes are to be locked
    out; `learnt`: the look was kept."""
    if told is None:
        said = _of(words, in_use.facts, belt) if in_use else []
        if kept:
            said.insert(0, Sentence(kept, "good"))
        if in_use is not None:
            name = ("in_use" if in_use.file else "no_recipe") if not kept else ""
            said = [Sentence(words(f"recipe.page.{name}", file=in_use.file), "quiet"), *said] if name else said
            said.append(Sentence(words(f"recipe.page.{'locked' if in_use.locked else 'open'}"),
                                 "good" if in_use.locked else "quiet"))
        return said
    said = [Sentence(words(f"recipe.{name}", **data), "bad" if name.startswith("fault") else "plain")
            for name, data in told.faults]
    if kept:
        said.insert(0, Sentence(kept, "good"))
    said += _of(words, told.facts, belt)
    if not told.facts:
        return said
    if lock and not any(name == "recipe.gtins" for name, _ in told.facts):
        said.append(Sentence(words("recipe.page.length_only"), "quiet"))
    if learnt:
        said.append(Sentence(words(f"recipe.page.{'locked' if lock else 'open'}"), "good" if lock else "quiet"))
    elif told.refused:
        said.append(Sentence(words("recipe.page.anyway"), "quiet"))
    else:
        next_step = "lock_unkept" if lock else "replaces" if told.file else "first"
        said.append(Sentence(words(f"recipe.page.{next_step}"), "care" if lock else "quiet"))
    return said


def _of(words: WordsLike, facts: Sequence[Fact], belt: str) -> list[Sentence]:
    """The codes and their number on lines of their own, the rest on one."""
    told = [words(f"recipe.{name}", **data) for name, data in facts]
    return [Sentence(each) for each in (*told[:2], " · ".join(told[2:]), belt) if each]
