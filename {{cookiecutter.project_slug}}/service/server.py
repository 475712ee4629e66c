"""Settings for gunicorn: read and validated in its master process, and handed to its workers.

Workers do not read `.env`: a new worker must not fail because the file is being edited.
"""

import logging
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import structlog

from service import Settings, create_app
from service.config.settings import ROOT, SKIP_DOTENV, ConfigurationError, read_settings

log = structlog.get_logger()
# The last valid settings. A reload of gunicorn runs `gunicorn.conf.py` again, but does not import
# this module again.
valid_settings: dict[str, str] = {}


def settings_for_workers() -> dict[str, str]:
    """Read and validate the settings at a start or reload of gunicorn; return them as strings.

    At a start, invalid settings end the process with one line for each of them. At a reload, they
    are logged, and the previous settings are returned.
    """
    try:
        settings = read_settings(Settings(), ROOT / ".env", os.environ)
        validate_in_subprocess(settings)
    except ConfigurationError as error:
        if not valid_settings:
            sys.exit(f"Error: {error.message}")
        log.error("settings_rejected", problem=error.message)  # noqa: TRY400  # Expected.
    else:
        valid_settings.clear()
        valid_settings.update(settings)
    return dict(valid_settings)


def validate_in_subprocess(settings: Mapping[str, str]) -> None:
    """Raise `ConfigurationError` if the application cannot be created with these settings.

    The application may start threads and open connections, which must not exist in the master
    process when it forks its workers.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as executor:
        executor.submit(create_app_without_logging, settings).result()


def create_app_without_logging(settings: Mapping[str, str]) -> None:
    """Create the application with these settings. The workers log its warnings."""
    logging.disable()
    export_to_environment(settings)
    create_app()


def export_to_environment(settings: Mapping[str, str]) -> None:
    """Set the environment variables of this process; `create_app` then does not read `.env`."""
    os.environ.update(settings)
    os.environ[SKIP_DOTENV] = "1"
