"""[[trigger]], [line] and signals in station.toml: what cannot work is named before anything moves."""
from __future__ import annotations

from pathlib import Path

import pytest

from app.settings_file import SettingsError, load, print_config

TOP = '[[device]]\nname = "top"\nkind = "socket-client"\nport = 9004\n'
SIDE = '[[device]]\nname = "side"\nkind = "serial"\npath = "/dev/ttyACM0"\n'
CAM = '[[device]]\nname = "cam"\nkind = "camera"\nsource = "0"\ntrigger = "signal"\n'


def plc(inputs: str = 'trigger = "input:0"', outputs: str = 'ok = "coil:0"') -> str:
    return (f'[[device]]\nname = "plc"\nkind = "modbus"\nhost = "10.0.0.5"\ninputs = {{ {inputs} }}\n'
            f"outputs = {{ {outputs} }}\n")


def trigger(readers: str = '"top"', more: str = "", name: str = "case") -> str:
    return f'[[trigger]]\nname = "{name}"\nreaders = [{readers}]\n{more}\n'


def refused(home: Path, text: str) -> SettingsError:
    (home / "station.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        load(home, {})
    assert caught.value.sentence("zh_CN") != str(caught.value)
    return caught.value


def test_a_whole_line_is_taken_and_printed_again(tmp_path: Path) -> None:
    text = "\n".join([
        "[line]\nheartbeat_ms = 250",
        plc('trigger-case = "!input:0", trigger_counter-cap = "register:0", reject_sensor-case = "input:2", '
            'encoder = "holding:3", heartbeat = "holding:9", packer = "register:4.3"',
            'ok-case = "coil:0", ng-cap = "!coil:1", reject-case = "coil:2", number-case = "holding:0"'),
        '[[device]]\nname = "light"\nkind = "relay"\npath = "1a86:7523"\noutputs = { red = "1", green = "!16" }',
        '[[device]]\nname = "bench"\nkind = "bench"\npath = "/tmp/fired.log"\noutputs = { reject_all = "" }',
        TOP + 'feeds = "queue"', SIDE, CAM,
        trigger('"cam", "side"', 'fire = "LON{trigger}\\\\r"\necho = "(?P<trigger>[0-9]+):(?P<code>.*)"\n'
                'confirm_ms = 500\nreject_after_counts = 900'),
        trigger('"top"', "timeout_ms = 80", "cap")])
    (tmp_path / "station.toml").write_text(text, "utf-8")
    loaded = load(tmp_path, {"ONECODE_LINE_HEARTBEAT_TIMEOUT_MS": "900"})
    settings = loaded.settings
    assert settings.trigger[0].readers == ("cam", "side") and settings.trigger[0].fire == "LON{trigger}\\r"
    assert (settings.line.heartbeat_ms, settings.line.heartbeat_timeout_ms) == (250, 900)
    assert settings.queue_sources == {"top"}
    assert loaded.origin["trigger.cap.timeout_ms"] == "station.toml"
    assert loaded.origin["trigger.cap.late_ms"] == "built-in"
    (tmp_path / "station.toml").write_text(print_config(loaded), "utf-8")
    assert load(tmp_path, {}).settings == settings


@pytest.mark.parametrize(("text", "key", "expected"), [
    # names and addresses
    (plc('triger = "input:0"') + TOP + trigger(), "device.plc.inputs.triger", "trigger_counter"),
    (plc('trigger = "input:0"', 'trigger = "coil:0"') + TOP + trigger(), "device.plc.outputs.trigger", "line_stop"),
    (plc('packer-case = "input:0"') + TOP + trigger(), "device.plc.inputs.packer-case", "packer"),
    (plc('trigger = "input:0"'), "device.plc.inputs.trigger", "[[trigger]]"),
    (plc("", 'ok = "coil:0"') + TOP, "device.plc.outputs.ok", "there is none"),
    (plc('trigger-cap = "input:0"') + TOP + trigger(), "device.plc.inputs.trigger-cap", "trigger-case"),
    # an answer that comes late must not be taken for the next one's
    (plc() + TOP + trigger(more="period_ms = 200"), "trigger.case.late_ms", "less than the 200 ms"),
    (plc() + TOP + trigger() + "[line]\ncases_per_minute = 400", "trigger.case.late_ms", "less than the 150 ms"),
    (plc() + TOP + SIDE + trigger() + trigger('"side"', name="cap"), "device.plc.inputs.trigger", "trigger-cap"),
    (plc('trigger = "input"') + TOP + trigger(), "device.plc.inputs.trigger", "input:0"),
    (plc('trigger = "input:65536"') + TOP + trigger(), "device.plc.inputs.trigger", "input:0"),
    (plc('trigger = "register:3.16"') + TOP + trigger(), "device.plc.inputs.trigger", "register:7.3"),
    (plc('trigger_counter = "input:1"') + TOP + trigger(), "device.plc.inputs.trigger_counter", "register:0"),
    (plc(outputs='ok = "input:1"') + TOP + trigger(), "device.plc.outputs.ok", "coil:0"),
    (plc(outputs='number = "coil:1"') + TOP + trigger(), "device.plc.outputs.number", "holding:3"),
    (plc(outputs="ok = 3") + TOP + trigger(), "device.plc.outputs", "a text"),
    (plc() + TOP + trigger() + '[[device]]\nname = "r"\nkind = "relay"\npath = "COM3"\noutputs = { red = "17" }',
     "device.r.outputs.red", "from \"1\" to \"16\""),
    ('[[device]]\nname = "r"\nkind = "relay"\noutputs = { red = "1" }', "device.r.path", "a port"),
    ('[[device]]\nname = "b"\nkind = "bench"\npath = "log"', "device.b.path", "a port"),
    ('[[device]]\nname = "p"\nkind = "modbus"', "device.p.host", "a host name"),
    (plc('packer = "input:1"', "") + plc('packer = "input:2"', "").replace('"plc"', '"other"'),
     "device.other.inputs.packer", "one place"),
    # readers
    (plc() + trigger('"nobody"'), "trigger.case.readers[1]", "one of the readers"),
    (plc() + TOP + trigger(""), "trigger.case.readers", "each once"),
    (plc() + TOP + trigger('"top", "top"'), "trigger.case.readers", "each once"),
    (plc('trigger-case = "input:0", trigger-cap = "input:1"', "") + TOP + trigger() + trigger(name="cap"),
     "trigger.case.readers[1]", "one [[trigger]] only"),
    (plc() + CAM.replace('trigger = "signal"\n', "") + trigger('"cam"'), "device.cam.trigger", '"signal"'),
    (CAM, "device.cam.trigger", "among the readers"),
    (plc() + CAM + TOP + trigger('"cam", "top"', 'by = "reader"'), "trigger.case.by", '"station"'),
    (plc('packer = "input:0"') + TOP + trigger(), "trigger.case.by", "trigger-case"),
    (plc() + TOP + trigger(more='fire = "{code}"'), "trigger.case.fire", "{trigger}"),
    (plc() + TOP + trigger(more='fire = "T{trigger}"\necho = "(?P<code>.*)"'), "trigger.case.echo", "?P<trigger>"),
    (plc() + TOP + trigger(more='echo = "(?P<trigger>1)(?P<code>.*)"'), "trigger.case.echo", "in fire"),
    (plc() + TOP + trigger(more='fire = "T{trigger}"\necho = "("'), "trigger.case.echo", "?P<trigger>"),
    (plc() + TOP + trigger(more="timeout_ms = 0"), "trigger.case.timeout_ms", "from 1 to 60000"),
    (plc() + TOP + trigger(more="timeout = 0"), "trigger.case.timeout", "timeout_ms"),
    (plc() + TOP + trigger(name="a-b"), "trigger.a-b.name", "A-Z"),
    # rejects
    (plc() + TOP + trigger(more="reject_after_ms = 5"), "trigger.case.reject_after_ms", "reject-case"),
    (plc(outputs='reject = "coil:1"') + TOP + trigger(more="reject_after_ms = 5\nreject_after_counts = 5"),
     "trigger.case.reject_after_counts", "only one"),
    (plc(outputs='reject = "coil:1"') + TOP + trigger(more="reject_after_counts = 5"),
     "trigger.case.reject_after_counts", "encoder"),
    (plc(outputs='reject = "coil:1"') + TOP + trigger(more="confirm_ms = 5"), "trigger.case.confirm_ms",
     "reject_sensor"),
    (plc('trigger = "input:0", reject_sensor = "input:1"', 'reject = "coil:1"') + TOP + trigger(),
     "trigger.case.confirm_ms", "time in which"),
    ("[line]\nheartbeat_ms = 1", "line.heartbeat_ms", "from 50 to 60000"),
    ('[[device]]\nname = "line"\nkind = "keyboard"\n' + plc("", 'red = "coil:1"'), "device.line.name", "of its own"),
])
def test_what_cannot_work_is_named(tmp_path: Path, text: str, key: str, expected: str) -> None:
    error = refused(tmp_path, text)
    assert error.key == key
    assert expected in str(error)


@pytest.mark.parametrize("text", [
    plc() + TOP + trigger(more="period_ms = 201"),
    plc() + TOP + trigger(more="period_ms = 30\nlate_ms = 0"),
    plc() + TOP + trigger(more='period_ms = 30\nfire = "T{trigger}"\necho = "(?P<trigger>[0-9]+)(?P<code>.*)"'),
    plc() + CAM + trigger('"cam"', "period_ms = 30"),
    plc() + TOP + trigger() + "[line]\ncases_per_minute = 83",
])
def test_what_cannot_be_taken_for_another_may_come_late(tmp_path: Path, text: str) -> None:
    (tmp_path / "station.toml").write_text(text, "utf-8")
    load(tmp_path, {})
