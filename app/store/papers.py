"""Checks of partners, locations and documents by themselves: roles, lines, quotas, reasons, references.

Whether what they refer to exists is the catalogue's question.
"""
from __future__ import annotations

import re
from dataclasses import replace

from app.domain.products import Location, Partner
from app.domain.warehouse.documents import Announced, Announcement, Document, Line, Quota
from app.domain.warehouse.kinds import BY_NAME, Kind, PartnerRole
from app.store.fields import LEVEL, URI, BadRecord, check_epc, choice, day, digits, every, name_of, named, number

STATES = ("draft", "open", "paused", "closed", "closed_short", "cancelled")
TRANSACTIONS = ("bol", "cert", "desadv", "inv", "pedigree", "po", "poc", "prodorder", "recadv", "rma", "testprd",
                "testres", "upevt")
PLACES = ("dock", "shelf", "picking", "quarantine", "returns")
ROLES = tuple(str(each) for each in PartnerRole)
_ROLE_BEFORE = {"plant": "own", "warehouse": "own", "dealer": "distributor", "store": "retailer"}    # words of 0.1
_TERRITORY = re.compile(r"\S{1,40}")
_EXTENSION = re.compile(r"[0-9A-Za-z!\"%&'()*+,\-./:;<=>?_]{1,20}", re.ASCII)         # GS1's characters of AI 254


def before(partner: Partner) -> Partner:
    """A partner whose role is one of the words that were used first, with today's."""
    return replace(partner, role=_ROLE_BEFORE.get(partner.role, partner.role))


def check_partner(partner: Partner) -> None:
    name_of("id", partner.id)
    named(partner.name)
    digits("gln", partner.gln, "gln", 13)
    choice("role", before(partner).role, ROLES)
    _territory(partner.territory)
    for kind in partner.kinds:
        choice("kinds", kind, tuple(BY_NAME))
    number("min_life_days", partner.min_life_days, -1, 10_000)
    number("check", partner.check, -1, 100)
    for product, share in partner.checks.items():
        name_of("checks", product)
        number("checks", share, 0, 100)
    if partner.route:
        name_of("route", partner.route)


def check_location(location: Location) -> None:
    if not _EXTENSION.fullmatch(location.id):
        raise BadRecord("id", "extension", location.id)
    named(location.name)
    choice("kind", location.kind, PLACES)
    for key, values in (("statuses", location.statuses), ("products", location.products), ("lots", location.lots)):
        for each in values:
            name_of(key, each)


def check_document(document: Document) -> None:
    name_of("id", document.id)
    choice("kind", document.kind, tuple(BY_NAME))
    choice("state", document.state, STATES)
    _reason(document, document.does)
    if document.partner and not document.does.roles:
        raise BadRecord("partner", "no_partner", document.partner, kind=document.kind)
    if not document.partner and document.does.roles and document.state != "draft":
        raise BadRecord("partner", "partner_wanted", "", kind=document.kind)
    _lines(document.lines)
    _quotas(document)
    for word, uri in document.references:
        choice("references", word, TRANSACTIONS)
        if not URI.fullmatch(uri):
            raise BadRecord("references", "uri", uri)
    if document.route:
        name_of("route", document.route)
    _territory(document.territory)
    number("check", document.check, -1, 100)
    if document.scope and not URI.fullmatch(document.scope):
        raise BadRecord("scope", "uri", document.scope)
    _announced(document.announced)


def check_announcement(part: Announcement) -> None:
    name_of("id", part.id)
    name_of("document", part.document)
    _announced(part.announced)


def fits(partner: Partner, kind: Kind) -> None:
    """Raises BadRecord where somebody in this role, or this partner, may not be named on such a document."""
    role = before(partner).role
    if role in ROLES and role not in kind.roles:
        raise BadRecord("partner", "role_fits", f"{partner.id} ({role})", kind=kind.name,
                        choices=", ".join(str(each) for each in kind.roles))
    if partner.kinds and kind.name not in partner.kinds:
        raise BadRecord("kind", "kind_allowed", kind.name, partner=partner.id, choices=", ".join(partner.kinds))


def _reason(document: Document, kind: Kind) -> None:
    """A kind's own reason; of one that ended early, why."""
    if document.state in ("closed_short", "cancelled"):
        if document.reason:
            name_of("reason", document.reason, 200)
    elif kind.reasons:
        if document.reason or document.state != "draft":
            choice("reason", document.reason, kind.reasons)
    elif document.reason:
        raise BadRecord("reason", "no_reason", document.reason, kind=kind.name)


def _lines(lines: tuple[Line, ...]) -> None:
    numbers: set[int] = set()

    def check(line: Line) -> None:
        if line.line < 1 or line.line in numbers:
            raise BadRecord("lines.line", "line", line.line)
        numbers.add(line.line)
        number("lines.quantity", line.quantity, 1)
        if line.lot:
            name_of("lines.lot", line.lot, 20)

    every(lines, check)


def _quotas(document: Document) -> None:
    """Together the stations may do no more of a line than there is; nobody else may do any of it."""
    wanted = {line.line: line.quantity for line in document.lines}
    given: dict[int, int] = {}
    seen: set[tuple[str, int]] = set()

    def check(quota: Quota) -> None:
        name_of("quotas.station", quota.station)
        if quota.line not in wanted or (quota.station, quota.line) in seen:
            raise BadRecord("quotas.line", "quota_line", quota.line)
        seen.add((quota.station, quota.line))
        given[quota.line] = given.get(quota.line, 0) + quota.quantity
        number("quotas.quantity", quota.quantity)
        if given[quota.line] > wanted[quota.line]:
            raise BadRecord("quotas.quantity", "quota_sum", given[quota.line], line=quota.line,
                            most=wanted[quota.line])

    every(document.quotas, check)


def _territory(territory: str) -> None:
    if territory and not _TERRITORY.fullmatch(territory):
        raise BadRecord("territory", "territory", territory)


def _announced(announced: tuple[Announced, ...]) -> None:
    seen: set[str] = set()

    def check(each: Announced) -> None:
        check_epc("announced.epc", each.epc)
        if each.epc in seen or each.parent == each.epc:
            raise BadRecord("announced.epc", "once", each.epc)
        seen.add(each.epc)
        if not LEVEL.fullmatch(each.level):
            raise BadRecord("announced.level", "level", each.level)
        if each.lot:
            name_of("announced.lot", each.lot, 20)
        day("announced.expiry", each.expiry)

    every(announced, check)
