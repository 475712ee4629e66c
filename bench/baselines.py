"""Applications with which `serving`, `accounts` and `production` compare the service."""

import json
import os
from pathlib import Path

from flask import Flask, Response
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, select, text


def bare() -> Flask:
    """Return an application that responds with a constant."""
    app = Flask(__name__)

    @app.get("/")
    def constant() -> dict[str, str]:
        return {"status": "alive"}

    return app


def select_only() -> Flask:
    """Return an application that lists the newest questions with SQLAlchemy Core and `json`.

    Gunicorn runs it in the folder of a project, and it reads the database `BENCH_DATABASE`.
    """
    from service.accounts.models import Member  # noqa: PLC0415 - Other baselines have no project.
    from service.board.models import Question  # noqa: PLC0415 - As above.

    app = Flask(__name__)
    engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}")
    columns = (
        *(Question.id, Question.title, Question.body, Question.score, Question.answer_count),
        *(
            Question.accepted_answer_id.label("accepted_answer_id"),
            Question.created_at,
            Question.updated_at,
        ),
        *(Member.id.label("author_id"), Member.name.label("author_name")),
    )
    newest_first = (Question.created_at.desc(), Question.id.desc())
    query = select(*columns).join(Member, Question.author_id == Member.id).order_by(*newest_first)

    @app.get("/")
    def newest() -> Response:
        with engine.connect() as connection:
            rows = connection.execute(query.limit(21)).mappings().all()[:20]
        content = {"items": [dict(row) for row in rows], "next": "x"}
        return Response(json.dumps(content, default=str), mimetype="application/json")

    return app


def bare_with_database() -> Flask:
    """Return an application with Flask-SQLAlchemy that queries its database."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{Path.cwd()}/instance/board.db"
    database = SQLAlchemy(app)

    @app.get("/")
    def count() -> str:
        statement = text("SELECT count(*) FROM question")
        return str(database.session.scalar(statement))

    return app


def without_headers_and_limits() -> Flask:
    """Return the service without security headers and rate limits."""
    from service import create_app  # noqa: PLC0415 - As above.
    from service.web.headers import add_security_headers  # noqa: PLC0415 - As above.

    app: Flask = create_app({"RATELIMIT_ENABLED": "0"})
    app.after_request_funcs[None].remove(add_security_headers)
    return app
