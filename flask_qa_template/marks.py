"""The Jinja extension that takes away what a project does not have.

A mark is a comment `[template] if CONDITION`: at the end of a line that it rules, or alone on a
line above a block that ends with `[template] endif`. A block owns the blank lines above it. Only
marks and answers are touched; all else in a file, Jinja of the project's own pages included,
passes through as it is.
"""

import io
from typing import Any, NoReturn

from jinja2 import Environment
from jinja2.exceptions import TemplateSyntaxError
from jinja2.ext import Extension

from flask_qa_template import answers, options, plan, quoting
from flask_qa_template.lines import TAG, Marked, is_whole, read_mark
from flask_qa_template.quoting import interpolated

CLOSING = "{% endif %}"
TOP_FOLDER = "{{cookiecutter.project_slug}}"


class Text:
    """A template without anything to render."""

    def __init__(self, text: str) -> None:
        """Keep the text."""
        self.text = text

    def render(self, **_context: object) -> str:
        """Return the text."""
        return self.text


class Marks(Extension):
    """The extension that cookiecutter.json names: marks, and the filters of questions and hooks."""

    def __init__(self, environment: Environment) -> None:
        """Give the environment our filters, and the short way for files with nothing to render."""
        super().__init__(environment)
        environment.globals["holds"] = options.holds
        environment.filters |= {
            "json_string": quoting.json_string,
            "markdown": quoting.markdown,
            "problems": answers.problems,
            "refuse_problems": answers.refuse_problems,
            "plan": plan.plan,
        }
        hasten(environment)

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the Jinja template of a file; what has no name is a question, path or hook."""
        if source == TOP_FOLDER:
            # The first thing rendered, also for answers that come from a replay or an update tool
            # and were never asked: cookiecutter makes the folder before it runs the first hook.
            return "{{ cookiecutter | refuse_problems }}" + source
        return source if name is None else template_of(source, name)


def hasten(environment: Environment) -> None:
    """Make the environment return what holds nothing to render without compiling it.

    Compiling a plain text as a template takes most of the time that cookiecutter spends on a file.
    """
    from_string, get_template = environment.from_string, environment.get_template

    def from_string_or_text(source: Any, *args: Any, **kwargs: Any) -> Any:
        return from_string(source, *args, **kwargs) if "{" in source else Text(source)

    def get_template_or_text(name: Any, *args: Any, **kwargs: Any) -> Any:
        assert environment.loader  # noqa: S101 - cookiecutter sets it before it asks for a file.
        source = environment.loader.get_source(environment, name)[0]
        if "cookiecutter" in source or TAG in source:
            return get_template(name, *args, **kwargs)
        return Text(source)

    vars(environment).update(from_string=from_string_or_text, get_template=get_template_or_text)


def template_of(source: str, name: str) -> str:
    """Return the Jinja template that the marks and answers of a file mean."""
    reading = Reading(name)
    for line in io.StringIO(source):
        reading.take(line)
    return reading.finished()


class Reading:
    """A file read line by line, and the template made of it so far."""

    def __init__(self, name: str) -> None:
        """Begin at the top of the file of this name."""
        self.name, self.number = name, 0
        self.pieces: list[str] = []
        self.opened: list[int] = []
        self.blank = ""
        self.is_after_opening = self.has_lasting_line = False

    def take(self, line: str) -> None:
        """Read the next line. Raises TemplateSyntaxError with the place and the cure."""
        self.number += 1
        try:
            marked = read_mark(line, self.name)
            if not line.strip():
                self._take_blank(line)
            elif marked is None:
                self._take_line(interpolated(line, self.name))
            elif marked.code:
                self._take_marked_line(marked)
            else:
                self._take_mark(marked.says)
        except ValueError as error:
            self._fail(str(error))

    def finished(self) -> str:
        """Return the template of the whole file."""
        if self.opened:
            self._fail(f"the block of line {self.opened[-1]} does not end; write {TAG} endif")
        return "".join([*self.pieces, self.blank])

    def _take_blank(self, line: str) -> None:
        if self.is_after_opening:
            self._fail("a blank line at the top of a block; put it above the mark")
        if not self.opened and self.pieces and not self.has_lasting_line:
            self._fail("a blank line that may become the first of the file; take it out")
        self.blank += line

    def _take_line(self, line: str) -> None:
        self.pieces += [self.blank, line]
        self.blank, self.is_after_opening = "", False
        self.has_lasting_line |= not self.opened

    def _take_marked_line(self, marked: Marked) -> None:
        if not is_whole(marked.code, self.name):
            self._fail("a marked line must be a whole statement or element; use a block")
        lasting = self.has_lasting_line
        self._take_line(
            f"{self._opening(marked.says)}{interpolated(marked.code, self.name)}\n{CLOSING}"
        )
        self.has_lasting_line = lasting

    def _take_mark(self, says: str) -> None:
        if says != "endif":
            self.pieces += [self._opening(says), self.blank]
            self.opened.append(self.number)
            self.blank, self.is_after_opening = "", True
        elif not self.opened:
            self._fail("there is no block to end here; take the mark out")
        elif self.blank or self.is_after_opening:
            self._fail("a block ends right below its last line; take out what is between")
        else:
            self.pieces.append(CLOSING)
            self.opened.pop()

    def _opening(self, says: str) -> str:
        if not says.startswith("if "):
            self._fail(f"a mark says if or endif, not {says!r}")
        condition = says.removeprefix("if ")
        options.alternatives(condition)
        return f'{{% if holds("{condition}", cookiecutter) %}}'

    def _fail(self, message: str) -> NoReturn:
        place = f"{self.name}, line {self.number}"
        raise TemplateSyntaxError(f"{place}: {message}.", self.number, self.name, self.name)
