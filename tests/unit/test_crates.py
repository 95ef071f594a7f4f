"""The drawn crates and labels: their truth is where the pixels are, chance follows from the seed alone."""
from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
import zxingcpp

from tests.crates import CONDITIONS, HARD, LABELS, ORDINARY, PRESETS, WAYS, Crate, Hand, Label, Pack, Preset, pack
from tests.crates.camera import Camera, expose, lay, through
from tests.crates.hand import KINDS
from tests.crates.printing import FINE, ink
from tests.crates.symbols import data_matrix, gs1_128, itf14, qr, retail, shortened

SMALL_QR = Preset("small-qr", (800, 560), 2, 3, "QRCode", 25, 4.0)
SMALL_DM = Preset("small-dm", (800, 560), 2, 3, "DataMatrix", 22, 4.0)
FORMATS = {"QRCode": zxingcpp.BarcodeFormat.QRCode, "DataMatrix": zxingcpp.BarcodeFormat.DataMatrix}


def seen(pixels: np.ndarray, *symbologies: str) -> dict[bytes, np.ndarray]:
    found = zxingcpp.read_barcodes(pixels, formats=[FORMATS[name] for name in symbologies],
                                   text_mode=zxingcpp.TextMode.Plain)
    return {code.bytes: np.array([(p.x, p.y) for p in (
        code.position.top_left, code.position.top_right, code.position.bottom_right, code.position.bottom_left)])
        for code in found}


@pytest.mark.parametrize("preset", [SMALL_QR, SMALL_DM])
def test_every_code_of_a_clean_crate_is_where_the_truth_says(preset: Preset) -> None:
    scene = Crate(preset, "clean", 5).frame()
    found = seen(scene.pixels, preset.symbology)
    assert found.keys() == scene.raws and len(scene.drawn) == len(scene.raws) == 6
    assert {place.node for place in scene.drawn} == {(row, column) for row in range(2) for column in range(3)}
    for place in scene.drawn:
        assert place.raw is not None and place.symbology == preset.symbology
        off = np.hypot(*(found[place.raw] - np.array(place.corners)).T)
        assert off.max() < 0.75 * place.px_module, (place, found[place.raw])
        assert place.px_module == pytest.approx(preset.px_module, rel=0.06)


def test_the_same_seed_draws_the_same_and_another_another() -> None:
    one, same, other = (Crate(SMALL_DM, "line", seed).frame() for seed in (1, 1, 2))
    assert (one.pixels == same.pixels).all() and one.drawn == same.drawn
    assert (one.pixels != other.pixels).any() and one.raws != other.raws
    assert (Label("case label", "typical", 3).frame().pixels == Label("case label", "typical", 3).frame().pixels).all()
    assert Crate(SMALL_DM, "blur", 1).frame().raws != one.raws


def test_the_frames_of_a_layer_show_the_same_caps_further_on() -> None:
    crate = Crate(SMALL_QR, replace(CONDITIONS["typical"], name="moving"), 2)
    frames = [crate.frame(number) for number in range(3)]
    assert frames[0].raws == frames[1].raws == frames[2].raws
    steps = [np.array(b.corners).mean(0) - np.array(a.corners).mean(0)
             for a, b in zip(frames[0].drawn, frames[2].drawn, strict=True)]
    assert 4 < np.hypot(*np.mean(steps, axis=0)) < 60 and np.ptp(steps, axis=0).max() < 8
    for frame in frames:
        found = seen(frame.pixels, "QRCode")
        assert found.keys() == frame.raws
        for place in frame.drawn:
            assert np.abs(found[place.raw] - np.array(place.corners)).max() < 4


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_condition_draws_a_picture(condition: str) -> None:
    how = CONDITIONS[condition]
    crate = Crate(SMALL_DM, how, 1)
    scene = crate.frame()
    assert scene.pixels.shape == (560, 800) and scene.pixels.dtype == np.uint8 and scene.pixels.std() > 5
    sizes = [place.px_module for place in scene.drawn]
    assert np.median(sizes) == pytest.approx(how.px_module or SMALL_DM.px_module, rel=0.15)
    for place in scene.drawn:
        corners = np.array(place.corners)
        assert (corners > 0).all() and (corners < (800, 560)).all()


