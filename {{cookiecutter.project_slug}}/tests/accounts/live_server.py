"""Registration on a server that tests reach over HTTP."""

from secrets import token_hex

from tests.servers import Server


def register_and_log_in(server: Server) -> dict[str, str]:
    """Register a new member, log in, and return the `Authorization` header for later requests."""
    name, password = token_hex(8), token_hex(16)
    credentials = {"email": f"{name}@example.com", "password": password}
    server.send("POST", "/api/v1/auth/register", {**credentials, "name": name})
    tokens = server.send("POST", "/api/v1/auth/login", credentials).json()
    return {"Authorization": f"Bearer {tokens['access_token']}"}
