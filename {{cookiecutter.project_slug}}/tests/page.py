"""What a browser finds on a page."""

from html.parser import HTMLParser

Attributes = dict[str, str | None]


class Page(HTMLParser):
    """The elements, the text and the fields of a page."""

    def __init__(self, html: str) -> None:
        """Read the page."""
        super().__init__()
        self.elements: list[tuple[str, Attributes]] = []
        self.text = ""
        self.fields: dict[str, str] = {}
        self._textarea = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, and what its field holds."""
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        name = attributes.get("name") or ""
        if tag == "input":
            self.fields[name] = attributes.get("value") or ""
        if tag == "textarea":
            self.fields[name] = ""
            self._textarea = name

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a field of several lines, whose first line break is not its own."""
        if tag == "textarea":
            text = self.fields[self._textarea].replace("\r\n", "\n")
            self.fields[self._textarea] = text.removeprefix("\n")
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data
        if self._textarea:
            self.fields[self._textarea] += data

    def all(self, tag: str) -> list[Attributes]:
        """Return the attributes of each element of this kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def shape(self) -> list[tuple[str, list[str]]]:
        """Return the elements with the names of their attributes: what a text must not change."""
        return [(tag, sorted(attributes)) for tag, attributes in self.elements]
