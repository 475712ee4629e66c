"""Profiles of members, voting, accepting answers, and editing and deleting posts."""

from flask import Flask

from service.accounts.deletion import member_deleted
from service.accounts.member_profile import member_renamed
from service.community import profiles
from service.community.api import bp
from service.community.authors import author_names, enqueue_new_name, index_new_name
from service.community.deleted_members import delete_posts, enqueue_jobs
from service.community.exported_posts import posts_and_votes
from service.jobs.registry import register_job
from service.web.api import api
from service.web.navigation import fill_slot


def init_app(app: Flask) -> None:
    """Register the profiles and the API, and what follows when a member changes."""
    app.register_blueprint(profiles.bp)
    api.register_blueprint(bp)
    app.extensions["post_texts"].append(author_names)
    app.extensions["data_sources"].append(posts_and_votes)
    register_job(app, index_new_name)
    register_job(app, delete_posts)
    member_renamed.connect(enqueue_new_name)
    member_deleted.connect(enqueue_jobs)
    fill_slot(app, "author", "author_link.html")
