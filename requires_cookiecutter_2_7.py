"""Refuse an older cookiecutter before it asks the first question.

Cookiecutter 1 cannot import modules of a template. It fails with the name of this module, which is
the first in `_extensions`.
"""

from cookiecutter import __version__
from jinja2.ext import Extension

if tuple(int(part) for part in __version__.split(".")[:2]) < (2, 7):
    raise SystemExit(
        f"ERROR: flask-qa requires cookiecutter 2.7 or newer; this is {__version__}.\n"
        "Upgrade it (pipx upgrade cookiecutter, or pip install --upgrade cookiecutter), or use uv: "
        "uvx cookiecutter ..."
    )


class CookiecutterVersion(Extension):
    """Does nothing: cookiecutter imports the module for it."""
