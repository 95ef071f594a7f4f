"""What is left of a bug in the engine: a crash file for us, a notice for everybody."""
from __future__ import annotations

import traceback
from datetime import datetime
from pathlib import Path

from app.messages import StationFailed


def crashed(folder: Path | None, now: datetime) -> StationFailed:
    """Called while the exception is being handled."""
    text = traceback.format_exc()
    file = folder / f"station-{now:%Y%m%d-%H%M%S}.txt" if folder else None
    try:
        if file:
            file.write_text(text)
    except OSError as error:         # a full disk must not keep anybody from being told
        file, text = None, f"{text}\n{error}"
    return StationFailed(text, str(file or ""))
