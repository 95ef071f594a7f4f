"""The kinds of documents: what each one does to goods, as which event, with whom and for which reasons.

Data only; the words live in resources/i18n under `document.kind.<NAME>` and `document.reason.<REASON>`. Nobody but this
table knows a kind by its name.
"""
from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    COUNT = "count"


class PartnerRole(StrEnum):
    """Who a partner is in the channel."""

    BRAND = "brand"                # the owner of the brand
    SUPPLIER = "supplier"
    OWN = "own"                    # another site of our own
    DISTRIBUTOR = "distributor"
    RETAILER = "retailer"          # a store
    SALESMAN = "salesman"
    GUIDE = "guide"                # a shopping guide


DEALERS = (PartnerRole.DISTRIBUTOR, PartnerRole.RETAILER, PartnerRole.SALESMAN, PartnerRole.GUIDE)
SENDERS = (PartnerRole.BRAND, PartnerRole.SUPPLIER, PartnerRole.DISTRIBUTOR, PartnerRole.OWN)
ANYBODY = tuple(PartnerRole)


@dataclass(frozen=True, slots=True)
class Kind:
    """`step` and `disposition` are CBV words of the event; `status` is what goods are afterwards.

    `roles` are those a partner may have; () means that no partner is wanted. `reasons`: the document must say one of
    them, () none. `ends` is how the goods' life ends by it (a fate, "" where it does not). `away`: they leave the
    house. `returns`: they were bound to the partner who gives them back; `lent`: they had to leave by this kind.
    """

    name: str
    direction: Direction
    step: str
    disposition: str
    status: str
    roles: tuple[PartnerRole, ...] = ()
    transaction: str = "desadv"
    reasons: tuple[str, ...] = ()
    ends: str = ""
    away: bool = False
    returns: bool = False
    lent: str = ""

    @property
    def incoming(self) -> bool:
        return self.direction is Direction.IN

    @property
    def short_reasons(self) -> tuple[str, ...]:
        """Why a document of this kind is closed with less than it says, the likeliest first."""
        if self.name == "production_in":
            return ("TAIL", "DAMAGE", "SAMPLE", "SHORTAGE", "OTHER")
        if self.away:
            return ("SHORTAGE", "DAMAGE", "CUSTOMER", "NO-ROOM", "LATER", "OTHER")
        return ("SHORTAGE", "DAMAGE", "LATER", "OTHER")


def _in(name: str, roles: tuple[PartnerRole, ...], transaction: str = "desadv", *, disposition: str = "in_progress",
        step: str = "receiving", status: str = "in_progress", reasons: tuple[str, ...] = (),
        returns: bool = False, lent: str = "") -> Kind:
    return Kind(name, Direction.IN, step, disposition, status, roles, transaction, reasons, returns=returns, lent=lent)


def _out(name: str, roles: tuple[PartnerRole, ...], transaction: str = "desadv", *, disposition: str = "in_transit",
         reasons: tuple[str, ...] = ()) -> Kind:
    return Kind(name, Direction.OUT, "shipping", disposition, "in_transit", roles, transaction, reasons, away=True)


def _end(name: str, step: str, disposition: str, fate: str, reasons: tuple[str, ...],
         roles: tuple[PartnerRole, ...] = ()) -> Kind:
    return Kind(name, Direction.OUT, step, disposition, disposition, roles, "desadv", reasons, ends=fate)


RETURN_REASONS = ("DAMAGE", "EXPIRED", "NOT-SOLD", "WRONG-GOODS", "QUALITY", "OTHER")
RECALL_REASONS = ("QUALITY", "AUTHORITY", "LABEL", "OTHER")
SCRAP_REASONS = ("DAMAGE", "EXPIRED", "LEAK", "OTHER")
SAMPLE_REASONS = ("QC", "AUTHORITY", "CUSTOMER", "OTHER")
STOCK_REASONS = ("COUNTED", "THEFT", "MISTAKE", "OTHER")

KINDS: tuple[Kind, ...] = (
    _in("receive", ANYBODY),                                     # an announced delivery of whatever kind
    _in("purchase_in", SENDERS, "po"),
    _in("production_in", (), "prodorder"),
    _in("transfer_in", (PartnerRole.OWN,)),
    _in("return_in", DEALERS, "rma", disposition="returned", status="returned", reasons=RETURN_REASONS, returns=True),
    _in("recall_in", DEALERS, "rma", disposition="recalled", status="recalled", reasons=RECALL_REASONS, returns=True),
    _in("gift_in", ANYBODY),
    _in("sample_in", ANYBODY),
    _in("rework_in", (), "prodorder"),
    _in("loan_in", ANYBODY, returns=True, lent="loan_out"),
    _in("gain", (), "desadv", disposition="sellable_not_accessible", step="stock_taking", reasons=STOCK_REASONS),
    _in("other_in", ANYBODY, reasons=("OTHER",)),
    _out("ship", ANYBODY),                                       # a delivery of whatever kind
    _out("sales_out", DEALERS, "po"),
    _out("transfer_out", (PartnerRole.OWN,)),
    _out("return_out", SENDERS, "rma", disposition="returned", reasons=RETURN_REASONS),
    _out("recall_out", SENDERS, "rma", disposition="recalled", reasons=RECALL_REASONS),
    _out("gift_out", ANYBODY, reasons=("PROMOTION", "CUSTOMER", "OTHER")),
    _out("loan_out", ANYBODY, reasons=("EXHIBITION", "CUSTOMER", "OTHER")),
    Kind("rework_out", Direction.OUT, "repairing", "non_sellable_other", "non_sellable_other", (), "prodorder",
         ("LABEL", "DAMAGE", "REPACK", "OTHER")),
    _end("sample_out", "sampling", "destroyed", "sampled", SAMPLE_REASONS),
    _end("scrap_out", "destroying", "destroyed", "scrapped", SCRAP_REASONS),
    _end("destroy_out", "destroying", "destroyed", "destroyed", ("DAMAGE", "EXPIRED", "RECALL", "OTHER")),
    _end("use_out", "decommissioning", "inactive", "used", ("OFFICE", "TEST", "OTHER")),
    _end("loss", "decommissioning", "inactive", "lost", STOCK_REASONS),
    _out("other_out", ANYBODY, reasons=("OTHER",)),
    Kind("count", Direction.COUNT, "stock_taking", "sellable_not_accessible", "", ()),
    Kind("cycle_count", Direction.COUNT, "cycle_counting", "sellable_not_accessible", "", ()),
)
BY_NAME: dict[str, Kind] = {each.name: each for each in KINDS}
TASK_OF = {Direction.IN: "receiving", Direction.OUT: "shipping", Direction.COUNT: "counting"}


def of(direction: Direction) -> tuple[str, ...]:
    """Names of the kinds that go this way."""
    return tuple(each.name for each in KINDS if each.direction is direction)
