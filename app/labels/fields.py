"""What a template may show of a Label: field names to texts. Pure; the one place where a label's data meets a template.

Whatever a field holds, it ends as ink: control characters are gone here, and no field ever gets into a printer's bytes.
"""
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from string import Formatter

from app.domain.codes.checks import mod10
from app.domain.codes.text import safe
from app.domain.packing.labels import Label

NAMES = ("sscc", "name_zh", "name_en", "product", "gtin", "lot", "produced", "expiry", "count", "units", "order",
         "number", "level", "level_zh", "level_en", "reprint", "job", "company")
EXTRA = "extra_"                 # extra_<key> is Label.extra[key]
MOST = 200                       # characters of one field
_LEVELS = {"bottle": ("瓶", "BOTTLE"), "box": ("盒", "BOX"), "sleeve": ("套", "SLEEVE"), "bundle": ("捆", "BUNDLE"),
           "case": ("箱", "CASE"), "layer": ("层", "LAYER"), "pallet": ("垛", "PALLET")}


class LabelProblem(Exception):
    """A label that cannot be drawn as its template wants; the text says what was expected and what came."""


def fields_of(label: Label, company: str = "") -> dict[str, str]:
    """Every field of NAMES, and the label's own extras, as one line of text each; "" where there is nothing."""
    chinese, english = _LEVELS.get(label.level, (label.level, label.level.upper()))
    told = {
        "sscc": label.sscc, "product": label.product, "gtin": label.gtin, "lot": label.lot,
        "name_zh": label.name.get("zh_CN") or label.name.get("en", ""), "name_en": label.name.get("en", ""),
        "produced": label.produced, "expiry": label.expiry, "count": f"{label.count}" if label.count else "",
        "units": f"{label.units}" if label.units else "", "order": label.order,
        "number": f"{label.number}" if label.number else "", "level": label.level, "level_zh": chinese,
        "level_en": english, "reprint": label.reprint, "job": f"{label.job}", "company": company,
        **{EXTRA + key: value for key, value in label.extra.items()},
    }
    return {name: _one_line(text) for name, text in told.items()}


def _one_line(text: str) -> str:
    return safe(" ".join(text.split()), MOST) if text else ""


def names_in(pattern: str) -> tuple[str, ...]:
    """The {fields} of a template's text. Raises ValueError where it is not one, or asks for more than a name."""
    names = []
    for _, name, form, conversion in Formatter().parse(pattern):
        if name is not None:
            if not name.isidentifier() or form or conversion:
                raise ValueError(f"{{{name}}} is not the name of a field")
            names.append(name)
    return tuple(names)


def filled(pattern: str, told: Mapping[str, str]) -> str:
    """The pattern with its fields; a field that this label does not have is empty."""
    names = names_in(pattern)
    return pattern.format_map({**dict.fromkeys(names, ""), **told}) if names else pattern.format()


def element(ai: str, value: str) -> str:
    """The value of an application identifier as it goes into a symbol: dates as YYMMDD. Raises LabelProblem."""
    if ai in ("11", "12", "13", "15", "16", "17"):
        try:
            return date.fromisoformat(value).strftime("%y%m%d")
        except ValueError:
            raise LabelProblem(f"({ai}): expected a date such as 2026-11-22, got {value!r}") from None
    length = {"00": 18, "01": 14, "02": 14}.get(ai)
    if length is not None:
        if not (value.isascii() and value.isdigit() and len(value) == length and mod10(value[:-1]) == value[-1]):
            raise LabelProblem(f"({ai}): expected {length} digits with a check digit, got {value!r}")
    elif ai in ("30", "37") and not (value.isascii() and value.isdigit() and len(value) <= 8):
        raise LabelProblem(f"({ai}): expected 1 to 8 digits, got {value!r}")
    return value
