"""What a search means."""

import pytest

from service.search.query import parse_query


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        pytest.param("flask", [["flask*"]], id="the last word is a prefix"),
        pytest.param("flask sess", [["flask"], ["sess*"]], id="the other words are whole"),
        pytest.param('"flask session"', [["flask", "session"]], id="phrase"),
        pytest.param("“flask session” x", [["flask", "session"], ["x*"]], id="curly quotes"),
        pytest.param('"flask session', [["flask", "session"]], id="missing quote"),
        pytest.param('a"b c"d', [["a"], ["b", "c"], ["d*"]], id="quotes within words"),
        pytest.param("e-mail", [["e", "mail*"]], id="a word of several parts is a phrase"),
        pytest.param("데이터", [["데이", "이터"]], id="bigrams"),
        pytest.param("앱", [["앱*"]], id="a single CJK character is a prefix"),
        pytest.param("서버 앱 오류", [["서버"], ["앱*"], ["오류"]], id="anywhere in the search"),
        pytest.param("Flask로", [["flask", "로*"]], id="Latin word with a particle"),
        pytest.param("로그in", [["로그", "그", "in*"]], id="CJK word before a Latin one"),
        pytest.param("-flask OR NOT +x*", [["flask"], ["or"], ["not"], ["x*"]], id="no operators"),
        pytest.param('"" * % "', [], id="no word"),
    ],
)
def test_query_is_parsed(query: str, terms: list[list[str]]) -> None:
    assert [term.tokens() for term in parse_query(query)] == terms
