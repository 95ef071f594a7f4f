"""A shelf's code and its place as a URI: the GLN of the house with the code as its extension."""
from __future__ import annotations

from urllib.parse import quote, unquote

AISLE = "*"                  # at the end of a scope: every place that begins so


def shelf_uri(site: str, code: str) -> str:
    """The place of a shelf's code in this house (`site` is the house's URI)."""
    return f"{site}/254/{quote(code, safe='')}"


def shelf_of(site: str, location: str) -> str:
    """The shelf's code in a place's URI; "" for the house itself or another one."""
    return unquote(location.removeprefix(site + "/254/")) if location.startswith(site + "/254/") else ""


def scope_uri(site: str, scope: str) -> str:
    """What a count is about, as a place: the house where it names none, a shelf by its code, an aisle that ends in
    AISLE; what is a URI already stays."""
    if not scope or "://" in scope:
        return scope or site
    return shelf_uri(site, scope.removesuffix(AISLE)) + (AISLE if scope.endswith(AISLE) else "")
