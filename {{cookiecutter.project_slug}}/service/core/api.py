"""The JSON API: how its requests are read, and the pages that describe it."""

import json
from typing import Any

import flask_smorest
from flask import Blueprint, Flask, render_template
from flask import Request as FlaskRequest
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from service.core.ids import LARGEST_ID, IdConverter
from service.extensions import api

docs = Blueprint("docs", __name__)
api.register_converter(
    IdConverter, lambda _converter: {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
)


def init_app(app: Flask) -> None:
    """Add the description of the API; each package adds its own blueprints to it."""
    app.url_map.converters["id"] = IdConverter
    # A document shows its fields as the schema does, and nothing needs to be sorted.
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Of Flask's own provider.
    app.config.from_mapping(
        API_TITLE=app.config["SITE_NAME"],
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api.ERROR_SCHEMA = Problem
    # While the API starts it describes the errors, later what its views answer.
    api.DEFAULT_RESPONSE_CONTENT_TYPE = "application/problem+json"
    api.init_app(app)
    api.DEFAULT_RESPONSE_CONTENT_TYPE = "application/json"
    # Of the library's own paging, which nothing here uses.
    api.spec.components.schemas.pop("PaginationMetadata", None)
    app.register_blueprint(docs)


class WrongField(Schema):
    """One thing that is wrong: where in the body, or in which parameter, and what."""

    pointer = fields.String()
    parameter = fields.String()
    detail = fields.String()


class Problem(Schema):
    """An error, as RFC 9457 has it."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    instance = fields.String()
    errors = fields.List(fields.Nested(WrongField))


@docs.get("/api/v1/docs")
def show_docs() -> str:
    """Show the OpenAPI document to a person, without a script."""
    return render_template("docs.html", spec=api.spec.to_dict())


class RequestParser(FlaskParser):
    """Reads a request body as JSON and as nothing else."""

    def load_json(self, req: FlaskRequest, _schema: Schema) -> Any:
        """Return the document; raise 415 for another type, 400 for what is not JSON in UTF-8."""
        charset = req.mimetype_params.get("charset", "utf-8").lower()
        if not req.is_json or charset != "utf-8":
            raise UnsupportedMediaType
        try:
            return json.loads(req.get_data().decode())
        # A RecursionError is what some 100,000 opening brackets end in.
        except (ValueError, RecursionError) as error:
            raise BadRequest from error


class APIBlueprint(flask_smorest.Blueprint):
    """A part of the API."""

    ARGUMENTS_PARSER = RequestParser()


class RowSchema(Schema):
    """What the API shows of a row."""

    def _serialize(self, obj: Any, *, many: bool = False) -> Any:
        """Return the row, or the rows, as the fields write them.

        Every row has every attribute. The library cannot know that, and looks for a value and for
        a default by a way that takes as long as the database.
        """
        if many:
            return [self._serialize(row) for row in obj]
        return {
            field.data_key or name: field._serialize(
                getattr(obj, field.attribute or name), name, obj
            )
            for name, field in self.dump_fields.items()
        }


class StrictSchema(Schema):
    """A body with the fields we know and no others."""

    error_messages = {
        "unknown": _l("There is no such field."),
        "type": _l("Send a JSON object."),
    }
