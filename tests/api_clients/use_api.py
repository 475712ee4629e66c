"""Use a running service with the package `generated`, which openapi-python-client has written."""

import sys

from generated.api.auth_api import login, register
from generated.api.community import update_question
from generated.api.questions import create_answer, create_question, list_questions
from generated.client import AuthenticatedClient, Client
from generated.models.answer import Answer
from generated.models.answer_body import AnswerBody
from generated.models.login_body import LoginBody
from generated.models.member import Member
from generated.models.problem import Problem
from generated.models.question import Question
from generated.models.question_body import QuestionBody
from generated.models.question_body_partial import QuestionBodyPartial
from generated.models.question_page import QuestionPage
from generated.models.register_body import RegisterBody
from generated.models.tokens import Tokens

address = sys.argv[1]
email, password = "python@example.com", "a long walk by the sea"

visitor = Client(address)
member = register.sync(client=visitor, body=RegisterBody(email, "Python", password))
assert isinstance(member, Member)
tokens = login.sync(client=visitor, body=LoginBody(email, password))
assert isinstance(tokens, Tokens)

client = AuthenticatedClient(address, tokens.access_token)
body = QuestionBody(title="Is this typed?", body="It should be.")
question = create_question.sync(client=client, body=body)
assert isinstance(question, Question)
answer = create_answer.sync(question.id, client=client, body=AnswerBody("It is."))
assert isinstance(answer, Answer)
assert (answer.question_id, answer.author.name) == (question.id, "Python")

page = list_questions.sync(client=visitor, limit=1)
assert isinstance(page, QuestionPage)
assert [item.title for item in page.items] == ["Is this typed?"]

problem = update_question.sync(
    question.id,
    client=client,
    body=QuestionBodyPartial(title="Is it still typed?"),
    if_match='"an old version"',
)
assert isinstance(problem, Problem)
assert problem.status == 412
