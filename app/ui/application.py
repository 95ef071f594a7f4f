"""Qt's side of starting: one QApplication, one window on this machine, fonts, palette, Qt's own messages to the log.

`run` is all that bootstrap calls. It builds nothing of the station: `wire` does, once there is a bridge to speak to.
"""
from __future__ import annotations

import ctypes
import logging
import signal
import sys
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QMessageLogContext, QObject, QSize, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication

from app.settings import Settings
from app.ui import theme
from app.ui.bridge import Bridge
from app.ui.feedback import Sounder, find_player
from app.ui.icons import app_icon
from app.ui.ports import FirstStart, KeyDecoder, Ports, WordsLike
from app.ui.window import MainWindow

ALREADY_RUNNING = 0           # the first window has come to the front: what was asked for is done
CONNECT_MS = 500
LOG = logging.getLogger("station.window")
LEVELS = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO,
          QtMsgType.QtWarningMsg: logging.WARNING, QtMsgType.QtCriticalMsg: logging.ERROR,
          QtMsgType.QtFatalMsg: logging.CRITICAL}


def run(settings: Settings, words_for: Callable[[str], WordsLike], wire: Callable[[Bridge], Ports | FirstStart],
        decoder: KeyDecoder, *, instance: str, full_screen: bool = False, size: tuple[int, int] | None = None,
        opened: Callable[[MainWindow], None] | None = None) -> int:
    """Opens the window and gives the exit code when it is closed.

    `wire(bridge)` starts the station and gives its ports, or a `FirstStart` where there are no settings yet; it is not
    called when another window of the same `instance` (the home's path) is open: that one comes to the front instead.
    `opened(window)` is called once the window is on the screen.
    """
    app = QApplication.instance() or QApplication(["station"])
    assert isinstance(app, QApplication)
    qInstallMessageHandler(_to_log)
    prepare(app)
    name = f"onecode-station-{abs(hash_of(instance)):x}"
    if _raise_other(name):
        return ALREADY_RUNNING
    bridge = Bridge()
    sounder = None
    if settings.sound.on:
        sounder = Sounder(settings.sound.volume, bridge.on_sound, find_player(settings.sound.command))
        sounder.start()
    wired = wire(bridge)
    ports, first = (wired, None) if isinstance(wired, Ports) else (None, wired)
    window = MainWindow(ports, bridge, words_for, settings, decoder, first=first, sounder=sounder)
    server = _listen(name, window)
    _end_on_signals(app)
    _show(window, app, full_screen, size)
    if opened is not None:
        opened(window)
    try:
        return app.exec()
    finally:
        server.close()
        bridge.close()
        if sounder is not None:
            sounder.close()


def prepare(app: QApplication) -> None:
    """The look of every window, the same on each desktop; and a guard against a fault of one Qt binding."""
    hold_none()
    app.setApplicationName("onecode-station")
    app.setStyle("Fusion")
    app.setPalette(theme.palette())
    app.setStyleSheet(theme.STYLE)
    app.setWindowIcon(app_icon())
    if not theme.has_chinese():
        LOG.warning("no font with Chinese here: `station doctor` names the package to install")


def hold_none() -> bool:
    """Keeps None, True and False alive where the Qt binding wears them out; True where that was needed.

    PySide6 6.12.0 hands them out without counting, as is right from Python 3.12 on, where they cannot die. On an
    older Python each call that returns nothing takes a reference of None away; after ten thousand or so it aborts.
    """
    if sys.version_info >= (3, 12):
        return False
    probe, calls, before = QObject(), 200, sys.getrefcount(None)
    for _ in range(calls):
        probe.setObjectName("")
    if before - sys.getrefcount(None) < calls // 2:
        return False
    for each in (None, True, False):
        ctypes.c_ssize_t.from_address(id(each)).value += sys.maxsize // 2
    return True


def hash_of(text: str) -> int:
    """The same number in every process, unlike hash()."""
    value = 0
    for byte in text.encode("utf-8", "surrogatepass"):
        value = (value * 131 + byte) & 0xFFFF_FFFF_FFFF
    return value


def _show(window: MainWindow, app: QApplication, full_screen: bool, size: tuple[int, int] | None) -> None:
    if size is not None:
        window.resize(QSize(*size))
        window.show()
    elif full_screen:
        fill(window, app)
    else:
        room = app.primaryScreen().availableSize()
        window.resize(room.width() * 9 // 10, room.height() * 9 // 10)
        window.showMaximized()


def fill(window: MainWindow, app: QApplication) -> None:
    """The whole screen, with or without a window manager (a kiosk often has none), also after the screen changes."""
    screen = app.primaryScreen()
    window.setGeometry(screen.geometry())
    window.showFullScreen()
    screen.geometryChanged.connect(window.setGeometry)       # goes with the window


def _raise_other(name: str) -> bool:
    """Asks a window that is open already to come to the front; False where there is none."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(CONNECT_MS):
        return False
    socket.write(b"raise")
    socket.waitForBytesWritten(CONNECT_MS)
    socket.disconnectFromServer()
    return True


def _listen(name: str, window: MainWindow) -> QLocalServer:
    """From now on a second start raises this window. A socket left by a crash is taken away first."""
    server = QLocalServer(window)
    server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
    if not server.listen(name):
        QLocalServer.removeServer(name)
        if not server.listen(name):
            LOG.warning("a second start will open a second window: %s", server.errorString())

    def asked() -> None:
        server.nextPendingConnection().deleteLater()
        window.take_focus()

    server.newConnection.connect(asked)
    return server


def _end_on_signals(app: QApplication) -> None:
    """Ctrl+C and a polite kill close the window; Python gets its turn with the window's one-second timer."""
    def end(_number: int, _frame: FrameType | None) -> None:
        QTimer.singleShot(0, app.quit)           # by the loop, which may not have begun yet

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def _to_log(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """What Qt has to say goes where everything else goes."""
    LOG.log(LEVELS.get(kind, logging.WARNING), "Qt: %s%s", text, f" ({context.category})" if context.category else "")
