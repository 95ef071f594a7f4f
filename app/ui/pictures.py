"""Pixels in and out: a camera's frame as a QImage without a copy, and the window as a PNG. Needs no OpenCV."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget


def image_of(pixels: Any) -> QImage:
    """A QImage over grey (H, W) or BGR (H, W, 3) uint8 pixels. The caller keeps `pixels` alive as long as the image."""
    height, width = pixels.shape[:2]
    if not pixels.flags.c_contiguous:
        return image_of(pixels.copy()).copy()
    if pixels.ndim == 2:
        return QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_Grayscale8)
    return QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_BGR888)


def grab(widget: QWidget, path: Path) -> Path:
    """Saves what the widget shows as a PNG. Raises OSError naming the file where that cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not widget.grab().save(str(path), "PNG"):
        raise OSError(f"{path}: the picture could not be written")
    return path
