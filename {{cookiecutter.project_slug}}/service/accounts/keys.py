"""The secrets of accounts, as the settings give them: what signs tokens, what hashes passwords."""

from flask import Flask, current_app

from service.accounts.passwords import PasswordHashing
from service.accounts.tokens import KeyRing

# About a quarter of a second (OWASP Password Storage Cheat Sheet asks for 10 or more).
COST = 12
LOWEST_COST = 4


def init_app(app: Flask) -> None:
    """Make the key ring and the hashing, with a cost that lets tests be quick."""
    app.config.setdefault("PASSWORD_COST", LOWEST_COST if app.testing else COST)
    app.extensions["key_ring"] = KeyRing(app.config["JWT_KEYS"])
    app.extensions["password_hashing"] = PasswordHashing(
        app.config["PASSWORD_PEPPER"], app.config["PASSWORD_COST"]
    )


def key_ring() -> KeyRing:
    """Return the keys of the access tokens."""
    ring: KeyRing = current_app.extensions["key_ring"]
    return ring


def password_hashing() -> PasswordHashing:
    """Return how passwords are hashed here."""
    hashing: PasswordHashing = current_app.extensions["password_hashing"]
    return hashing
