"""A database server that is away, full, slow or locked."""

import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex

import pytest
from sqlalchemy import Connection, text

from tests.chaos.clients import Client, crowd
from tests.chaos.database_server import DatabaseServer
from tests.chaos.installation import Installation
from tests.servers import Server, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.chaos]


def is_ready(server: Server) -> bool:
    """Return whether the server says that it can serve."""
    return server.get("/readyz")[0] == 200


def everything(client: Client) -> list[int]:
    """Ask, and read what needs the database; return each status."""
    return [client.ask(), client.read(), client.read("/"), client.read("/readyz")]


def test_a_database_that_is_down_at_the_start_is_waited_for(
    database: DatabaseServer, installation: Installation, client: Client
) -> None:
    """Z01."""
    with database.away(), installation.serve() as server:
        early = client.at(server)
        during = everything(early)
        alive = early.read("/healthz")
        database.start()
        wait_until(lambda: is_ready(server))

        assert (alive, during, everything(early)) == (200, [503] * 4, [201, 200, 200, 200])
        assert early.complaints() == []


def test_a_database_that_is_killed_under_load_loses_nothing_it_has_kept(
    database: DatabaseServer, client: Client
) -> None:
    """R7.03, Z03."""
    with crowd(client), database.away():
        wait_until(lambda: 503 in client.statuses())

    assert client.complaints() == []


def test_a_restart_between_requests_is_not_noticed(
    database: DatabaseServer, client: Client
) -> None:
    """Z04."""
    with ThreadPoolExecutor(8) as threads:
        before = set(threads.map(lambda _: client.read(), range(40)))
        with database.away():
            pass
        after = set(threads.map(lambda _: client.read(), range(40)))

    assert (before, after) == ({200}, {200})


def test_connections_that_were_idle_for_too_long_are_not_noticed(
    database: DatabaseServer, installation: Installation, client: Client
) -> None:
    """Z05."""
    others = database.count(database.words.connections)
    with database.impatient(), installation.serve() as server:
        visitor = client.at(server)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: visitor.ask(), range(16)))
        wait_until(lambda: database.count(database.words.connections) <= others)
        for _ in range(8):
            visitor.ask()

    assert visitor.statuses() == {201}


def test_a_database_that_takes_no_more_connections_is_waited_for(
    database: DatabaseServer, installation: Installation, client: Client
) -> None:
    """Z07."""
    with installation.serve() as server:
        visitor = client.at(server)
        with database.full():
            during = everything(visitor)
            alive = visitor.read("/healthz")

        assert (alive, during, everything(visitor)) == (200, [503] * 4, [201, 200, 200, 200])
        assert visitor.complaints() == []


