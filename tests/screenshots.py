"""`make screenshots`: write the pictures of the READMEs, `docs/images/*.png`.

The fonts are those of this machine; for Korean, it needs one.
"""

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from flask_qa_template.options import REPOSITORY
from tests.browsers import browser_context, serve_seeded_site
from tests.conftest import Project
from tests.test_browser_members import register

FOLDER = REPOSITORY / "docs/images"
SIZE: ViewportSize = {"width": 1120, "height": 760}
TITLE, QUESTION, ANSWER = "title", "question", "answer"
ENGLISH = {
    TITLE: "How large should the connection pool be?",
    QUESTION: """Each worker opens **10 connections**, and PostgreSQL allows 100:

```python
engine = create_engine(url, pool_size=10)
```""",
    ANSWER: """Start with the number of threads of a worker:

```python
engine = create_engine(url, pool_size=4, max_overflow=2)
```

If no connection is free, a request waits. That is better than an error.""",
}
KOREAN = {
    TITLE: "커넥션 풀 크기는 어떻게 정하나요?",
    QUESTION: """워커마다 연결을 **10개**씩 여는데 PostgreSQL은 100개까지만 허용합니다.

```python
engine = create_engine(url, pool_size=10)
```""",
    ANSWER: """워커의 스레드 수로 시작해 보세요.

```python
engine = create_engine(url, pool_size=4, max_overflow=2)
```

남는 연결이 없으면 요청이 잠시 기다립니다. 오류가 나는 것보다 낫습니다.""",
}


@pytest.mark.parametrize(
    ("language", "locale", "scheme", "texts"),
    [
        pytest.param("en", "en-US", "light", ENGLISH, id="English, light"),
        pytest.param("ko", "ko-KR", "dark", KOREAN, id="Korean, dark"),
    ],
)
def test_pictures_are_written(  # noqa: PLR0913, PLR0917  # The columns of the table, and fixtures.
    bake_once: Callable[..., Project],
    chromium: Browser,
    language: str,
    locale: str,
    scheme: Literal["light", "dark"],
    texts: dict[str, str],
) -> None:
    with (
        serve_seeded_site(bake_once, language=language) as address,
        browser_context(chromium, locale, color_scheme=scheme) as context,
        browser_context(chromium, locale) as other_context,
    ):
        page, other_page = context.new_page(), other_context.new_page()
        page.set_viewport_size(SIZE)
        register(page, address, "Minjun Lee")
        register(other_page, address, "Hana Kim")
        page.goto(f"{address}/main/question")
        page.locator("[name=title]").fill(texts[TITLE])
        submit(page, texts[QUESTION])
        question_url = page.url
        other_page.goto(question_url)
        submit(other_page, texts[ANSWER])
        page.reload()
        page.locator(".vote").nth(2).click()
        page.locator(".post-footer button").click()
        page.goto(question_url)
        page.screenshot(path=FOLDER / f"question-{language}.png")
        page.goto(address)
        page.screenshot(path=FOLDER / f"questions-{language}.png")


def submit(page: Page, body: str) -> None:
    """Fill in and submit the form of a question or an answer."""
    page.locator("[name=body]").fill(body)
    page.locator("form.post-form .btn-primary").click()
    page.wait_for_load_state()
