"""The forms for editing a post."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from service.board.models import Answer, Question
from service.board.posts import submission_fingerprint
from service.forms.post_forms import AnswerForm, PostForm, QuestionForm
from service.web.languages import N_

CHANGED_MEANWHILE = _l(
    "This post has been changed in the meantime, and your text is not saved yet. "
    "If you save it, it replaces the current text."
)


class EditForm(PostForm):
    """The fields that the forms for editing share.

    There is no idempotency key, because saving the same text twice is harmless.
    """

    idempotency_key = None
    # A hash of the text that the member began to edit.
    version = HiddenField()
    submit_label = N_("Save")

    def version_of(self, post: Question | Answer) -> str:
        """Return a hash of the text of a post that this form shows."""
        return submission_fingerprint({name: getattr(post, name) for name in self.values()})

    def check_version(self, post: Question | Answer) -> bool:
        """Return whether the post, which must be locked, still has the text of this version.

        If it does not, the form gets an error, and the version that its next submission replaces.
        """
        is_current = self.version.data in {None, "", self.version_of(post)}
        if not is_current:
            self.version.data = self.version_of(post)
            self.version.errors = [CHANGED_MEANWHILE]
        return is_current


class EditQuestionForm(EditForm, QuestionForm):
    """The form for editing a question."""


class EditAnswerForm(EditForm, AnswerForm):
    """The form for editing an answer."""
