"""The API responds as its OpenAPI document says, whatever a client sends (schemathesis)."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from flask_qa_template.options import questions
from tests.api_calls import create_access_token, post
from tests.conftest import Project
from tests.servers import run_development_server

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
# They revoke the session whose token the requests have.
ENDING_OPERATIONS = "logout|password"


def run_schemathesis(api: str, folder: Path, *options: str) -> str:
    """Send generated requests to the API; return the output if a response is not documented."""
    command = [sys.executable, "-m", "schemathesis.cli", "--no-color", "run"]
    command += [f"{api}/openapi.json", f"--checks={','.join(CHECKS)}", "--seed=1"]
    done = subprocess.run(
        [*command, "--max-examples=10", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.parametrize(
    "database",
    [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in questions()["database"]],
)
def test_every_response_is_documented(
    bake_once: Callable[..., Project], database: str, tmp_path: Path
) -> None:
    project = bake_once(database=database)
    project = replace(project, environment={**project.environment, "RATELIMIT_ENABLED": "0"})

    with run_development_server(project) as address:
        api = f"{address}/api/v1"
        token = create_access_token(api)
        for _ in range(3):
            question = post(f"{api}/questions", {"title": "Why?", "body": "Why?"}, token)
            post(f"{api}/questions/{question['id']}/answers", {"body": "So."}, token)
        anonymous = run_schemathesis(
            api, tmp_path, f"--include-operation-id-regex={ENDING_OPERATIONS}"
        )
        logged_in = run_schemathesis(
            api,
            tmp_path,
            f"--exclude-operation-id-regex={ENDING_OPERATIONS}",
            f"--header=Authorization: Bearer {token}",
        )

    assert (anonymous, logged_in) == ("", "")
