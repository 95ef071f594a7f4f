"""The doctor names what is wrong and the mend, from real folders, ports, ptys and servers."""
from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest
from serial.tools.list_ports_common import ListPortInfo

from app import doctor
from app.doctor import Answer, Check, Unreachable, checks, devices, engines, machine, place, server
from app.doctor.check import report
from app.home import Home
from app.settings import DeviceSection, ServerSection, Settings, SoundSection, StoreSection
from app.words import Words, fields, sentences

ROOT = Path(__file__).parents[2]
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def found(home: Path, settings: Settings | None = None, **more: object) -> dict[str, Check]:
    return {check.name: check for check in checks(Home(home), settings or Settings(), **more)}


def test_a_sound_machine_has_no_fault(tmp_path: Path) -> None:
    seen = found(tmp_path / "home", now=lambda: NOON)
    assert [name for name, check in seen.items() if check.state == "fault"] == []
    assert {"settings", "python", "sqlite", "packages", "opencv", "qt", "zbar", "fonts", "display", "sound", "home",
            "disk", "serial", "server", "clock"} <= seen.keys()
    assert not (tmp_path / "home").exists(), "the doctor made something"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_finding_has_its_sentence_and_its_mend(tmp_path: Path, language: str) -> None:
    """Each word that the code can say is in the file, and the file has no other."""
    code = "".join(file.read_text("utf-8") for file in Path(doctor.__file__).parent.glob("*.py"))
    keys = {key.removeprefix("doctor.") for key in sentences(language) if key.startswith("doctor.")} - {"summary"}
    for key in keys:
        word = key.removesuffix("_mend")
        assert word in keys, f"{key} mends nothing"
        said = word.startswith("home_") or f'"{word}"' in code or f'"doctor.{word}"' in code
        assert said, f"nothing says {word}"
    for word in re.findall(r'(?:warning|fault)\(\s*"?[\w.]+"?, "([a-z_]+)"', code):
        assert {word, f"{word}_mend"} <= keys
    lines, _ = doctor.report(checks(Home(tmp_path / "home"), Settings()), Words(language, strict=True))
    assert not [line for line in lines if "[doctor" in line or "{" in line]


def test_the_report_ends_with_a_count_and_fails_on_faults() -> None:
    say = Words("en", strict=True)
    lines, code = doctor.report([machine.python()], say)
    assert (lines[-1], code) == ("1 in order, 0 to know about, 0 to mend", 0)
    two = Check("opencv", "fault", "doctor.opencv_two", {"names": "a\x1b[2J"}, "doctor.opencv_two_mend")
    lines, code = doctor.report([machine.python(), two], say)
    assert code == 1
    assert lines[1].startswith("✕ two OpenCV")
    assert lines[2].startswith("    → Remove all of them")
    assert "\x1b" not in "".join(lines)


def test_settings_that_cannot_be_read_are_a_fault_and_the_rest_goes_on(tmp_path: Path) -> None:
    seen = {each.name: each for each in checks(Home(tmp_path), None, problem="station.toml: x", now=lambda: NOON)}
    assert seen["settings"].state == "fault"
    assert seen["settings"].data["problem"] == "station.toml: x"
    assert seen["home"].says
    assert "server" not in seen and "sound" not in seen, "what stands in the settings is not known"


def test_settings_that_are_not_there_are_not_in_order(tmp_path: Path) -> None:
    assert found(tmp_path)["settings"].says == "doctor.settings_none"
    Home(tmp_path).settings_file.write_text("", "utf-8")
    assert found(tmp_path)["settings"].says == "doctor.settings"


def test_a_crash_is_mentioned_until_its_file_is_gone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.make()
    (home.crashes / "native.txt").touch()                    # made at every start
    assert "crashes" not in found(tmp_path)
    (home.crashes / "native.txt").write_text("Fatal Python error: Segmentation fault", "utf-8")
    os.utime(home.crashes / "native.txt", (NOON.timestamp(), NOON.timestamp()))
    check = found(tmp_path)["crashes"]
    assert (check.state, check.data["count"]) == ("warning", 1) and "native.txt" in str(check.data["path"])
    assert str(check.data["at"]).startswith(f"{NOON.astimezone():%Y-%m-%d}")
    (home.crashes / "20300102-main.txt").write_text("KeyError", "utf-8")
    os.utime(home.crashes / "20300102-main.txt", (NOON.timestamp() + 60, NOON.timestamp() + 60))
    assert [path.name for path, _ in home.crash_files()] == ["20300102-main.txt", "native.txt"]


@pytest.mark.parametrize(
    ("installed", "state"),
    [
        ({"opencv-python-headless"}, "ok"), ({"opencv-python"}, "warning"), (set(), "ok"),
        ({"opencv-python", "opencv-python-headless"}, "fault"),
    ],
)
def test_two_opencvs_are_a_fault(installed: set[str], state: str) -> None:
    assert machine.opencv(frozenset(installed)).state == state


