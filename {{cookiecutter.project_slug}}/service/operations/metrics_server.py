"""A server for `/metrics` on a separate port, with the hooks that gunicorn calls.

Each worker counts in its own files in a shared folder, and serves the sum of all files (the
multiprocess mode of `prometheus_client`). A separate thread of the worker serves the metrics, so
that they can be read while all other threads are busy.
"""

import os
import shutil
from functools import cache
from itertools import count
from socket import AF_INET, AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, has_dualstack_ipv6
from socketserver import TCPServer, ThreadingMixIn
from tempfile import mkdtemp
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from prometheus_client import CollectorRegistry, make_wsgi_app, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

log = structlog.get_logger()

# All network interfaces, as for `PORT`: over IPv6 and IPv4, or over IPv4 if there is no IPv6.
ANY_HOST = "::" if has_dualstack_ipv6() else "0.0.0.0"  # noqa: S104  # Only with METRICS_PORT.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


class SharedPortServer(ThreadingMixIn, WSGIServer):
    """A server whose port several processes share; the system chooses one for each connection."""

    address_family = AF_INET6 if has_dualstack_ipv6() else AF_INET
    allow_reuse_port = True
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind the socket, without the DNS query of `HTTPServer`, which could delay the worker."""
        if self.address_family == AF_INET6:
            self.socket.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, 0)
        TCPServer.server_bind(self)
        self.server_name, self.server_port = ANY_HOST, self.server_address[1]
        self.setup_environ()


class SilentHandler(WSGIRequestHandler):
    """A request handler without an access log."""

    def log_message(self, *_arguments: object) -> None:
        """Log nothing."""


@cache
def make_folder(parent: str | None) -> None:
    """Create the folder for the metrics files of all workers, once: a reload keeps the folder."""
    os.environ[FOLDER_VARIABLE] = mkdtemp(prefix="metrics-", dir=parent)


def pre_fork(server: Any, worker: Any) -> None:
    """Assign the worker the smallest number that no other worker has.

    The worker continues the files of the previous worker with this number. If files were named
    after process ids, every replaced worker would leave more of them behind.
    """
    taken = {getattr(other, "metrics_number", None) for other in server.WORKERS.values()}
    worker.metrics_number = next(number for number in count() if number not in taken)


def post_fork(_server: object, worker: Any) -> None:
    """Make the worker count in the files that are named after its number."""
    values.ValueClass = values.MultiProcessValue(lambda: worker.metrics_number)


def child_exit(_server: object, worker: Any) -> None:
    """Remove the gauges of a worker that has ended; its counters remain."""
    mark_process_dead(getattr(worker, "metrics_number", None))


def on_exit(_server: object) -> None:
    """Remove the folder when gunicorn stops."""
    shutil.rmtree(os.environ[FOLDER_VARIABLE], ignore_errors=True)


def serve_metrics(port: int) -> None:
    """Start the metrics server of this worker; log an error if the port is in use."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    application = make_wsgi_app(registry)
    try:
        server = make_server(ANY_HOST, port, application, SharedPortServer, SilentHandler)
    except OSError as error:
        log.error(  # noqa: TRY400  # The traceback would add nothing.
            "metrics_unavailable", port=port, reason=error.strerror
        )
        return
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
