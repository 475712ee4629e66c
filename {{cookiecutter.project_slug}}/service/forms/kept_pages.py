"""Pages that are rendered once and kept, although something in them differs for each reader."""

from collections.abc import Callable
from dataclasses import dataclass

from service.core.fragments import fragment


@dataclass(frozen=True)
class Place:
    """Stands in a kept page for what differs each time the page is shown."""

    name: str

    def __call__(self) -> str:
        """Return what the page holds in its place."""
        return f"place-of-{self.name}"


def kept_page(template: str, **differing: Callable[[], str]) -> str:
    """Return a page that is kept but for what these functions return, which its template calls.

    What people wrote goes in last, so that nothing is looked for in it.
    """
    places = {name: Place(name) for name in differing}
    page = fragment(template, **places)
    for name, text in differing.items():
        # A text is escaped, as it would be in the template.
        page = page.replace(places[name](), text())
    return page
