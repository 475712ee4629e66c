"""Members of a service that runs elsewhere, and is reached over HTTP alone."""

from secrets import token_hex

from tests.servers import Server


def permission_of_new_member(server: Server) -> dict[str, str]:
    """Register somebody, log them in, and return the headers that they then send."""
    name, password = token_hex(8), token_hex(16)
    email = f"{name}@example.com"
    person = {"email": email, "name": name, "password": password}
    server.send("POST", "/api/v1/auth/register", person)
    login = {"email": email, "password": password}
    tokens = server.send("POST", "/api/v1/auth/login", login).json()
    return {"Authorization": f"Bearer {tokens['access_token']}"}
