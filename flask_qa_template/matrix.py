"""Print the jobs of this repository's CI as JSON: all tests on each supported Python.

The jobs are derived from the questions: a new choice of a core question adds a variant to them.
"""

import json
from collections import defaultdict

from .options import core_variants, declaration, variant_name


def jobs() -> list[dict[str, str]]:
    """Return the Python version, the name and the `pytest -k` expression of each job."""
    return [
        {"python": python, "part": part, "select": select}
        for python in declaration()["pythons"]
        for part, select in selections().items()
    ]


def selections() -> dict[str, str]:
    """Return a `pytest -k` expression for the variants of each database, and for other tests."""
    variants = defaultdict(list)
    for answers in core_variants():
        variants[answers["database"]].append(variant_name(answers))
    selected = {database: " or ".join(names) for database, names in variants.items()}
    return {**selected, "other tests": f"not ({' or '.join(selected.values())})"}


if __name__ == "__main__":
    print(json.dumps(jobs()))
