"""Reject invalid answers before any file is written.

The Jinja extension checks the answers when cookiecutter renders the folder's name. This hook checks
them for tools that do not render that name.
"""

import sys

if __name__ == "__main__":
    # Cookiecutter runs a copy of this file in the folder for temporary files, to which other users
    # could add modules.
    sys.path.pop(0)

import json


def main() -> int:
    """Print all errors of the answers; return the exit status."""
    # `tojson` escapes apostrophes, so the string cannot be closed early.
    errors = json.loads(r'''{{ cookiecutter | answer_errors | tojson }}''')  # fmt: skip
    for error in errors:
        print(f"ERROR: {error}", file=sys.stderr)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
