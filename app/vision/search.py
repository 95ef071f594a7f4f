"""One frame's search: where codes still must be, each such place is tried rung by rung, on all cores.

Each code that is read tells more of where and how large the others are, so it goes round until nothing new is read,
all that are expected are there, or the time is up.
"""
from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from app.vision import accept, again, case, decoders, grid, places, pool, witness
from app.vision.experience import Experience
from app.vision.known import Known, commonest, lying
from app.vision.reading import Point, SeenCode, centre, merged, same_symbol, side
from app.vision.recipe import Recipe
from app.vision.rungs import DEAR, GRID, GRID_AGAIN, Rung
from app.vision.tries import SMALLEST, Engines, Spot, Tried, Wanted, polarity

RETRIED = ("QRCode", "DataMatrix", "Aztec")   # tried on a place of which nothing is known
BLIND_PLACES = 12                             # places tried as long as not one code is read
BLIND_S = 0.12                                # and the time for it: an empty belt must not hold up the next case
LIKELY, BARE = 0.6, 0.25                      # strength from which a place surely, below which hardly holds a code
EVEN, HOLLOW, FLAT = 0.23, 0.17, 0.10         # evenness of what looks like a code, of what hardly is one, of a rim
STRAYS = 6                                    # places off such a lattice that are tried
NEARLY = 0.75                                 # of the expected codes: the few that are left are better looked for anew
NEWS = 0.04                                   # of the codes, new since the places were looked for
ALIKE = 3                                     # so many codes of one symbology tell what the others are
CHEAP_MS = 1.6                                # a try that any place is worth
QUICK_MS = 0.45                               # a try cheaper than thinking about it
PROBED = 6                                    # tries of a rung that fails often, before it is judged again
HALF = 0.5                                    # of the expected codes: so many places alike are believed
GLANCES = 2                                   # tries on a place at first, as long as not one code is read
FAIR_S = 0.06                                 # of our own grid on one place, and more where there is time for all
GRACE_S = 0.03                                # for a try that was begun before the time was up
SLICE_MS = 12.0                               # of tries a core, before it is looked at what they brought


