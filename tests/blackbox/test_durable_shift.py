"""What a kill, a full disk, a stop and a locked PIN leave behind; and what is never left anywhere."""
from __future__ import annotations

from pathlib import Path

import pytest

from app.messages import Command, DeviceState
from app.store.database import sqlite3
from tests.blackbox.goods import BADGES, PINS
from tests.blackbox.shift import Shift

BEGIN = """
    badge lina
    do ORDER:WO1
"""


def test_kills_lose_and_double_nothing(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m1 m2           -> accepted taken; accepted taken
        kill
        scan m2              -> duplicate duplicate_in_container                 | by lina, task packing WO1, case 2/4
        cut scan m3
        scan m3              -> duplicate duplicate_in_container                 | case 3/4
        cut scan m4
        cut scan c1
        scan m5              -> accepted taken                                   | case closed 1, pallet 1/2, case 1/4
        cut together m6 m7 m8 c2
        scan c2              -> duplicate duplicate_in_container                 | case closed 2, pallet 2/2
        cut scan p1
        kill
        scan p1              -> duplicate packed_before                          | pallet closed 1
        scan old9            -> stop wrong_batch
        kill
        scan m9              -> stop held                                        | red wrong_batch, held 1
        restart
        badge wang           -> command confirmed                                | calm, by lina
        do UNPACK:WRONG
        kill
        scan c1              -> accepted unpacked > unpacking p1 1, unpacking c1 all
    """)
    written = [f"{event.act.biz_step} {len(event.act.epcs)}" for event in shift.events()]
    assert written == ["commissioning 4", "commissioning 1", "packing 4", "commissioning 4", "commissioning 1",
                       "packing 4", "commissioning 1", "packing 2", "unpacking 1", "unpacking 0"]


def test_events_of_a_replayed_entry_are_asked_for_before_they_are_sent(shift: Shift) -> None:
    shift.play(BEGIN + """
        frame m1 m2 m3 m4
        cut scan c1
        frame m5 m6 m7 m8 c2
    """)
    states = [state for (state,) in shift.store.connection.execute("SELECT state FROM outbox ORDER BY event")]
    assert states == ["unknown"] * 3 + ["pending"] * 3


def test_a_full_disk_says_stop_and_loses_nothing(shift: Shift) -> None:
    shift.play(BEGIN + """
        scan m1                  -> accepted taken
        full journal
        scan m2                  -> stop disk_full                               | packed 1
        together m2 m3           -> stop disk_full; stop disk_full               | case 1/4
        frame m1 m2 m3 m4 c1     -> stop disk_full                               | packed 1
        kill
        scan m2                  -> stop disk_full                               | case 1/4, by lina
        free
        scan m2                  -> accepted taken                               | case 2/4
        kill
        frame m1 m2 m3 m4 c1     -> complete container_complete > commissioning 4, commissioning c1, packing c1 4
    """)


def test_a_full_database_takes_the_journal_back(shift: Shift) -> None:
    long = "x" * 3900
    shift.play(BEGIN + f"""
        scan m1                  -> accepted taken
        full pages
        together m2 {long} {long} m3 -> stop disk_full; stop disk_full; stop disk_full; stop disk_full | case 1/4, calm
        kill
        free
        scan m2                  -> accepted taken                               | case 2/4
        scan {long}              -> rejected no_rule
    """)


def test_a_commit_of_unknown_outcome_ends_the_station_and_is_settled_by_the_next_one(shift: Shift) -> None:
    """SQLite's disk I/O error in COMMIT may be a failed fsync: neither "taken" nor "not taken" would be the truth."""
    shift.play(BEGIN + """
        scan m1 m2 m3 m4
        full database
    """)
    with pytest.raises(sqlite3.OperationalError, match="disk I/O error"):
        shift.play("scan c1")
    shift.limit = ""
    shift.kill()
    shift.play("""
        scan c1                  -> duplicate duplicate_in_container             | case closed 1, pallet 1/2
    """)


def test_pins_on_a_full_disk_are_not_looked_at(shift: Shift) -> None:
    shift.play("""
        full database
        pin wang                 -> stop disk_full                               | nobody
        free
        pin wang                 -> command signed_in                            | by wang
    """)


def test_a_device_that_comes_and_goes_on_a_full_disk_stops_nothing(shift: Shift) -> None:
    shift.play(BEGIN)
    shift.limit = "database"
    shift.handle(*(DeviceState(f"dev-{n}", "serial", "gone", "unplugged " * 50, shift.now()) for n in range(20)))
    shift.play("""
        free
        scan m1 -> accepted taken
    """)


def test_two_that_wait_together_see_each_other(shift: Shift) -> None:
    shift.play(BEGIN + """
        together m1 m1 m2 m3 m4 c1 c1 -> accepted taken; duplicate duplicate_in_container; accepted taken; \
            accepted taken; complete scan_label; complete container_complete; duplicate duplicate_in_container \
            > commissioning 4, commissioning c1, packing c1 4
        together m5 %ST:UNDO m5 m1    -> accepted taken; accepted undone; accepted taken; duplicate packed_before
        together m6 old7 m8           -> accepted taken; stop wrong_batch; stop held | held 1, case 2/4
    """)
    seqs = [each.seq for each in shift.published]
    assert seqs == list(range(1, len(seqs) + 1)), "each message has its own entry, in order"


def test_a_pin_is_looked_at_five_times_then_waits(shift: Shift) -> None:
    shift.play("""
        pin lina 000000 -> rejected wrong_pin                                    | nobody
        pin lina 000001 -> rejected wrong_pin
        pin lina        -> command signed_in                                     | by lina
        pin wang 000000 -> rejected wrong_pin
        pin wang 000000 -> rejected wrong_pin
        pin wang 000000 -> rejected wrong_pin
        kill
        pin wang 000000 -> rejected wrong_pin
        pin wang 000000 -> rejected wrong_pin
        pin wang        -> rejected locked_out                                   | by lina
        kill
        pin wang        -> rejected locked_out
        wait 5
        pin wang 000000 -> rejected wrong_pin
        wait 5
        pin wang        -> rejected locked_out
        wait 5
        pin wang        -> command signed_in                                     | by wang
        pin wang 000000 -> rejected wrong_pin
        pin nobody 1    -> rejected wrong_pin
    """)
    assert [each.verdict.data["wait"] for each in shift.published if each.verdict.reason == "locked_out"] == [5, 5, 5]


def test_ten_wrong_pins_are_the_end_for_an_hour(shift: Shift) -> None:
    for wait in (0, 0, 0, 0, 0, 5, 10, 20, 40, 80):
        shift.play(f"""
            wait {wait}
            pin wang 111222 -> rejected wrong_pin
        """)
    shift.play("""
        wait 3590
        pin wang        -> rejected locked_out
        kill
        wait 15
        pin wang 000000 -> rejected wrong_pin
        wait 100
        pin wang        -> rejected locked_out
        badge wang      -> command signed_in
    """)


def test_pins_and_badges_are_written_nowhere(shift: Shift, tmp_path: Path) -> None:
    shift.play(f"""
        badge lina               -> command signed_in
        card wang                -> command signed_in                            | by wang
        badge NOBODYS-BADGE-1    -> rejected unknown_badge
        pin lina                 -> command signed_in                            | by lina
        pin lina 135799
        do PIN:lina:{PINS['lina']}   -> rejected unknown_command
        do pin:wang:{PINS['wang']}   -> rejected unknown_command
        do BADGE:{BADGES['wang']}{"9" * 250}
        do ORDER:WO1
        frame m1 %ST:BADGE:{BADGES['lina']} {BADGES['gao']} %ST:PIN:lina:{PINS['lina']}
        scan old1                -> stop wrong_batch
        card gao                 -> stop held
        do PIN:lina:{PINS['lina']}
        card wang                -> command confirmed
        do LOGOUT
        card gao                 -> command signed_in
        full journal
        card lina                -> stop disk_full
        free
    """)
    secrets = [*BADGES.values(), *PINS.values(), "NOBODYS-BADGE-1", "135799"]
    shown = repr([(each.codes, each.verdict) for each in shift.published])
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for secret in secrets:
        assert secret not in shown, secret
        assert kept.count(secret.encode()) == kept.count(f"$argon2id${secret}".encode()), secret
    assert b"135799" not in kept


def test_nobody_touches_the_station(shift: Shift) -> None:
    """The lock is one more message; a stop does not keep it from locking, and locks no one out."""
    shift.play(BEGIN + "scan m1 old2")
    shift.seconds += 601
    locking = shift.station._idle()                      # what the thread asks once a second
    assert [type(each) for each in locking] == [Command]
    shift.handle(*locking)
    shift.play("""
        scan m3      -> stop held                                                | nobody, held 1
        badge lina   -> stop held                                                | nobody
        badge wang   -> command confirmed                                        | nobody, calm
        badge lina   -> command signed_in
        do PACK      -> command command_taken                                    | case 1/4
    """)
    assert shift.station._idle() == []


def test_somebody_who_is_no_longer_in_the_list_is_signed_out(shift: Shift) -> None:
    shift.play(BEGIN)
    shift.store.catalogue.delete("person", "lina")
    shift.put()
    shift.play("""
        scan m1    -> rejected sign_in_first
        do LOGOUT  -> command signed_out                                         | nobody
    """)


def test_an_unattended_line(tmp_path: Path) -> None:
    shift = Shift(tmp_path, operator="lina", order="WO1")
    try:
        shift.play("""
            frame m1 m2 m3 m4 c1 -> complete container_complete > commissioning 4, commissioning c1, packing c1 4 \
                                                                                 | by lina, packed 4
            wait 7200
            kill
            frame m5 m6 m7 m8 c2 -> complete container_complete > commissioning 4, commissioning c2, packing c2 4
        """)
        assert {event.stamp.operator for event in shift.events()} == {"lina"}
        assert shift.station._idle() == []
    finally:
        shift.end()


def test_large_cases_are_reported_in_parts(tmp_path: Path) -> None:
    shift = Shift(tmp_path, max_children=3)
    try:
        shift.play("""
            badge lina
            do ORDER:WO1
            frame m1 m2 m3 m4 c1 -> complete container_complete \
                > commissioning 3, commissioning m4, commissioning c1, packing c1 3, packing c1 1
        """)
    finally:
        shift.end()
