"""The commands."""

from flask import Flask
from flask.testing import FlaskCliRunner

from service.extensions import db


def test_create_database_leaves_one_that_is_there_as_it_is(
    app: Flask, runner: FlaskCliRunner
) -> None:
    result = runner.invoke(args=["create-database"])

    assert result.exit_code == 0, result.output
    with app.app_context():
        assert result.output == f"The database {db.engine.url.database} is there.\n"