def test_the_sqlite_in_use_is_new_enough() -> None:
    check = machine.sqlite()
    assert check.state == "ok"
    assert tuple(map(int, str(check.data["version"]).split("."))) >= (3, 51, 3)


def test_a_missing_system_library_is_named(tmp_path: Path) -> None:
    """A real library that wants one that is not there: its own wish, with the name changed in the file."""
    content = Path(find_spec("zxingcpp.zxingcpp").origin).read_bytes()
    wish = b"libc.so.6\0"
    assert wish in content
    broken = tmp_path / "broken.so"
    broken.write_bytes(content.replace(wish, b"libz.so.9\0"))
    assert machine.missing_libraries([broken]) == ["libz.so.9"]
    assert machine.missing_libraries([tmp_path / "none.so"]) == []


def test_every_library_of_the_installer_has_its_debian_name() -> None:
    prepare = (Path(__file__).parents[2] / "installer" / "prepare").read_text("utf-8")
    listed = prepare.partition("SYSTEM_WINDOW='")[2].partition("'")[0]
    wanted = set(re.findall(r"^(lib[a-z0-9.+-]+)", listed, re.MULTILINE))
    assert wanted <= set(machine.DEBIAN_PACKAGES.values())


def test_every_library_that_the_project_wants_is_looked_for() -> None:
    """pyzbar has a finding of its own, and SQLite too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.match(r"[\w.-]+", line)[0].lower() for line in project["dependencies"]}
    modules = {"opencv-python-headless": "cv2", "pillow": "PIL", "argon2-cffi": "argon2", "fonttools": "fontTools",
               "fpdf2": "fpdf", "pyserial": "serial", "zxing-cpp": "zxingcpp"}
    assert {modules.get(name, name.replace("-", "_")) for name in wanted} - set(machine.NEEDED_MODULES) == {
        "pyzbar", "pysqlite3"}


@pytest.mark.parametrize(("module", "text", "told"), [
    ("zxingcpp.py", "raise ImportError('libstdc++ is too old')", ("✕ the engine zxing-cpp", "libstdc++", "--force-r")),
    ("pyzbar/pyzbar.py", "raise ImportError('no zbar shared library')", ("! the engine pyzbar", "libzbar0")),
    ("tapirscan.py", "raise ImportError('none')", ("! the engine tapirscan", 'pip install "tapirscan>=1.5,<2"')),
])
def test_an_engine_that_is_not_usable_is_told(tmp_path: Path, module: str, text: str, told: tuple[str, ...]) -> None:
    (tmp_path / module).parent.mkdir(exist_ok=True)
    if "/" in module:
        (tmp_path / module).with_name("__init__.py").touch()
    (tmp_path / module).write_text(text)
    code = """from app.doctor import engines, report; from app.words import Words
