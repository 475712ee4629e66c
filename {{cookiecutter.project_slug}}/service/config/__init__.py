"""Settings: read from the environment and `.env`, and validated before the application starts."""

from service.config.settings import init_app

__all__ = ["init_app"]
