"""`make bench`: measure everything, and print a table."""

import os
import platform
import sys

from bench import accounts, production, rendering, restarts, serving
from bench.figures import Figure


def main() -> int:
    """Print each figure beside what it must be; return 1 where one misses."""
    # Without bytecode every start would pay for compiling.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    print(f"Python {platform.python_version()}")
    figures: list[Figure] = []
    for part in (rendering, serving, accounts, production, restarts):
        for figure in part.figures():
            print(figure, flush=True)
            figures.append(figure)
    return 0 if all(figure.is_met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
