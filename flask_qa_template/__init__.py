"""The generator's own code: marks, options and answers. Nothing of it reaches a project."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever runs cookiecutter chooses its Python.
    raise SystemExit("ERROR: Python: flask-qa needs 3.11 or newer; run cookiecutter with that.")
