"""Print what every variant needs, as the source tree lists it: the tests install it once.

The source tree's `pyproject.toml` has no valid name yet, and so no tool installs from it.
"""

import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parent.parent / "{{cookiecutter.project_slug}}/pyproject.toml"

if __name__ == "__main__":
    listed = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    print(*listed["project"]["dependencies"], *listed["dependency-groups"]["dev"], sep="\n")