def test_the_conditions_are_nineteen_four_of_them_hard() -> None:
    assert (len(CONDITIONS), len(HARD), len(ORDINARY)) == (19, 4, 15)
    assert all(name == how.name for name, how in CONDITIONS.items())


def test_empty_places_hold_nothing() -> None:
    scene = Crate(SMALL_DM, replace(CONDITIONS["clean"], empty=0.5), 4).frame()
    empty = [place for place in scene.drawn if place.raw is None]
    assert 0 < len(empty) < 6 and len(scene.raws) == 6 - len(empty)
    for place in empty:
        x, y = np.array(place.corners).mean(0).astype(int)
        assert scene.pixels[y - 20:y + 20, x - 20:x + 20].mean() < 40


def test_light_and_dark_change_places() -> None:
    dark, light = (Crate(SMALL_DM, replace(CONDITIONS["clean"], light_on_dark=on), 4).frame() for on in (False, True))
    for scene, ink_is_darker in ((dark, True), (light, False)):
        (a, b, c, d) = np.array(scene.drawn[0].corners)
        finder = d + (c - d) * 0.5 + (a - d) * (0.5 / 22)                # in the solid bar
        outside = d + (c - d) * 0.5 - (a - d) * (2 / 22)
        tones = [int(scene.pixels[round(y), round(x)]) for x, y in (finder, outside)]
        assert (tones[0] < tones[1] - 60) if ink_is_darker else (tones[0] > tones[1] + 60)


def test_a_pixel_gathers_the_light_of_its_area() -> None:
    scene = np.zeros((20, 20), np.float32)
    lay(scene, np.ones((8, 8), np.float32), None, np.array([[1, 0, 4.75], [0, 1, 5.0], [0, 0, 1]]))
    assert scene.sum() == pytest.approx(64, rel=0.01)                    # nothing is lost or made
    assert scene[8, 5:13].tolist() == pytest.approx([0.75] + [1] * 7, abs=0.01)
    assert scene[8, 13] == pytest.approx(0.25, abs=0.01)                 # pixel 13 reaches from 12.5 to 13.5
    assert scene[4:7, 8].tolist() == pytest.approx([0, 0.5, 1], abs=0.01)


def test_a_tilted_camera_sees_the_far_side_smaller() -> None:
    plane = Camera((1920, 1080), 30.0, np.random.default_rng(1), roll=0).plane()
    square = np.array([[-400, -300], [400, -300], [400, 300], [-400, 300]])
    seen_ = through(plane, square)
    sides = [math.dist(seen_[i], seen_[i - 1]) / math.dist(square[i], square[i - 1]) for i in range(4)]
    assert 0.7 < min(sides) < 0.97 and max(sides) / min(sides) > 1.08
    assert through(plane, np.zeros((1, 2)))[0] == pytest.approx((959.5, 539.5))


def test_noise_grows_with_light_as_photons_do() -> None:
    how = replace(CONDITIONS["clean"], full_well=400, read_noise=0, uneven=0, exposure=0.8)
    for tone in (0.2, 0.8):
        pixels = expose(np.full((200, 200), tone, np.float32), how, np.random.default_rng(1))
        assert pixels.mean() == pytest.approx(255 * 0.8 * tone, rel=0.02)
        assert pixels.std() == pytest.approx(255 / 400 * math.sqrt(400 * 0.8 * tone), rel=0.05)


