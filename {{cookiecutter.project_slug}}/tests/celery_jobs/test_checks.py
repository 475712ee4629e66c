"""`doctor` reports a broker that does not respond."""

from collections.abc import Callable

import pytest
from flask import Config, Flask

from service.celery_jobs.checks import check_broker
from tests.celery_jobs.conftest import Jobs
from tests.servers import free_port


@pytest.mark.slow
def test_broker_that_responds_is_no_problem(jobs: Jobs) -> None:
    with jobs.app.app_context():
        assert list(check_broker(Config(""))) == []


def test_broker_that_does_not_respond_is_a_problem(make_app: Callable[..., Flask]) -> None:
    url = f"redis://:hunter2@127.0.0.1:{free_port()}"
    with make_app(CELERY_BROKER_URL=url).app_context():
        [problem] = check_broker(Config(""))

    assert problem.startswith("CELERY_BROKER_URL: ConnectionError. Check the server")