def test_an_address_where_nobody_says_anything_is_given_up_soon(
    installation: Installation, client: Client, database: DatabaseServer
) -> None:
    """Z02: the system drops what comes to a listener whose queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as hole:
        port = hole.getsockname()[1]
        address = database.address.set(port=port).render_as_string(hide_password=False)
        with (
            socket.create_connection(("127.0.0.1", port)),
            installation.serve(DATABASE_URL=address) as server,
            ThreadPoolExecutor(4) as threads,
        ):
            lost = client.at(server)
            statuses = list(
                threads.map(lost.read, ["/", "/readyz", "/api/v1/questions", "/healthz"])
            )

    assert (statuses, lost.complaints()) == ([503, 503, 503, 200], [])


def test_a_database_that_may_only_be_read_is_read(database: DatabaseServer, client: Client) -> None:
    """Writing is over for a while, as on a copy that is about to take over."""
    with database.read_only():
        during = (client.ask(), client.read(), client.read("/"))

    assert (during, client.ask()) == ((503, 200, 200), 201)
    assert client.complaints() == []


def test_a_slow_query_is_cut_off(database: DatabaseServer, client: Client) -> None:
    """Z09, Z30."""
    client.ask()
    with database.slow():
        during = (client.read(), client.read("/"), client.read("/healthz"))

    assert (during, client.read()) == ((503, 503, 200), 200)
    assert client.complaints() == []


def test_nobody_waits_for_long_until_a_connection_is_free(
    database: DatabaseServer, installation: Installation, client: Client
) -> None:
    """Z07."""
    client.ask()
    one = {"DB_POOL_SIZE": "1", "DB_MAX_OVERFLOW": "0", "DB_POOL_TIMEOUT_SECONDS": "1"}
    with installation.serve("--workers=1", **one) as server, ThreadPoolExecutor(4) as threads:
        visitor = client.at(server)
        with database.slow():
            list(threads.map(lambda _: visitor.read(), range(4)))

        assert '"reason": "TimeoutError"' in server.log()
        assert (visitor.statuses(), visitor.read()) == ({503}, 200)
        assert visitor.complaints() == []


def test_a_row_that_is_locked_is_not_waited_for_long(
    database: DatabaseServer, client: Client
) -> None:
    """Z11."""
    client.ask()
    [question] = client.kept
    with database.connected() as other:
        other.execute(text("SELECT id FROM question FOR UPDATE"))
        during = (client.answer(question), client.read())

    assert (during, client.answer(question)) == ((503, 200), 201)
    assert client.complaints() == []


def test_a_table_that_is_locked_is_not_waited_for_long(
    database: DatabaseServer, client: Client
) -> None:
    """Z11: a migration, or a backup, may do so."""
    with database.connected() as other:
        other.execute(text(database.words.table_lock))
        during = (client.ask(), client.read())

    assert (during, client.ask(), client.read()) == ((503, 503), 201, 200)
    assert client.complaints() == []


@dataclass(frozen=True)
class Halfway:
    """An answer that has been counted, and is not kept yet: another program holds its key."""

    question: str
    key: str
    status: Future[int]
    other: Connection


@contextmanager
def halfway(database: DatabaseServer, client: Client) -> Iterator[Halfway]:
    """Answer a question, and be held up between the two statements of that."""
    client.ask()
    client.ask()
    first, second = client.kept
    mine, key = token_hex(8), token_hex(8)
    client.answer(second, mine)
    with database.connected() as other, ThreadPoolExecutor(1) as threads:
        take = text("UPDATE answer SET submission = :key WHERE submission = :mine")
        other.execute(take, {"key": key, "mine": mine})
        status = threads.submit(client.answer, first, key)
        wait_until(lambda: database.count(database.words.waiting) == 1)
        yield Halfway(first, key, status, other)


def answer_count(client: Client, question: str) -> int:
    """Return how many answers the question says that it has."""
    count: int = client.server.send("GET", question).json()["answer_count"]
    return count


def test_a_request_whose_database_is_killed_half_way_leaves_no_half(
    database: DatabaseServer, client: Client
) -> None:
    """Z03."""
    with halfway(database, client) as answer:
        with database.away():
            during = answer.status.result()
        answer.other.invalidate()

    assert (during, answer_count(client, answer.question)) == (503, 0)
    assert client.answer(answer.question, answer.key) == 201
    assert client.complaints() == []


def test_a_request_that_is_given_up_in_a_deadlock_leaves_no_half(
    database: DatabaseServer, client: Client
) -> None:
    """Of two that wait for each other, the database gives up the one that has done less."""
    with halfway(database, client) as answer:
        number = int(answer.question.rpartition("/")[2])
        for _ in range(20):
            answer.other.execute(text("UPDATE answer SET body = concat(body, '.')"))
        count = text("UPDATE question SET answer_count = 7 WHERE id = :number")
        answer.other.execute(count, {"number": number})
        during = answer.status.result()

    assert (during, answer_count(client, answer.question)) == (503, 0)
    assert client.answer(answer.question, answer.key) == 201
    assert client.complaints() == []
