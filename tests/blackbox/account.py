"""What the events of a shift come to, by somebody who knows no store: each has to be possible after those before."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.domain.events import Action, Event, Type
from tests.blackbox.goods import name_of
from tests.blackbox.told import said


@dataclass(slots=True)
class Account:
    """Child → parent, and what was made live or received."""

    parents: dict[str, str] = field(default_factory=dict)
    commissioned: set[str] = field(default_factory=set)

    def copy(self) -> Account:
        return Account(dict(self.parents), set(self.commissioned))

    def follow(self, event: Event, events: Callable[[], Sequence[Event]],
               inside: Callable[[str], Sequence[str]]) -> None:
        """One parent at a time, nothing packed that was never made live or received, nothing declared that was not.
        `events` are all so far; `inside` says what an object holds that is received whole."""
        act = event.act
        if event.declaration:
            self._unfollow(event, events())
            return
        if act.biz_step in ("commissioning", "receiving"):
            again = self.commissioned & set(act.epcs) if act.biz_step == "commissioning" else ()
            assert not again, f"made live twice: {said(event)}"
            self.commissioned |= set(act.epcs)
        if act.biz_step == "receiving":
            self._receive(act.epcs[0], inside)
        if act.type is not Type.AGGREGATION:
            return
        if act.action is Action.ADD:
            for child in act.epcs:
                assert child not in self.parents, f"{name_of(child)} is in {name_of(self.parents[child])} already"
                assert {child, act.parent} <= self.commissioned, f"never made live: {said(event)}"
                self.parents[child] = act.parent
        else:
            gone = act.epcs or [child for child, parent in self.parents.items() if parent == act.parent]
            for child in gone:
                assert self.parents.pop(child, act.parent) == act.parent

    def _unfollow(self, event: Event, events: Sequence[Event]) -> None:
        """An event declared wrong is taken out of what is known, and says nothing else than it did."""
        original = next(each for each in events if each.stamp.event_id == event.stamp.event_id)
        assert (original.act, original.stamp, original.declaration) == (event.act, event.stamp, None)
        if event.act.type is Type.AGGREGATION:
            assert event.act.action is Action.DELETE and event.act.epcs, f"no correction of {said(event)} is known"
            self.parents |= dict.fromkeys(event.act.epcs, event.act.parent)

    def _receive(self, outer: str, inside: Callable[[str], Sequence[str]]) -> None:
        """All that is inside comes with it; nobody scans it."""
        for child in inside(outer):
            self.commissioned.add(child)
            assert self.parents.setdefault(child, outer) == outer, f"{name_of(child)} came in, and is in another here"
            self._receive(child, inside)
