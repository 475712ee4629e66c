"""A parser for the pages under test."""

from html.parser import HTMLParser

Attributes = dict[str, str | None]


class Page(HTMLParser):
    """The elements, the text and the form fields of an HTML page."""

    def __init__(self, html: str) -> None:
        """Parse the page."""
        super().__init__()
        self.elements: list[tuple[str, Attributes]] = []
        self.text = ""
        self.fields: dict[str, str] = {}
        self._textarea = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add an element, and a form field if it is an `input` or a `textarea`."""
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        name = attributes.get("name") or ""
        if tag == "input":
            self.fields[name] = attributes.get("value") or ""
        if tag == "textarea":
            self.fields[name] = ""
            self._textarea = name

    def handle_endtag(self, tag: str) -> None:
        """Normalize the line breaks of a `textarea`. HTML ignores one at the beginning."""
        if tag == "textarea":
            text = self.fields[self._textarea].replace("\r\n", "\n")
            self.fields[self._textarea] = text.removeprefix("\n")
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        """Add to the text of the page and of the current `textarea`."""
        self.text += data
        if self._textarea:
            self.fields[self._textarea] += data

    def all(self, tag: str) -> list[Attributes]:
        """Return the attributes of each element with this tag."""
        return [attributes for name, attributes in self.elements if name == tag]

    def text_fields(self) -> list[Attributes]:
        """Return the attributes of each visible field of a form."""
        fields = self.all("input") + self.all("textarea")
        return [
            field for field in fields if field.get("type") != "hidden" and "hidden" not in field
        ]

    def shape(self) -> list[tuple[str, list[str]]]:
        """Return each tag with the names of its attributes. Escaped text cannot change this."""
        return [(tag, sorted(attributes)) for tag, attributes in self.elements]
