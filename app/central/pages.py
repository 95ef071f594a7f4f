"""The front page: says in Chinese and English what this server is, and what it is not."""
from __future__ import annotations

import html
import tomllib
from importlib.resources import files

LANGUAGES = (("zh_CN", "zh-CN"), ("en", "en"))
STYLE = """body{font:16px/1.6 sans-serif;max-width:44em;margin:3em auto;padding:0 1em;color:#1d2430}
section+section{border-top:1px solid #ccd2da}"""


def front(counts: dict[str, int]) -> str:
    """Plain HTML, nothing loaded from elsewhere. `counts` has events, open (jobs) and changes."""
    parts = []
    for folder, language in LANGUAGES:
        words = tomllib.loads((files("resources") / "i18n" / folder / "central.toml").read_text("utf-8"))
        lines = [words["purpose"], words["warning"], words["counts"].format(**counts), words["more"]]
        body = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
        parts.append(f'<section lang="{language}"><h1>{html.escape(words["title"])}</h1>{body}</section>')
    return (f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>OneCode training server</title>'
            f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>")
