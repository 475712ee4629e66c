"""The configuration of the production server: run `gunicorn` in this folder.

Run it behind a reverse proxy that buffers requests, such as nginx. Otherwise, a few slow clients
could occupy all threads.
"""

from pathlib import Path
from socket import has_dualstack_ipv6
from typing import Any

import structlog
from gunicorn.glogging import Logger

from service import Settings
from service.config.settings import load_settings
from service.operations import log_stream, logs
from service.server import export_to_environment, settings_for_workers

log = structlog.get_logger()
log_stream.replace_stderr()
raw_settings = settings_for_workers()
settings = load_settings(Settings(), raw_settings)


class ServiceLogger(Logger):
    """Write gunicorn's own log lines in the format of the service."""

    def setup(self, cfg: object) -> None:
        """Pass the lines of gunicorn to the root logger."""
        super().setup(cfg)
        logs.configure(settings["LOG_FORMAT"], settings["LOG_LEVEL"])
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def when_ready(_server: object) -> None:
    """Log a problem if the production server runs with the settings of development."""
    if settings["APP_ENV"] == "development":
        subject, problem = "gunicorn runs in production", "Set APP_ENV=production."
        log.warning("check_failed", subject=subject, problem=problem)


def post_fork(server: Any, worker: Any) -> None:
    """Hand the settings to a new worker.

    Gunicorn's setting `raw_env` is not used, because `--print-config` and the debug log show it.
    """
    export_to_environment(raw_settings)
    if "METRICS_PORT" in settings:
        metrics_server.post_fork(server, worker)


wsgi_app = "service:create_app()"
# On Linux, the address [::] accepts IPv4 as well.
any_address = "[::]" if has_dualstack_ipv6() else "0.0.0.0"  # noqa: S104  # Only with PORT.
bind = f"{any_address}:{settings['PORT']}" if "PORT" in settings else "127.0.0.1:8000"
logger_class = ServiceLogger

worker_class = "gthread"
workers = settings["WEB_CONCURRENCY"]
threads = settings["WEB_THREADS"]

# A worker that sends no heartbeat for this many seconds is replaced. A slow request does not stop
# the heartbeat; the timeouts of the database limit slow requests.
timeout = 30
# After SIGTERM, requests have this many seconds to finish. A process supervisor must wait longer.
graceful_timeout = 20
# Workers are replaced after this many requests. The jitter keeps them from restarting together.
max_requests = 10_000
max_requests_jitter = 1_000
# The heartbeat is written to a file, which is kept in memory: a busy disk would delay it.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # Holds no data.

if "METRICS_PORT" in settings:
    from service.operations import metrics_server

    metrics_server.make_folder(worker_tmp_dir)
    pre_fork = metrics_server.pre_fork
    child_exit = metrics_server.child_exit
    on_exit = metrics_server.on_exit

    def post_worker_init(_worker: object) -> None:
        """Serve the metrics from each worker."""
        metrics_server.serve_metrics(settings["METRICS_PORT"])


# Gunicorn itself trusts no proxy; the application trusts as many as PROXY_HOPS says. By default,
# gunicorn would trust the proxies on this machine.
forwarded_allow_ips = ""
# The control socket is a file in the home directory, which may be read-only.
control_socket_disable = True
