"""Which topic of the help belongs to a page, and under which topic each answer of the station is explained.

A topic's name is its file's without the number: resources/help/<language>/14d-count.md is "count". Data only.
"""
from __future__ import annotations

from app.domain.reasons import Reason

TOPIC_OF: dict[str, str] = {
    "first": "colours", "sign_in": "people", "home": "commands", "packing": "packing", "lookup": "lookup",
    "peek": "lookup", "pairs": "pairs", "receiving": "dock", "shipping": "dock", "also": "dock", "receiver": "dock",
    "checking": "checks", "moving": "moves", "counting": "count", "inspecting": "diversion", "evidence": "diversion",
    "pick": "moves", "new_document": "documents", "void_document": "mistakes", "stock": "stock", "age": "stock",
    "unsettled": "stock",
    "clearance": "order", "order": "order", "new_order": "order", "line": "line", "camera": "cameras",
    "approve": "second",
    "sync": "sync", "sheet": "commands", "help": "colours"}
# A list of what is open is about the task it is chosen for.
CHOOSING: dict[str, str] = {"packing": "order", "receiving": "dock", "shipping": "dock", "counting": "count"}

SAID: dict[str, tuple[Reason, ...]] = {
    "colours": (Reason.EMPTY, Reason.TOO_LONG, Reason.CONTROL_CHARACTERS, Reason.NOT_TEXT, Reason.NO_RULE,
                Reason.BAD_CHECK_DIGIT, Reason.SERIAL_WITHOUT_GTIN, Reason.NO_SERIAL, Reason.BAD_SYNTAX,
                Reason.UNKNOWN_PRODUCT, Reason.CONFIRMED, Reason.NOTHING_TO_CONFIRM),
    "packing": (Reason.TAKEN, Reason.CONTAINER_FULL, Reason.CONTAINER_COMPLETE, Reason.CONTAINER_SHORT,
                Reason.CONTAINER_EMPTY, Reason.SCAN_LABEL, Reason.DUPLICATE_IN_FRAME, Reason.DUPLICATE_IN_CONTAINER,
                Reason.PACKED_BEFORE, Reason.WRONG_PRODUCT, Reason.WRONG_BATCH, Reason.WRONG_LEVEL,
                Reason.NOT_ISSUED, Reason.ON_HOLD, Reason.END_OF_LIFE, Reason.UNDONE, Reason.NOTHING_TO_UNDO,
                Reason.SHOW_ONE),
    "plans": (Reason.HALF_READ, Reason.NOT_PAIRED, Reason.PAIRED_BEFORE),
    "pairs": (Reason.PAIR_RIGHT, Reason.PAIR_SEEN, Reason.PAIR_MISMATCH, Reason.PAIRS_RELEASED, Reason.NO_PAIRS),
    "missing": (Reason.UNREADABLE, Reason.PARKED, Reason.UNPARKED, Reason.NOT_PARKED),
    "rework": (Reason.SCAN_WHICH, Reason.SCAN_NEW, Reason.REASON_NEEDED, Reason.REMOVED, Reason.SWAPPED,
               Reason.SAMPLED, Reason.SCRAPPED, Reason.DESTROYED, Reason.HELD_BACK, Reason.HELD, Reason.RELEASED,
               Reason.NOT_INSIDE, Reason.NOT_ON_HOLD),
    "containers": (Reason.UNPACKED, Reason.RELABELLED, Reason.REPACKING, Reason.NO_PLAN, Reason.CONTINUED,
                   Reason.REOPENED),
    "labels": (Reason.LABELLED, Reason.LABEL_USED, Reason.LABEL_ORDERED, Reason.LABEL_SWAPPED, Reason.LABEL_SKIPPED,
               Reason.NO_SSCC_LEFT, Reason.PRINT_FAILED, Reason.PRINT_DONE, Reason.NOTHING_TO_PRINT),
    "queue": (Reason.QUEUED, Reason.QUEUE_STOPPED, Reason.QUEUE_ALIGNED, Reason.QUEUE_REMOVED, Reason.QUEUE_SHORT,
              Reason.NOT_IN_QUEUE, Reason.ON_THE_BELT, Reason.CASE_DOUBTFUL),
    "signals": (Reason.TIMED_OUT, Reason.REJECT_CONFIRMED, Reason.REJECT_MISSED, Reason.HEARTBEAT_LOST,
                Reason.HEARTBEAT_BACK),
    "order": (Reason.UNKNOWN_ORDER, Reason.LINE_CLEARANCE, Reason.ORDER_STARTED, Reason.ORDER_PAUSED,
              Reason.ORDER_FULL, Reason.ORDER_FINISHED, Reason.ORDER_CLOSED, Reason.ORDER_RECONCILED,
              Reason.ORDER_DIFFERS, Reason.ORDER_UNFINISHED, Reason.SHIFT_CHANGED, Reason.RETURNED),
    "second": (Reason.SECOND_PERSON, Reason.SAME_PERSON),
    "dock": (Reason.RECEIVED, Reason.SHIPPED, Reason.LEFT_STOCK, Reason.LINE_DONE, Reason.DOCUMENT_DONE,
             Reason.DOCUMENT_CLOSED, Reason.NOT_ON_DOCUMENT, Reason.SURPLUS, Reason.QUOTA_DONE,
             Reason.ALREADY_ON_DOCUMENT, Reason.ALREADY_SHIPPED, Reason.HERE_ALREADY, Reason.NOT_HERE,
             Reason.UNKNOWN_OBJECT, Reason.INSIDE_PARENT, Reason.BREAK_PALLET, Reason.EMPTY_CONTAINER,
             Reason.PICKED_FOR_OTHER, Reason.PICKED_ELSEWHERE, Reason.NOT_SELLABLE),
    "documents": (Reason.NO_DOCUMENT,
                  Reason.DOCUMENT_OPENED, Reason.DOCUMENT_PAUSED, Reason.DOCUMENT_DRAFT, Reason.DOCUMENT_JOINED,
                  Reason.DOCUMENT_BEGUN, Reason.DOCUMENT_CANCELLED, Reason.CANCELLED_WITH_GOODS, Reason.DOCUMENT_MADE,
                  Reason.DOCUMENT_NUMBER, Reason.NO_PARTNER, Reason.UNKNOWN_DOCUMENT, Reason.UNKNOWN_KIND,
                  Reason.OTHER_KIND, Reason.PARTNER_NEEDED, Reason.SETTLED_KNOWN, Reason.SETTLED_UNKNOWN),
    "mistakes": (Reason.TAKEN_OFF, Reason.RECEIVER_CHANGED, Reason.VOIDED, Reason.VOIDED_BEFORE, Reason.NOT_SHIPPED,
                 Reason.RECEIVED_BACK, Reason.OTHER_SHIPMENT, Reason.SEVERAL_DOCUMENTS, Reason.TOO_MANY,
                 Reason.WRONG_PARTNER, Reason.NOT_LENT, Reason.RETURN_NEEDED, Reason.VOID_STANDS, Reason.WHICH_DOCUMENT,
                 Reason.CORRECTED, Reason.CORRECTED_BEFORE,
                 Reason.UNKNOWN_EVENT, Reason.NOT_CORRECTABLE, Reason.LATER_EVENTS),
    "stock": (Reason.OLDER_HERE, Reason.SHORT_LIFE, Reason.PAST_EXPIRY),
    "count": (Reason.COUNTED, Reason.COUNTED_HELD, Reason.COUNTED_BEFORE, Reason.COUNT_OPENED, Reason.COUNT_ALL_SEEN,
              Reason.COUNT_UNKNOWN, Reason.COUNT_AWAY, Reason.COUNT_ENDED, Reason.COUNT_ELSEWHERE,
              Reason.COUNT_MISPLACED, Reason.COUNT_ASTRAY, Reason.COUNT_AT, Reason.COUNT_WHERE,
              Reason.COUNT_NO_SHELF, Reason.COUNT_OUTSIDE, Reason.COUNT_VERIFIES, Reason.COUNT_INFERS,
              Reason.COUNT_EQUAL, Reason.COUNT_DIFFERS, Reason.RECOUNTING, Reason.COUNT_ADJUSTED,
              Reason.COUNT_CLOSED),
    "moves": (Reason.MOVE_WHERE, Reason.SHELF_CHOSEN, Reason.MOVED, Reason.ALREADY_THERE, Reason.NOT_PUT_BACK,
              Reason.PICK_FOR, Reason.PICKED, Reason.PICK_DONE, Reason.PICK_ENDED, Reason.NO_SHELF, Reason.SHELF_CLOSED,
              Reason.SHELF_STATUS, Reason.SHELF_PRODUCT, Reason.SHELF_LOT, Reason.OTHER_SITE),
    "checks": (Reason.CHECK_THIS, Reason.CHECK_NEXT, Reason.CHECK_RIGHT, Reason.CHECK_ALL_SEEN,
               Reason.CHECK_SEEN_BEFORE, Reason.CHECK_EXTRA, Reason.CHECK_WRONG_SERIAL, Reason.CHECK_WRONG_PRODUCT,
               Reason.CHECK_DAMAGED, Reason.CHECK_OPEN, Reason.CHECK_DIFFERS, Reason.CHECK_VERIFIED,
               Reason.CHECK_MISMATCH, Reason.CHECK_GIVEN_UP, Reason.CHECK_NONE, Reason.CHECK_NOTHING_INSIDE),
    "lookup": (Reason.LOOKED_UP,),
    "diversion": (Reason.INSPECTED_RIGHT, Reason.NEVER_SHIPPED, Reason.WRONG_TERRITORY, Reason.WRONG_DEALER,
                  Reason.SHIPPED_TO_OTHER, Reason.TWO_PLACES, Reason.NOT_JUDGED, Reason.STILL_PACKED,
                  Reason.OWN_STOCK, Reason.LET_GO_BEFORE),
    "people": (Reason.SIGN_IN_FIRST, Reason.SIGNED_IN, Reason.SIGNED_OUT, Reason.UNKNOWN_BADGE, Reason.WRONG_PIN,
               Reason.LOCKED_OUT, Reason.NOT_ALLOWED),
    "commands": (Reason.NO_TASK, Reason.UNKNOWN_COMMAND),
    "devices": (Reason.INBOX_FULL, Reason.DISK_FULL, Reason.JOURNAL_GONE),
}
UNSAID = frozenset({Reason.COMMAND_TAKEN})       # says no more than the command's own name
REST = "colours"                                 # where an answer is explained that has no place of its own


def answers(topic: str) -> tuple[Reason, ...]:
    """What the station may say about this topic: each Reason stands under one of them."""
    named = {reason for reasons in SAID.values() for reason in reasons} | UNSAID
    rest = tuple(each for each in Reason if each not in named) if topic == REST else ()
    return (*SAID.get(topic, ()), *rest)


def topic_of(page: str, task: str = "") -> str:
    """The topic that F1 opens on this page."""
    return CHOOSING[task] if page == "choose" else TOPIC_OF[page]
