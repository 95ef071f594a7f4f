"""station.toml: every wrong thing is named with file, line, key, what was expected and what came."""
from __future__ import annotations

import contextlib
import re
import stat
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings import DeviceSection, Settings
from app.settings_file import Loaded, SettingsError, load, print_config, write_default
from app.settings_file.checks import KEYS_OF_KIND
from app.settings_file.error import toml_text
from app.settings_file.show import sample, toml

CAMERA = '[[device]]\nname = "cam"\nkind = "camera"\nsource = "0"\n'
SCANNER = '[[device]]\nname = "scan-1"\nkind = "serial"\n'
PRINTER = '[[device]]\nname = "lp"\nkind = "printer"\n'
RULE = '[[rule]]\nname = "brand"\nkind = "url"\n'


def loaded(home: Path, text: str, **environ: str) -> Loaded:
    (home / "station.toml").write_text(text, "utf-8")
    return load(home, environ)


def refused(home: Path, text: str, **environ: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        loaded(home, text, **environ)
    assert caught.value.sentence("zh_CN") != str(caught.value)
    return caught.value


def test_without_a_file_everything_is_built_in(tmp_path: Path) -> None:
    found = load(tmp_path, {})
    assert found.settings == Settings()
    assert set(found.origin.values()) == {"built-in"}
    assert found.origin.keys() >= {"station.id", "server.token", "sound.volume", "store.backup_dir", "packing.order"}


def test_later_layers_win_and_each_value_knows_its_layer(tmp_path: Path) -> None:
    text = '[station]\nid = "L1"\nname = "一号线"\n' + CAMERA
    found = loaded(tmp_path, text, ONECODE_STATION_ID="L2", ONECODE_SOUND_ON="false", ONECODE_SERVER_MAX_EVENTS="7")
    assert (found.settings.station.id, found.settings.station.name) == ("L2", "一号线")
    assert found.settings.sound.on is False
    assert found.settings.server.max_events == 7
    assert found.origin["station.id"] == "environment ONECODE_STATION_ID"
    assert found.origin["station.name"] == "station.toml"
    assert found.origin["station.gln"] == "built-in"
    assert found.origin["device.cam.source"] == "station.toml"
    assert found.origin["device.cam.expected"] == "built-in"
    assert "device.cam.host" not in found.origin


@pytest.mark.parametrize(
    ("text", "line", "key", "expected", "got"),
    [
        ('[station]\nid = "l1"', 2, "station.id", "1 to 20 of A-Z", '"l1"'),
        ("[station]\nid = 3", 2, "station.id", "1 to 20 of A-Z", "3"),
        ("station = 3", 0, "station", "a table, written [station]", "3"),
        ('[station]\nlanguage = "fr"', 2, "station.language", 'one of "en", "zh_CN"', '"fr"'),
        ('[station]\n\ngln = "6901234000008"', 3, "station.gln", "check digit 9", '"6901234000008"'),
        ('[station]\ngln = "69012340000"', 2, "station.gln", "13 digits", '"69012340000"'),
        ('[station]\ntimezone = "Asia/Shangai"', 2, "station.timezone", "Asia/Shanghai", '"Asia/Shangai"'),
        ("[station]\nlock_after_min = 0", 2, "station.lock_after_min", "a number greater than 0", "0"),
        ("[station]\nlock_after_min = inf", 2, "station.lock_after_min", "a number", "inf"),
        ('[station]\nname = ""', 2, "station.name", "1 to 200 characters", '""'),
        ("[station]\nname = 2026-01-01", 2, "station.name", "1 to 200 characters", "2026-01-01"),
        ("[server]\nmax_events = 0", 2, "server.max_events", "a whole number from 1 to 10000", "0"),
        ('[server]\ngzip = "no"', 2, "server.gzip", "true or false", '"no"'),
        ('[server]\nurl = "ftp://x"', 2, "server.url", "https://epcis.example.com", '"ftp://x"'),
        ('[server]\nurl = "https://x/?a=1"', 2, "server.url", "without user", '"https://x/?a=1"'),
        ('[server]\nurl = "https://x:99999/"', 2, "server.url", "without user", '"https://x:99999/"'),
        ('[server]\nca_file = "ca.pem"', 2, "server.ca_file", "full path", '"ca.pem"'),
        ("[sound]\nvolume = 2", 2, "sound.volume", "a number from 0 to 1", "2"),
        ("[store]\nwarn_free_mb = 10", 2, "store.warn_free_mb", "at least store.min_free_mb (500)", "10"),
        ('[store]\njournal_dir = "j"', 2, "store.journal_dir", "full path", '"j"'),
        ('[warehouse]\nsnapshot_key = "c2hvcnQ="', 2, "warehouse.snapshot_key", "Ed25519", '"c2hvcnQ="'),
        ('[warehouse]\nsnapshot_url = "list.zip"', 2, "warehouse.snapshot_url", "https://epcis", '"list.zip"'),
        ("[warehouse]\nlatitude = 91.0\nlongitude = 0.0", 2, "warehouse.latitude", "a number from -90 to 90", "91.0"),
        ("device = 3", 0, "device", "written [[device]]", "3"),
        ('[device]\nname = "a"', 1, "device", "written [[device]]", "{…}"),
        (CAMERA + SCANNER + 'path = "ttyUSB0"', 8, "device.scan-1.path", "a port", '"ttyUSB0"'),
        (SCANNER + "baud = true", 4, "device.scan-1.baud", "from 300 to 4000000", "true"),
        ('[[device]]\nname = "我"\nkind = "keyboard"', 2, "device.我.name", "1 to 40", '"我"'),
        ('[[device]]\nname = "a"\nkind = "scale"', 3, "device.a.kind", "serial", '"scale"'),
        (CAMERA + 'symbologies = ["QRCode", "QR"]', 5, "device.cam.symbologies[2]", "QRCode", '"QR"'),
        (CAMERA + 'symbologies = "QR"', 5, "device.cam.symbologies", "a list of texts", '"QR"'),
        (CAMERA + r"ok = '\x0'", 5, "device.cam.ok", r"\xNN", r'"\\x0"'),
        ('[[device]]\nname = "s"\nkind = "socket-client"\nport = 0', 4, "device.s.port", "1 to 65535", "0"),
        ('[label]\ntemplates = "t"', 2, "label.templates", "full path", '"t"'),
        ("[label]\nuse = { pallet = 5 }", 2, "label.use", "a text", "5"),
        (PRINTER + 'queue = "a b"', 4, "device.lp.queue", "lpstat -e", '"a b"'),
        (PRINTER + 'folder = "out"', 4, "device.lp.folder", "full path", '"out"'),
        (PRINTER + 'host = "h"\nspeaks = "epl"', 5, "device.lp.speaks", "zpl", '"epl"'),
        (RULE + 'pattern = "a"\nlevels = { a = 3 }', 5, "rule.brand.levels", "a text", "3"),
        (RULE + 'pattern = "a"\nlevels = 3', 5, "rule.brand.levels", "a table of texts", "3"),
        ('[[rule]]\nname = "a"\nkind = "gs1"\nsymbologies = ["QR"]', 4, "rule.a.symbologies[1]", "]d2", '"QR"'),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, line: int, key: str, expected: str, got: str) -> None:
    error = refused(tmp_path, text)
    assert (error.file, error.line, error.key, error.got) == (str(tmp_path / "station.toml"), line, key, got)
    assert expected in error.expected
    for said in (str(error), error.sentence("zh_CN")):
        assert str(tmp_path / "station.toml") in said
        assert key in said
        assert got in said
        assert not line or re.search(rf"(line|第) {line}\b", said)


@pytest.mark.parametrize(
    ("text", "key", "near"),
    [
        ('[station]\nidd = "X"', "station.idd", "id"),
        ("[servr]\n", "servr", "server"),
        ("[server]\nmax_event = 3", "server.max_event", "max_events"),
        (CAMERA + "frame-rate = 3", "device.cam.frame-rate", "frame_rate"),
        (RULE + 'patern = "a"', "rule.brand.patern", "pattern"),
    ],
)
def test_an_unknown_key_names_the_nearest(tmp_path: Path, text: str, key: str, near: str) -> None:
    error = refused(tmp_path, text)
    assert error.key == key
    assert near in str(error).partition("did you mean")[2]
    assert near in error.sentence("zh_CN").partition("是否想写")[2]


def test_a_key_far_from_all_others_is_named_alone(tmp_path: Path) -> None:
    said = str(refused(tmp_path, "[station]\nzzzzzz = 1"))
    assert "station.zzzzzz: there is no such key" in said
    assert "did you mean" not in said


def test_keys_of_another_kind_of_device_are_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, CAMERA + "host = \"10.0.0.1\"")
    assert error.key == "device.cam.host"
    assert "kind camera does not use this key" in str(error)
    every = set().union(*KEYS_OF_KIND.values()) | {"name", "kind"}
    assert every == set(DeviceSection.__struct_fields__), "a key of DeviceSection belongs to no kind"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[[device]]\nkind = "keyboard"', "device[1].name"),
        (CAMERA + '[[device]]\nname = "b"', "device.b.kind"),
        (SCANNER, "device.scan-1.path"),
        ('[[device]]\nname = "r"\nkind = "socket-client"', "device.r.port"),
        ('[[rule]]\nname = "r"', "rule.r.kind"),
    ],
)
def test_a_missing_key_is_named(tmp_path: Path, text: str, key: str) -> None:
    error = refused(tmp_path, text)
    assert (error.key, error.problem.word) == (key, "missing_key")
    assert f"{key}: missing; expected " in str(error)


