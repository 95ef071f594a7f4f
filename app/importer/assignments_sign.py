"""Keys and packages for training and tests: what the brand's server does, made here. Keeps no private key by itself."""
from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from app.importer.assignments import COLUMNS, FORMAT, MANIFEST, SIGNATURE, BadPackage, key_id


def new_key() -> tuple[str, str]:
    """(private, public), each base64 of 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    return (base64.b64encode(private.private_bytes_raw()).decode(),
            base64.b64encode(private.public_key().public_bytes_raw()).decode())


def sign(private: str, body: bytes) -> tuple[str, str]:
    """(signature in base64, id of the key). Raises ValueError where `private` is no key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(private, validate=True))
    return base64.b64encode(key.sign(body)).decode(), key_id(key.public_key().public_bytes_raw())


def write_rows(path: Path, kind: str, rows: Iterable[Sequence[object]]) -> int:
    """A file of the package with its heading; how many rows."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS[kind])
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def package(folder: Path, target: Path, private: str, *, id: str, issued_at: datetime, valid_until: datetime,
            complete: bool) -> Path:
    """Makes `target` (a ZIP, or a folder where it has no ending .zip) of the files <kind>.csv in `folder`.

    Raises ValueError where the key is none, BadPackage where a file is missing or has another heading, OSError.
    """
    files = []
    for kind in COLUMNS:
        path = folder / f"{kind}.csv"
        if path.exists():
            files.append(_described(kind, path))
        elif kind != "sightings":
            raise BadPackage("missing", file=str(folder), name=path.name)
    key = sign(private, b"")[1]
    body = json.dumps({
        "format": FORMAT, "id": id, "issued_at": issued_at.astimezone(UTC).isoformat(),
        "valid_until": valid_until.astimezone(UTC).isoformat(), "complete": complete, "key": key, "files": files},
        indent=1).encode()
    signature = sign(private, body)[0].encode()
    if target.suffix.lower() != ".zip":
        target.mkdir(mode=0o755, parents=True, exist_ok=True)
        (target / MANIFEST).write_bytes(body)
        (target / SIGNATURE).write_bytes(signature)
        for each in files:
            if folder != target:
                (target / each["name"]).write_bytes((folder / each["name"]).read_bytes())
        return target
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        file.writestr(MANIFEST, body)
        file.writestr(SIGNATURE, signature)
        for each in files:
            file.write(folder / each["name"], each["name"])
    os.replace(part, target)
    return target


def _described(kind: str, path: Path) -> dict[str, str | int]:
    digest, rows, size = hashlib.sha256(), 0, 0
    with path.open("rb") as file:
        heading = file.readline()
        if heading.decode("utf-8", "replace").rstrip("\r\n") != ",".join(COLUMNS[kind]):
            raise BadPackage("row", file=str(path.parent), name=path.name, row=1, problem=",".join(COLUMNS[kind]))
        digest.update(heading)
        size += len(heading)
    with path.open("rb") as file:
        file.seek(size)
        while piece := file.read(1 << 20):
            digest.update(piece)
            size += len(piece)
    with path.open(encoding="utf-8", newline="") as text:
        rows = sum(1 for _ in csv.reader(text)) - 1
    return {"kind": kind, "name": path.name, "rows": rows, "bytes": size, "sha256": digest.hexdigest()}