print(*report(engines.engines(), Words("en", strict=True))[0], sep="\\n")"""
    own = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
                          timeout=120, env={**os.environ, **own})
    assert all(each in done.stdout for each in told), done.stdout


def test_the_package_of_an_engine_that_is_gone_is_not_looked_for_in_debian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyzbar", None)
    monkeypatch.setattr(engines.importlib.util, "find_spec", lambda name: None)
    lines, code = report([engines.zbar()], Words("en", strict=True))
    assert code == 0 and "pip install pyzbar" in lines[1] and "apt-get" not in lines[1]


def test_the_engines_are_named_with_their_versions() -> None:
    lines, code = report(engines.engines(), Words("en", strict=True))
    assert code == 0 and re.search(r"zxing-cpp \d+\.\d", lines[0]) and any("tapirscan" in line for line in lines)


def test_screen_and_sound() -> None:
    assert machine.display({"DISPLAY": ":0"}).data["name"] == ":0"
    assert machine.display({}).state == "warning"
    assert machine.sound(Settings(sound=SoundSection(on=False))).state == "ok"
    assert machine.sound(Settings(sound=SoundSection(command="no-such-player -q"))).data["names"] == "no-such-player"


def test_recipes_that_are_wrong_missing_or_of_no_camera(tmp_path: Path) -> None:
    camera = DeviceSection(name="top", kind="camera", source="0")
    other = DeviceSection(name="side", kind="camera", source="1", recipe=str(tmp_path / "own.toml"))
    settings = Settings(device=(camera, other))
    seen = found(tmp_path, settings)
    assert "recipe.top" not in seen, "a camera may have none"
    assert seen["recipe.side"].state == "fault" and "own.toml" in str(seen["recipe.side"].data["problem"])
    folder = tmp_path / "recipes"
    folder.mkdir(mode=0o700)
    for name in ("top", "old"):
        (folder / f"{name}.toml").write_text("rows = 2\ncolumns = 3\n", "utf-8")
    (folder / "top.learnt.json").write_text("{}", "utf-8")
    seen = found(tmp_path, settings)
    assert (seen["recipe.top"].state, seen["recipe.top"].data["count"]) == ("ok", 6)
    assert (seen["recipe.old"].state, seen["recipe.old"].says) == ("warning", "doctor.recipe_unused")
    (folder / "top.toml").write_text("rows = 'two'\n", "utf-8")
    wrong = found(tmp_path, settings)["recipe.top"]
    assert wrong.state == "fault" and "top.toml" in str(wrong.data["problem"]) and "rows" in str(wrong.data["problem"])
    alone = {check.name: check for check in checks(Home(tmp_path), None, problem="x")}
    assert alone["recipe.top"].state == "fault" and alone["recipe.old"].state == "ok"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_recipe_of_a_hopeless_set_up_is_named(tmp_path: Path, language: str) -> None:
    folder = tmp_path / "recipes"
    folder.mkdir(mode=0o700)
    (folder / "top.toml").write_text("count = 6\npx_module = 1.9\nblur = 0.3\nmodule_mm = 0.36\nspeed_mm_s = 500.0\n"
                                     "exposure_ms = 2.0\n", "utf-8")
    seen = found(tmp_path, Settings(device=(DeviceSection(name="top", kind="camera", source="0"),)))
    assert seen["recipe.top"].state == "ok" and "recipe.top.blur" not in seen
    lines, code = report([seen["recipe.top.px_module"], seen["recipe.top.motion"]], Words(language, strict=True))
    text = "\n".join(lines)
    assert code == 0 and "1.90" in text and "54" in text and "0.36 " in text and "2.78" in text, text


def test_home_of_others_in_use_and_in_the_cloud(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    assert place.owned(home).says == "doctor.home"
    with home.lock():
        busy = place.owned(home)
    assert (busy.state, busy.says, busy.data["pid"]) == ("ok", "doctor.home_busy", os.getpid())
    home.path.chmod(0o755)
    assert place.owned(home).says == "doctor.home_open"
    assert place.owned(Home(tmp_path / "Dropbox" / "x")).says == "doctor.home_synced"
    (tmp_path / "file").touch()
    assert place.owned(Home(tmp_path / "file")).says == "doctor.home_no_folder"


def test_free_disk_is_held_against_the_settings(tmp_path: Path) -> None:
    much = 10**9
    assert place.disk("disk", tmp_path, StoreSection(min_free_mb=1, warn_free_mb=2)).state == "ok"
    assert place.disk("disk", tmp_path, StoreSection(min_free_mb=1, warn_free_mb=much)).state == "warning"
    assert place.disk("disk", tmp_path, StoreSection(min_free_mb=much, warn_free_mb=much)).state == "fault"


def test_second_folders_are_looked_at(tmp_path: Path) -> None:
    there, gone = str(tmp_path), str(tmp_path / "gone")
    seen = found(tmp_path / "h", Settings(store=StoreSection(journal_dir=there, backup_dir=gone)))
    assert seen["journal_dir"].state == "ok"
    assert seen["backup_dir"].state == "fault"
    assert place.second("journal_dir", tmp_path / "OneDrive").says == "doctor.home_synced"
    assert place.second("backup_dir", tmp_path / "OneDrive").says == "doctor.folder_none"


def device(kind: str, **more: object) -> DeviceSection:
    return DeviceSection(name="d", kind=kind, **more)  # type: ignore[arg-type]


def test_devices_that_are_there_and_not(tmp_path: Path) -> None:
    leader, follower = os.openpty()
    port = os.ttyname(follower)
    try:
        assert devices.configured(device("serial", path=port), []).state == "ok"
    finally:
        os.close(leader)
        os.close(follower)
    assert devices.configured(device("serial", path=str(tmp_path / "none")), []).says == "doctor.device_gone"
    assert devices.configured(device("serial", path="0c2e:0b61"), []).says == "doctor.device_gone"
    assert devices.configured(device("serial", path="loop://"), []).state == "ok"
    assert devices.configured(device("camera", source=str(tmp_path)), []).state == "ok"
    assert devices.configured(device("camera", source="77"), []).says == "doctor.video_gone"
    folder = devices.configured(device("camera", source=str(tmp_path / "pictures")), [])
    assert folder.says == "doctor.source_gone"
    lines, _ = report([folder], Words("en", strict=True))
    assert "serial" not in "".join(lines) and "Make the folder" in "".join(lines)
    assert devices.configured(device("keyboard"), []).state == "ok"
    assert devices.configured(device("printer", path=str(tmp_path / "none")), []).says == "doctor.device_gone"
    assert devices.configured(device("printer", folder=str(tmp_path)), []).state == "ok"
    without = devices.configured(device("printer", queue="A4"), [])
    assert without.state == ("ok" if shutil.which("lp") else "fault")


def test_a_scanner_that_was_plugged_in_but_is_closed_to_us(tmp_path: Path) -> None:
    plugged, on_board = ListPortInfo(str(tmp_path / "ttyACM0")), ListPortInfo(str(tmp_path / "ttyS0"))
    plugged.vid, plugged.pid = 0x0C2E, 0x0B61
    closed = devices.serial_ports([plugged, on_board])
    assert (closed.state, closed.says, closed.data["names"]) == ("warning", "doctor.serial_no_right", plugged.device)
    assert closed.data["group"] == "dialout", "a group that is not root's"
    Path(plugged.device).touch()
    assert devices.serial_ports([plugged, on_board]).data["names"] == f"{plugged.device} (0c2e:0b61), {on_board.device}"
    assert devices.configured(device("serial", path="0C2E:0B61"), [plugged]).data["where"] == plugged.device
    assert devices.serial_ports([]).says == "doctor.serial_none"


def test_network_devices_are_called() -> None:
    with socket.create_server(("127.0.0.1", 0)) as reader:
        port = reader.getsockname()[1]
        assert devices.configured(device("socket-client", port=port), []).state == "ok"
        assert devices.configured(device("serial", path=f"socket://127.0.0.1:{port}"), []).state == "ok"
        assert devices.configured(device("camera", source=f"rtsp://127.0.0.1:{port}/1"), []).state == "ok"
        assert devices.configured(device("printer", port=port), []).state == "ok"
    assert devices.configured(device("printer", port=port), []).says == "doctor.device_unreachable"
    gone = devices.configured(device("socket-client", port=port), [])
    assert (gone.state, gone.says) == ("fault", "doctor.device_unreachable")
    assert gone.data["where"] == f"127.0.0.1:{port}"


def asked(answer: Answer | Unreachable, **section: object) -> dict[str, Check]:
    def ask(_: ServerSection) -> Answer:
        if isinstance(answer, Unreachable):
            raise answer
        return answer

    settings = Settings(server=ServerSection(url="https://x/v2", **section))  # type: ignore[arg-type]
    return {check.name: check for check in server.server(settings, ask, lambda: NOON)}


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(0, "ok"), (-29, "ok"), (45, "warning"), (-45, "warning"), (130, "fault"), (-86_400, "fault")],
)
def test_our_clock_is_held_against_the_servers(seconds: int, state: str) -> None:
    check = asked(Answer(204, NOON - timedelta(seconds=seconds)))["clock"]
    assert check.state == state


def test_a_clock_before_the_program_is_a_fault() -> None:
    assert server.clock(datetime(2001, 1, 1, tzinfo=UTC)).says == "doctor.clock_before_program"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(204, None), "server"), (Answer(405, None), "server"), (Answer(401, None), "server_refused"),
        (Answer(404, None), "server_wrong"), (Answer(503, None), "server_unreachable"),
        (Unreachable("no route"), "server_unreachable"),
    ],
)
def test_what_the_server_says(answer: Answer | Unreachable, says: str) -> None:
    assert asked(answer)["server"].says == f"doctor.{says}"


@pytest.fixture
def epcis() -> Iterator[tuple[str, list[tuple[str, str, str | None]]]]:
    """A real HTTP server that takes OPTIONS and keeps what it was asked."""
    seen: list[tuple[str, str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_OPTIONS(self) -> None:
            seen.append((self.command, self.path, self.headers["Authorization"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/v2/", seen
        http.shutdown()
        thread.join()


def test_a_real_server_is_asked_once_and_sent_nothing(tmp_path: Path, epcis: tuple[str, list]) -> None:
    url, seen = epcis
    checked = found(tmp_path / "h", Settings(server=ServerSection(url=url, token="t0k")))
    assert seen == [("OPTIONS", "/v2/capture", "Bearer t0k")]
    assert checked["server"].state == "ok"
    assert checked["clock"].says == "doctor.clock"
    assert checked["token"].state == "warning"


def test_a_server_that_is_not_there_is_a_warning_only(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert found(tmp_path / "h", Settings(server=ServerSection(url=url)))["server"].state == "warning"
    broken = ServerSection(url="https://127.0.0.1:1", ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(Unreachable):
        server.ask(broken)


def test_both_languages_fill_in_the_same(tmp_path: Path) -> None:
    assert (files("resources") / "i18n" / "en" / "doctor.toml").is_file()
    english, chinese = sentences("en"), sentences("zh_CN")
    for key in (key for key in english if key.startswith(("doctor.", "settings."))):
        assert fields(english[key]) == fields(chinese[key]), key
