"""The rows of the table: which pictures, what the goal is, how the figures are told."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tests.benchmarks.vision import shots
from tests.benchmarks.vision.score import Figures, Score, figures
from tests.benchmarks.vision.shots import Ask, Shot
from tests.crates import CONDITIONS, ORDINARY, WAYS

MAIN = ("qr2-24", "dm22-24")
OTHERS = ("qr3-24", "qr4-12", "dm20-48")
BIG = ("big-dm24-60", "big-qr3-60")
ANYHOW = ("typical", "blur", "glare", "low contrast", "mjpeg")
SOME = ("typical", "blur", "px 2.5", "line")
SINGLES = ("qrcode", "qr-wild", "datamatrix")
EVERYTHING = ("code128", "itf", "ean8", "rss14", "rssexpanded", "rssexpandedstacked", "microqrcode")
NO_GOAL = "no goal set"


@dataclass(frozen=True, slots=True)
class Options:
    seeds: tuple[int, ...] = (1, 2, 3)
    quick: bool = False
    conditions: tuple[str, ...] = tuple(CONDITIONS)

    @property
    def most(self) -> int:
        """Photographs of a group; 0 all."""
        return 12 if self.quick else 0


@dataclass(frozen=True, slots=True)
class Row:
    """`shots` yields the pictures; `views` are lines of the table: a name, a goal, and which of the scores count."""

    name: str
    shots: Callable[[Options], Iterator[Shot]]
    views: tuple[View, ...]
    photographs: bool = False
    by_condition: bool = False


@dataclass(frozen=True, slots=True)
class View:
    name: str
    goal: str
    met: Callable[[Figures], bool]
    counts: Callable[[Score], bool] = lambda score: True
    later: bool = False


def met(figures_: Figures, *, read: float = 0, complete: float = 0, median: float = 0, p90: float = 0,
        later: float = 0, cpu: float = 0, wrong: int = 0) -> bool:
    """Whether every bound is kept; 0 is no bound. A misread is never within."""
    f = figures_
    return (f.read >= read and f.complete >= complete and (not median or f.median_ms <= median)
            and (not p90 or f.p90_ms <= p90) and (not later or f.later_ms <= later)
            and (not cpu or f.cpu_ms <= cpu) and f.wrong <= wrong)


def _photos(*groups: str, ask: Ask | None = None) -> Callable[[Options], Iterator[Shot]]:
    def walk(options: Options) -> Iterator[Shot]:
        for group in groups:
            yield from shots.photographs(group, options.most, ask)
    return walk


def _tray(options: Options) -> Iterator[Shot]:
    """The photograph of a whole tray alone: 176 caps."""
    for shot in shots.photographs("multi-dm-count"):
        if shot.codes > 100:
            yield replace(shot, ask=replace(shot.ask, budget_s=0.65))


def _pucks(options: Options) -> Iterator[Shot]:
    for group in ("multi-dm", "multi-dm-count"):
        yield from (shot for shot in shots.photographs(group) if shot.codes <= 100)


def _retail(options: Options) -> Iterator[Shot]:
    for group in ("ean13", "upca"):
        for shot in shots.photographs(group, options.most):
            code, = shot.texts or (frozenset(),)
            kind = "UPC-A" if all(len(raw) != 13 or raw.startswith(b"0") for raw in code) else "EAN-13"
            yield replace(shot, condition=kind)


def _packs(options: Options) -> Iterator[Shot]:
    for seed in options.seeds:
        for kind in ("UPCA", "EAN13", ("EAN8", "UPCE")[seed % 2]):
            yield from shots.packs(kind, tuple(WAYS), (seed,))


def _more(options: Options) -> tuple[int, ...]:
    """Twice as many seeds: the pictures are few and quickly read."""
    return options.seeds if options.quick else (*options.seeds, *(seed + 1000 for seed in options.seeds))


def _anyhow(options: Options) -> Iterator[Shot]:
    for condition in ANYHOW:
        yield from shots.labels("case label", options.seeds, condition, 180.0)


def _of(*kinds: str) -> Callable[[Score], bool]:
    return lambda score: score.shot.split()[0] in kinds


ROWS = (
    Row("crates", lambda o: shots.crates(MAIN, o.conditions, o.seeds), (
        View("crates 1080p, all conditions", "98.5 % read, 93 % complete, median 25, p90 400 ms",
             lambda f: met(f, read=98.5, complete=93, median=25, p90=400)),
        View("the ordinary conditions", "100 % complete, p90 60 ms", lambda f: met(f, complete=100, p90=60),
             lambda score: score.condition in ORDINARY),
    ), by_condition=True),
    Row("others", lambda o: shots.crates(OTHERS, [c for c in o.conditions if c in SOME], o.seeds), (
        View("other crates 1080p: typical, blur, px 2.5, line", "98.5 % read, 93 % complete",
             lambda f: met(f, read=98.5, complete=93)),), by_condition=True),
    Row("big", lambda o: shots.crates(BIG, ["typical"], o.seeds, frames=3), (
        View("60 codes at 4096 x 3000", "100 % complete, first 120, following 60 ms",
             lambda f: met(f, complete=100, median=120, later=60), later=True),)),
    Row("line", lambda o: shots.crates(MAIN, ["line"], o.seeds, frames=3), (
        View("line condition, 3 frames", "99.5 % read, 95 % complete, following 20 ms",
             lambda f: met(f, read=99.5, complete=95, later=20), later=True),)),
    Row("case", lambda o: shots.labels("case label", _more(o)), (
        View("case labels, 20 degrees, 1080p", "88 % read, median 120 ms", lambda f: met(f, read=88, median=120)),)),
    Row("pallet", lambda o: shots.labels("pallet label", o.seeds), (
        View("pallet labels, 20 degrees, 12 MP", "88 % read, median 350 ms", lambda f: met(f, read=88, median=350)),)),
    Row("anyhow", _anyhow, (
        View("case labels at any angle: typical, blur, glare, low contrast, mjpeg", NO_GOAL, met),),
        by_condition=True),
    Row("hand", lambda o: shots.hands(o.seeds), (
        View("one code held before a webcam, 24 pictures", "100 % told, 33 ms a picture at p90",
             lambda f: met(f, read=100) and f.later_p90_ms <= 33, later=True),), by_condition=True),
    Row("pucks", _pucks, (
        View("real frames of many Data Matrix, number told", "96 % read, 85 % complete, median 150 ms",
             lambda f: met(f, read=96, complete=85, median=150)),), photographs=True),
    Row("tray", _tray, (
        View("photograph of a tray, 176 etched caps", "174 (98.8 %) in 700 ms",
             lambda f: met(f, read=100 * 174 / 176, median=700)),), photographs=True),
    Row("singles", _photos(*SINGLES), (
        View("QR and Data Matrix singles", "97 % read, median 2 ms", lambda f: met(f, read=97, median=2)),),
        photographs=True, by_condition=True),
    Row("retail", _retail, (
        View("EAN-13 photographs", "84 % read, CPU 40 ms on the mean", lambda f: met(f, read=84, cpu=40),
             lambda score: score.condition == "EAN-13"),
        View("UPC-A photographs", "82 % read, CPU 40 ms on the mean", lambda f: met(f, read=82, cpu=40),
             lambda score: score.condition == "UPC-A")), photographs=True),
    Row("packs", _packs, (
        View("retail drawn: UPC-A on packs and bottles", "82 % read, CPU 40 ms on the mean",
             lambda f: met(f, read=82, cpu=40), _of("UPCA")),
        View("retail drawn: EAN-13 on packs and bottles", "84 % read, CPU 40 ms on the mean",
             lambda f: met(f, read=84, cpu=40), _of("EAN13")),
        View("retail drawn: EAN-8 and UPC-E on packs and bottles", NO_GOAL, met, _of("EAN8", "UPCE")),
    ), by_condition=True),
    Row("linear", _photos(*EVERYTHING), (
        View("Code 128, ITF, EAN-8, DataBar, Micro QR photographs", NO_GOAL, met),), photographs=True,
        by_condition=True),
    Row("phantoms", _photos("falsepositives"), (
        View("photographs without a code", "nothing read", met),), photographs=True),
)


def told(view: View, scores: Sequence[Score]) -> tuple[str, Figures | None]:
    """The figures as columns; None where no score counts."""
    counted = [score for score in scores if view.counts(score)]
    if not counted:
        return "no pictures", None
    f = figures(counted)
    rates = f"{f.read:6.1f} {f.complete:6.1f}" if f.codes else f"{'-':>6} {'-':>6}"
    later = f"{f.later_ms:8.1f} {f.later_p90_ms:7.1f}" if view.later else " " * 16
    return f"{f.shots:5} {f.codes:6} {rates} {f.wrong:5} {f.median_ms:8.1f} {f.p90_ms:8.1f} {f.cpu_ms:8.1f} {later}", f
