"""What is shown by hand to a camera, one code at a time: a scan, as if a scanner had been held to it. Pure."""
from __future__ import annotations

from app.domain.codes.identity import Code, Meaning, Refusal
from app.domain.packing.frame import names_nothing
from app.domain.reasons import Reason
from app.messages import Frame, Scan
from app.station.reading import Work


def scanned(message: Work, meanings: tuple[Meaning, ...]) -> tuple[Work, tuple[Meaning, ...]]:
    """The picture of one code as a scan; what names no object (an EAN beside it) is not looked at. Others as they are.

    Of several codes nobody can say which is meant: they stay a picture, of which none is taken.
    """
    if not isinstance(message, Frame) or not message.single or not meanings:
        return message, meanings
    named = [at for at, each in enumerate(meanings)
             if not isinstance(each, Code | Refusal) or not names_nothing(each)] or [0]
    if len({message.seen[at].raw for at in named}) > 1:
        return message, meanings
    seen = message.seen[named[0]]
    return Scan(message.source, seen.raw, seen.aim, message.at, message.mono), (meanings[named[0]],)


def unfit(frame: Frame) -> Refusal | None:
    """Why a picture is judged as none: its reader was silent, or several codes were held up at once."""
    if frame.timed_out:
        return Refusal(b"", "", Reason.TIMED_OUT, {"trigger": frame.trigger})
    if frame.single and len(frame.seen) > 1:
        return Refusal(b"", "", Reason.SHOW_ONE, {"count": len(frame.seen)})
    return None