class Search:
    """One frame's search. `codes` (those already read) grows; `spots` are the places that are left.

    `doubts` were read but need a second try, frame or engine that says the same; then they are among the codes.
    """

    def __init__(self, engines: Engines, grey: np.ndarray, recipe: Recipe, experience: Experience, started: float,
                 budget_s: float, known: Known) -> None:
        self.codes, self.doubts, self.spots = list(known.codes), list(known.doubts), list(known.spots)
        self._said = list(known.doubts) if known.witness else []
        self.refused: list[SeenCode] = []             # surely read, and excluded by what the recipe locks
        self.lattice: grid.Lattice | None = None
        self.side = experience.side                   # of the codes looked for, in pixels
        self.hasty = self.placed = False              # places that look empty are left alone; none are looked for
        self._engines, self._grey, self._recipe, self._experience = engines, grey, recipe, experience
        self._asked, self._expected = recipe.symbologies, recipe.expected
        self._started, self._budget_s = started, budget_s
        self._texture: places.Texture | None = None
        self._surveyed = 0
        self._evenness: dict[Point, float] = {}       # of places of the size looked for
        self._dark: bool | None = None
        self._dear = 0                                # places that are worth dear tries
        self._enough: Callable[[], bool] = lambda: False
        self._read_at = lying(self.codes)
        self._counted = -1, 0                         # codes, and how many of them are of the case

    @property
    def done(self) -> bool:
        """Whether all that are expected are there, or the time is up."""
        late = min(self._budget_s, BLIND_S) if self.blind and not self._expected else self._budget_s
        return self.complete or time.perf_counter() > self._started + late or self._enough()

    @property
    def complete(self) -> bool:
        return 0 < self._expected <= len(self.codes) and self._expected <= self.counted

    @property
    def counted(self) -> int:
        """The codes that count towards those expected: where rows and columns are known, not one beside the case."""
        if self._counted[0] != len(self.codes):
            self._counted = len(self.codes), self._of_case() or len(self.codes)
        return self._counted[1]

    def _of_case(self) -> int:
        """Places of the case that were read; 0 where its lattice is not known."""
        shape = self._recipe.columns, self._recipe.rows
        at = [centre(code.corners) for code in commonest(self.codes)]
        if shape[0] * shape[1] != self._expected or len(at) < case.FEWEST:
            return 0
        lattice = grid.fit(at) if len(at) >= grid.TRUSTED else \
            case.known(at, [shape, shape[::-1]], lambda _: 0.0, self._grey.shape)
        return max(case.counted(at, lattice, each) for each in (shape, shape[::-1])) if lattice else 0

    @property
    def blind(self) -> bool:
        """Whether no code was read yet of the kind that is looked for; a case's linear label tells nothing of it."""
        return not any(code.symbology in decoders.MATRIX for code in self.codes)

    def add(self, found: Sequence[SeenCode]) -> None:
        """Codes that somebody read: what the recipe excludes is left out, what is doubtful waits for a second.

        Where two texts stand at one place all of them are doubtful, until another try says one of them again.
        """
        sure = []
        told = accept.accepted(found, self._recipe)
        self.refused = merged(accept.foreign(told), self.refused)
        for code in told.codes:
            before = [other for other in self.doubts if same_symbol(code, other)]
            twice = not code.doubtful or any(other.rung != code.rung or any(other is each for each in self._said)
                                             for other in before)
            if twice and (code.symbology not in accept.WEAK or witness.agrees(
                    self._grey, code, before, self._engines.first, self._engines.second)):
                sure.append(replace(code, doubtful=False))
            elif not before:
                self.doubts.append(replace(code, doubtful=True))
        if sure:
            self.codes = merged(sure, self.codes)
            self.doubts = [doubt for doubt in self.doubts if not any(same_symbol(doubt, code) for code in sure)]
            self._read_at = lying(self.codes)
            if against := accept.contradicted(self.codes, *self._read_at):
                self.codes = [code for code in self.codes if not any(code is each for each in against)]
                self.doubts += [replace(code, doubtful=True) for code in against]
                self._read_at, self._counted = lying(self.codes), (-1, 0)

    @property
    def _like(self) -> list[SeenCode]:
        """The codes that tell what the others are."""
        return commonest(self.codes) or commonest(self.doubts)

    def glance(self) -> None:
        """The cheapest rungs on the places of codes as large as they were until now, or as they seem to be."""
        if self._field is None:
            return
        self.hasty = True
        size = self.side or next(self._likely(), 0.0)
        if size:
            self._survey(size)
            self._climb(QUICK_MS)
        if not self.done and len(self.codes) > NEARLY * self._expected:
            self._survey(self._usual())
            self._climb(QUICK_MS)
        self.hasty = False

    def _usual(self) -> float:
        """The side of the codes read, in pixels."""
        return float(np.median([side(code.corners) for code in self._like]))

    def rest(self) -> None:
        """Nothing is looked for; only where the codes lie to each other is told."""
        self.lattice = grid.fullest([centre(code.corners) for code in self._like], [], [])
        self._number()
        self.settle()

    def settle(self) -> None:
        """Where codes are missing from a case of known size, its places are told by those that were read."""
        known = [centre(code.corners) for code in self._like]
        if not self._expected or not known or self.complete or self.lattice and self.lattice.span or \
                self._field is None:
            return
        smooth = self._field.smooth(self._usual())
        strong = max(1e-6, float(np.median([self._field.at(smooth, *at) for at in known])))
        lattice = self._placed(self.lattice, known, lambda at: self._field.at(smooth, *at) / strong)
        if lattice is not self.lattice:
            self.lattice = lattice
            self._number()
            there = {spot.node for spot in self.spots if spot.node}
            self.spots += [Spot(at, self.side, self._field.at(smooth, *at) / strong, node) for node, at in
                           ((node, lattice.pixel(node)) for node in lattice.empty()) if node not in there]

    def _number(self) -> None:
        """Each lattice numbers its nodes anew."""
        for spot in self.spots:
            node = self.lattice.node(spot.at) if self.lattice else None
            spot.node = node if node and self.lattice.near(node) else None

    def check(self, unsure: Sequence[SeenCode]) -> None:
        """Reads again what may have changed, with cheap tries; dear ones on what that leaves are the next picture's."""
        matrix = [code for code in unsure if code.symbology in decoders.MATRIX]
        until = self._started + self._budget_s
        self.add(again.bars(self._grey, [code for code in unsure if code not in matrix], self._engines, until))
        if matrix:
            self.side = float(np.median([side(code.corners) for code in matrix]))
            places = [Spot(centre(code.corners), side(code.corners), 1.0) for code in matrix]
            dark = polarity(self._grey, self._like[:2 * ALIKE])
            self.add(again.matrix(self._grey, matrix, places, self._engines, self._experience, dark, until))
            self.spots += [replace(spot, tried=spot.tried | DEAR) for spot in places if not self._is_read(spot.at)]
        said = {code.raw for code in self.codes}
        if any(code.raw not in said for code in unsure):       # another bottle may stand at any unread place as well
            for spot in self.spots:
                spot.soft = {}

    def run(self, enough: Callable[[], bool] = lambda: False) -> None:
        """The whole search; ended early when `enough`. Where the time is up, places are told but not tried."""
        self._enough = enough
        if self.placed and self.codes and self.spots:
            self.side, self._surveyed = self._usual(), len(self.codes)
            self._climb()
            return
        told_by, guesses = -1, self._guesses()
        while self._field is not None and not self.complete and (told_by < 0 or not self.done):
            like, most_ms = self._like, math.inf
            if like and len(self.codes) != told_by:
                size = self._usual()
                self._experience.saw(like)
            elif not like or self._expected and len(like) < ALIKE:
                if (guess := next(guesses, None)) is None:
                    return
                size, most_ms = guess
            else:
                return
            told_by = len(self.codes)
            if size >= SMALLEST:
                self._survey(size)
                self._climb(math.inf if self._convincing() else most_ms)

    def _convincing(self) -> bool:
        """Whether so many places of the supposed size look like codes that all that helps may be tried on them.

        Where nobody said how many there are, the parts of one large code look like that, too.
        """
        enough = max(ALIKE, HALF * self._expected) if self._expected else math.inf
        return len(self.spots) >= enough and sum(self._even(spot) >= EVEN for spot in self.spots) >= enough

    def _guesses(self) -> Iterator[tuple[float, float]]:
        """Sides that the codes may have, and how dear the tries may be: first the cheap ones with each of them."""
        sides = [self.side] if self.side else []
        sides += [size for size in self._likely() if not 0.87 < size / (self.side or 1) < 1.15]
        yield from ((size, CHEAP_MS) for size in sides)
        yield from ((size, math.inf) for size in (sides if self._expected else sorted(sides, reverse=True)))

    def _likely(self) -> Iterator[float]:
        """Sides that the codes seem to have."""
        return (places.closer(self._grey, self._field, size) for size in places.likely_sides(self._field))

    @property
    def _field(self) -> places.Texture | None:
        """The map of the picture, made when it is needed."""
        if self._texture is None:
            self._texture = places.texture(self._grey)
        return self._texture

    # --- where --------------------------------------------------------------------------------------------------
    def _survey(self, size: float) -> None:
        """Finds the places for codes of `size` pixels, as far as is known now; what was tried there is kept."""
        self.side, self._surveyed, self._evenness = size, len(self.codes), {}
        field = self._field
        like = [code for code in self._like if 0.6 < side(code.corners) / size < 1.67]
        smooth = field.smooth(size)
        seen = places.peaks(field, size, smooth)
        strengths = [field.at(smooth, *centre(code.corners)) for code in like] or \
            [place.strength for place in seen[:self._expected or BLIND_PLACES]] or [0.0]
        strong = max(float(np.median(strengths)), 1e-6)
        fresh = [(place.x, place.y) for place in seen
                 if place.strength > 0.3 * strong and not self._is_read((place.x, place.y))]
        fresh = [field.middle(*at, size) for at in fresh[:self._most(like)]]
        fresh += [at for at in map(centre, (code.corners for code in self.doubts if code.symbology in decoders.MATRIX))
                  if all(math.dist(at, other) > 0.1 * size for other in fresh)]
        known = [centre(code.corners) for code in like]
        spots = [Spot(at, size, field.at(smooth, *at) / strong) for at in fresh]
        self.lattice = grid.fullest(known, [spot.at for spot in spots if spot.strength > LIKELY], fresh)
        self.lattice = self._placed(self.lattice, known, lambda at: field.at(smooth, *at) / strong)
        if self.lattice:
            spots = self._on_lattice(spots, smooth, strong, len(known))
        for spot in spots:
            self._recall(spot)
        self.spots = spots

    def _placed(self, lattice: grid.Lattice | None, known: list[Point], strength: Callable[[Point], float],
                ) -> grid.Lattice | None:
        """The lattice with its place in a case of known size; made of few codes where there is none yet."""
        return case.placed(lattice, known, (self._recipe.columns, self._recipe.rows), self._expected, strength,
                           self._grey.shape)

    def _on_lattice(self, spots: list[Spot], smooth: np.ndarray, strong: float, trusted: int) -> list[Spot]:
        """Places on the lattice first, its empty nodes with them; the strays last."""
        inside, outside = [], []
        for spot, node in zip(spots, self.lattice.nodes([spot.at for spot in spots]), strict=True):
            spot.node = node if self.lattice.near(node) else None
            (inside if spot.node else outside).append(spot)
        height, width = self._grey.shape
        for node in {*self.lattice.empty(), *(spot.node for spot in inside)}:
            at = self.lattice.pixel(node)
            if 0 <= at[0] < width and 0 <= at[1] < height and not self._is_read(at) and \
                    all(math.dist(at, spot.at) > 0.2 * self.side for spot in inside):
                inside.append(Spot(at, self.side, self._field.at(smooth, *at) / strong, node))
        if trusted < grid.TRUSTED:
            return inside + outside
        return inside + sorted(outside, key=self._even, reverse=True)[:STRAYS]

    def _most(self, like: Sequence[SeenCode]) -> int:
        """Places worth the time beside the codes already read."""
        if not like and not self._expected:
            return BLIND_PLACES
        return 2 * (self._expected - len(self.codes)) + 24 if self._expected else max(24, 2 * len(self.codes))

    def _recall(self, spot: Spot) -> None:
        """What was tried at about this place with about this size counts still."""
        for old in self.spots:
            if math.dist(old.at, spot.at) < 0.3 * self.side:
                spot.soft = old.soft
                if math.dist(old.at, spot.at) < 0.12 * self.side and 0.8 < old.side / spot.side < 1.25:
                    spot.tried = old.tried
                return

    def _is_read(self, at: Point) -> bool:
        """Whether a code was read there."""
        x, y, sides = self._read_at
        return bool((np.hypot(x - at[0], y - at[1]) < 0.55 * np.maximum(sides, self.side)).any())

    # --- what ---------------------------------------------------------------------------------------------------
    def _kinds(self) -> tuple[str, ...]:
        """What to look for. No linear code in cut-outs: bars cut short read as shorter codes that never were."""
        like = self._like
        if len(like) >= ALIKE:
            return (like[0].symbology,)
        return tuple(name for name in self._asked if name in RETRIED) or \
            tuple(name for name in self._asked if name in decoders.MATRIX)

    def _climb(self, most_ms: float = math.inf) -> None:
        """Tries the places, each time those tries that promise most for their time, until nothing is left.

        Ends early where the codes read since the survey tell more of the places than another try would.
        """
        while not self.done:
            kinds = self._kinds()
            ladder, batch = self._experience.ladder(kinds), self._batch(kinds, most_ms)
            if not batch or len(self.codes) - self._surveyed > NEWS * len(self.codes) and (
                    batch[0][1].ms > QUICK_MS or self._surveyed < NEARLY * self._expected < len(self.codes)):
                return
            if self._dark is None:
                self._dark = polarity(self._grey, self._like[:2 * ALIKE])
            wanted = self._experience.wanted(kinds, self._dark)
            until = self._started + self._budget_s
            share_s = max(FAIR_S, (until - time.perf_counter()) * min(0.5, pool.cores() / max(1, self._dear)))
            attempt = partial(self._attempt, wanted, share_s, until + GRACE_S)
            brought: list[SeenCode] = []
            for tried in pool.each(attempt, batch, until, sum(ladder.ms(rung) for _, rung in batch)):
                if tried is not None:
                    tried.spot.tried.add(tried.rung.name)
                    ladder.tell(tried.rung, not all(code.doubtful for code in tried.codes), tried.ms)
                    brought += tried.codes
            if brought:
                self.add(brought)
                self.spots = [spot for spot in self.spots if not self._is_read(spot.at)]

    def _attempt(self, wanted: Wanted, share_s: float, until: float, pair: tuple[Spot, Rung]) -> Tried:
        ends = min(until, time.perf_counter() + share_s)
        tried = self._engines.attempt(self._grey, wanted, *pair, until=ends)
        if tried.rung is GRID and time.perf_counter() < ends:
            tried.spot.tried.add(GRID_AGAIN.name)         # it ended by itself
        return tried

    def _even(self, spot: Spot) -> float:
        """How much the place looks like a code, whatever its contrast."""
        if spot.at not in self._evenness:
            self._evenness[spot.at] = places.evenness(self._grey, spot.at, spot.side)
        return self._evenness[spot.at]

    def _batch(self, kinds: tuple[str, ...], most_ms: float) -> list[tuple[Spot, Rung]]:
        """The next tries: the best and those nearly as good, as many as the cores do in a moment."""
        ladder = self._experience.ladder(kinds)
        left_ms = (self._started + self._budget_s - time.perf_counter()) * 1000
        offers = []
        told = self._recipe.rows and self._recipe.columns
        hopeful = len({spot.node for spot in self.spots if spot.node})
        astray = self._expected and self._expected - len(self.codes) > hopeful      # there must be some off the lattice
        self._dear, nodes = 0, set()
        for spot in sorted(self.spots, key=lambda spot: -self._even(spot) if spot.tried else 0.0):
            if self.hasty and self.blind and len(spot.tried) >= GLANCES or \
                    self.hasty and spot.strength < (BARE if spot.node or astray else LIKELY):
                continue
            even = self._even(spot) if spot.tried else EVEN        # not looked at before the first try has failed
            alone = even > HOLLOW and (astray or not told and spot.strength > BARE and even >= EVEN)
            likely = min(1.0, 0.3 + spot.strength) * (1.0 if spot.node else 0.6 if alone or not hopeful else 0.1)
            likely *= min(1.0, max(0.05, (even - FLAT) / (EVEN - FLAT)))
            worth = spot.strength > BARE and even > HOLLOW and (self._expected or spot.strength > 0.5) \
                if spot.node else alone
            worth = worth and (not spot.node or spot.node not in nodes)     # of those of one node the best goes first
            dear = math.inf if worth or self.blind else CHEAP_MS
            if spot.node and worth and GRID.name not in spot.tried:
                nodes.add(spot.node)
            offer = ladder.next(spot.tried, left_ms, min(most_ms, dear))
            self._dear += dear == math.inf
            if offer:
                offers.append((offer[0] * likely, spot, offer[1]))
        offers.sort(key=lambda each: -each[0])
        batch: list[tuple[Spot, Rung]] = []
        total, some = 0.0, Counter[str]()
        for value, spot, rung in offers:
            some[rung.name] += 1
            if some[rung.name] > max(PROBED, len(offers) // 4) and ladder.rate(rung) < 0.5:
                continue
            if value < 0.4 * offers[0][0] or total > SLICE_MS * pool.cores() and len(batch) >= pool.cores():
                break
            total += ladder.ms(rung)
            batch.append((spot, rung))
        return sorted(batch, key=lambda each: -ladder.ms(each[1]))       # the dearest first: the cores end together
