"""Ids in addresses: those that every database can hold, written in one way."""

from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

LARGEST_ID = 2**31 - 1


class IdConverter(BaseConverter):
    """`<id:name>`: a whole number from 1, in plain digits; any other address is a 404."""

    regex = "[1-9][0-9]{0,9}"

    def to_python(self, value: str) -> int:
        """Return the number; nothing has one too large for the column."""
        number = int(value)
        if number > LARGEST_ID:
            raise NotFound
        return number
