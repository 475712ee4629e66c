"""Quoting of answers for each type of file, so that they are data and never code.

Free text is allowed only where it can be quoted. Answers that a pattern or choices restrict are
allowed everywhere except in HTML, which uses the project's configuration instead.
"""

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

INTERPOLATION = re.compile(
    r"""(?P<before>"?){{ cookiecutter\.(?P<key>\w+)"""
    r"""( \| replace\((["'])(?P<old>[-_])\4, (["'])(?P<new>[-_]?)\6\))? }}(?P<after>"?)"""
)
INTERPOLATION_START = re.compile(r"{{-? *cookiecutter\b")
RESTRICTED_QUESTIONS = {"project_slug", "license", "language", "database", "auth", "deploy", "ci"}
JSON_STRINGS = {".json", ".py", ".toml", ".yaml", ".yml"}
PLAIN_TEXT = {"LICENSE", "NOTICE"}
INVISIBLE_CHARACTER = re.compile(r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
MARKDOWN_SYNTAX = re.compile(r"[\\`*\[\]~|]|(?<![^\W_])_|_(?![^\W_])|(?<!\S)#|&(?=#?\w+;)")
MARKDOWN_SYNTAX_AT_START = re.compile(r"^(?:(?=[-+>=])|(\d+)(?=[.)]))")


def json_string(text: str) -> str:
    """Return the text as a double-quoted string that is valid in JSON, TOML, YAML and Python."""
    escaped = json.dumps(text, ensure_ascii=False)
    return INVISIBLE_CHARACTER.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)


def markdown(text: str) -> str:
    """Return Markdown that renders as exactly this text, at any position in a line."""
    escaped = MARKDOWN_SYNTAX.sub(r"\\\g<0>", text).replace("<", "&lt;")
    return MARKDOWN_SYNTAX_AT_START.sub(r"\1\\", escaped)


def interpolate(line: str, name: str, answers: Mapping[str, Any]) -> str:
    """Return a line of the file `name` with answers inserted and quoted.

    Raises ValueError for an answer that is unknown or cannot be quoted at its position, and for an
    interpolation in any other form than `{{ cookiecutter.name }}`.
    """
    if not INTERPOLATION_START.search(line):
        return line
    if INTERPOLATION_START.search(INTERPOLATION.sub("", line)):
        message = "invalid interpolation; write {{ cookiecutter.name }} on one line"
        raise ValueError(message)
    return INTERPOLATION.sub(lambda found: _quoted_answer(found, name, answers), line)


def _quoted_answer(found: re.Match[str], name: str, answers: Mapping[str, Any]) -> str:
    suffix, key, before, after = PurePosixPath(name).suffix, *found.group("key", "before", "after")
    if suffix == ".html":
        message = "an HTML template cannot contain answers; read them from the configuration"
        raise ValueError(message)
    if key not in answers:
        message = f"unknown question {key}; use one of cookiecutter.json"
        raise ValueError(message)
    text = str(answers[key]).replace(found["old"] or "\0", found["new"] or "")
    if before and after and suffix in JSON_STRINGS:
        return json_string(text)
    if key in RESTRICTED_QUESTIONS or suffix == ".txt" or PurePosixPath(name).name in PLAIN_TEXT:
        return f"{before}{text}{after}"
    if suffix == ".md":
        return f"{before}{markdown(text)}{after}"
    place = "alone in double quotes" if suffix in JSON_STRINGS else "where it can be quoted"
    message = f"{key} is free text and cannot be quoted here; put it {place}"
    raise ValueError(message)
