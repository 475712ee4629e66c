"""A project contains no code, style, setting or dependency that its variant does not use."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import flask_bootstrap
import pytest
from pygments.token import STANDARD_TYPES
from vulture import Vulture

from flask_qa_template.options import celery_variants, core_variants, variant_name
from tests.conftest import Project

# The core variants have the same xdist groups as in `test_variants.py`, so each is rendered once.
VARIANT_ANSWERS = [*core_variants(), *celery_variants()]
ANSWERS = {variant_name(answers): answers for answers in VARIANT_ANSWERS} | {
    "without Docker": {"deploy": "none"},
    "GitLab": {"ci": "gitlab"},
    "without CI": {"ci": "none"},
    "Korean": {"language": "ko"},
    "MIT": {"license": "MIT"},
}
VARIANTS = [
    pytest.param(answers, id=name, marks=pytest.mark.xdist_group(name))
    for name, answers in ANSWERS.items()
]
# Vulture does not see what frameworks call because of a decorator, a name or inheritance.
CALLED_BY_DECORATOR = [
    "@*.get",
    "@*.post",
    "@*.put",
    "@*.patch",
    "@*.delete",
    "@*.route",
    "@*.after_request",
    "@*.before_request",
    "@*.configure",
    "@*.errorhandler",
    "@*.listens_for",
    "@*.request_filter",
    "@*.teardown_request",
    "@post_load*",
    "@validates",
    "@click.*",
    "@openapi_cli.*",
    "@pytest.fixture*",
    "@setup_logging.connect",
    "@shared_task",
    "@worker_init.connect",
    "@rule*",
    "@invariant*",
    "@initialize*",
    "@precondition*",
    "@declared_attr*",
    "@compiles*",
    "@validates*",
]
CALLED_BY_NAME = [
    "test_*",
    "pytest_*",
    "pytestmark",
    # Applications in tests/chaos that gunicorn loads.
    "jobs_app",
    "jumping_app",
    "slow_app",
    "upgrade",
    "downgrade",
    # A method of prometheus_client.
    "collect",
    # gunicorn.conf.py: settings and hooks of gunicorn.
    "wsgi_app",
    "bind",
    "workers",
    "threads",
    "timeout",
    "raw_env",
    "worker_class",
    "logger_class",
    "graceful_timeout",
    "max_requests*",
    "worker_tmp_dir",
    "forwarded_allow_ips",
    "control_socket_disable",
    "pre_fork",
    "post_fork",
    "post_worker_init",
    "child_exit",
    "on_exit",
    "when_ready",
    # Flask-Babel reads these attributes.
    "locale_selector",
    "timezone_selector",
    # Methods that libraries call on our subclasses.
    "_deserialize",
    "_serialize",
    "get_attribute",
    "init_spec",
    "load_json",
    "make_error",
    "on_bind_field",
    "operation_helper",
    "to_python",
    "to_url",
    "to_header",
    "process_bind_param",
    "process_result_value",
    "setup",
    "log_message",
    "server_bind",
    "handle_*tag",
    "handle_RCPT",
    "handle_DATA",
    "handle_data",
    "on_start",
    "on_end",
    "do_POST",
    # Attributes that we set on objects of libraries, which read them.
    "default_locale",
    "enabled",
    "is_disconnect",
    "isolation_level",
    "linkify",
    "server_name",
    "server_port",
    "session_interface",
    "shouldstop",
    "template_directory",
    "ValueClass",
    # Class attributes that libraries read.
    "encoding",
    "Meta",
    "impl",
    "cache_ok",
    "metadata",
    "naming_convention",
    "regex",
    "truthy",
    "falsy",
    "unknown",
    "default_error_messages",
    "error_messages",
    "*ERROR_SCHEMA",
    "ARGUMENTS_PARSER",
    "DEFAULT_*",
    "allow_reuse_port",
    "daemon_threads",
    "sort_keys",
    "__table_args__",
    "__abstract__",
    "revision",
    "down_revision",
    "branch_labels",
    "depends_on",
]
# In these files, class attributes are columns, or fields of a schema or form, which libraries read.
DECLARATIVE = re.compile(r"(models|schemas?|forms|settings|columns|api)\.py$")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
LONGEST_LINE = 100


@pytest.fixture(scope="module", params=VARIANTS)
def project(request: pytest.FixtureRequest, bake_once: Any) -> Project:
    """Return a rendered project of each variant."""
    baked: Project = bake_once(**request.param)
    return baked


def read_texts(project: Project, *suffixes: str, below: str = "") -> dict[str, str]:
    """Return the text of each file below a folder with one of the suffixes, by its path."""
    return {
        path: (project.path / path).read_text("utf-8")
        for path in project.files()
        if path.endswith(suffixes) and path.startswith(below)
    }


def test_every_function_class_and_constant_is_used(project: Project) -> None:
    in_templates = set(IDENTIFIER.findall(" ".join(read_texts(project, ".html", ".mako").values())))
    by_name = names_in_strings(read_texts(project, ".py").values())
    vulture = Vulture(ignore_names=CALLED_BY_NAME, ignore_decorators=CALLED_BY_DECORATOR)

    # Code that only tests use is unused, so the service is examined without them first.
    vulture.scavenge([str(project.path / name) for name in ("service", "gunicorn.conf.py")])
    in_service = unused_names(vulture, in_templates, by_name)
    vulture.scavenge([str(project.path / "tests")])
    in_tests = unused_names(vulture, in_templates, by_name)

    assert in_service == []
    assert in_tests == []


def unused_names(vulture: Vulture, used: set[str], by_name: set[str]) -> list[str]:
    """Return the unused code that vulture found, except names that templates or strings use."""
    return [
        f"{item.filename}:{item.first_lineno}: {item.typ} {item.name}"
        for item in vulture.get_unused_code(min_confidence=60)
        if item.name not in used
        and not (item.typ in {"attribute", "variable"} and item.name in by_name)
        and not (item.typ == "variable" and DECLARATIVE.search(str(item.filename)))
        and not (item.typ == "import" and item.filename.name == "__init__.py")
    ]


def names_in_strings(modules: Iterable[str]) -> set[str]:
    """Return the string constants that could be a name, such as in `g.get("name")`."""
    return {
        node.value
        for text in modules
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and IDENTIFIER.fullmatch(node.value)
    }


def test_every_fixture_is_used(project: Project) -> None:
    modules = read_texts(project, ".py", below="tests").values()
    functions = [
        node
        for text in modules
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    ]
    parameters = {argument.arg for function in functions for argument in function.args.args}
    named = {
        name
        for text in modules
        if "usefixtures" in text or "getfixturevalue" in text
        for name in names_in_strings([text])
    }
    fixtures = {
        function.name
        for function in functions
        for decorator in map(ast.unparse, function.decorator_list)
        if decorator.startswith("pytest.fixture") and "autouse" not in decorator
    }

    assert fixtures - parameters - named == set()


def test_every_setting_is_read_and_explained(project: Project) -> None:
    declared = set(declared_settings(project))
    explained = set(
        re.findall(
            r"^#?([A-Z][A-Z_]+)=", read_texts(project, ".env.example")[".env.example"], re.MULTILINE
        )
    )
    other_files = read_texts(project, "compose.yaml", "Makefile", ".sh")
    used_outside_python = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", " ".join(other_files.values())))

    # The documentation of Flask explains its variables.
    assert {name for name in declared - explained if not name.startswith("FLASK_")} == set()
    assert explained - declared - used_outside_python == set()
    assert [name for name in sorted(declared) if not is_read(name, project)] == []


def declared_settings(project: Project) -> list[str]:
    """Return the names of the settings that the service reads from the environment."""
    done = project.run(
        sys.executable,
        "-c",
        "from service import Settings; print(*Settings().fields)",
    )
    assert done.status == 0, done.err
    return done.out.split()


# Flask and Flask-Limiter read these from `app.config`.
READ_BY_LIBRARIES = {
    "FLASK_DEBUG",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "RATELIMIT_ENABLED",
    "RATELIMIT_STORAGE_URI",
}


def is_read(name: str, project: Project) -> bool:
    """Return whether code other than its declaration uses the setting."""
    if name in READ_BY_LIBRARIES:
        return True
    code = read_texts(project, ".py", below="service") | read_texts(project, "gunicorn.conf.py")
    uses = sum(len(re.findall(rf"""["']{name}["']""", text)) for text in code.values())
    # A declaration is an attribute, or a string that counts as one use.
    return uses >= 2 or bool(
        uses and any(re.search(rf"^\s+{name} = ", text, re.MULTILINE) for text in code.values())
    )


def test_every_css_class_is_used_and_has_a_rule(project: Project) -> None:
    used = css_classes_of_templates(project)
    stylesheets = read_texts(project, ".css", below="service/static")
    with_rule = {name for css in stylesheets.values() for name in css_classes(css)}
    with_rule -= set(STANDARD_TYPES.values())  # The classes of highlighted code.
    known = with_rule | (bootstrap_classes() if project.answers["bootstrap"] else set())

    assert with_rule - used - set(STANDARD_TYPES.values()) == set()
    assert used - known == set()


def css_classes_of_templates(project: Project) -> set[str]:
    """Return the classes in `class` attributes, including strings in their expressions."""
    found: set[str] = set()
    for html in read_texts(project, ".html", below="service").values():
        for value in re.findall(r'class="([^"]*)"', html):
            for literal in re.findall(r"'([^']*)'", value):
                found |= set(literal.split())
            found |= set(re.sub(r"{{.*?}}|{%.*?%}", " ", value).split())
        for literal in re.findall(r"""class_?=["']([^"']+)["']""", html):
            found |= set(re.sub(r"{{.*?}}|{%.*?%}", " ", literal).split())
    for text in read_texts(project, ".py", below="service").values():
        for literal in re.findall(r"""["']class["']: ["']([^"']+)["']""", text):
            found |= set(literal.split())
    return {name for name in found if re.fullmatch(r"[a-z][\w-]*", name)}


def css_classes(css: str) -> set[str]:
    """Return the classes that a stylesheet has rules for."""
    without_comments = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{", without_comments)
    return {name for selector in selectors for name in re.findall(r"\.([a-z][\w-]*)", selector)}


def bootstrap_classes() -> set[str]:
    """Return the classes that Bootstrap's stylesheet has rules for."""
    folder = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/css"
    return css_classes((folder / "bootstrap.min.css").read_text("utf-8"))


def test_every_template_is_rendered(project: Project) -> None:
    templates = read_texts(project, ".html", below="service")
    sources = [*templates.values(), *read_texts(project, ".py", below="service").values()]

    unused = [
        path
        for path in templates
        if not any(re.search(rf"""["']{Path(path).name}["']""", text) for text in sources)
    ]
    assert unused == []


# Programs and plugins, which are not imported, and drivers, which a database URL selects.
NOT_IMPORTED = {
    "djlint",
    "email-validator",
    "gunicorn",
    "import-linter",
    "mypy",
    "psycopg",
    "pymysql",
    "pytest-xdist",
    "ruff",
    "types-pymysql",
    "zizmor",
}


def test_every_dependency_is_imported(project: Project) -> None:
    imported = {
        module.partition(".")[0]
        for text in read_texts(project, ".py").values()
        for module in imported_modules(text)
    }
    by_module = packages_distributions()
    provided = {
        re.sub(r"[-_.]+", "-", distribution).lower()
        for module in imported
        for distribution in by_module.get(module, [])
    }
    declared = [name for name in declared_dependencies(project) if name not in NOT_IMPORTED]

    assert [name for name in declared if name not in provided] == []


def declared_dependencies(project: Project) -> Iterator[str]:
    """Yield the normalized names of all dependencies, including extras and development."""
    content = tomllib.loads((project.path / "pyproject.toml").read_text("utf-8"))
    groups = [
        content["project"]["dependencies"],
        *content["project"]["optional-dependencies"].values(),
        *content["dependency-groups"].values(),
    ]
    for requirement in (entry for group in groups for entry in group if isinstance(entry, str)):
        name = re.match(r"[\w.-]+", requirement)
        assert name
        yield re.sub(r"[-_.]+", "-", name[0]).lower()


def imported_modules(text: str) -> Iterator[str]:
    """Yield the modules that a file imports."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("importorskip"):
            yield str(ast.literal_eval(node.args[0]))


# Imports one package per line, so that adding a package adds one line.
ONE_IMPORT_PER_LINE = {"service/__init__.py"}


def test_no_import_is_wrapped_that_fits_on_one_line(project: Project) -> None:
    wrapped = [
        f"{path}:{node.lineno}"
        for path, text in read_texts(project, ".py").items()
        if path not in ONE_IMPORT_PER_LINE
        for node in ast.parse(text).body
        if isinstance(node, ast.ImportFrom)
        and node.end_lineno != node.lineno
        and len(ast.unparse(node)) <= LONGEST_LINE
        and "#" not in "".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
    ]
    assert wrapped == []
