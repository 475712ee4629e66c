"""The code of the generator: Jinja extension, options and answers. No project contains it."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - cookiecutter may run on any Python.
    raise SystemExit(
        "ERROR: flask-qa requires Python 3.11 or newer; "
        f"this is {sys.version_info[0]}.{sys.version_info[1]}.\n"
        "Run cookiecutter with a newer one, or: make new PYTHON=python3.11"
    )
