"""Check with your own posts: a random sample, labelled one by one without seeing the machine's labels."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from desk.pages.analysis.gold import CHOICES
from ledger import gold as store, read, schema
from ledger.database.writing import writing
from ledger.gold import CLAIMED
from ledger.retention import forget
from nlp.evaluation.gold_set import parse_gold
from pipeline.context import Context
from pipeline.export import lines
from pipeline.proof import figures, labels, sampling
from pipeline.proof.measures import LEAST
from tests.support.desk_client import hidden, logged_in, people, sent
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC) - timedelta(minutes=5)
YES = {"actionable": "true", "topic": "noise", "intent": "complaint", "sentiment": "negative"}
NO = {"actionable": "false", "topic": "other", "intent": "news", "sentiment": "neutral"}


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 60, NOW)
    people(context)
    yield context
    context.ledger.close()


@pytest.fixture
def ana(context: Context) -> TestClient:
    return logged_in(context, "ana")


@pytest.fixture
def ben(context: Context) -> TestClient:
    return logged_in(context, "ben")


def begun(client: TestClient, size: int = 10) -> str:
    """Draw a sample and begin; return the page of the first post."""
    sent(client, "/gold", "/gold/draw", size=str(size))
    return sent(client, "/gold?overview=1", "/gold/next")


def post_of(page: str) -> str:
    return str(re.findall(r'name="post" value="([^"]+)"', page)[0])


def answered(client: TestClient, page: str, **answers: str) -> str:
    """Send the form of this page."""
    given = client.post("/gold/answer", data={**hidden(page, "/gold/answer"), **answers})
    assert given.status_code == 200, given.text
    return given.text


def test_a_sample_is_labelled_to_its_end(context: Context, ana: TestClient) -> None:
    page = begun(ana, 3)
    seen = [post_of(page)]
    page = answered(ana, page, **YES)
    assert "1 of 3 posts done" in page
    seen.append(post_of(page))
    page = answered(ana, page, skip="1")
    seen.append(post_of(page))
    page = answered(ana, page, **NO)
    assert "Every post of the sample is done." in page
    sample = read.gold_sample(context.ledger)
    assert sample is not None
    assert (tuple(seen), sample.who, sample.population) == (sample.post_ids, "ana", 60)
    assert [row["actionable"] for row in labels.rows(context.ledger)] == [True, False]
    done = [(one.who, one.what, one.why) for one in read.audit_lines(context.ledger) if one.what.startswith("gold")]
    assert done[0] == ("ana", "gold_drawn", f"3 of 60, seed {sample.seed}")
    assert done[1][2] == "actionable: True, topic: noise, intent: complaint, sentiment: negative"
    assert done[2] == ("ana", "gold_labelled", "skipped")


def test_the_same_seed_draws_the_same_posts_and_more_of_them_are_the_next_ones(context: Context) -> None:
    sampling.draw(context, 10, "ana", seed="abcd")
    first = read.gold_sample(context.ledger)
    assert first is not None
    ids = store.population(context.ledger, "example" if first.of == "example" else first.of, first.until)  # type: ignore[arg-type]
    by_hand = sorted(ids, key=lambda one: sampling.rank("abcd", one))
    assert list(first.post_ids) == by_hand[:10]
    assert sampling.extend(context, 20, "ana") == 20
    extended = read.gold_sample(context.ledger)
    assert extended is not None
    assert list(extended.post_ids) == by_hand[:30]


def test_the_labels_of_the_machine_are_on_no_page_before_the_answer(context: Context, ana: TestClient) -> None:
    """Two posts with other labels of the machine have the same page, but for their text."""
    page = begun(ana)
    post = read.post_record(context.ledger, post_of(page))
    assert post is not None
    assert post.topic
    main = page.split("<main")[1]
    assert " checked" not in main
    without_options = re.sub(r'<label class="option".*?</label>', "", main, flags=re.DOTALL)
    without_text = without_options.replace(post.text, "")
    for hint in ("labels", post.topic, "percent", post.reason or "reason", "score"):
        assert f'"{hint}"' not in without_text
    assert "Waste and cleaning" not in without_text
    assert f"/posts/{post.post_id}" not in main  # its page shows them


def test_two_people_never_get_the_same_post_by_chance(context: Context, ana: TestClient, ben: TestClient) -> None:
    one = begun(ana, 4)
    two = sent(ben, "/gold", "/gold/next")
    got = {post_of(one), post_of(two)}
    one, two = answered(ana, one, **YES), answered(ben, two, **NO)
    got |= {post_of(one), post_of(two)}
    assert len(got) == 4
    assert answered(ana, one, **YES).count("Every post of the sample is done.") == 0  # one is before ben's eyes
    assert "Every post of the sample is done." in answered(ben, two, **NO)


def test_a_post_that_somebody_left_open_is_handed_out_again_after_a_while(context: Context, ana: TestClient) -> None:
    left = post_of(begun(ana, 1))
    assert sampling.claim(context, "ben") is None
    assert store.claim(context.ledger, "ben", second=False, now=datetime.now(UTC) + CLAIMED + timedelta(seconds=1)) == left


def test_a_second_opinion_gives_the_agreement_and_makes_a_difference_the_border(context: Context, ana: TestClient, ben: TestClient) -> None:
    page = begun(ana, 2)
    page = answered(ana, page, **YES, places="")
    answered(ana, page, **NO)
    assert "Give second opinions" not in ana.get("/gold?overview=1").text  # not for one's own posts
    second = sent(ben, "/gold?overview=1", "/gold/next", second="1")
    assert "A second opinion" in second
    second = answered(ben, second, **(YES | {"topic": "safety_police"}))
    answered(ben, second, **NO)
    rows = labels.rows(context.ledger)
    assert [(row["topic"], row["actionable"]) for row in rows] == [("border", True), ("other", False)]
    found = {one.question: one for one in labels.agreement(read.gold_labels(context.ledger, 1))}
    assert {name: (one.posts, one.same) for name, one in found.items()} == {
        "actionable": (2, 2),
        "topic": (2, 1),
        "intent": (2, 2),
        "sentiment": (2, 2),
    }
    assert (found["topic"].kappa, found["actionable"].kappa) == pytest.approx((1 / 3, 1.0))
    assert "How far two people agree" in ben.get("/gold?overview=1").text
    assert sampling.claim(context, "ana", second=True) is None  # not for one's own posts
    assert sampling.claim(context, "eva", second=True) is None  # and there is no third


def test_the_last_answers_can_be_taken_back_by_who_gave_them(context: Context, ana: TestClient, ben: TestClient) -> None:
    page = begun(ana)
    first = post_of(page)
    answered(ana, page, **YES)
    again = sent(ana, "/gold", "/gold/undo")
    assert post_of(again) == first
    assert read.gold_labels(context.ledger, 1) == []
    refused = ben.post("/gold/undo", data=hidden(ben.get("/gold").text, "/gold/next"))
    assert "You have labelled no post of this sample" in refused.text
    answered(ana, again, **NO)
    [label] = read.gold_labels(context.ledger, 1)
    assert (label.answers["actionable"], label.who) == (False, "ana")
    assert [one.what for one in read.audit_lines(context.ledger, subject=first)] == ["gold_labelled", "gold_undone", "gold_labelled"]


def test_a_form_sent_twice_is_one_answer_and_no_machine_changes_it(context: Context, ana: TestClient) -> None:
    page = begun(ana)
    answered(ana, page, **YES)
    answered(ana, page, **NO)
    [label] = read.gold_labels(context.ledger, 1)
    assert label.answers["actionable"] is True


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (YES | {"topic": ""}, "A question has no answer: answer all four, or skip the post."),
        (YES | {"intent": "<b>"}, "A question has no answer"),
        (YES | {"places": "Calle Inventada"}, "“Calle Inventada” is not in the text"),
    ],
)
def test_a_wrong_answer_is_said_and_keeps_what_was_chosen(context: Context, ana: TestClient, given: dict[str, str], words: str) -> None:
    page = begun(ana)
    answer = ana.post("/gold/answer", data={**hidden(page, "/gold/answer"), **given})
    assert answer.status_code in (400, 409, 422)
    assert words in answer.text.replace("&#39;", "'")
    assert 'value="negative" required checked' in answer.text
    assert read.gold_labels(context.ledger, 1) == []


@pytest.mark.parametrize(("size", "words"), [("0", "from 1 to 2000"), ("x", "from 1 to 2000"), ("9999", "from 1 to 2000")])
def test_a_size_that_makes_no_sense_is_refused(ana: TestClient, size: str, words: str) -> None:
    answer = ana.post("/gold/draw", data={**hidden(ana.get("/gold").text, "/gold/draw"), "size": size})
    assert f"A sample has {words} posts." in answer.text.replace("2,000", "2000")


def test_a_sample_with_posts_to_label_is_not_replaced(ana: TestClient) -> None:
    begun(ana)
    answer = ana.post("/gold/draw", data={**hidden(ana.get("/gold?overview=1").text, "/gold/draw"), "size": "5"})
    assert "The sample still has unlabelled posts" in answer.text


def test_an_erased_post_leaves_the_sample_and_its_answers(context: Context, ana: TestClient) -> None:
    page = begun(ana, 3)
    gone = post_of(page)
    page = answered(ana, page, **YES)

    assert forget.erase_post(context.ledger, gone, "erasure", NOW)
    sample = read.gold_sample(context.ledger)
    assert sample is not None
    assert gone not in sample.post_ids
    assert read.gold_labels(context.ledger, 1) == []
    [line] = [one for one in read.audit_lines(context.ledger, subject=gone) if one.what == "gold_labelled"]
    assert line.why == ""
    answer = ana.post("/gold/answer", data={**hidden(page, "/gold/answer"), **YES, "post": gone})
    assert "no longer in the sample" in answer.text


def test_a_post_erased_while_it_was_drawn_is_left_out(context: Context) -> None:
    first, second = store.population(context.ledger, "live", datetime.now(UTC))[:2]
    assert forget.erase_post(context.ledger, first, "erasure", NOW)
    store.draw(context.ledger, "abcd", "live", NOW, 60, [first, second], "ana", NOW)
    sample = read.gold_sample(context.ledger)
    assert sample is not None
    assert sample.post_ids == (second,)


def test_the_page_shows_what_is_proved_when_enough_posts_are_labelled(context: Context, ana: TestClient) -> None:
    sampling.draw(context, 40, "ana")
    sample = read.gold_sample(context.ledger)
    assert sample is not None
    for n, post_id in enumerate(sample.post_ids):
        if n == LEAST - 1:
            assert "1 more labelled post, and the page shows what they prove." in ana.get("/gold?overview=1").text
        answers = sampling.checked("", YES if n % 2 else NO, None)
        sampling.answer(context, sample.number, post_id, "ana" if n % 3 else "ben", answers)
    page = ana.get("/gold?overview=1").text
    assert "What it proves" in page
    found = figures.figures(context)
    assert found is not None
    assert (found.reach.actionable, found.reach.labelled) == (20, 40)
    assert f"{found.reach.reached} of 20 actionable posts" in page
    assert {one.question for one in found.scores} == {"sentiment", "intent", "topic", "actionable"}
    assert "escucha prove --out proof.pdf" in page
    spanish = ana.get("/gold?overview=1", headers={"accept-language": "es"}).text
    shown = {name for one in found.scores for name in one.figures} - {"macro-F1"}
    assert [name for name in sorted(shown) if f">{name}<" in spanish] == []


def test_the_file_is_read_by_prove(context: Context, ana: TestClient) -> None:
    page = begun(ana, 2)
    post = read.post_record(context.ledger, post_of(page))
    assert post is not None
    page = answered(ana, page, **YES, places=post.text[:6])
    answered(ana, page, **(NO | {"actionable": "border"}), no_place="1")
    answer = ana.get("/gold/gold.jsonl")
    assert 'filename="gold.jsonl"' in answer.headers["content-disposition"]
    first, second = parse_gold(answer.content, "gold.jsonl")
    assert first.right == YES | {"actionable": True, "places": [post.text[:6].strip()]}
    assert (second.border, second.right["places"]) == (frozenset({"actionable"}), [])
    assert json.loads(answer.text.splitlines()[0])["text"] == post.text
    assert ("ana", "export", "gold") in [(one.who, one.what, one.subject) for one in read.audit_lines(context.ledger)]


def test_a_labelled_letter_counts_on_the_desk_and_is_in_no_file(context: Context, ana: TestClient) -> None:
    page = begun(ana, 2)
    letter = post_of(page)
    with writing(context.ledger) as connection:
        connection.execute(schema.posts.update().where(schema.posts.c.post_id == letter).values(source="mailbox"))
    page = answered(ana, page, **YES, no_place="1")
    public = post_of(page)
    answered(ana, page, **NO, no_place="1")
    assert {row["id"] for row in labels.rows(context.ledger)} == {letter, public}
    for said in (ana.get("/gold/gold.jsonl").text, "".join(lines(context.ledger, "gold", "jsonl"))):
        assert [json.loads(one)["id"] for one in said.splitlines()] == [public]


def test_every_answer_has_a_key_of_its_own() -> None:
    keys = [one.key for some in CHOICES.values() for one in some] + ["s", "x"]
    assert len(keys) == len(set(keys)) == 34
    assert not {"j", "k", "/", "?"}.intersection(keys)


def test_two_reports_of_the_portal_are_no_sample(context: Context, ana: TestClient) -> None:
    """Once on a demonstration: the first reports left nothing else to draw from."""
    ids = store.population(context.ledger, "live", datetime.now(UTC))
    with writing(context.ledger) as connection:
        connection.execute(schema.posts.update().where(schema.posts.c.post_id.in_(ids[2:])).values(source="example-mastodon"))
    sent(ana, "/gold", "/gold/draw", size="40")
    sample = read.gold_sample(context.ledger)
    assert sample is not None
    assert (sample.of, sample.population, len(sample.post_ids)) == ("example", len(ids) - 2, 40)
