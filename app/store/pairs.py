"""Peers: by which EPC an object is known, whichever of its codes was read; from makers' files and from this line.

Asked on every scan, so it is quick and never fails: a set whose file is gone or broken counts as none (`problems`).
Pairs read on the line are in the main database, where the journal makes them anew; sets from files are beside it
(pair_sets). Not for two threads at once.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.domain.decision import Change, ReelChecked, Verdict
from app.domain.packing import sampling as samples
from app.domain.packing.sampling import Place, Reel, Sampling, scanned
from app.store.database import Connection, DiskFull, StoreRefused, sqlite3
from app.store.pair_about import PairsDamaged
from app.store.pair_sets import PairSet, PairSets, there
from app.store.paired import LINE, tie

if TYPE_CHECKING:
    from app.store.pair_file import Hashes, PairFile

OWED = "reel:"       # in `meta`, with the set's number: what the journal has and the register not yet
_STEPS = 3           # a cap's inner code → its outer code (file) → the bottle's code (line)


def keys(epcs: Sequence[str]) -> Hashes:
    """See pair_file.keys: with numpy, imported where there are sets only."""
    from app.store import pair_file

    return pair_file.keys(epcs)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another code of an object. `source` is "line", or the name of the file that told of it."""

    role: str
    epc: str
    source: str


@dataclass(frozen=True, slots=True)
class Tied:
    """Why two codes cannot be a pair: `code` is tied to `to` in this role already."""

    code: str
    role: str
    to: str
    source: str


