"""The log and the crash files: rotating JSON lines in the home, no codes of goods, no badges, no PINs.

Where the program dies of a bug, what it knew stands in crashes/ and is told at the next start.
"""
from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType

import structlog

from app.home import Home
from app.messages import DeviceState, Notice, Published, StationFailed, SyncStatus

LOG_BYTES, LOG_FILES = 2_000_000, 5


def open_log(home: Home) -> structlog.stdlib.BoundLogger:
    """The logger of this process, writing into the home from now on; crashes leave a file there."""
    handler = logging.handlers.RotatingFileHandler(home.logs / "station.jsonl", maxBytes=LOG_BYTES,
                                                   backupCount=LOG_FILES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    root = logging.getLogger("onecode")
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True),
                    structlog.processors.JSONRenderer(ensure_ascii=False)],
        logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False)
    log: structlog.stdlib.BoundLogger = structlog.get_logger("onecode")
    _watch_for_crashes(home, log)
    return log


def close_log() -> None:
    for handler in logging.getLogger("onecode").handlers[:]:
        logging.getLogger("onecode").removeHandler(handler)
        handler.close()
    if _stream is not None and not _stream.closed:
        faulthandler.disable()
        _stream.close()


class NoticeLog:
    """A listener: what changes is logged, what repeats is not."""

    def __init__(self, log: structlog.stdlib.BoundLogger) -> None:
        self._log, self._link = log, ""

    def hear(self, notice: Notice) -> None:
        match notice:
            case DeviceState(name, kind, state, detail):
                self._log.info("device", name=name, kind=kind, state=state, detail=detail)
            case SyncStatus(link) if link != self._link:
                self._link = link
                self._log.info("link", link=link, queued=notice.queued, refused=notice.refused, problem=notice.problem)
            case StationFailed(_, crash_file):
                self._log.error("station failed", crash_file=crash_file)
            case Published(verdict) if verdict.outcome in ("rejected", "stop"):
                self._log.info("verdict", seq=notice.seq, source=notice.source, outcome=verdict.outcome,
                               reason=verdict.reason)


def _watch_for_crashes(home: Home, log: structlog.stdlib.BoundLogger) -> None:
    """Native crashes through faulthandler, uncaught exceptions of any thread through the hooks."""
    faulthandler.enable(_crash_stream(home))

    def told(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, where: str) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        file = home.crashes / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{where}.txt"
        file.write_text("".join(traceback.format_exception(kind, error, trace)), "utf-8")
        log.error("crash", where=where, file=str(file), error=repr(error))

    def in_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        told(kind, error, trace, "main")
        sys.__excepthook__(kind, error, trace)

    def in_thread(arguments: threading.ExceptHookArgs) -> None:
        told(arguments.exc_type, arguments.exc_value, arguments.exc_traceback,
             arguments.thread.name if arguments.thread else "thread")
        threading.__excepthook__(arguments)

    sys.excepthook, threading.excepthook = in_main, in_thread


def _crash_stream(home: Home):  # type: ignore[no-untyped-def]
    global _stream  # noqa: PLW0603 - faulthandler keeps the file number only; the file has to stay open
    _stream = (home.crashes / "native.txt").open("a", encoding="utf-8")
    return _stream


_stream = None