@pytest.mark.parametrize("rows", ["", 'host = "h"\npath = "COM3"', 'queue = "q"\nfolder = "/f"', "port = 9100"])
def test_a_printer_has_one_place(tmp_path: Path, rows: str) -> None:
    error = refused(tmp_path, PRINTER + rows)
    assert error.key == "device.lp" and "exactly one of host" in str(error)


def test_printers_are_written_out_and_load_again(tmp_path: Path) -> None:
    rows = ('host = "10.0.0.8"', 'path = "/dev/ttyUSB0"\nbaud = 9600', 'queue = "A4"\nspeaks = "pdf"', 'folder = "/f"')
    text = "".join(PRINTER.replace("lp", f"lp{number}") + row + "\n" for number, row in enumerate(rows))
    found = loaded(tmp_path, text + 'levels = ["case"]\n[label]\nuse = { pallet = "a5" }\n')
    assert loaded(tmp_path, print_config(found)).settings == found.settings


def test_a_range_of_sscc_that_cannot_be_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, '[label]\nsscc_prefix = "06901234"\nsscc_first = 9\nsscc_last = 3\n')
    assert error.key == "label.sscc_prefix" and "first number" in str(error)


@pytest.mark.parametrize("text", [CAMERA + CAMERA, 2 * (RULE + r"pattern = 'https://a\.b/(?P<serial>\d{1,9})'" + "\n")])
def test_names_are_unique(tmp_path: Path, text: str) -> None:
    error = refused(tmp_path, text)
    assert error.problem.word == "repeated"
    assert error.key.endswith("[2].name")


