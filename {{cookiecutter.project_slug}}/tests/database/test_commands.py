"""The command `create-database`."""

from flask import Flask
from flask.testing import FlaskCliRunner

from service.extensions import db


def test_create_database_keeps_an_existing_database(
    app: Flask, runner: FlaskCliRunner, question_id: int
) -> None:
    result = runner.invoke(args=["create-database"])

    assert result.exit_code == 0, result.output
    with app.app_context():
        assert str(db.engine.url.database) in result.output
        assert db.session.scalar(db.text("SELECT id FROM question")) == question_id
