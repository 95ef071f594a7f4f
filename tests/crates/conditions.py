"""The nineteen conditions under which a picture is taken. Lengths in pixels of the picture unless said."""
from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Condition:
    name: str = "typical"
    blur: float = 0.6             # sigma of the lens
    motion: float = 0.0           # length of the smear
    full_well: float = 8000.0     # electrons at 255
    read_noise: float = 6.0       # electrons
    exposure: float = 0.85        # a perfect white in full light, as part of the full well
    tilt: float = 8.0             # degrees, of the camera against the crate
    cap_tilt: float = 3.0         # degrees, root mean square, of each cap
    uneven: float = 0.15          # how much darker the farthest corner is
    shadow: float = 0.0           # of the light that a shadow takes away
    glare: float = 0.0            # light thrown straight back, as part of the white
    contrast: float = 0.75        # (paper - ink) / (paper + ink)
    middle: float = 0.49          # reflectance half-way between paper and ink
    texture: float = 0.05         # standard deviation of the surface's reflectance
    light_on_dark: bool = False
    dots: float = 0.0             # diameter in modules of round dots; 0 solid modules
    growth: float = 0.0           # modules that a bar of ink is wider or, by chance, narrower
    damage: float = 0.0           # of the symbol's area
    jpeg: int = 0                 # quality; 0 raw pixels
    px_module: float = 0.0        # in place of the preset's
    empty: float = 0.0            # part of the places that hold no bottle


_BASE = Condition()
_ALL = (
    replace(_BASE, name="clean", tilt=2.0, cap_tilt=0.0),
    _BASE,
    replace(_BASE, name="blur", blur=1.3),
    replace(_BASE, name="defocus", blur=1.9),
    replace(_BASE, name="motion", motion=5.0),
    replace(_BASE, name="low light", full_well=450.0, read_noise=8.0, exposure=0.7),
    replace(_BASE, name="glare", glare=0.9),
    replace(_BASE, name="uneven", uneven=0.75, shadow=0.6),
    replace(_BASE, name="tilt", tilt=30.0),
    replace(_BASE, name="low contrast", contrast=0.22, middle=0.28),
    replace(_BASE, name="light on dark", light_on_dark=True),
    replace(_BASE, name="dots", dots=0.82),
    replace(_BASE, name="ink growth", growth=0.28),
    replace(_BASE, name="damage", damage=0.07),
    replace(_BASE, name="mjpeg", jpeg=70),
    replace(_BASE, name="px 3", px_module=3.0),
    replace(_BASE, name="px 2.5", px_module=2.5),
    replace(_BASE, name="px 2", px_module=2.0),
    replace(_BASE, name="line", blur=0.9, motion=2.0, full_well=1500.0, glare=0.9, tilt=15.0, contrast=0.55,
            damage=0.02, empty=0.06, jpeg=88),
)
CONDITIONS = {each.name: each for each in _ALL}
HARD = ("defocus", "low contrast", "damage", "line")       # beyond what optics should be planned for
ORDINARY = tuple(name for name in CONDITIONS if name not in HARD)
