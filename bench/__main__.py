"""`make bench`: measure all figures, or those of the given parts, and print them as a table."""

import os
import platform
import sys

from bench import (
    accounts,
    board_size,
    enumeration,
    jobs,
    production,
    rendering,
    restarts,
    serving,
)
from bench.figures import Figure

PARTS = {
    "rendering": rendering,
    "serving": serving,
    "accounts": accounts,
    "production": production,
    "restarts": restarts,
    "board_size": board_size,
    "jobs": jobs,
    "enumeration": enumeration,
}


def main(names: list[str]) -> int:
    """Print each figure with its bound; return 1 if any figure misses its bound, else 0."""
    if unknown := set(names) - set(PARTS):
        sys.exit(f"Unknown parts: {', '.join(unknown)}. Parts: {', '.join(PARTS)}.")
    # Without bytecode files, every start would compile the libraries.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    print(f"Python {platform.python_version()}")
    figures: list[Figure] = []
    for name in names or PARTS:
        for figure in PARTS[name].figures():
            print(figure, flush=True)
            figures.append(figure)
    return 0 if all(figure.is_met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
