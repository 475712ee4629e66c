"""The excerpts of questions in lists."""

import pytest

from service.board.excerpts import make_excerpt
from service.search.highlight import EXCERPT_LENGTH


@pytest.mark.parametrize(
    ("body", "excerpt"),
    [
        pytest.param("One.\n\nTwo\tthree.", "One. Two three.", id="lines"),
        pytest.param("# Title\n\n- **one**\n- `two`", "Title one two", id="markup"),
        pytest.param("See [the docs](https://example.com).", "See the docs.", id="link"),
        pytest.param("Before\n```py\nx = 1\n```\nafter", "Before after", id="code"),
        pytest.param("Before\n~~~\nunclosed", "Before", id="code without an end"),
        pytest.param("snake_case, 2 * 3 <b>", "snake_case, 2 3 <b>", id="not markup"),
        pytest.param("결제가 *안* 돼요", "결제가 안 돼요", id="Korean"),
    ],
)
def test_excerpt_is_one_line_without_markdown(body: str, excerpt: str) -> None:
    assert make_excerpt(body) == excerpt


@pytest.mark.parametrize("character", ["x", "[", "`", "(", "> ", "```\n"])
def test_excerpt_of_a_long_text_is_short(character: str) -> None:
    assert len(make_excerpt(character * 20_000)) <= EXCERPT_LENGTH + 1
