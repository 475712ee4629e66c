"""The production server: `gunicorn`, typed in this folder, serves what is set here.

It needs a proxy in front that takes requests in whole and at their own pace, such as nginx: eight
clients that send a byte now and then keep all eight threads busy.
"""

from pathlib import Path

from gunicorn.glogging import Logger

from service.core import logs
from service.serving import settings_to_serve

settings = settings_to_serve()


class OneLog(Logger):
    """Gunicorn's own lines, written as the service writes its own."""

    def setup(self, cfg: object) -> None:
        """Hand each line to the log of the whole process."""
        super().setup(cfg)
        logs.configure(settings["LOG_FORMAT"], settings["LOG_LEVEL"])
        self.error_log.handlers.clear()
        self.error_log.propagate = True


wsgi_app = "service:create_app()"
bind = f"0.0.0.0:{settings['PORT']}" if "PORT" in settings else "127.0.0.1:8000"
logger_class = OneLog

worker_class = "gthread"
workers = settings["WEB_CONCURRENCY"]
threads = settings["WEB_THREADS"]

# A process without a sign of life is replaced after so many seconds. A slow request is no such
# process: the limits of the database end it.
timeout = 30
# After SIGTERM, requests get so many seconds to end. Whoever stops the server must wait longer.
graceful_timeout = 20
# A process makes room for a new one from time to time, and not all of them at once.
max_requests = 10_000
max_requests_jitter = 1_000
# Signs of life go through a file. In memory, no busy disk delays one.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # Not for data.

if "METRICS_PORT" in settings:
    # Not on the port of the service, where everybody could read them.
    from service.observability import metrics_server

    metrics_server.make_folder(worker_tmp_dir)
    pre_fork = metrics_server.pre_fork
    post_fork = metrics_server.post_fork
    post_worker_init = metrics_server.answering_at(settings["METRICS_PORT"])
    child_exit = metrics_server.child_exit
    on_exit = metrics_server.on_exit

# `PROXY_HOPS` says which proxies are believed. Gunicorn would believe any on this machine as well.
forwarded_allow_ips = ""
# Else it would stand in the home directory, which may be read-only, and take commands.
control_socket_disable = True
