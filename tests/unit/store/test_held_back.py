"""Why goods are held back here: what two people have to let go is not held for less by anything later."""
from __future__ import annotations

from contextlib import closing
from pathlib import Path

from app.domain.decision import HeldBack
from app.domain.facts import DIVERSION
from app.store import line, objects
from app.store.database import transaction
from app.store.store import Store

EPC = "https://id.gs1.org/01/16901234000013/21/1"


def test_a_later_hold_does_not_take_the_place_of_a_stop(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "station.db", tmp_path / "journal")) as store:
        def hold(reason: str) -> dict[str, str]:
            with transaction(store.connection):
                line.apply(store.connection, HeldBack((EPC,), reason))
            return objects.held(store.connection, (EPC,))

        assert hold("DAMAGE") == {EPC: "DAMAGE"} and hold("MISMATCH") == {EPC: "MISMATCH"}
        assert hold(DIVERSION) == {EPC: DIVERSION} and hold("MISMATCH") == {EPC: DIVERSION}
        assert hold("") == {} and hold("DAMAGE") == {EPC: "DAMAGE"}
