"""The Jinja extension that `cookiecutter.json` names: it loads that of the rendered template.

Python imports this module by its name. It may therefore come from another clone, in which
cookiecutter was started, or from an older version, which an update tool rendered before in the same
process. So it contains nothing that a version may want to change.
"""

import os
import sys
from hashlib import sha256
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from jinja2 import Environment
from jinja2.ext import Extension

PACKAGE = "flask_qa_template"


class TemplateExtension(Extension):
    """Delegates to the `SourceTreeExtension` of the template that is being rendered."""

    def __init__(self, environment: Environment) -> None:
        """Load the extension, which adds its filters to the environment."""
        super().__init__(environment)
        self.loaded = load_extension(find_template()).SourceTreeExtension(environment)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the source as the loaded extension changes it."""
        return str(self.loaded.preprocess(source, name, filename))


def find_template() -> Path:
    """Return the folder of the template that is being rendered.

    Cookiecutter and cruft append it to `sys.path`. If it is a relative path, hooks are rendered
    with the template as the current folder.
    """
    folders = (Path(sys.path[-1]), Path.cwd(), Path(__file__).parent.parent)
    return next(path for path in folders if (path / PACKAGE / "extension.py").exists()).resolve()


def load_extension(template: Path) -> ModuleType:
    """Import the package of a template under a name of its own; return its module `extension`.

    The name is derived from the path and the content, so that each version is loaded once.
    """
    package = template / PACKAGE
    files = sorted([template / "cookiecutter.json", *package.glob("*.py"), *package.glob("*.json")])
    content = b"".join([os.fsencode(template), *(file.read_bytes() for file in files)])
    name = f"{PACKAGE}_{sha256(content).hexdigest()[:16]}"
    # Python would mistake the bytecode of a version for that of another of the same second.
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        if name not in sys.modules:
            import_package(name, package / "__init__.py")
        return import_module(f"{name}.extension")
    finally:
        sys.dont_write_bytecode = writes_bytecode


def import_package(name: str, path: Path) -> None:
    """Import the package whose `__init__.py` is at `path` as `name`."""
    spec = spec_from_file_location(name, path)
    assert spec  # noqa: S101 - The path has the suffix of a Python file.
    assert spec.loader  # noqa: S101 - As above.
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
