"""Evidence files of suspected diversion: home/evidence/<number>/, made from the database, with photographs beside.

What stands in evidence.json is in the journal byte for byte, and its digest in the event: a file that is lost is made
anew, one that was changed is told. Writing has a thread of its own, so no scan waits for it.
"""
from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.domain.warehouse.cases import SuspectView
from app.messages import Frame, Published
from app.store import who
from app.store.database import Connection, StoreRefused, open_reader, sqlite3
from app.store.swap import sync_folder, write

if TYPE_CHECKING:
    import numpy as np

FOLDER, BODY, DECISION = "evidence", "evidence.json", "decision.json"
PICTURES = (".jpg", ".jpeg", ".png")
MOST_ATTACHED = 50_000_000
QUALITY, LONGEST_SIDE = 88, 3000
PictureOf = Callable[[Frame], "np.ndarray | None"]
_ROWS = """SELECT number, epc, finding, policy, expected, actual, rule, document, partner, evidence, state, reason,
    released_by, approver, released_at FROM suspected"""


class Evidence:
    """`folder` is the home's evidence. `picture_of` gives a frame's pixels while somebody has them, None otherwise."""

    def __init__(self, database: Path, picture_of: PictureOf = lambda frame: None) -> None:
        self._database, self._picture_of = database, picture_of
        self.folder = database.with_name(FOLDER)
        self._wanted: queue.SimpleQueue[tuple[str, Any] | None] = queue.SimpleQueue()
        self.problem = ""
        self._naming = threading.Lock()      # one picture after another gets its number
        self._thread = threading.Thread(target=self._run, name="evidence", daemon=True)

    def start(self) -> None:
        self._wanted.put(("", None))         # what a kill has left unwritten
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """What waits is still written."""
        self._wanted.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def keep(self, published: Published) -> None:
        """Every verdict, from any thread; returns at once."""
        case = published.verdict.data.get("case")
        if case and published.seq:
            frame = published.frame
            self._wanted.put((str(case), self._picture_of(frame) if frame else None))

    def photograph(self, number: str, pixels: np.ndarray) -> str:
        """Keeps a camera's picture, grey (H, W) or BGR (H, W, 3); gives the file. Raises OSError, KeyError."""
        from PIL import Image

        picture = Image.fromarray(pixels if pixels.ndim == 2 else pixels[:, :, ::-1])
        shrink = -(-max(picture.size) // LONGEST_SIDE)
        if shrink > 1:
            picture = picture.reduce(shrink)
        with self._naming:
            file = self._free(number, ".jpg")
            part = file.with_suffix(".part")
            picture.save(part, "JPEG", quality=QUALITY)
            os.replace(part, file)
        return str(file)

    def attach(self, number: str, file: Path) -> str:
        """Keeps a copy of a picture that somebody chose. Raises OSError, KeyError; ValueError with a word under
        diversion.attach ("no_picture", "too_big")."""
        if file.suffix.lower() not in PICTURES:
            raise ValueError("no_picture")
        if file.stat().st_size > MOST_ATTACHED:
            raise ValueError("too_big")
        with self._naming:
            target = self._free(number, file.suffix.lower())
            part = target.with_suffix(".part")
            shutil.copyfile(file, part)
            os.replace(part, target)
        return str(target)

    # --- the thread -----------------------------------------------------------------------------------------------
    def _run(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            number, pixels = wanted
            try:
                with contextlib.closing(open_reader(self._database)) as connection:
                    write_missing(connection, self.folder, number)
                if number and pixels is not None:
                    self.photograph(number, pixels)
                self.problem = ""
            except (OSError, StoreRefused, sqlite3.Error, KeyError) as error:
                self.problem = str(error)    # the journal has it; the next start writes it

    def _free(self, number: str, ending: str) -> Path:
        """A name for one more picture of a case. Raises KeyError where there is no such case."""
        with contextlib.closing(open_reader(self._database)) as connection:
            if not connection.execute("SELECT 1 FROM suspected WHERE number=?", (number,)).fetchone():
                raise KeyError(number)
            write_missing(connection, self.folder, number)
        at = 1
        while any((self.folder / number / f"photo-{at}{each}").exists() for each in PICTURES):
            at += 1
        return self.folder / number / f"photo-{at}{ending}"


def write_missing(connection: Connection, folder: Path, number: str = "") -> int:
    """Writes evidence.json of this case, or of all that have none; how many. Raises OSError."""
    written = 0
    for case, text in connection.execute(
            "SELECT number, evidence FROM suspected WHERE ?1='' OR number=?1", (number,)):
        file = folder / case / BODY
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")      # others may be at it, too
            write(part, text.encode())
            os.replace(part, file)
            sync_folder(file.parent)
            written += 1
    return written


def copy(folder: Path, target: Path) -> None:
    """The pictures, for a backup; evidence.json is made anew from the database. Raises OSError."""
    for file in sorted(folder.glob("*/*")) if folder.is_dir() else ():
        if file.suffix.lower() in PICTURES:
            place = target / file.parent.name
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(file, place / file.name)


def bring(source: Path, folder: Path) -> None:
    """The pictures of a backup that are not here. Raises OSError."""
    for file in sorted(source.glob("*/*")) if source.is_dir() else ():
        target = folder / file.parent.name / file.name
        if not target.exists():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            shutil.copyfile(file, part)
            os.replace(part, target)


def suspects(connection: Connection, folder: Path, limit: int = 200) -> tuple[SuspectView, ...]:
    """The cases, newest first."""
    return tuple(_view(row, folder) for row in connection.execute(f"{_ROWS} ORDER BY id DESC LIMIT ?", (limit,)))


def suspect(connection: Connection, folder: Path, number: str) -> SuspectView | None:
    row = connection.execute(f"{_ROWS} WHERE number=?", (number,)).fetchone()
    return _view(row, folder) if row else None


def changed(connection: Connection, folder: Path) -> Iterator[str]:
    """Files that are not what was written down: cases whose evidence.json somebody has touched."""
    for number, text in connection.execute("SELECT number, evidence FROM suspected ORDER BY id"):
        file = folder / number / BODY
        with contextlib.suppress(FileNotFoundError):
            if file.read_bytes() != text.encode():
                yield str(file)


def export(connection: Connection, folder: Path, target: Path, numbers: tuple[str, ...] = ()) -> int:
    """One ZIP with each case: evidence.json as it was written down, what was decided since, the pictures, and the
    digests of all. Gives how many cases. Raises OSError."""
    part, count, sums, people = target.with_suffix(".part"), 0, [], who.names(connection)
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as file:
        def put(name: str, data: bytes) -> None:
            file.writestr(name, data)
            sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")

        for row in connection.execute(f"{_ROWS} ORDER BY id"):
            if numbers and row[0] not in numbers:
                continue
            count += 1
            view = named(_view(row, folder), people)
            put(f"{view.number}/{BODY}", row[9].encode())
            decided = {"state": view.state, "reason": view.reason, "at": view.released_at,
                       "released_by": view.released_by, "released_by_name": view.released_by_name,
                       "approver": view.approver, "approver_name": view.approver_name}
            put(f"{view.number}/{DECISION}", json.dumps(decided, ensure_ascii=False, indent=1).encode())
            for picture in view.pictures:
                put(f"{view.number}/{Path(picture).name}", Path(picture).read_bytes())
        file.writestr("SHA256SUMS", "".join(sums))
    os.replace(part, target)
    return count


def _view(row: tuple[str, ...], folder: Path) -> SuspectView:
    number, epc, finding, policy, _, _, rule, document, partner, text, state, reason, by, approver, at = row
    told: dict[str, Any] = json.loads(text)
    pictures: list[str] = []
    with contextlib.suppress(OSError):
        pictures = sorted(str(each) for each in (folder / number).iterdir() if each.suffix.lower() in PICTURES)
    return SuspectView(
        number, epc, finding, policy, told["expected"]["dealer"], told["expected"]["territory"],
        told["actual"]["dealer"], told["actual"]["territory"], rule, told["decided_by"]["code"],
        told["decided_by"]["as"], told["at"], told["operator"], document, partner, tuple(told["siblings"]), state,
        reason, by, approver, hashlib.sha256(text.encode()).hexdigest(), tuple(pictures),
        tuple((each["place"], each["at"]) for each in told["elsewhere"]), told["snapshot"]["id"], released_at=at,
        operator_name=told.get("operator_name", ""))


def named(found: SuspectView, people: dict[str, str]) -> SuspectView:
    """With the names of its people. The finder's is as it was written down, where it was."""
    return replace(found, operator_name=found.operator_name or people.get(found.operator, ""),
                   released_by_name=people.get(found.released_by, ""), approver_name=people.get(found.approver, ""))
