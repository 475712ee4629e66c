"""What gunicorn serves with: the settings that its first process has read, and tried, once.

Its other processes are forks of that one, and read no `.env`: one that takes the place of another
must not fail because somebody is just changing that file.
"""

import os
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from service import create_app
from service.config import ROOT, ConfigurationError, load_settings, said, shared
from service.core.logs import log

NOT_MADE = "The application cannot be made; the reason stands above."


def settings_to_serve() -> dict[str, Any]:
    """Return the settings for a start, or for a reload.

    Settings that make no sense stop a start with one sentence. On a reload, the sentence is
    logged, and those of before stay.
    """
    try:
        values = said(ROOT / ".env", os.environ)
        settings = load_settings(values)
        try_out(values)
    except ConfigurationError as error:
        if not shared:
            sys.exit(f"Error: {error.message}")
        log.error("settings_refused", problem=error.message)
        return load_settings(shared)
    share(values)
    return settings


def share(values: Mapping[str, str]) -> None:
    """Let this process and its forks have these settings from now on."""
    shared.clear()
    shared.update(values)


def try_out(values: Mapping[str, str]) -> None:
    """Raise `ConfigurationError` where no application can be made with these settings.

    It is made in a process of its own: it may start threads, which the forks would lack.
    """
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=tell_problem, args=(theirs, values))
    process.start()
    theirs.close()
    try:
        problem = ours.recv()
    except EOFError:
        problem = NOT_MADE
    process.join()
    if problem:
        raise ConfigurationError(problem)


def tell_problem(parent: Connection, values: Mapping[str, str]) -> None:
    """Send why no application can be made; an empty text where one can."""
    share(values)
    try:
        # What it warns of, each process that serves will say as well.
        create_app({"LOG_LEVEL": "CRITICAL"})
    except ConfigurationError as error:
        parent.send(error.message)
    else:
        parent.send("")
