"""What is loaded only where a setting asks for it."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from flask import Flask

from service.config import ROOT, ConfigurationError
from service.observability import PARTS


@pytest.mark.parametrize(
    ("setting", "library"),
    [
        pytest.param("OTEL_EXPORTER_OTLP_ENDPOINT", "opentelemetry", id="traces"),
        pytest.param("SENTRY_DSN", "sentry_sdk", id="reports"),
    ],
)
def test_a_part_without_its_extra_stops_the_start(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, setting: str, library: str
) -> None:
    [(module, extra)] = [(module, extra) for name, module, extra in PARTS if name == setting]
    monkeypatch.delitem(sys.modules, f"service.observability.{module}", raising=False)
    for loaded in {library, *(name for name in sys.modules if name.startswith(f"{library}."))}:
        monkeypatch.setitem(sys.modules, loaded, None)

    with pytest.raises(ConfigurationError, match=rf"^{setting} .*--extra {extra}\b") as stopped:
        make_app(**{setting: "http://hunter2@127.0.0.1:9/1"})

    assert "hunter2" not in stopped.value.message


@pytest.mark.slow
def test_a_start_loads_nothing_of_it(settings: dict[str, str]) -> None:
    program = (
        "import sys; from service import create_app;"
        f"create_app({settings!r});"
        "unwanted = {'limits', 'redis', 'prometheus_client', 'opentelemetry', 'sentry_sdk'};"
        "print(unwanted & set(sys.modules))"
    )

    done = subprocess.run(  # noqa: S603  # The words are ours.
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"
