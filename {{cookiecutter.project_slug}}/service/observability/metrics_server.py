"""`/metrics` on a port of its own, for all worker processes together: hooks for gunicorn.

Each worker counts in files of its own, in a folder that all of them read, and each answers
for all (https://prometheus.github.io/client_python/multiprocess/). It does so in a thread besides
those for requests: when all of these are busy, the metrics tell.
"""

import os
import shutil
from collections.abc import Callable
from functools import cache
from itertools import count
from socketserver import ThreadingMixIn
from tempfile import mkdtemp
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from service.core.logs import log

# For other machines, too, as `PORT` is.
ANY_HOST = "0.0.0.0"  # noqa: S104
FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class SharedPortServer(ThreadingMixIn, WSGIServer):
    """A server whose port several processes listen on: the system gives each request to one."""

    allow_reuse_port = True
    daemon_threads = True


class SilentHandler(WSGIRequestHandler):
    """Answers without a line in the log."""

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@cache
def make_folder(parent: str | None) -> None:
    """Make the folder for the counts, once: it outlives a reload of the settings."""
    os.environ[FOLDER] = mkdtemp(prefix="metrics-", dir=parent)


def pre_fork(server: Any, worker: Any) -> None:
    """Give the worker a place that no other one has.

    It goes on with the counts of who had the place before. With a file for each process that ever
    was, there would be more of them from day to day.
    """
    taken = {getattr(other, "metrics_place", None) for other in server.WORKERS.values()}
    worker.metrics_place = next(place for place in count() if place not in taken)


def post_fork(_server: object, worker: Any) -> None:
    """Let the worker count in the files of its place."""
    values.ValueClass = values.MultiProcessValue(lambda: worker.metrics_place)


def child_exit(_server: object, worker: Any) -> None:
    """Forget what a worker that has ended held at that moment; what it counted stays."""
    mark_process_dead(getattr(worker, "metrics_place", None))


def on_exit(_server: object) -> None:
    """Leave nothing behind."""
    shutil.rmtree(os.environ[FOLDER], ignore_errors=True)


def answering_at(port: int) -> Callable[[object], None]:
    """Return the hook that lets a worker answer at a port; one that is taken costs no more."""

    def post_worker_init(_worker: object) -> None:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        application = make_wsgi_app(registry)
        try:
            server = make_server(ANY_HOST, port, application, SharedPortServer, SilentHandler)
        except OSError as error:
            log.error("metrics_unavailable", port=port, reason=error.strerror)
            return
        Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    return post_worker_init
