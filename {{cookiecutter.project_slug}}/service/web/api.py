"""The base of the JSON API: request bodies, schemas, errors, and the OpenAPI document."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import flask_smorest
from flask import Flask, Response, request
from flask import Request as FlaskRequest
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, fields
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from service.database.pagination import Page
from service.web.conditional_requests import add_etag
from service.web.errors import with_detail
from service.web.fields import IdConverter
from service.web.openapi import OperationPlugin, add_example

INVALID_JSON = _l("The request body is not valid JSON.")


class InvalidField(Schema):
    """An invalid field, located by `pointer` (JSON Pointer, RFC 6901) or by `parameter`."""

    pointer = fields.String(metadata={"examples": ["/title"]})
    parameter = fields.String(metadata={"examples": ["limit"]})
    detail = fields.String(required=True, metadata={"examples": ["This field is required."]})


class Problem(Schema):
    """The body of an error response (RFC 9457, "Problem Details for HTTP APIs")."""

    type = fields.String(required=True, metadata={"examples": ["about:blank"]})
    title = fields.String(required=True, metadata={"examples": ["Unprocessable Entity"]})
    status = fields.Integer(required=True, metadata={"examples": [422]})
    detail = fields.String(required=True, metadata={"examples": ["Some fields are invalid."]})
    instance = fields.String(required=True, metadata={"examples": ["urn:request:5f0c3a9e"]})
    # The cause, for programs, if the status alone does not tell it.
    code = fields.String(metadata={"examples": ["idempotency_key_reused"]})
    errors = fields.List(fields.Nested(InvalidField))


class Api(flask_smorest.Api):
    """The flask-smorest extension. `OperationPlugin` describes the errors of each operation."""

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None


class RequestParser(FlaskParser):
    """A webargs parser that accepts only JSON as a request body."""

    def load_json(self, req: FlaskRequest, _schema: Schema) -> Any:
        """Return the parsed body. Raises 415 for another content type, 400 for invalid JSON."""
        charset = req.mimetype_params.get("charset", "utf-8").lower()
        if not req.is_json or charset != "utf-8":
            raise UnsupportedMediaType
        try:
            return json.loads(req.get_data().decode())
        # About 100,000 nested brackets raise a RecursionError.
        except (ValueError, RecursionError) as error:
            raise with_detail(BadRequest(), INVALID_JSON) from error


class APIBlueprint(flask_smorest.Blueprint):
    """A blueprint of the API, whose views take and return JSON."""

    ARGUMENTS_PARSER = RequestParser()

    def representation(
        self, schema: type[Schema], status: HTTPStatus = HTTPStatus.OK
    ) -> Callable[..., Any]:
        """Return a decorator like `response`, for a view that returns one resource.

        The response has an ETag. With the status 201, the view also returns a `Location`.
        """
        names = ["ETag", "Location"] if status == HTTPStatus.CREATED else ["ETag"]
        respond = self.response(status, schema, headers={name: name for name in names})

        def decorator(view: Callable[..., Any]) -> Callable[..., Response]:
            responding_view = respond(view)

            @wraps(responding_view)
            def wrapped_view(*args: Any, **kwargs: Any) -> Response:
                return add_etag(responding_view(*args, **kwargs))

            return wrapped_view

        return decorator

    def page_response(self, schema: type[Schema]) -> Callable[..., Any]:
        """Return a decorator like `response`, for a view that returns a page of a list.

        The header `Link` has the URLs of other pages (RFC 8288). The view takes the loaded query
        parameters; their `page` is a `PageRequest`.
        """
        respond = self.response(HTTPStatus.OK, schema, headers={"Link": "Link"})

        def decorator(view: Callable[..., Page]) -> Callable[..., Any]:
            @wraps(view)
            def linked_view(query: Mapping[str, Any], **path: int) -> tuple[Page, dict[str, str]]:
                page = view(query, **path)
                return page, {"Link": link_header(page, query)}

            return respond(linked_view)

        return decorator


def link_header(page: Page, query: Mapping[str, Any]) -> str:
    """Return the links from the requested page of a list to others.

    They have the validated values of known parameters only: a proxy limits the size of a header.
    """
    values = {**query, "page": None, "limit": query["page"].limit}
    filters = {name: values[name] for name in request.args if values.get(name)}
    queries = {"first": filters}
    if page.previous:
        queries["prev"] = {**filters, "before": page.previous}
    if page.next:
        queries["next"] = {**filters, "after": page.next}
    path = request.script_root + request.path
    return ", ".join(
        f'<{path}?{urlencode(query)}>; rel="{relation}"'.replace("?>", ">")
        for relation, query in queries.items()
    )


class ResponseSchema(Schema):
    """The base class of schemas for responses; the document says that each field is present."""

    def on_bind_field(self, _field_name: str, field_obj: fields.Field[Any]) -> None:
        """Mark the field as required."""
        field_obj.required = True


class ModelSchema(ResponseSchema):
    """A schema of a model. It reads attributes only; marshmallow would first try `model[name]`."""

    # Mypy checks only the overload of `getattr` with two arguments; marshmallow passes a default.
    get_attribute = staticmethod(getattr)  # type: ignore[assignment]


class RequestBodySchema(Schema):
    """The base class of schemas for request bodies; an unknown field is an error."""

    error_messages = {
        "unknown": _l("Unknown field."),
        "type": _l("Send a JSON object."),
    }


api = Api()


def init_app(app: Flask) -> None:
    """Configure the API. Each package registers its own blueprints with `api`."""
    app.url_map.converters["id"] = IdConverter
    # Responses keep the order of the schema's fields.
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default JSON provider has it.
    app.config.from_mapping(
        API_TITLE=app.config["SITE_NAME"],
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": app.config["SITE_DESCRIPTION"]},
            "servers": [{"url": "/"}],
        },
    )
    api.init_app(app, spec_kwargs={"extra_plugins": [OperationPlugin(Problem)]})
    api.ma_plugin.converter.add_attribute_function(add_example)
    # Flask-smorest adds a schema for its own pagination, which this API does not use.
    api.spec.components.schemas.pop("PaginationMetadata", None)
