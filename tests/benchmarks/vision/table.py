"""The figures of a run as Markdown, in English or Chinese: every row, every engine, the goal and whether it was met.

    python -m tests.benchmarks.vision.table RUN.json [zh_CN]     of a run that was kept with --json, to the screen

Only what was printed; no names of hosts or folders.
"""
from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.vision import machine
from tests.benchmarks.vision.rows import NO_GOAL, ROWS

BOUNDS = {"memory": (0, 300, False), "tick": (1, 10, False), "threads": (0, 1.7, True)}    # number, bound, at least
_WORDS = {
    "head": ("Engine", "读码引擎"), "read": ("Codes read", "读出的码"),
    "complete": ("Pictures complete", "全部读出的图"), "wrong": ("Wrong", "误读"), "median": ("Median", "中位数"),
    "p90": ("p90", "p90"), "cpu": ("CPU, mean", "平均 CPU"), "goal": ("Goal", "目标"), "met": ("met", "达到"),
    "later": ("Later pictures: median, p90", "后续图片：中位数、p90"), "missed": ("missed", "未达到"),
    "shots": ("{} pictures, {} codes", "{} 张图，{} 个码"), "ours": ("**ours**", "**本系统**"),
    "title": ("# The reader beside the open engines", "# 读码器与开源引擎的比较"),
    "command": ("Printed by `python -m tests.benchmarks.vision`.", "由 `python -m tests.benchmarks.vision` 打印。"),
    "misreads": ("Wrong readings, everything together; goal 0", "误读合计；目标 0"),
    "conditions": ("By condition: codes read (pictures complete), %", "按条件：读出的码（全部读出的图），%"),
    "condition": ("Condition", "条件"), "none": ("no goal set", "未设目标"), "none there": ("no pictures", "没有图片"),
}
_MEASURED = (
    ("Measured {}. Seeds {}; of each picture the shortest of {} runs counts (one run where it took more than a "
    "second). Wrong: texts that are on no code of the picture, in any run."),
    ("测量条件：{}。随机种子 {}；每张图取 {} 次中最短的一次（超过一秒的只测一次）。"
    "误读：图中任何码上都没有的文本，任一次出现都算。"))
CHINESE = {
    "crates 1080p, all conditions": "1080p 箱，全部 19 种条件", "the ordinary conditions": "15 种普通条件",
    "other crates 1080p: typical, blur, px 2.5, line": "其他 1080p 箱：普通、模糊、2.5 像素/模块、产线",
    "60 codes at 4096 x 3000": "60 个码，4096 × 3000", "line condition, 3 frames": "产线条件，连续 3 帧",
    "case labels, 20 degrees, 1080p": "箱标签，转 ±20°，1080p",
    "pallet labels, 20 degrees, 12 MP": "托盘标签，转 ±20°，1200 万像素",
    "case labels at any angle: typical, blur, glare, low contrast, mjpeg":
        "箱标签，任意角度：普通、模糊、反光、低对比、MJPEG",
    "one code held before a webcam, 24 pictures": "手持一个码对着摄像头，24 张图",
    "real frames of many Data Matrix, number told": "真实照片，多个 Data Matrix，已知数量",
    "photograph of a tray, 176 etched caps": "一盘 176 个蚀刻码的照片",
    "QR and Data Matrix singles": "单个 QR、Data Matrix 照片",
    "EAN-13 photographs": "EAN-13 照片", "UPC-A photographs": "UPC-A 照片",
    "retail drawn: UPC-A on packs and bottles": "绘制的零售码：包装和瓶上的 UPC-A",
    "retail drawn: EAN-13 on packs and bottles": "绘制的零售码：包装和瓶上的 EAN-13",
    "retail drawn: EAN-8 and UPC-E on packs and bottles": "绘制的零售码：包装和瓶上的 EAN-8、UPC-E",
    "Code 128, ITF, EAN-8, DataBar, Micro QR photographs": "Code 128、ITF、EAN-8、DataBar、Micro QR 照片",
    "photographs without a code": "没有码的照片", "nothing read": "什么也不读出",
    "memory": "整个进程的内存峰值（MB），4096 × 3000、60 个码；目标 300",
    "tick": "另一线程读困难图片时，每毫秒一次的窗口节拍晚多少（ms）；目标 10",
    "threads": "产线条件：两个核比一个核快多少倍（本系统一次一帧）；目标 1.7",
}
_TERMS = (("100 % told", "100 % 读出"), ("a picture at p90", "每张（p90）"),
          ("CPU 40 ms on the mean", "平均 CPU 40 ms"),
          (" complete", "完整"), (" read", "读出"), ("median ", "中位数 "),
          ("following ", "后续 "), ("first ", "首张 "))


