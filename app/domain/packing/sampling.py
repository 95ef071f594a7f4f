"""The sampling check of a set of peer pairs: both sides of N pieces are scanned, each must be a pair of the file.

One wrong piece stops the reel. More pieces may be scanned then: where each is off by the same number of rows, the file
is shifted, which is the usual fault. Pure: the caller looks up where the set has a code and keeps what comes of it.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.decision import Data, Decision, ReelChecked, TaskChosen, Verdict
from app.domain.reasons import Outcome, Reason

TO_CHECK, LIVE, STOPPED = "to_check", "live", "stopped"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a set has a code: `row` counts as the file does, `codes` are all of that row, in the set's columns."""

    row: int
    column: int
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """One side of the piece in hand; row 0 where the file does not have it."""

    epc: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Sampling:
    """How far a set is checked. `wanted` pieces release it; 0: it was live at once, and any wrong piece still stops it.

    `faults` are (row, rows that its other side is away from it, None where the file does not have that side).
    """

    set: str
    roles: tuple[str, ...]
    wanted: int
    file: str = ""
    state: str = TO_CHECK
    right: tuple[int, ...] = ()          # rows whose pieces were found right
    half: tuple[Read, ...] = ()
    faults: tuple[tuple[int, int | None], ...] = ()

    @property
    def shift(self) -> int | None:
        """By how many rows the later column is below the first one, once two wrong pieces agree and none differs."""
        away = {each for _, each in self.faults}
        return away.pop() if len(self.faults) > 1 and len(away) == 1 else None

    @property
    def wrong_from(self) -> tuple[int, int]:
        """(last row known to be right before it, first row known to be wrong); 0 where there is none."""
        wrong = min((row for row, _ in self.faults), default=0)
        return max((row for row in self.right if row < wrong), default=0), wrong


@dataclass(frozen=True, slots=True)
class Reel:
    """The set that is checked at the station, and where it has the code just scanned (None: it does not)."""

    number: int
    sampling: Sampling
    level: str = ""
    place: Place | None = None


def begun(set: str, roles: tuple[str, ...], wanted: int, file: str = "") -> Sampling:
    return Sampling(set, roles, wanted, file, TO_CHECK if wanted else LIVE)


def again(sampling: Sampling) -> Sampling:
    """From the beginning, whatever was found: where the scans were wrong and not the file. A supervisor's act."""
    return begun(sampling.set, sampling.roles, max(sampling.wanted, 1), sampling.file)


def scanned(sampling: Sampling, epc: str, place: Place | None, level: str = "") -> tuple[Sampling, Verdict]:
    """One code of a piece; `place` is None where the set does not have it."""
    data: Data = {"code": epc, "file": sampling.file, "level": level, "count": len(sampling.right),
                  "planned": sampling.wanted}
    if place is None and not sampling.half:
        return sampling, Verdict(Outcome.REJECTED, Reason.NOT_PAIRED, data)
    if place is None:
        return _wrong(sampling, Read(epc, 0, -1), data)
    read = Read(epc, place.row, place.column)
    data |= {"role": sampling.roles[place.column], "row": place.row}
    if place.column in [each.column for each in sampling.half]:       # on to the next piece before this one was whole
        again_same = epc in [each.epc for each in sampling.half]
        outcome = Outcome.DUPLICATE if again_same else Outcome.WARNING
        sampling = sampling if again_same else replace(sampling, half=(read,))
        return sampling, Verdict(outcome, Reason.HALF_READ, data | {"wanted": _wanted(sampling)})
    if sampling.half and sampling.half[0].row != place.row:
        return _wrong(sampling, read, data)
    if place.row in sampling.right:
        return replace(sampling, half=()), Verdict(Outcome.DUPLICATE, Reason.PAIR_SEEN, data)
    sampling = replace(sampling, half=(*sampling.half, read))
    if len(sampling.half) < len(sampling.roles):
        return sampling, Verdict(Outcome.ACCEPTED, Reason.HALF_READ, data | {"wanted": _wanted(sampling)})
    return _right(sampling, place.row, data)


