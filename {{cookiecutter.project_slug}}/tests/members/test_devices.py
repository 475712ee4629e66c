"""The names of devices, derived from the `User-Agent` header."""

import pytest

from service.members.devices import device_name


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        pytest.param(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Safari/537.36",
            "Chrome · Linux",
            id="Chrome",
        ),
        pytest.param(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            "Edge · Windows",
            id="Edge, which also names Chrome",
        ),
        pytest.param(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
            id="Safari on a phone",
        ),
        pytest.param(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0",
            "Firefox · macOS",
            id="Firefox",
        ),
        pytest.param(
            "Mozilla/5.0 (Linux; Android 15; SM-S938N) AppleWebKit/537.36 (KHTML, like Gecko) "
            "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Samsung Internet · Android",
            id="Samsung Internet on a phone",
        ),
        pytest.param("curl/8.5.0", "curl/8.5.0", id="unknown client"),
        pytest.param("", "", id="empty"),
    ],
)
def test_device_is_named_after_browser_and_operating_system(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
