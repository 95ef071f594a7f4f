"""The signed list of assignments as the training server hands it out: one file, with its ETag, whole or in parts.

The server does not look inside: stations trust the signature, not the road.
"""
from __future__ import annotations

import asyncio
import hashlib
import os
from email.utils import formatdate
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.central.answers import Problem, Refused, answer, empty

FILE = "snapshot.zip"
MOST_BYTES = 4_000_000_000
PIECE = 1 << 20


async def get(request: Request) -> Response:
    """200 or 206 with the package, 304 where the caller has it, 404 where there is none."""
    file = file_of(request)
    if not file.exists():
        raise Refused(Problem(404, "NoSuchResourceException", "there is no snapshot of assignments"))
    tag = (await asyncio.to_thread((file.with_suffix(".etag")).read_text)).strip()
    about = {"ETag": tag, "Last-Modified": formatdate(file.stat().st_mtime, usegmt=True)}
    if request.headers.get("if-none-match") == tag:
        return empty(304, about)
    return FileResponse(file, media_type="application/zip", headers=about)


async def put(request: Request) -> Response:
    """Training only: the package that stations are to be given from now on."""
    file = file_of(request)
    part, digest, length = file.with_suffix(".part"), hashlib.sha256(), 0
    with part.open("wb") as target:
        async for piece in request.stream():
            length += len(piece)
            if length > MOST_BYTES:
                raise Refused(Problem(413, "CaptureLimitExceededException", f"up to {MOST_BYTES} bytes are taken"))
            digest.update(piece)
            await asyncio.to_thread(target.write, piece)
    tag = f'"{digest.hexdigest()}"'
    await asyncio.to_thread(_kept, part, file, tag)
    return answer({"etag": tag, "bytes": length})


def _kept(part: Path, file: Path, tag: str) -> None:
    file.with_suffix(".etag").write_text(tag)
    os.replace(part, file)


def file_of(request: Request) -> Path:
    home: Path = request.app.state.repository.home
    return home / FILE