def test_ink_spreads_breaks_up_and_is_lost_as_told() -> None:
    luck = np.random.default_rng(3)
    dark = qr(luck, 2).dark
    plain = ink(dark, CONDITIONS["typical"], luck).sum() / FINE ** 2
    assert plain == dark.sum()
    dots = ink(dark, CONDITIONS["dots"], luck).sum() / FINE ** 2 / plain
    assert dots == pytest.approx(math.pi / 4 * 0.82 ** 2, rel=0.08)
    grown = {round(ink(dark, CONDITIONS["ink growth"], luck).sum() / FINE ** 2 / plain, 1) for _ in range(12)}
    assert min(grown) < 0.9 and max(grown) > 1.1
    lost = np.abs(ink(dark, CONDITIONS["damage"], luck) - ink(dark, CONDITIONS["typical"], luck)).sum()
    assert 0.015 < lost / FINE ** 2 / dark.size < 0.07                   # half of what is lost was of that tone already


def test_symbols_hold_what_they_say() -> None:
    luck = np.random.default_rng(1)
    for version in (1, 2, 3, 4):
        assert qr(luck, version).dark.shape == (17 + 4 * version,) * 2
    for size in (14, 16, 18, 20, 22, 24):
        symbol = data_matrix(luck, size)
        assert symbol.dark.shape == (size, size) and symbol.dark[-1].all() and symbol.dark[:, 0].all()
        drawn = np.kron(np.pad(~symbol.dark, 2, constant_values=True), np.ones((4, 4), bool)) * np.uint8(255)
        assert seen(drawn, "DataMatrix").keys() == {symbol.raw}
    for symbol in (gs1_128(luck), gs1_128(luck, "sscc"), itf14(luck)):
        bars = np.repeat(np.pad(~symbol.dark, ((0, 0), (12, 12)), constant_values=True), 40, axis=0)
        drawn = cv2.resize(bars * np.uint8(255), None, fx=3, fy=1, interpolation=cv2.INTER_NEAREST)
        found, = zxingcpp.read_barcodes(drawn, text_mode=zxingcpp.TextMode.Plain)
        assert found.bytes == symbol.raw


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_case_label_holds_four_codes_inside_the_picture(seed: int) -> None:
    scene = Label(LABELS["case label"], "clean", seed).frame()
    assert sorted(place.symbology for place in scene.drawn) == ["Code128", "DataMatrix", "ITF14", "QRCode"]
    found = seen(scene.pixels, "QRCode", "DataMatrix")
    assert found and found.keys() <= scene.raws
    for place in scene.drawn:
        corners = np.array(place.corners)
        assert (corners > 0).all() and (corners < (1920, 1080)).all()
        assert place.px_module == pytest.approx(2.2, rel=0.1)
        if place.raw in found:
            assert np.abs(found[place.raw] - corners).max() < 3
    turn = math.degrees(math.atan2(*(np.array(scene.drawn[0].corners[1]) - scene.drawn[0].corners[0])[::-1]))
    assert abs(turn) < 24


def test_large_pictures_are_drawn_too() -> None:
    assert Crate("big-dm24-60", "clean", 1).frame().pixels.shape == (3000, 4096)
    assert {preset.count for preset in PRESETS.values()} == {12, 24, 48, 60}


@pytest.mark.parametrize("symbology", KINDS)
def test_a_code_in_a_hand_comes_is_held_and_goes(symbology: str) -> None:
    hand = Hand(symbology, 1)
    scenes = list(hand.frames())
    assert len(scenes) == 24 and all(scene.raws == {hand.symbol.raw} for scene in scenes)
    middles = [np.array(scene.drawn[0].corners).mean(0) for scene in scenes]
    steps = [float(np.hypot(*(b - a))) for a, b in zip(middles, middles[1:], strict=False)]
    assert steps[0] > 60 and max(steps[10:16]) < 10 and steps[-1] > 40
    held = scenes[14]
    assert ((np.array(held.drawn[0].corners) > 0) & (np.array(held.drawn[0].corners) < held.pixels.shape[::-1])).all()
    found = zxingcpp.read_barcodes(held.pixels, text_mode=zxingcpp.TextMode.Plain)
    assert [code.bytes for code in found] in ([hand.symbol.raw], []) and held.drawn[0].px_module > 2


