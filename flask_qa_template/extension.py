"""The Jinja extension that renders the source tree.

The extension processes only marks and answers. It copies all other text unchanged, including the
Jinja code of the project's own templates. It skips the files of options that are off, and
files that git ignores.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment
from jinja2.exceptions import TemplateSyntaxError, UndefinedError
from jinja2.ext import Extension

from . import answers, options, plan
from .marks import TAG, MarkProcessor

TOP_FOLDER = "{{cookiecutter.project_slug}}"


class SourceTreeExtension(Extension):
    """Renders source files with marks, and adds the filters that the hooks use."""

    def __init__(self, environment: Environment) -> None:
        """Add the filters, and replace the two methods with which cookiecutter loads templates."""
        super().__init__(environment)
        self.skipped: set[str] = set()
        self.compile_string = environment.from_string
        environment.filters |= {
            "answer_errors": answers.answer_errors,
            "require_valid_answers": answers.require_valid_answers,
            "start_rendering": self.start_rendering,
            "plan": plan.plan,
        }

        def get_template(name: str, *_args: Any, **_kwargs: Any) -> SourceFile:
            return SourceFile(_read_source(environment, name), name)

        # Jinja cannot compile source files, because they contain Jinja code of the project.
        vars(environment).update(get_template=get_template, from_string=self.from_string)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Check the answers before the project's folder is created.

        Cookiecutter creates the folder before it runs the first hook. The folder's name is the
        first template that it renders, also with a replay file or an update tool.
        """
        del name, filename
        return "{{ cookiecutter | start_rendering }}" + source if source == TOP_FOLDER else source

    def start_rendering(self, context: dict[str, Any]) -> str:
        """Return an empty string if a project with these answers can be rendered.

        Prints the errors and exits with 1 otherwise. Afterwards, cookiecutter skips the files that
        the project does not have: their paths are rendered as empty strings.
        """
        answers.require_valid_answers(context)
        answers.exit_on_errors([*_output_errors(context), *_declaration_errors()])
        self.skipped = options.skipped_files(context)
        # Cookiecutter does not skip files that it copies, and takes some catalogues for text.
        catalogues = options.SOURCE_TREE.rglob("*.mo")
        copied = {path.relative_to(options.SOURCE_TREE).as_posix() for path in catalogues}
        context["_copy_without_render"] = sorted(copied - self.skipped)
        return ""

    def from_string(self, source: str, *args: Any, **kwargs: Any) -> Any:
        """Return the template of a string: a hook, an answer, or the path of a file or folder.

        Absolute paths are never compiled: they contain the name of the user's output folder. Most
        other paths need no compilation, which would take a fifth of the time of a generation.
        """
        if "{" in source and not Path(source).is_absolute():
            return self.compile_string(source, *args, **kwargs)
        return PlainText("" if Path(source).as_posix() in self.skipped else source)


class SourceFileError(TemplateSyntaxError, UndefinedError):
    """An invalid file, mark or interpolation; the message says where it is and how to fix it.

    The base class UndefinedError makes cookiecutter remove the unfinished project.
    """


class PlainText:
    """A template without Jinja code."""

    def __init__(self, text: str) -> None:
        """Store the text."""
        self.text = text

    def render(self, **_context: object) -> str:
        """Return the text."""
        return self.text


class SourceFile:
    """A file of the source tree, as a template with marks."""

    def __init__(self, source: str, name: str) -> None:
        """Store the text and the name of the file."""
        self.source, self.name = source, name

    def render(self, *, cookiecutter: Mapping[str, Any], **_context: object) -> str:
        """Return the text of the file for a project with these answers.

        Raises SourceFileError for an invalid mark or interpolation, whatever the answers are.
        """
        if TAG not in self.source and "cookiecutter" not in self.source:
            return self.source
        processor = MarkProcessor(self.name, answers.localize_defaults(cookiecutter))
        try:
            return processor.process(self.source)
        except ValueError as error:
            line = processor.line_number
            message = f"{self.name}, line {line}: {error}."
            raise SourceFileError(message, line, self.name, self.name) from error


def _output_errors(context: Mapping[str, Any]) -> list[str]:
    # Cookiecutter compiles the path of each folder in it, and writes where the result points to.
    folder = context.get("_output_dir", "")
    message = f"output folder: {folder!r} must not contain {{{{, {{% or {{#. Use another folder."
    return [message] if re.search("{[{%#]", folder) else []


def _declaration_errors() -> list[str]:
    missing = options.missing_paths()
    message = f"options.json declares paths that do not exist: {', '.join(missing)}"
    return [message] if missing else []


def _read_source(environment: Environment, name: str) -> str:
    assert environment.loader  # noqa: S101 - Cookiecutter sets it before it loads a file.
    try:
        return environment.loader.get_source(environment, name)[0]
    except UnicodeDecodeError:
        message = f"{name}: not UTF-8 text; delete it if it is the cache of a tool."
        raise SourceFileError(message, 1, name, name) from None
