"""Print the requirements of all variants, from the source tree's `pyproject.toml`.

No tool accepts that file, because its project name is invalid before it is rendered.
"""

import tomllib
from itertools import chain
from pathlib import Path

PYPROJECT = Path(__file__).parent.parent / "{{cookiecutter.project_slug}}/pyproject.toml"

if __name__ == "__main__":
    listed = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    extras = chain.from_iterable(listed["project"]["optional-dependencies"].values())
    needed = (listed["project"]["dependencies"], extras, listed["dependency-groups"]["dev"])
    print(*chain.from_iterable(needed), sep="\n")
