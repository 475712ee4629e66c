"""Pages for members: accounts, sessions, editing, voting and accepting."""

from flask import Flask
from werkzeug.exceptions import Unauthorized

from service.accounts.mailed_tokens import Purpose
from service.accounts.mails import DATA_EXPORT_PAGE, FORGOT_PASSWORD_PAGE
from service.accounts.principal import current_member_or_none, must_confirm_email
from service.community import policy
from service.forms.unsaved import keep_unsaved_text
from service.members import (
    account_pages,
    auth_cookies,
    deletion_pages,
    export_pages,
    post_pages,
    token_pages,
)
from service.members.login_responses import redirect_to_login
from service.members.member_votes import votes_of
from service.members.next_url import next_param, question_page, referring_page
from service.members.stale_forms import handle_stale_form
from service.web.navigation import fill_slot


def init_app(app: Flask) -> None:
    """Register the pages and cookies of members, and fill slots of other pages.

    Must be called before `forms.init_app`, which registers the CSRF check: a request that fails
    this check gets an error page with the member's name, so the member must be loaded first.
    """
    app.before_request(auth_cookies.load_member)
    app.before_request(handle_stale_form)
    app.after_request(auth_cookies.write_auth_cookies)
    app.register_blueprint(account_pages.bp)
    app.register_blueprint(deletion_pages.bp)
    app.register_blueprint(export_pages.bp)
    app.register_blueprint(post_pages.bp)
    app.register_blueprint(token_pages.bp)
    app.extensions["mail_pages"].update(
        {
            DATA_EXPORT_PAGE: "member_export.show_export",
            FORGOT_PASSWORD_PAGE: "member_tokens.forgot_password",
            Purpose.EMAIL_CONFIRMATION: "member_tokens.confirm_email",
            Purpose.INVITATION: "member_tokens.accept_invitation",
            Purpose.PASSWORD_RESET: "member_tokens.use_reset_token",
        }
    )
    app.register_error_handler(Unauthorized, redirect_to_login)
    app.jinja_env.globals.update(
        current_member_or_none=current_member_or_none,
        must_confirm_email=must_confirm_email,
        next_param=next_param,
        policy=policy,
        question_page=question_page,
        referring_page=referring_page,
        votes_of=votes_of,
    )
    fill_slot(app, "messages", "confirm_email.html")
    fill_slot(app, "navbar_end", "account_links.html")
    fill_slot(app, "error_actions", "login_required.html")
    fill_slot(app, "post_votes", "vote_buttons.html")
    fill_slot(app, "post_footer", "post_actions.html")
    fill_slot(app, "after_answers", "answer_or_login.html")
    keep_unsaved_text(app, "member_posts.edit")
