"""The figures that show a snowball, counted by hand."""

from tests.support.made_facts import post
from workshop.incidents.snowballs import figures


def test_a_case_of_two_threads_is_seen() -> None:
    facts = [
        post("a", thread="a", decision="in_case", case_key="C-1"),
        post("b", thread="a", decision="in_case", case_key="C-1"),
        post("c", thread="c", decision="in_case", case_key="C-1"),
        post("d", decision="in_case", case_key="C-2"),
        post("e", thread="a", decision="no_case", reason="thread: a debate, and reports nothing itself"),
        post("f", decision="in_review"),
    ]
    lines = dict(line.rsplit("  ", 1) for line in figures(facts, [0.04, 0.3]))
    found = {name.strip(): value for name, value in lines.items()}
    assert found["in 2 cases"] == "4"
    assert found["largest cases"] == "[3, 1]"
    assert found["threads joined to others"] == "1 in 1 cases; most [2, 1]"
    assert found["answers only read"] == "1"
    assert found["in review"] == "1"
    assert found["suggestions shown there"] == "2, of them below 10 %: 1"
