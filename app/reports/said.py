"""An account in the words of one language: rows of text and numbers, the same for the workbook and the paper."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from app.domain.codes.text import safe
from app.reports.account import Account
from app.words import Words

Cell = str | int
PARTS = ("issued", "packed", "scrapped", "sampled", "returned", "open")


class Said:
    """`printed` is when the report was made; `station` its name."""

    def __init__(self, account: Account, words: Words, station: str, printed: datetime) -> None:
        self.account, self.words, self.station, self.printed = account, words, safe(station, 80), printed

    def title(self) -> str:
        return self.words("order.report.title")

    def verdict(self) -> str:
        """Whether it comes out even, as one sentence."""
        if not self.account.apart:
            return self.words("order.report.even")
        return self.words("order.report.apart", count=self.account.apart)

    def facts(self) -> list[tuple[str, str]]:
        order, words = self.account.order, self.words
        name = self.account.product.name if self.account.product else {}
        product = name.get(words.language) or next(iter(name.values()), order.product)
        packed = self.account.levels[0].packed if self.account.levels else 0
        return [(words("order.report.order"), order.id),
                (words("order.report.product"), f"{product} ({order.product})"),
                (words("order.report.lot"), order.lot),
                (words("order.report.dates"), f"{order.produced or '–'} – {order.expiry or '–'}"
                 if order.produced or order.expiry else "–"),
                (words("order.report.planned"), f"{packed} / {order.planned}"),
                (words("order.report.state"), words.word("common.order_state", self.account.stage)),
                (words("order.report.station"), self.station),
                (words("order.report.printed"), self.at(self.printed))]

    def level_heading(self) -> list[str]:
        words = self.words
        return [words("order.report.level"), *(words.word("common.account", part) for part in PARTS),
                words.word("common.account", "difference"), words("order.report.strange")]

    def levels(self) -> Iterator[list[Cell]]:
        for each in self.account.levels:
            yield [self.words.level(each.level), *(int(getattr(each, part)) for part in PARTS), each.difference,
                   each.strange]

    def code_heading(self) -> list[str]:
        return [self.words(f"order.report.{key}") for key in ("level", "code", "why")]

    def codes(self, most: int) -> Iterator[list[Cell]]:
        for level, epc, why in self.account.codes[:most]:
            yield [self.words.level(level), safe(epc, 300), self.why(why)]

    def cause_heading(self) -> list[str]:
        return [self.words(f"order.report.{key}") for key in ("step", "reason", "events", "codes")]

    def causes(self) -> Iterator[list[Cell]]:
        for each in self.account.causes:
            yield [self.step(each.biz_step), self.reason(each.reason), each.events, each.codes]

    def verdict_heading(self) -> list[str]:
        return [self.words(f"order.report.{key}") for key in ("outcome", "cause", "times")]

    def verdicts(self) -> Iterator[list[Cell]]:
        for each in self.account.verdicts:
            yield [self.words.word("outcome", each.outcome), self.step(each.reason), each.count]

    def worker_heading(self) -> list[str]:
        return [self.words(f"order.report.{key}") for key in ("person", "role", "shift", "entries", "first", "last")]

    def workers(self) -> Iterator[list[Cell]]:
        for each in self.account.workers:
            yield [self.person(each.id), self.words.word("common.role", each.role), safe(each.shift, 40), each.entries,
                   self.at(each.first), self.at(each.last)]

    def act_heading(self) -> list[str]:
        return [self.words(f"order.report.{key}") for key in ("at", "person", "act", "code", "count", "reason",
                                                              "second")]

    def acts(self, most: int) -> Iterator[list[Cell]]:
        for each in self.account.acts[-most:]:
            yield [self.at(each.at), self.person(each.who), self.step(each.step), safe(each.code, 300), each.count,
                   self.reason(each.reason), self.person(each.approver)]

    def signatures(self) -> list[str]:
        return [self.words(f"order.report.sign_{who}") for who in ("operator", "supervisor", "quality")]

    # --- words ----------------------------------------------------------------------------------------------------
    def step(self, word: str) -> str:
        """A business step, a command or a reason of a verdict."""
        for table in ("common.biz_step", "common.command"):
            if self.words.has(f"{table}.{word}"):
                return self.words(f"{table}.{word}")
        told = self.words.reason(word, {"level": ""}) if self.words.has(f"reason.{word}.title") else None
        return told.title if told else safe(word, 60)

    def reason(self, word: str) -> str:
        if self.words.has(f"reason.{word}.title"):
            return self.step(word)
        return self.words.word("common.choice", safe(word, 60))

    def why(self, word: str) -> str:
        for table in ("common.account", "order.why"):
            if self.words.has(f"{table}.{word}"):
                return self.words(f"{table}.{word}")
        return word

    def person(self, id: str) -> str:
        name = self.account.people.get(id, "")
        return safe(f"{name} ({id})" if name and name != id else id, 80)

    def at(self, time: datetime) -> str:
        return f"{time:%Y-%m-%d %H:%M:%S}"
