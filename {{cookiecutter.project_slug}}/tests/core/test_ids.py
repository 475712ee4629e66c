"""Ids in addresses."""

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map

from service.core.ids import LARGEST_ID, IdConverter


def test_the_largest_id_is_a_number() -> None:
    assert IdConverter(Map()).to_python("2147483647") == LARGEST_ID


def test_a_number_above_the_largest_is_not_found() -> None:
    """R6.03."""
    with pytest.raises(NotFound):
        IdConverter(Map()).to_python("2147483648")


@pytest.mark.parametrize(
    "address",
    ["0", "-1", "+1", "01", "1.0", "0x1", "٣", "1e3", "100000000000000000000", "9" * 5000, "1%00"],
)
def test_an_address_that_is_no_id_is_not_found(client: FlaskClient, address: str) -> None:
    """H04."""
    assert client.get(f"/main/question/{address}").status_code == 404
