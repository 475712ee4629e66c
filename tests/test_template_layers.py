"""Templates have the layers of the Python code: none refers to a higher layer."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, nodes

from flask_qa_template.options import (
    SOURCE_TREE,
    core_variants,
    declaration,
    default_answers,
    excluded_files,
    variant_name,
)
from flask_qa_template.seams import render

SERVICE = SOURCE_TREE / "service"
TEMPLATES = sorted(SERVICE.rglob("templates/**/*.html"))
TEMPLATES_BY_NAME = {
    path.relative_to(next(one for one in path.parents if one.name == "templates")).as_posix(): path
    for path in TEMPLATES
}
ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
# Blueprints that libraries define, with the package that registers them.
EXTERNAL_BLUEPRINTS = {"api-docs": "web"}
# Folders of the templates of Bootstrap-Flask.
EXTERNAL_TEMPLATES = ("bootstrap/", "bootstrap5/")
VARIANTS = {variant_name(answers): answers for answers in core_variants()}


def layers() -> list[str]:
    """Return the packages from the lowest to the highest layer of the import-linter contract."""
    content = tomllib.loads((SOURCE_TREE / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = content["tool"]["importlinter"]["contracts"]
    return list(reversed(contract["layers"]))


def find_package(path: Path) -> str:
    """Return the package of a template or module; `service/templates` belongs to web."""
    package = path.relative_to(SERVICE).parts[0]
    return "web" if package == "templates" else package


def blueprints() -> dict[str, str]:
    """Return the package of each blueprint by its name."""
    found = dict(EXTERNAL_BLUEPRINTS)
    for path in SERVICE.glob("*/*.py"):
        for call in calls(path.read_text(encoding="utf-8")):
            name = ast.unparse(call.func)
            if name.endswith("Blueprint") and call.args and isinstance(call.args[0], ast.Constant):
                found[str(call.args[0].value)] = find_package(path)
    return found


def calls(source: str) -> Iterator[ast.Call]:
    """Yield each call in the source of a module."""
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def referenced_templates(template: nodes.Template) -> Iterator[str]:
    """Yield the name of each template that a template extends, includes or imports."""
    kinds = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    for node in template.find_all(kinds):
        for name in node.iter_child_nodes(only=["template"]):
            for constant in [name, *name.find_all(nodes.Const)]:
                if isinstance(constant, nodes.Const) and isinstance(constant.value, str):
                    yield constant.value


def referenced_endpoints(template: nodes.Template) -> Iterator[str]:
    """Yield each endpoint that a template passes to `url_for` as a constant."""
    for call in template.find_all(nodes.Call):
        is_url_for = isinstance(call.node, nodes.Name) and call.node.name == "url_for"
        if is_url_for and call.args and isinstance(call.args[0], nodes.Const):
            yield str(call.args[0].value)


def referenced_packages(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each template or endpoint to which a template refers, and its package."""
    template = ENVIRONMENT.parse(path.read_text(encoding="utf-8"))
    for name in referenced_templates(template):
        if not name.startswith(EXTERNAL_TEMPLATES):
            yield name, find_package(TEMPLATES_BY_NAME[name])
    by_blueprint = blueprints()
    for endpoint in referenced_endpoints(template):
        if "." in endpoint:
            yield endpoint, by_blueprint[endpoint.partition(".")[0]]


def slots(answers: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the slots in the templates of a project, and the slots that its code fills."""
    excluded = set(excluded_files(answers))
    used: set[str] = set()
    filled: set[str] = set()
    for path in [*TEMPLATES, *SERVICE.rglob("*.py")]:
        name = path.relative_to(SOURCE_TREE).as_posix()
        if name in excluded:
            continue
        text = render(name, answers)
        if path.suffix == ".py":
            filled |= {
                str(ast.literal_eval(call.args[1]))
                for call in calls(text)
                if ast.unparse(call.func).endswith("fill_slot")
            }
        else:
            used |= {
                attribute.attr
                for attribute in ENVIRONMENT.parse(text).find_all(nodes.Getattr)
                if isinstance(attribute.node, nodes.Name) and attribute.node.name == "slots"
            }
    return used, filled


def test_names_of_templates_are_unique() -> None:
    assert len(TEMPLATES_BY_NAME) == len(TEMPLATES)


def test_every_optional_package_is_a_layer_or_has_no_templates() -> None:
    with_templates = {find_package(path) for path in TEMPLATES}

    assert with_templates <= set(layers())
    assert {"forms", "members", "community"} <= set(declaration()["packages"]) & set(layers())


@pytest.mark.parametrize("name", TEMPLATES_BY_NAME)
def test_template_refers_to_its_own_or_a_lower_layer(name: str) -> None:
    order = layers()
    own_layer = order.index(find_package(TEMPLATES_BY_NAME[name]))

    higher = [
        f"{reference} ({package})"
        for reference, package in referenced_packages(TEMPLATES_BY_NAME[name])
        if order.index(package) > own_layer
    ]
    assert higher == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_slot_is_filled_and_each_filled_slot_exists(variant: str) -> None:
    used, filled = slots({**default_answers(), **VARIANTS[variant]})

    assert used == filled