@pytest.mark.parametrize("row", ['pattern = "("', 'pattern = "(a+)+"', 'pattern = "(?P<serial>a)"\ncheck = "crc"', ""])
def test_a_rule_that_cannot_work_is_refused(tmp_path: Path, row: str) -> None:
    error = refused(tmp_path, RULE + row)
    assert error.key == "rule.brand"
    assert "brand" in str(error)


def test_what_is_no_toml_names_line_and_column(tmp_path: Path) -> None:
    error = refused(tmp_path, "[station]\nid = = 3\n")
    assert error.line == 2
    assert "line 2, column 6" in str(error)


def test_files_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_bytes(b'[station]\nname = "\xd2\xbb\xba\xc5"\n')            # GBK, as old editors save it
    with pytest.raises(SettingsError, match="expected UTF-8 text"):
        load(tmp_path, {})
    file.write_bytes(b"\n" * 1_000_001)
    with pytest.raises(SettingsError, match="at most 1000000 bytes, got 1000001"):
        load(tmp_path, {})
    file.unlink()
    file.mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path, {})


def test_a_windows_editor_may_have_saved_it(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_bytes('\ufeff[station]\r\nname = "一号"\r\n'.encode())
    assert load(tmp_path, {}).settings.station.name == "一号"


def test_the_environment_is_held_to_the_same_rules(tmp_path: Path) -> None:
    error = refused(tmp_path, "", ONECODE_SERVER_MAX_EVENTS="many")
    assert error.file == "environment ONECODE_SERVER_MAX_EVENTS"
    assert (error.key, error.got) == ("server.max_events", '"many"')
    assert refused(tmp_path, "", ONECODE_SERVER_MAX_EVENTS="0").file == "environment ONECODE_SERVER_MAX_EVENTS"
    assert "did you mean id?" in str(refused(tmp_path, "", ONECODE_STATION_IDD="X"))
    assert "did you mean station?" in str(refused(tmp_path, "", ONECODE_STATON_ID="X"))
    assert load(tmp_path, {"ONECODE_HOME": "/x", "ONECODE_VENV": "/y", "PATH": "/bin"}).settings == Settings()


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    camera = '[[device]]\nname = "ip"\nkind = "camera"\nsource = "rtsp://user:hunter2@10.0.0.9/1"\n'
    found = loaded(tmp_path, camera + '[server]\ntoken = "s3cr3t"\n')
    text = print_config(found)
    assert "s3cr3t" not in text
    assert "hunter2" not in text
    assert "rtsp://user:***@10.0.0.9/1" in text
    for error in (
        refused(tmp_path, '[server]\ntoken = "s3cr3t with spaces"'),
        refused(tmp_path, '[server]\nurl = "https://user:s3cr3t@x/"'),
    ):
        assert "s3cr3t" not in str(error) + error.sentence("zh_CN") + error.got


def test_print_config_is_toml_and_loads_as_the_same_settings(tmp_path: Path) -> None:
    text = (
        '[station]\nname = "线 \\"3\\" \\u0007"\n[sound]\nvolume = 0.25\n' + CAMERA + 'symbologies = ["QRCode"]\n'
        + SCANNER + 'path = "/dev/ttyACM0"\nprefix = "\\u0002"\nok = "\\\\x06"\n' + RULE
        + "pattern = 'https://q\\.brand\\.example/(?P<level>[bc])/(?P<serial>[0-9A-Z]{1,20})'\n"
        + 'levels = { b = "bottle", c = "case" }\n'
    )
    found = loaded(tmp_path, text)
    printed = print_config(found)
    assert re.search(r"^volume = 0\.25 +# from: station\.toml$", printed, re.MULTILINE)
    assert re.search(r"^gzip = false +# from: built-in$", printed, re.MULTILINE)
    again = loaded(tmp_path, printed)
    assert again.settings == found.settings


def test_the_sample_has_every_key_with_its_built_in_value(tmp_path: Path) -> None:
    assert loaded(tmp_path, sample()).settings == Settings(), "as it is, the sample changes nothing"
    opened = re.sub(r"^# (?=[a-z_]+ = |\[\[)", "", sample(), flags=re.MULTILINE)
    found = loaded(tmp_path, opened)
    assert found.settings.station == Settings().station
    built_in = {section: {key: value for key, value in table.items() if value is not None}       # TOML has no nothing
                for section, table in msgspec.to_builtins(Settings()).items() if isinstance(table, dict)}
    written = tomllib.loads(opened)
    assert {section: written[section] for section in built_in} == built_in
    kinds = {device.kind for device in found.settings.device}
    assert {"serial", "keyboard", "camera", "socket-client"} <= kinds


def test_write_default_fills_in_and_never_overwrites(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    values = {"station.id": "L3-P1", "station.name": '线 "3"', "server.url": "http://127.0.0.1:9", "sound.on": False}
    write_default(file, values)
    settings = load(tmp_path, {}).settings
    assert (settings.station.id, settings.station.name) == ("L3-P1", '线 "3"')
    assert settings.server.url == "http://127.0.0.1:9"
    assert settings.sound.on is False
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        write_default(file)
    with pytest.raises(KeyError):
        write_default(tmp_path / "other.toml", {"station.idd": "x"})
    assert not (tmp_path / "other.toml").exists()


@given(st.text())
def test_any_text_survives_being_written(text: str) -> None:
    if not any(0xD800 <= ord(sign) <= 0xDFFF for sign in text):
        assert tomllib.loads(f"a = {toml_text(text)}") == {"a": text}


ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    section=st.sampled_from(["station", "server", "sound", "store", "device", "rule", "x"]),
    key=st.sampled_from(["id", "url", "volume", "name", "kind", "path", "symbologies", "levels", "pattern", "port"]),
    value=ANY_VALUE,
)
def test_no_value_breaks_the_loader(
    tmp_path_factory: pytest.TempPathFactory, section: str, key: str, value: object
) -> None:
    def clean(each: object) -> object:
        if isinstance(each, dict):
            return {name.encode("utf-8", "replace").decode(): clean(one) for name, one in each.items()}
        if isinstance(each, list):
            return [clean(one) for one in each]
        return each.encode("utf-8", "replace").decode() if isinstance(each, str) else each or 0

    home = tmp_path_factory.mktemp("home")
    table = SCANNER if section == "device" else RULE if section == "rule" else f"[{section}]\n"
    with contextlib.suppress(SettingsError):
        loaded(home, f"{table}{key} = {toml(clean(value))}\n")