def test_smaller_modules_are_a_smaller_print_or_a_camera_farther_away() -> None:
    apart = []
    for seed in (1, 2):
        places = {place.node: place for place in Crate(SMALL_DM, "px 2", seed).frame().drawn}
        assert places[0, 0].px_module == pytest.approx(2, rel=0.1)
        apart.append(math.dist(places[0, 0].corners[0], places[0, 2].corners[0]))
    assert apart[0] > 1.6 * apart[1]


def bars_seen(pixels: np.ndarray) -> list[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormat.EANUPC, text_mode=zxingcpp.TextMode.Plain)


@pytest.mark.parametrize("kind", pack.KINDS)
@pytest.mark.parametrize("bent", [0.0, 45.0])
def test_a_retail_code_on_a_pack_is_where_the_truth_says(kind: str, bent: float) -> None:
    way = replace(WAYS["plain"], name="large", px=(3.5, 4.0), bent=(bent, bent), how=CONDITIONS["clean"])
    read = 0
    for seed in range(8):
        scene = Pack(kind, way, seed).frame()
        place, = scene.drawn
        corners = np.array(place.corners)
        assert place.symbology == kind and ((corners > -60) & (corners < (1340, 780))).all()
        for code in bars_seen(scene.pixels):
            if kind == "UPCE" and code.bytes != place.raw:        # turned ones are read wrong even when sharp
                continue
            assert code.bytes == place.raw
            read += 1
            left, right = (np.array((p.x, p.y)) for p in (code.position.top_left, code.position.top_right))
            for end, side in ((left, corners[[0, 3]]), (right, corners[[1, 2]])):      # a row from side to side
                (x, y), (across, down) = side[1] - side[0], end - side[0]
                off = abs(x * down - y * across) / math.hypot(x, y)
                assert off < 5 * place.px_module, (seed, end, side)
    assert read >= (1 if kind == "UPCE" else 3)


def test_every_way_draws_another_picture_and_the_seed_all_of_it() -> None:
    for name, way in WAYS.items():
        scene = Pack("UPCA", name, 4).frame()
        assert name == way.name and scene.pixels.dtype == np.uint8 and scene.pixels.std() > 5
        assert scene.pixels.shape[::-1] in pack.SIZES and len(scene.drawn) == 1
    one, same, other = (Pack("UPCA", "all", seed).frame() for seed in (1, 1, 2))
    assert (one.pixels == same.pixels).all() and one.drawn == same.drawn and one.raws != other.raws


def test_retail_symbols_hold_what_they_say() -> None:
    luck = np.random.default_rng(2)
    for kind in pack.KINDS:
        for _ in range(12):
            symbol = retail(luck, kind)
            bars = np.repeat(np.pad(~symbol.dark, ((0, 0), (12, 12)), constant_values=True), 40, axis=0)
            found, = bars_seen(cv2.resize(bars * np.uint8(255), None, fx=3, fy=1, interpolation=cv2.INTER_NEAREST))
            assert found.bytes == symbol.raw and symbol.dark[0, list(pack.GUARDS[symbol.dark.shape[1]])].all()
            if kind == "UPCE":
                assert found.text == symbol.raw.decode() and len(shortened(symbol.raw)) == 8


def test_a_label_is_turned_as_far_as_is_said() -> None:
    turns = []
    for seed in range(6):
        corners = np.array(Label("case label", "clean", seed, turned=180.0).frame().drawn[0].corners)
        turns.append(abs(math.degrees(math.atan2(*(corners[1] - corners[0])[::-1]))))
    assert max(turns) > 90 > 20 < np.median(turns)
