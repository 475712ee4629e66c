"""Print the jobs of this repository's own CI as JSON: all tests, on each Python that we promise.

Nothing else says which variants there are: a new answer makes its jobs itself.
"""

import json
from collections import defaultdict

from flask_qa_template.options import core_variants, declaration, variant_name


def jobs() -> list[dict[str, str]]:
    """Return what each job tests: a Python, a name for people, and what pytest is to select."""
    return [
        {"python": python, "part": part, "select": select}
        for python in declaration()["pythons"]
        for part, select in selections().items()
    ]


def selections() -> dict[str, str]:
    """Return expressions of `pytest -k`: the variants of each database, and all other tests."""
    variants = defaultdict(list)
    for answers in core_variants():
        variants[answers["database"]].append(variant_name(answers))
    selected = {database: " or ".join(names) for database, names in variants.items()}
    return {**selected, "the rest": f"not ({' or '.join(selected.values())})"}


if __name__ == "__main__":
    print(json.dumps(jobs()))
