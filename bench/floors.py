"""The floors of `serving`: what Flask alone answers, and the same SELECT without our service."""

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from flask import Flask, Response
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, select, text


def bare() -> Flask:
    """Return an application that answers a constant."""
    app = Flask(__name__)

    @app.get("/")
    def constant() -> dict[str, str]:
        return {"status": "alive"}

    return app


def select_only() -> Flask:
    """Return an application that answers the newest questions by SQLAlchemy Core and `json`.

    It runs in the folder of the project, whose table it reads.
    """
    from service.board.models import Question  # noqa: PLC0415 - `bare` has no project.
    from service.core.listings import kind_of_rows  # noqa: PLC0415 - As above.

    app = Flask(__name__)
    engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}")
    names = [field.name for field in fields(kind_of_rows(Question))]
    shown = [getattr(Question, name).label(name) for name in names]
    newest_first = (Question.created_at.desc(), Question.id.desc())

    @app.get("/")
    def newest() -> Response:
        with engine.connect() as connection:
            rows = connection.execute(select(*shown).order_by(*newest_first).limit(21))
            items = [dict(row) for row in rows.mappings().all()[:20]]
        return Response(
            json.dumps({"items": items, "next": "x"}, default=in_words), mimetype="application/json"
        )

    return app


def bare_with_database() -> Flask:
    """Return an application of Flask and Flask-SQLAlchemy, which asks its database."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{Path.cwd()}/instance/board.db"
    database = SQLAlchemy(app)

    @app.get("/")
    def count() -> str:
        statement = text("SELECT count(*) FROM question")
        return str(database.session.scalar(statement))

    return app


def safe() -> Flask:
    """Return the service, which counts as ever, up to what no load reaches."""
    from service import create_app  # noqa: PLC0415 - As above.
    from service.board.rules import SEARCHING  # noqa: PLC0415 - As above.

    object.__setattr__(SEARCHING, "per_minute", 10**9)
    app: Flask = create_app()
    return app


def unsafe() -> Flask:
    """Return the service without the headers and the limits."""
    from service import create_app  # noqa: PLC0415 - As above.
    from service.core.headers import SecurityHeaders  # noqa: PLC0415 - As above.

    app: Flask = create_app({"RATELIMIT_ENABLED": "0"})
    assert isinstance(app.wsgi_app, SecurityHeaders)
    app.wsgi_app = app.wsgi_app.application  # type: ignore[method-assign]
    return app


def in_words(moment: Any) -> str:
    """Return a time as JSON has it."""
    return str(moment.isoformat())
