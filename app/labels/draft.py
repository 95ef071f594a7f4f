"""Which template a level's labels have, and the label as an image and in a printer's bytes. Templates are read once."""
from __future__ import annotations

from PIL import Image

from app.domain.packing.labels import Label
from app.labels import template
from app.labels.drawing import preview
from app.labels.template import Template
from app.settings import LabelSection
from drivers.printer_language import LANGUAGES

ANY = "case"                     # for levels that have no template of their name


class Draft:
    """By the settings' [label]. Each user has his own; a mended template counts from the next start on."""

    def __init__(self, section: LabelSection) -> None:
        self._section = section
        self._read: dict[str, Template] = {}

    def template(self, level: str) -> Template:
        """Raises TemplateRefused."""
        name = self._section.use.get(level, "")
        if not name:
            name = level if level in template.names(self._section.templates) else ANY
        if name not in self._read:
            self._read[name] = template.find(name, self._section.templates)
        return self._read[name]

    def image(self, label: Label, dpi: int) -> Image.Image:
        """The preview, which is also what is printed. Raises TemplateRefused, LabelProblem, FontMissing."""
        return preview(label, self.template(label.level), dpi, self._section.company)

    def data(self, label: Label, dpi: int, speaks: str, copies: int = 1) -> bytes:
        return LANGUAGES[speaks](self.image(label, dpi), dpi, copies)
