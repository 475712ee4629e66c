"""The database server is stopped, read-only, slow or locked, or has no free connection."""

import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex

import pytest
from sqlalchemy import Connection, text

from tests.chaos.clients import Client, concurrent_writes
from tests.chaos.database_server import DatabaseServer
from tests.chaos.installation import Installation
from tests.servers import Server, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.chaos]


def is_ready(server: Server) -> bool:
    """Return whether the readiness check succeeds."""
    return server.get("/readyz")[0] == 200


def send_database_requests(client: Client) -> list[int]:
    """Send requests that need the database, and return their statuses."""
    return [client.ask(), client.read(), client.read("/"), client.read("/readyz")]


def test_service_starts_without_the_database(
    database: DatabaseServer, installation: Installation, client: Client
) -> None:
    with database.outage(), installation.serve() as server:
        visitor = client.for_server(server)
        during = send_database_requests(visitor)
        alive = visitor.read("/healthz")
        database.start()
        wait_until(lambda: is_ready(server))

        assert (alive, during) == (200, [503] * 4)
        assert send_database_requests(visitor) == [201, 200, 200, 200]
        assert visitor.failures() == []


def test_kill_of_the_database_under_load_loses_no_post(
    database: DatabaseServer, client: Client
) -> None:
    with concurrent_writes(client), database.outage():
        wait_until(lambda: 503 in client.statuses())

    assert client.failures() == []


def test_restart_between_requests_causes_no_error(database: DatabaseServer, client: Client) -> None:
    with ThreadPoolExecutor(8) as threads:
        before = set(threads.map(lambda _: client.read(), range(40)))
        with database.outage():
            pass
        after = set(threads.map(lambda _: client.read(), range(40)))

    assert (before, after) == ({200}, {200})


def test_closed_idle_connections_cause_no_error(
    database: DatabaseServer, installation: Installation, client: Client
) -> None:
    others = database.count(database.statements.count_connections)
    with database.short_idle_timeout(), installation.serve() as server:
        visitor = client.for_server(server)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: visitor.ask(), range(16)))
        wait_until(lambda: database.count(database.statements.count_connections) <= others)
        for _ in range(8):
            visitor.ask()

    assert visitor.statuses() == {201}


def test_service_recovers_when_connections_become_free(
    database: DatabaseServer, installation: Installation, client: Client
) -> None:
    with installation.serve() as server:
        visitor = client.for_server(server)
        with database.connection_exhaustion():
            during = send_database_requests(visitor)
            alive = visitor.read("/healthz")

        assert (alive, during) == (200, [503] * 4)
        assert send_database_requests(visitor) == [201, 200, 200, 200]
        assert visitor.failures() == []


def test_request_does_not_wait_long_for_an_unresponsive_server(
    installation: Installation, client: Client, database: DatabaseServer
) -> None:
    # The operating system drops connections to a listener whose backlog is full.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        url = database.url.set(port=port).render_as_string(hide_password=False)
        with (
            socket.create_connection(("127.0.0.1", port)),
            installation.serve(DATABASE_URL=url) as server,
            ThreadPoolExecutor(4) as threads,
        ):
            visitor = client.for_server(server)
            statuses = list(
                threads.map(visitor.read, ["/", "/readyz", "/api/v1/questions", "/healthz"])
            )

    assert (statuses, visitor.failures()) == ([503, 503, 503, 200], [])


def test_frozen_database_occupies_no_threads(
    database: DatabaseServer, installation: Installation, client: Client
) -> None:
    default_timeout = {"DB_STATEMENT_TIMEOUT_SECONDS": "5"}
    with installation.serve(**default_timeout) as server, ThreadPoolExecutor(16) as threads:
        visitor = client.for_server(server)
        list(threads.map(lambda _: visitor.read(), range(40)))
        with database.freeze():
            during = set(threads.map(lambda _: visitor.read(), range(40)))
            alive = {visitor.read("/healthz") for _ in range(20)}
        wait_until(lambda: {visitor.read() for _ in range(20)} == {200})

        assert (during, alive) == ({503}, {200})
        assert visitor.failures() == []


def test_read_only_database_can_be_read(database: DatabaseServer, client: Client) -> None:
    with database.read_only_mode():
        during = (client.ask(), client.read(), client.read("/"))

    assert (during, client.ask()) == ((503, 200, 200), 201)
    assert client.failures() == []


