"""Requests to the JSON API of a running service."""

import json
import urllib.request
from typing import Any

PASSWORD = "a long walk by the sea"  # noqa: S105 - The password of the only member.


def post(url: str, body: dict[str, str], token: str = "") -> Any:
    """Send a JSON object; return that of the response."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    if not token:
        del headers["Authorization"]
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def create_access_token(api: str) -> str:
    """Register a member and log in; return the access token."""
    credentials = {"email": "kim@example.com", "password": PASSWORD}
    post(f"{api}/auth/register", {**credentials, "name": "Kim"})
    token: str = post(f"{api}/auth/login", credentials)["access_token"]
    return token
