"""Forms that are submitted twice, as after a double click, and end like the first time."""

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import exists, select

from service.accounts import authentication, registration
from service.accounts.authentication import (
    DuplicateFieldError,
    InvalidCredentialsError,
    InvalidFieldError,
)
from service.accounts.deletion import Posts, delete_own_account
from service.accounts.models import Member, Session
from service.accounts.sessions import Principal, find_principal
from service.database.columns import now
from service.extensions import db
from service.members.account_forms import DeletionForm, PasswordForm
from service.web.clients import client_network


def register_or_log_in(email: str, name: str, password: str, token: str | None = None) -> int:
    """Create an account, with the token of an invitation if there is one; return the member's id.

    If the same form has already created the account, as after a double click, return its id
    instead. This counts as a login. Raises `InvalidFieldError`, and `TooManyAttemptsError` during a
    lockout.
    """
    try:
        return registration.register(email, name, password, now(), token).id
    except DuplicateFieldError as error:
        is_resubmission = exists().where(Member.email == email, Member.name == name)
        if not db.session.scalar(select(is_resubmission)):
            raise
        try:
            return authentication.authenticate(email, password, client_network(), now())
        except InvalidCredentialsError:
            raise error from None


def change_password_once(member: Principal, form: PasswordForm) -> None:
    """Change the password, unless the same form has just changed it, as after a double click.

    Raises the exceptions of `authentication.change_password`.
    """
    current, new, network = form.current_password.data, form.new_password.data, client_network()
    try:
        authentication.change_password(member, current, new, network, now())
    except (InvalidFieldError, InvalidCredentialsError) as error:
        if find_principal(member.id, member.session_id, now()):
            raise
        # The session was valid when this request began, so the password has just been changed.
        try:
            authentication.authenticate(member.email, new, network, now())
        except InvalidCredentialsError:
            raise error from None


def delete_account_once(member: Principal, form: DeletionForm) -> None:
    """Delete the account, unless the same form has just deleted it, as after a double click.

    Raises the exceptions of `deletion.delete_own_account`.
    """
    posts, network = Posts(form.posts.data), client_network()
    try:
        delete_own_account(member, form.password.data, posts, network, now())
    except InvalidFieldError:
        if not is_deleted(member.id):
            raise


def create_deletion_token(member_id: int) -> str:
    """Return a signed token for the form that deletes an account."""
    return _serializer("deletion token").dumps(member_id)


def has_deleted_account() -> bool:
    """Return whether the submitted form has already deleted the account."""
    try:
        member_id = _serializer("deletion token").loads(request.form.get("deletion_token", ""))
    except BadSignature:
        return False
    return is_deleted(member_id)


def is_deleted(member_id: int) -> bool:
    """Return whether the account of a member has been deleted."""
    deleted_at = db.session.scalar(select(Member.deleted_at).where(Member.id == member_id))
    return deleted_at is not None


def has_session(member_id: int, session_id: str) -> bool:
    """Return whether the session belongs to the member. It may have ended."""
    is_own = exists().where(Session.id == session_id, Session.member_id == member_id)
    # Databases reject some characters that cannot be printed, such as NUL.
    return session_id.isprintable() and bool(db.session.scalar(select(is_own)))


def create_post_token(question_id: int, answer_id: int | None) -> str:
    """Return a signed token for a form, which shows later that the post existed."""
    return _serializer("post token").dumps([question_id, answer_id])


def has_post_token(question_id: int, answer_id: int | None) -> bool:
    """Return whether the submitted form contains the token of this post."""
    try:
        post = _serializer("post token").loads(request.form.get("post_token", ""))
    except BadSignature:
        return False
    return bool(post == [question_id, answer_id])


def _serializer(salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["WTF_CSRF_SECRET_KEY"], salt=salt)
