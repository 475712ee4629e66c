"""The Jinja extension that takes away what a project does not have.

A mark is a comment `[template] if CONDITION`: at the end of a line that it rules, or alone on a
line above a block that ends with `[template] endif`. A block owns the blank lines above it. Only
marks and answers are touched; all else in a file, Jinja of the project's own pages included,
passes through as it is.
"""

import io
from collections.abc import Mapping
from typing import Any, NoReturn

from jinja2 import Environment
from jinja2.exceptions import TemplateSyntaxError, UndefinedError
from jinja2.ext import Extension

from flask_qa_template import answers, options, plan
from flask_qa_template.lines import TAG, Marked, is_whole, read_mark
from flask_qa_template.quoting import interpolated

TOP_FOLDER = "{{cookiecutter.project_slug}}"


class Marks(Extension):
    """The extension that `cookiecutter.json` names: marks, and the filters of its hooks."""

    def __init__(self, environment: Environment) -> None:
        """Give the environment our filters, and our own way to read a file."""
        super().__init__(environment)
        environment.filters |= {
            "problems": answers.problems,
            "refuse_problems": answers.refuse_problems,
            "plan": plan.plan,
        }
        from_string = environment.from_string

        def template_or_text(source: str, *args: Any, **kwargs: Any) -> Any:
            return from_string(source, *args, **kwargs) if "{" in source else Text(source)

        def source_file(name: str, *_args: Any, **_kwargs: Any) -> SourceFile:
            return SourceFile(_source(environment, name), name)

        # Cookiecutter asks for nothing but `render`. To compile its files and their names as
        # templates takes more time than all that our hooks do.
        vars(environment).update(from_string=template_or_text, get_template=source_file)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Have the answers looked at before the folder is made.

        It is the first thing rendered, also for answers that come from a replay or an update tool
        and were never asked; cookiecutter makes the folder before it runs the first hook.
        """
        del name, filename
        return "{{ cookiecutter | refuse_problems }}" + source if source == TOP_FOLDER else source


class MarkError(TemplateSyntaxError, UndefinedError):
    """A file, mark or interpolation that makes no sense; it says where, and what would do.

    It is an UndefinedError, too, because then cookiecutter leaves no half-made project.
    """


class Text:
    """A template without anything to render."""

    def __init__(self, text: str) -> None:
        """Keep the text."""
        self.text = text

    def render(self, **_context: object) -> str:
        """Return the text."""
        return self.text


class SourceFile:
    """A file of the source tree."""

    def __init__(self, source: str, name: str) -> None:
        """Keep the text of the file, and its name, which tells how its comments look."""
        self.source, self.name = source, name

    def render(self, *, cookiecutter: Mapping[str, Any], **_context: object) -> str:
        """Return the file of a project with these answers.

        Raises MarkError, whatever the answers, where a mark or an interpolation makes no sense.
        """
        if TAG not in self.source and "cookiecutter" not in self.source:
            return self.source
        reading = Reading(self.name, cookiecutter)
        for line in io.StringIO(self.source):
            reading.take(line)
        return reading.finished()


class Reading:
    """A file read line by line, and what of it is left so far."""

    def __init__(self, name: str, answers: Mapping[str, Any]) -> None:
        """Begin at the top of the file of this name."""
        self.name, self.answers, self.number = name, answers, 0
        self.left: list[str] = []
        self.blank = ""
        self.opened: list[tuple[int, bool]] = []
        self.is_at_top, self.is_after_opening = True, False

    def take(self, line: str) -> None:
        """Read the next line."""
        self.number += 1
        try:
            marked = read_mark(line, self.name)
            if not line.strip():
                self._take_blank(line)
            elif marked and not marked.code:
                self._take_mark(marked.says)
            else:
                self._take_line(line, marked)
        except ValueError as error:
            self._fail(str(error))

    def finished(self) -> str:
        """Return what is left of the whole file."""
        if self.opened:
            self._fail(f"the block of line {self.opened[-1][0]} does not end; write {TAG} endif")
        return "".join([*self.left, self.blank])

    def _take_blank(self, line: str) -> None:
        if self.is_after_opening:
            self._fail("a blank line at the top of a block; put it above the mark")
        if self.number > 1 and self.is_at_top and not self.opened:
            self._fail("a blank line that may become the first of the file; take it out")
        self.blank += line

    def _take_line(self, line: str, marked: Marked | None) -> None:
        text = interpolated(marked.code + "\n" if marked else line, self.name, self.answers)
        is_kept = marked is None or self._holds(marked.says)
        if marked and not is_whole(marked.code, self.name):
            self._fail("a marked line must be a whole statement or element; use a block")
        if self._is_kept():
            self.left += [self.blank, text if is_kept else ""]
        self.blank, self.is_after_opening = "", False
        self.is_at_top = self.is_at_top and bool(marked or self.opened)

    def _take_mark(self, says: str) -> None:
        if says != "endif":
            self.opened.append((self.number, self._holds(says)))
            self.left.append(self.blank if self._is_kept() else "")
            self.blank, self.is_after_opening = "", True
        elif not self.opened:
            self._fail("there is no block to end here; take the mark out")
        elif self.blank or self.is_after_opening:
            self._fail("a block ends right below its last line; take out what is between")
        else:
            self.opened.pop()

    def _is_kept(self) -> bool:
        return all(holds for _number, holds in self.opened)

    def _holds(self, says: str) -> bool:
        if not says.startswith("if "):
            self._fail(f"a mark says if or endif, not {says!r}")
        return options.holds(says.removeprefix("if "), self.answers)

    def _fail(self, message: str) -> NoReturn:
        place = f"{self.name}, line {self.number}"
        raise MarkError(f"{place}: {message}.", self.number, self.name, self.name)


def _source(environment: Environment, name: str) -> str:
    assert environment.loader  # noqa: S101 - cookiecutter sets it before it asks for a file.
    try:
        return environment.loader.get_source(environment, name)[0]
    except UnicodeDecodeError:
        message = f"{name}: not a text in UTF-8; if it is the cache of a tool, delete it."
        raise MarkError(message, 1, name, name) from None
