"""Refuse bad answers before a file is written.

The answers were already looked at while they were asked, and again when the folder was named; here
they are looked at once more, for whoever renders hooks in an environment of their own. The
sentences come from `flask_qa_template.answers`.
"""

import sys

if __name__ == "__main__":
    # This is a copy in the folder for temporary files, where everybody may leave a `json.py`.
    sys.path.pop(0)


def main() -> int:
    """Print every problem; return the exit status."""
    # JSON never holds an apostrophe here, but many of the other quotes.
    problems = r'''{{ cookiecutter | problems | tojson }}'''  # fmt: skip
    if problems == "[]":
        return 0
    import json  # noqa: PLC0415 - takes as long to import as Python to start.

    for problem in json.loads(problems):
        print(f"ERROR: {problem}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