def opened(taken: Verdict, number: str, sets: Sequence[str], before: str) -> Decision:
    """Opens the check: with the set that is named, the one it had `before`, the only one there is, or the list."""
    if number and number not in sets:
        return Decision(Verdict(Outcome.REJECTED, Reason.NO_PAIRS, {"number": number}))
    chosen = number or (before if before in sets else sets[0] if len(sets) == 1 else "")
    return Decision(taken, (), (TaskChosen("sampling", chosen),))


def check(reel: Reel | None, epc: str) -> Decision:
    """One code scanned at the station while reels are checked."""
    if reel is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.NO_PAIRS))
    sampling, verdict = scanned(reel.sampling, epc, reel.place, reel.level)
    return Decision(verdict, (), told(reel, sampling))


def check_anew(reel: Reel | None) -> Decision:
    """A supervisor has the check begin once more."""
    if reel is None:
        return Decision(Verdict(Outcome.REJECTED, Reason.NO_PAIRS))
    return Decision(Verdict(Outcome.COMMAND, Reason.COMMAND_TAKEN, {"name": "RECHECK", "argument": ""}), (),
                    told(reel, again(reel.sampling)))


def forgotten(reel: Reel) -> Decision:
    """The piece in hand is put away half read."""
    return Decision(Verdict(Outcome.COMMAND, Reason.CONFIRMED), (), told(reel, replace(reel.sampling, half=())))


def told(reel: Reel, now: Sampling) -> tuple[ReelChecked, ...]:
    """The change that makes the set's sampling this one; () where it is so already."""
    if now == reel.sampling:
        return ()
    half = tuple((each.epc, each.row, each.column) for each in now.half)
    return (ReelChecked(reel.number, now.state, now.wanted, now.right, half, now.faults),)


def apply(sampling: Sampling, change: ReelChecked) -> Sampling:
    return replace(sampling, state=change.state, wanted=change.wanted, right=change.right,
                   half=tuple(Read(*each) for each in change.half), faults=change.faults)


def _right(sampling: Sampling, row: int, data: Data) -> tuple[Sampling, Verdict]:
    sampling = replace(sampling, half=(), right=(*sampling.right, row))
    data |= {"count": len(sampling.right)}
    if sampling.state == STOPPED:
        return sampling, Verdict(Outcome.WARNING, Reason.PAIR_RIGHT, data)
    if sampling.state == TO_CHECK and len(sampling.right) >= sampling.wanted:
        return replace(sampling, state=LIVE), Verdict(Outcome.COMPLETE, Reason.PAIRS_RELEASED, data)
    return sampling, Verdict(Outcome.ACCEPTED, Reason.PAIR_RIGHT, data)


def _wrong(sampling: Sampling, read: Read, data: Data) -> tuple[Sampling, Verdict]:
    """The piece in hand carries two codes that are no pair: the reel stops."""
    other = sampling.half[0]
    # Always counted from the file's first column, so that the same fault gives the same number whichever is read first.
    first, later = (other, read) if other.column < read.column or not read.row else (read, other)
    away = later.row - first.row if later.row else None
    sampling = replace(sampling, state=STOPPED, half=(), faults=(*sampling.faults, (first.row, away)))
    good, wrong = sampling.wrong_from
    data |= {"code": first.epc, "row": first.row, "other": later.epc, "other_row": later.row or "",
             "role": sampling.roles[first.column], "other_role": sampling.roles[later.column] if later.row else "",
             "shift": sampling.shift or "", "away": "" if away is None else away, "good_row": good or "",
             "from_row": wrong}
    return sampling, Verdict(Outcome.STOP, Reason.PAIR_MISMATCH, data)


def _wanted(sampling: Sampling) -> str:
    have = {each.column for each in sampling.half}
    return " ".join(role for column, role in enumerate(sampling.roles) if column not in have)
