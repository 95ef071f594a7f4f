"""Which readings must leave nothing behind: PINs and badges, right or wrong, are in no journal and on no screen."""
from __future__ import annotations

import re
from collections.abc import Callable

from app.domain.codes.identity import BadgeCode, Code, Meaning, Refusal
from app.domain.reasons import Reason

_PREFIXED = re.compile(rb"%ST:(PIN|BADGE)", re.IGNORECASE)     # also where the rest of it is no command


def badge_text(meaning: Meaning, is_badge: Callable[[str], bool]) -> str:
    """The badge's text where this is one: a command barcode, or plain text that only a person's badge knows."""
    if isinstance(meaning, BadgeCode):
        return meaning.text
    if isinstance(meaning, Refusal) and meaning.reason is Reason.NO_RULE:
        text = meaning.raw.decode("utf-8", "replace")
        return text if is_badge(text) else ""
    return ""


def is_secret(raw: bytes, meaning: Meaning, is_badge: Callable[[str], bool]) -> bool:
    """True where neither the bytes nor anything made of them may be kept or shown."""
    return not isinstance(meaning, Code) and (_PREFIXED.search(raw) is not None or bool(badge_text(meaning, is_badge)))
