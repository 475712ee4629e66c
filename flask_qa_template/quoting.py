"""How an answer is written into each kind of file, so that it stays data there.

A free text stands only where its file can quote it. What is safe by its own pattern (the slug, the
answer to a choice) stands anywhere but in HTML, which knows no names.
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
UNREADABLE = re.compile(r"{{-? *cookiecutter\b")
SAFE = {"project_slug", "license", "language", "database", "auth", "deploy", "ci"}
LIKE_JSON = {".json", ".py", ".toml", ".yaml", ".yml"}
PLAIN_TEXT = {"LICENSE", "NOTICE"}
INVISIBLE = re.compile(r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
MARKDOWN = re.compile(r"[\\`*\[\]~|]|(?<![^\W_])_|_(?![^\W_])|(?<!\S)#|&(?=#?\w+;)")
MARKDOWN_START = re.compile(r"^(?:(?=[-+>=])|(\d+)(?=[.)]))")


def json_string(text: str) -> str:
    """Return the text in double quotes, as JSON, TOML, YAML and Python all read it."""
    escaped = json.dumps(text, ensure_ascii=False)
    return INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)


def markdown(text: str) -> str:
    """Return Markdown that shows exactly this text, wherever in a line it stands."""
    escaped = MARKDOWN.sub(r"\\\g<0>", text).replace("<", "&lt;")
    return MARKDOWN_START.sub(r"\1\\", escaped)


def interpolated(line: str, name: str, answers: Mapping[str, Any]) -> str:
    """Return a line of the file of this name, with each answer quoted as it must be there.

    Raises ValueError where an answer cannot stand, or where it cannot be seen which is meant.
    """
    if not UNREADABLE.search(line):
        return line
    if UNREADABLE.search(INTERPOLATION.sub("", line)):
        message = "an interpolation is written {{ cookiecutter.name }}, on one line"
        raise ValueError(message)
    return INTERPOLATION.sub(lambda found: _written(found, name, answers), line)


def _written(found: re.Match[str], name: str, answers: Mapping[str, Any]) -> str:
    suffix, key, before, after = PurePosixPath(name).suffix, *found.group("key", "before", "after")
    if suffix == ".html":
        message = "a page knows no answers; let it read the configuration"
        raise ValueError(message)
    if key not in answers:
        message = f"there is no question {key}; name one of cookiecutter.json"
        raise ValueError(message)
    text = str(answers[key]).replace(found["old"] or "\0", found["new"] or "")
    if before and after and suffix in LIKE_JSON:
        return json_string(text)
    if key in SAFE or suffix == ".txt" or PurePosixPath(name).name in PLAIN_TEXT:
        return f"{before}{text}{after}"
    if suffix == ".md":
        return f"{before}{markdown(text)}{after}"
    place = "alone between double quotes" if suffix in LIKE_JSON else "where it can be quoted"
    message = f"{key} may hold anything and cannot be quoted here; put it {place}"
    raise ValueError(message)