def test_slow_query_is_cancelled(database: DatabaseServer, client: Client) -> None:
    client.ask()
    with database.slow_questions():
        during = (client.read(), client.read("/"), client.read("/healthz"))

    assert (during, client.read()) == ((503, 503, 200), 200)
    assert client.failures() == []


def test_request_does_not_wait_long_for_a_connection(
    database: DatabaseServer, installation: Installation, client: Client
) -> None:
    client.ask()
    one = {"DB_POOL_SIZE": "1", "DB_MAX_OVERFLOW": "0", "DB_POOL_TIMEOUT_SECONDS": "1"}
    with installation.serve("--workers=1", **one) as server, ThreadPoolExecutor(4) as threads:
        visitor = client.for_server(server)
        with database.slow_questions():
            list(threads.map(lambda _: visitor.read(), range(4)))

        assert '"reason": "TimeoutError"' in server.log()
        assert (visitor.statuses(), visitor.read()) == ({503}, 200)
        assert visitor.failures() == []


def test_request_does_not_wait_long_for_a_row_lock(
    database: DatabaseServer, client: Client
) -> None:
    client.ask()
    [question] = client.created
    with database.connect() as other, ThreadPoolExecutor(20) as threads:
        other.execute(text("SELECT id FROM question FOR UPDATE"))
        during = set(threads.map(lambda _: client.answer(question), range(20)))
        read = client.read()

    assert (during, read, client.answer(question)) == ({503}, 200, 201)
    assert client.failures() == []


def test_request_does_not_wait_long_for_a_table_lock(
    database: DatabaseServer, client: Client
) -> None:
    with database.connect() as other:
        other.execute(text(database.statements.lock_table))
        during = (client.ask(), client.read())

    assert (during, client.ask(), client.read()) == ((503, 503), 201, 200)
    assert client.failures() == []


@dataclass(frozen=True)
class BlockedAnswer:
    """A request to answer a question: it has updated the question, and waits for a row lock."""

    question: str
    key: str
    status: Future[int]
    # The connection that holds the lock.
    other: Connection


@pytest.fixture
def patient_client(installation: Installation, client: Client) -> Iterator[Client]:
    """Yield a client of a server that waits long for locks, so that a test can see it wait."""
    timeouts = {"DB_LOCK_TIMEOUT_SECONDS": "60", "DB_STATEMENT_TIMEOUT_SECONDS": "60"}
    with installation.serve(**timeouts) as server:
        yield client.for_server(server)


@contextmanager
def blocked_answer(database: DatabaseServer, client: Client) -> Iterator[BlockedAnswer]:
    """Answer a question, while another connection locks a row with the same idempotency key."""
    client.ask()
    client.ask()
    first, second = client.created
    old_key, key = token_hex(8), token_hex(8)
    client.answer(second, old_key)
    with database.connect() as other, ThreadPoolExecutor(1) as threads:
        update = text("UPDATE answer SET idempotency_key = :key WHERE idempotency_key = :old_key")
        other.execute(update, {"key": key, "old_key": old_key})
        status = threads.submit(client.answer, first, key)
        wait_until(lambda: database.count(database.statements.count_lock_waits) == 1)
        yield BlockedAnswer(first, key, status, other)


def answer_count(client: Client, question: str) -> int:
    """Return the `answer_count` of the question at this URL."""
    count: int = client.server.send("GET", question).json()["answer_count"]
    return count


def test_kill_of_the_database_during_a_request_leaves_no_partial_answer(
    database: DatabaseServer, patient_client: Client
) -> None:
    with blocked_answer(database, patient_client) as answer:
        with database.outage():
            during = answer.status.result()
        answer.other.invalidate()

    assert (during, answer_count(patient_client, answer.question)) == (503, 0)
    assert patient_client.answer(answer.question, answer.key) == 201
    assert patient_client.failures() == []


def test_deadlock_leaves_no_partial_answer(
    database: DatabaseServer, patient_client: Client
) -> None:
    with blocked_answer(database, patient_client) as answer:
        number = int(answer.question.rpartition("/")[2])
        # In a deadlock, the database rolls back the transaction that has changed fewer rows.
        for _ in range(20):
            answer.other.execute(text("UPDATE answer SET body = concat(body, '.')"))
        count = text("UPDATE question SET answer_count = 7 WHERE id = :number")
        answer.other.execute(count, {"number": number})
        during = answer.status.result()

    assert (during, answer_count(patient_client, answer.question)) == (503, 0)
    assert patient_client.answer(answer.question, answer.key) == 201
    assert patient_client.failures() == []
