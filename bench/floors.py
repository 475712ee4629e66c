"""The floors of `serving`: what Flask alone answers, and the same SELECT without our service."""

import json
import os

from flask import Flask, Response
from sqlalchemy import column, create_engine, select, table


def bare() -> Flask:
    """Return an application that answers a constant."""
    app = Flask(__name__)

    @app.get("/")
    def constant() -> dict[str, str]:
        return {"status": "alive"}

    return app


def select_only() -> Flask:
    """Return an application that answers the newest questions by SQLAlchemy Core and `json`."""
    app = Flask(__name__)
    engine = create_engine(f"sqlite:///{os.environ['BENCH_DATABASE']}")
    names = ("id", "title", "body", "answer_count", "created_at", "updated_at")
    question = table("question", *(column(name) for name in names))
    order = (question.c.created_at.desc(), question.c.id.desc())

    @app.get("/")
    def newest() -> Response:
        with engine.connect() as connection:
            rows = connection.execute(select(question).order_by(*order).limit(21)).mappings()
            items = [dict(row) for row in rows.all()[:20]]
        return Response(json.dumps({"items": items, "next": "x"}), mimetype="application/json")

    return app
