"""Labels of containers: templates, the image that is both preview and print, and one supervised thread a printer.

Knows no Qt, decides nothing about containers and takes no SSCC: it draws the Label it is given and tells how it ended.
"""
from __future__ import annotations

from app.labels.draft import Draft
from app.labels.drawing import png, preview
from app.labels.fields import LabelProblem
from app.labels.printing import Printing, driver_of
from app.labels.template import Template, TemplateRefused, built_in, find, load, names, source

__all__ = ["Draft", "LabelProblem", "Printing", "Template", "TemplateRefused", "built_in", "driver_of", "find", "load",
           "names", "png", "preview", "source"]
