"""The modules that a setting enables."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from flask import Flask

from service.config.settings import ROOT, ConfigurationError
from service.operations import OPTIONAL_MODULES


@pytest.mark.parametrize(
    ("setting", "library"),
    [
        pytest.param("OTEL_EXPORTER_OTLP_ENDPOINT", "opentelemetry", id="traces"),
        pytest.param("SENTRY_DSN", "sentry_sdk", id="error reports"),
    ],
)
def test_missing_extra_stops_the_start(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, setting: str, library: str
) -> None:
    [(module, extra)] = [
        (module, extra) for name, module, extra in OPTIONAL_MODULES if name == setting
    ]
    monkeypatch.delitem(sys.modules, f"service.operations.{module}", raising=False)
    for loaded in {library, *(name for name in sys.modules if name.startswith(f"{library}."))}:
        monkeypatch.setitem(sys.modules, loaded, None)

    with pytest.raises(ConfigurationError, match=rf"^{setting}\b.*--extra {extra}\b") as caught:
        make_app(**{setting: "http://hunter2@127.0.0.1:9/1"})

    assert "hunter2" not in caught.value.message


@pytest.mark.slow
def test_optional_libraries_are_not_imported_by_default(settings: dict[str, str]) -> None:
    program = (
        "import sys; from service import create_app;"
        f"create_app({settings!r});"
        "optional = {'redis', 'prometheus_client', 'opentelemetry', 'sentry_sdk'};"
        "print(optional & set(sys.modules))"
    )

    done = subprocess.run(  # noqa: S603  # The arguments are constants.
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"