def markdown(told: dict[str, Any], language: str = "en") -> str:
    """`told` as the run keeps it."""
    at = int(language != "en")
    words = {key: pair[at] for key, pair in _WORDS.items()}
    seeds = ", ".join(str(seed) for seed in told["seeds"])
    lines = [words["title"], "", _MEASURED[at].format(told["machine"], seeds, told["repeats"]), words["command"]]
    for view in told["views"]:
        lines += ["", f"## {_said(view['view'], at)}", ""] + _view(view, words, at)
    for name, measured in told["whole"].items():
        head = _said(name, at) if at else machine.ROWS[name].__doc__
        lines += ["", f"## {head}", "", f"| {words['head']} | |", "|---|---|"]
        lines += [f"| {_engine(engine, words)} | {text.strip()}{_bound(name, text, words)} |"
                  for engine, text in measured.items()]
    lines += ["", f"## {words['misreads']}", "", f"| {words['head']} | {words['wrong']} |", "|---|--:|"]
    lines += [f"| {_engine(engine, words)} | {count} |" for engine, count in told["misreads"].items()]
    for row, conditions in told["conditions"].items():
        engines = list(dict.fromkeys(engine for each in conditions.values() for engine in each))
        view = next(each.views[0].name for each in ROWS if each.name == row)
        lines += ["", f"## {_said(view, at)}", "", words["conditions"], "",
                  f"| {words['condition']} | {' | '.join(_engine(engine, words) for engine in engines)} |",
                  "|---|" + "--:|" * len(engines)]
        lines += [f"| {name} | " + " | ".join(
            "{:.1f} ({:.0f})".format(*each[engine]) if engine in each else "" for engine in engines) + " |"
            for name, each in conditions.items()]
    return "\n".join(lines) + "\n"


def _view(view: dict[str, Any], words: dict[str, str], at: int) -> list[str]:
    some = next((each["figures"] for each in view["engines"].values() if each["figures"]), None)
    goal = view["goal"] if view["goal"] != NO_GOAL else words["none"]
    goal = goal_in_chinese(goal) if at else goal
    colon, stop = (": ", ". ") if not at else ("：", "。")
    if some is None:
        return [f"{words['goal']}{colon}{goal}{stop}{words['none there']}"]
    ours = view["engines"].get("ours")
    end = "" if ours is None or view["goal"] == NO_GOAL else \
        f"{words['ours']}{colon}{words['met' if ours['met'] else 'missed']}{stop}"
    columns = ["head", "read", "complete", "wrong", "median", "p90", "cpu", *(["later"] if view["later"] else [])]
    lines = [f"{words['shots'].format(some['shots'], some['codes'])}{stop}{words['goal']}{colon}{goal}{stop}{end}", "",
             "| " + " | ".join(words[name] for name in columns) + " |", "|---|" + "--:|" * (len(columns) - 1)]
    for engine, each in view["engines"].items():
        f = each["figures"]
        notes = "".join(f" ({note})" for note in each["notes"])
        if not f:
            lines.append(f"| {_engine(engine, words)} | {each['line']} |" + " |" * (len(columns) - 2))
            continue
        rates = [f"{f['read']:.1f} %", f"{f['complete']:.1f} %"] if f["codes"] else ["", ""]
        cells = [_engine(engine, words) + notes, *rates, str(f["wrong"]),
                 *(f"{f[key]:.1f} ms" for key in ("median_ms", "p90_ms", "cpu_ms"))]
        if view["later"]:
            cells.append(f"{f['later_ms']:.1f}, {f['later_p90_ms']:.1f} ms")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _engine(name: str, words: dict[str, str]) -> str:
    return words["ours"] if name == "ours" else name


def _said(text: str, at: int) -> str:
    return CHINESE.get(text, text) if at else text


def goal_in_chinese(goal: str) -> str:
    """A row's goal, its few words one by one."""
    goal = CHINESE.get(goal, goal)
    for english, chinese in _TERMS:
        goal = goal.replace(english, chinese)
    return goal


def _bound(name: str, text: str, words: dict[str, str]) -> str:
    """Whether what a machine's row says keeps its bound; of the tick the worst counts."""
    which, bound, least = BOUNDS[name]
    numbers = re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text)
    if len(numbers) <= which:
        return ""
    kept = float(numbers[which]) >= bound if least else float(numbers[which]) <= bound
    return f": {words['met' if kept else 'missed']}"


if __name__ == "__main__":
    print(markdown(json.loads(Path(sys.argv[1]).read_text("utf-8")), *sys.argv[2:3]), end="")
