"""The short way through the rule table, for files of millions of codes: only what is certain, all else is for `read`.

Sure are plain links as printers write them: small letters in scheme and host, nothing but characters of a URI. For
them `read` has nothing to decode, to fold or to refuse before its rows. A test holds both ways against each other.
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from app.domain.codes.checks import whole
from app.domain.codes.identity import sgtin
from app.domain.codes.rule import Rule

Quick = tuple[str, str, str, str]       # epc, level, role, product
PLAIN_LINK = re.compile(r"https?://[a-z0-9.-]+/[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*", re.ASCII)
_TRADE_ITEM = re.compile(r"https?://[a-z0-9.-]+/01/([0-9]{14})/21/([0-9A-Za-z._-]{1,20})", re.ASCII)
_sound = lru_cache(1000)(whole)


def quick_link(rule: Rule, gtins: Mapping[str, tuple[str, str]], text: str) -> Quick | str | None:
    """A GS1 Digital Link row on a plain link: sure only of a known GTIN with a serial that nothing has to encode."""
    found = _TRADE_ITEM.fullmatch(text)
    if rule.symbologies or found is None or not _sound(found[1]):
        return None
    product, level = gtins.get(found[1], ("", ""))
    if rule.product and rule.product != product:
        return "product"
    if not product:
        return None
    return sgtin(found[1], found[2]), level or rule.level, rule.role, product
