"""Visitors and members."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.members.visitor import Visitor


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Make somebody who is no member yet."""
    return Visitor(app)


@pytest.fixture
def make_member(app: Flask) -> Callable[[str], Visitor]:
    """Make members, each at a browser in which they have just registered."""

    def make(name: str) -> Visitor:
        member = Visitor(app)
        assert member.register(name).status_code == 303
        return member

    return make


@pytest.fixture
def bea(make_member: Callable[[str], Visitor]) -> Visitor:
    """Make a member who is logged in."""
    return make_member("Bea")