class Pairs:
    """`connection` is the main database's, `folder` where the sets from files are (None: none)."""

    def __init__(self, connection: Connection, folder: Path | None) -> None:
        self._connection, self._folder = connection, folder
        self._sets: PairSets | None = None
        self._version = -1
        self._live: list[PairFile] = []
        self._files: dict[str, PairFile] = {}
        self._owed: dict[int, ReelChecked] = {}
        self.problems: dict[str, str] = {}       # file → what is wrong with it

    def close(self) -> None:
        self._forget()

    # --- asked on every scan ----------------------------------------------------------------------------------------
    def identities(self, epcs: Iterable[str]) -> dict[str, str]:
        """Alias → the EPC by which its object is known. What is an identity itself, or nobody knows, is not in it."""
        now = {epc: epc for epc in epcs}
        files = self._open()
        open_ones = now
        for _ in range(_STEPS):
            asked = list(dict.fromkeys(open_ones.values()))
            step = self._by_file(asked, files) if files else {}
            step |= self._by_line(asked)
            open_ones = {epc: step[at] for epc, at in open_ones.items() if at in step}
            if not open_ones:
                break
            now |= open_ones
        return {epc: identity for epc, identity in now.items() if identity != epc}

    def roles(self, epcs: Iterable[str]) -> dict[str, dict[str, str]]:
        """Identity → role → peer, of those that have any; from the line, and from files that have the code itself."""
        wanted = list(dict.fromkeys(epcs))
        found: dict[str, dict[str, str]] = {}
        for file in self._open():
            for epc, (row, column) in self._find(file, wanted, keys(wanted)).items():
                codes = zip(file.about.roles, file.texts.row(row), strict=True)
                found.setdefault(epc, {}).update((role, code) for at, (role, code) in enumerate(codes) if at != column)
        for epc in wanted:
            line = self._connection.execute("SELECT role, alias FROM paired WHERE epc=?", (epc,)).fetchall()
            if line:
                found.setdefault(epc, {}).update(line)
        return found

    def peers(self, epc: str) -> tuple[Peer, ...]:
        """The other codes of the object that is known by this EPC."""
        found = [Peer(role, alias, source) for alias, role, source in self._connection.execute(
            "SELECT alias, role, source FROM paired WHERE epc=? ORDER BY role, alias", (epc,))]
        for of in (epc, *(each.epc for each in found)):
            for file in self._open():
                place = self._in(file, of)
                if place:
                    found += [Peer(role, code, file.about.source)
                              for role, code in zip(file.about.roles, place.codes, strict=True)
                              if code not in (epc, of) and code not in [each.epc for each in found]]
        return tuple(found)

    def before(self, epc: str, role: str, alias: str) -> Tied | None:
        """Why `alias` cannot be tied to `epc` in this role: one of them is tied otherwise; None where it can."""
        other = self.identities((alias,)).get(alias, "")
        if other and other != epc:
            return Tied(alias, role, other, self._source(alias, other))
        for each in self.peers(epc):
            if each.role == role and each.epc != alias:
                return Tied(epc, role, each.epc, each.source)
        return None

    def add(self, epc: str, role: str, alias: str, source: str = LINE) -> None:
        tie(self._connection, epc, role, alias, source)

    # --- the sampling check -----------------------------------------------------------------------------------------
    def sets(self) -> tuple[PairSet, ...]:
        """All sets from files, in the order they came."""
        self._open()
        return self._sets.all() if self._sets else ()

    def place(self, set: PairSet, epc: str) -> Place | None:
        """Where a set has a code, whether it is live or not. Raises PairsDamaged, OSError."""
        self._open()
        return self._in(self._file(set), epc) if self._sets else None

    def sample(self, number: int, epc: str) -> tuple[Sampling, Verdict]:
        """One code scanned for the check of a set: what it means, kept already. Raises KeyError where there is no such
        set, PairsDamaged, OSError, DiskFull."""
        found = next((each for each in self.sets() if each.number == number), None)
        if found is None:
            raise KeyError(number)
        sampling, verdict = scanned(found.sampling, epc, self.place(found, epc), found.about.level)
        if sampling != found.sampling:
            self.keep(found, sampling)
        return sampling, verdict

    def reel(self, number: str, epc: str = "") -> Reel | None:
        """The set of this number as the check at the station sees it, and where it has a code; None where there is no
        such set or it cannot be read."""
        found = next((each for each in self.sets() if str(each.number) == number), None)
        try:
            place = self.place(found, epc) if found and epc else None
        except (PairsDamaged, OSError) as error:
            self.problems[found.about.source if found else number] = str(error)
            return None
        if found and found.number in self._owed:
            found = replace(found, sampling=samples.apply(found.sampling, self._owed[found.number]))
        return Reel(found.number, found.sampling, found.about.level, place) if found else None

    def owes(self, changes: Iterable[Change]) -> None:
        """What the check at the station comes to counts for the next scan, though nothing of it is on the disk yet."""
        self._owed |= {each.number: each for each in changes if isinstance(each, ReelChecked)}

    def forget_owed(self) -> None:
        """The group of these checks was lost: what is in the database counts."""
        if self._owed:
            self._owed = {change.number: change for _, change, _ in owed(self._connection)}

    def settle(self, *, opening: bool = False) -> None:
        """Brings into the register what the journal and the database have; where it cannot be written it stays owed.

        `opening`: after a crash, or from a journal that is read anew, so only what the register has not had yet.
        """
        if not self._owed and not opening:
            return
        due = owed(self._connection)
        self._owed = {change.number: change for _, change, _ in due}
        try:
            if self._folder is not None and due and there(self._folder):
                self._check(due, opening)
            for key, _, _ in due:
                self._connection.execute("DELETE FROM meta WHERE key=?", (key,))
        except (DiskFull, OSError, StoreRefused, sqlite3.DatabaseError) as error:
            self.problems[str(self._folder)] = str(error)
        else:
            self._owed = {}

    def _check(self, due: list[tuple[str, ReelChecked, str]], opening: bool) -> None:
        assert self._folder is not None
        writer = PairSets(self._folder, writing=True)
        try:
            for _, change, at in due:
                found = next((each for each in writer.all() if each.number == change.number), None)
                had = writer.checked_at(change.number) if opening else ""
                if found and not (had and datetime.fromisoformat(at) <= datetime.fromisoformat(had)):
                    writer.check(found.number, samples.apply(found.sampling, change), at)
        finally:
            writer.close()

    def keep(self, set: PairSet, sampling: Sampling) -> None:
        """How far a set is sampled, on the disk when this returns; releases or stops it. Raises DiskFull."""
        if self._folder is None:
            raise ValueError("there are no sets here")
        writer = PairSets(self._folder, writing=True)
        try:
            writer.keep(set.number, sampling)
        finally:
            writer.close()

    # --- what is open -----------------------------------------------------------------------------------------------
    def _open(self) -> list[PairFile]:
        """The live sets, newest use first; looks at the register, which another process may have changed."""
        if self._sets is None:
            if self._folder is None or not there(self._folder):
                return []
            try:
                self._sets = PairSets(self._folder)
            except (StoreRefused, sqlite3.DatabaseError) as error:
                self.problems[str(self._folder)] = str(error)
                return []
        try:
            version = self._sets.version()
            if version != self._version:
                self._read(self._sets)
                self._version = version
        except sqlite3.DatabaseError as error:
            self.problems[str(self._folder)] = str(error)
            self._forget()
        return self._live

    def _read(self, sets: PairSets) -> None:
        self.problems.clear()
        rows = sets.all()
        self._files = {id: file for id, file in self._files.items() if id in {each.about.id for each in rows}}
        self._live = []
        for each in reversed(rows):
            if each.state == "live":
                try:
                    self._live.append(self._file(each))
                except (PairsDamaged, OSError) as error:
                    self.problems[str(sets.path(each.about.id))] = str(error)

    def _file(self, set: PairSet) -> PairFile:
        assert self._sets is not None
        file = self._files.get(set.about.id)
        if file is None:
            file = self._files[set.about.id] = self._sets.open(set)
        return file

    def _forget(self) -> None:
        self._live, self._files, self._version = [], {}, -1
        if self._sets:
            self._sets.close()
            self._sets = None

    # --- where ------------------------------------------------------------------------------------------------------
    def _by_line(self, epcs: Sequence[str]) -> dict[str, str]:
        run = self._connection.execute
        rows = ((epc, run("SELECT epc FROM paired WHERE alias=?", (epc,)).fetchone()) for epc in epcs)
        return {epc: row[0] for epc, row in rows if row}

    def _by_file(self, epcs: Sequence[str], files: list[PairFile]) -> dict[str, str]:
        found: dict[str, str] = {}
        rest, asked = list(epcs), keys(epcs)
        for at, file in enumerate(files):
            places = self._find(file, rest, asked)
            identity = file.about.identity
            for epc, (row, column) in places.items():
                if column != identity:
                    found[epc] = file.texts.row(row)[identity]
            if places:
                if at:       # the reel in use is asked first
                    self._live = [file, *(each for each in files if each is not file)]
                rest = [epc for epc in rest if epc not in places]
                if not rest:
                    break
                asked = keys(rest)
        return found

    def _find(self, file: PairFile, epcs: Sequence[str], asked: Hashes) -> dict[str, tuple[int, int]]:
        try:
            return file.find(epcs, asked)
        except PairsDamaged as error:
            self.problems[str(file.path)] = str(error)
            return {}

    def _in(self, file: PairFile, epc: str) -> Place | None:
        place = self._find(file, (epc,), keys((epc,))).get(epc)
        return Place(*place, file.texts.row(place[0])) if place else None

    def _source(self, alias: str, other: str) -> str:
        return next((each.source for each in self.peers(other) if each.epc == alias), LINE)


def owe(connection: Connection, change: ReelChecked, at: str) -> None:
    """Leaves word in the database of what a check at the station came to; `at` is the moment of its entry (ISO)."""
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES (?,?)",
                       (f"{OWED}{change.number}", msgspec.json.encode((at, change)).decode()))


def owed(connection: Connection) -> list[tuple[str, ReelChecked, str]]:
    """(key, what it came to, the moment) of each word left."""
    rows = connection.execute("SELECT key, value FROM meta WHERE key GLOB ?", (f"{OWED}*",)).fetchall()
    decoded = ((key, *msgspec.json.decode(value, type=tuple[str, ReelChecked])) for key, value in rows)
    return [(key, change, at) for key, at, change in decoded]
