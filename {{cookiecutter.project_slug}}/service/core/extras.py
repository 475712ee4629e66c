"""What only some installations have: the extras of `pyproject.toml`."""

from service.config import ConfigurationError


class MissingExtraError(ConfigurationError):
    """A setting needs an extra that is not installed."""

    def __init__(self, setting: str, extra: str) -> None:
        """Say which, and how to install it."""
        super().__init__(
            f"{setting} is set, and what it needs is not installed: "
            f"uv sync --inexact --extra {extra}, or pip install -e '.[{extra}]'"
        )
