"""`escucha subject`: access, erasure and objection, each with a receipt, audited, and nothing of anybody else in it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from core.config.settings import Settings
from core.errors import ConfigurationError
from core.privacy.pseudonyms import pseudonym
from core.records.outbox import MAIL, Due
from ledger import read, schema
from ledger.database.writing import writing
from ledger.outbox import claims, planning
from ledger.retention.objections import objected_at
from pipeline.context import Context, now, open_context, worker
from pipeline.privacy import data_subject as subject
from pipeline.privacy.authors import author_of
from pipeline.proof import sampling
from tests.support.deployment import environment, escucha, write_profile
from tests.support.seeded import SALT, open_seeded

ANA = "archive:author-1"
"""Of `tests.seeded`: posts 1, 8, 15 ..."""
HERS = pseudonym(SALT, "archive", "author-1")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return open_seeded(tmp_path, 30, now())


def audited(context: Context, subject: str = HERS) -> list[tuple[str, str]]:
    return [(line.what, line.why) for line in read.audit(context.ledger, subject=subject)]


def test_access_tells_all_that_is_kept_and_nothing_of_others(context: Context) -> None:
    told = subject.show(context, ANA)
    posts = told["posts"]
    assert isinstance(posts, list)
    assert [post["text"].rsplit("(", 1)[1] for post in posts] == ["1)", "8)", "15)", "22)", "29)"]
    one = posts[0]
    assert one["labels"]["topic"] == "street_lighting"
    assert one["kept_until"] > one["created_at"]
    assert "original" not in one
    assert told["cases"]
    assert {post["case"] for post in posts} - {None} == set(told["cases"])
    assert (told["retention_days"], told["objects_since"]) == (context.city.retention.days, None)
    assert told["legal_basis"] == "Article 6(1)(e) of the GDPR: a task carried out in the public interest"
    everything = json.dumps(told)
    assert "native-1" not in everything
    assert pseudonym(SALT, "archive", "author-2") not in everything
    assert [what for what, _ in audited(context)] == ["subject_show"]


def test_access_tells_the_reach_and_what_staff_answered_in_the_own_check(context: Context) -> None:
    (post_id,) = [post["post_id"] for post in subject.show(context, ANA)["posts"]][:1]
    with writing(context.ledger) as connection:
        mine = schema.posts.c.post_id == post_id
        connection.execute(update(schema.posts).where(mine).values(followers_band="1k_10k"))
    sampling.draw(context, 30, "eva", seed="a")
    sample = read.gold_sample(context.ledger)
    assert sample is not None
    sampling.answer(context, sample.number, post_id, "eva", {"actionable": True})
    one, other = subject.show(context, ANA)["posts"][:2]
    assert one["reach"]["followers_band"] == "1k_10k"
    assert [check["answers"] for check in one["checks"]] == [{"actionable": True}]
    assert other["checks"] == []
    assert '"eva"' not in json.dumps(one)
    subject.erase(context, ANA)
    assert read.gold_answers_of(context.ledger, post_id) == []
    assert [line.why for line in read.audit(context.ledger, subject=post_id) if line.what == "gold_labelled"] == [""]


def test_originals_are_decrypted_only_when_asked_for_and_each_is_audited(context: Context) -> None:
    posts = subject.show(context, ANA, originals=True)["posts"]
    assert posts[0]["original"] == {"id": "native-1", "link": "https://red.example/1"}
    assert audited(context, posts[0]["post_id"]) == [("open_original", "access by the person")]


def test_the_receipt_of_an_erasure_names_the_places_outside_even_after_a_kill(context: Context) -> None:
    case = subject.show(context, ANA)["cases"][0]
    with writing(context.ledger) as connection:
        row = {"case_key": case, "system": "rt", "kind": "open", "note_key": "n", "state": "sent", "reference": "61"}
        connection.execute(schema.deliveries.insert(), row | {"attempt": 1, "made_at": now(), "changed_at": now()})
    planning.plan(context.ledger, "report", [Due(subject="2026-W47 weekly.es", receiver="b@example.org", channel=MAIL)], now())
    mail = claims.claim(context.ledger, "report", worker(), now(), timedelta(minutes=1))
    assert mail is not None
    claims.settle(context.ledger, mail, worker(), "sent", "", now())
    receipt = subject.erase(context, ANA)
    assert receipt["posts_erased"] == 5
    outside = receipt["outside"]
    assert outside["tickets"] == [{"system": "rt", "case_key": case, "reference": "61"}]
    assert outside["mailed_reports_that_may_quote"] == [{"report": "weekly.es", "interval": "2026-W47", "mails": 1}]
    everything = json.dumps(receipt)
    assert HERS not in everything
    assert "boss@" not in everything
    assert "Farola" not in everything
    done, begun, _ = audited(context)
    assert (done[0], begun[0]) == ("subject_erase", "subject_erase_begun")
    assert receipt["receipt"] in done[1]
    assert "61" in begun[1]  # written before the erasure: who is killed in it can still be told
    assert subject.show(context, ANA)["posts"] == []
    assert objected_at(context.ledger, HERS) is None


def test_an_objection_is_shown_and_withdrawn(context: Context) -> None:
    assert subject.object_to(context, ANA)["posts_erased"] == 5
    assert subject.show(context, ANA)["objects_since"] is not None
    assert subject.withdraw(context, ANA)["objection_was_there"] is True
    assert subject.show(context, ANA)["objects_since"] is None
    assert [what for what, _ in audited(context)][:2] == ["subject_show", "subject_withdraw"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("ana", "write SOURCE:AUTHOR"),
        ("nowhere:1", "SOURCE one of"),
        ("x: ", "write SOURCE:AUTHOR"),
        ("x:ana", "numeric user id"),
        ("x:@ana", "cannot look up a handle"),
        ("mastodon:109", "https://SERVER/users/NAME"),
        ("bluesky:ana.bsky.social", "did:plc"),
        ("mailbox:ana", "the mail address"),
    ],
)
def test_an_author_who_can_be_nobody_is_refused_before_anything_is_hashed(context: Context, given: str, words: str) -> None:
    """Otherwise the wrong hash would be erased, the receipt would say done, and the right posts would stay."""
    with pytest.raises(ConfigurationError, match=words):
        subject.object_to(context, given)


def test_a_mail_address_is_known_in_whatever_letters_it_is_written(context: Context) -> None:
    assert author_of(context, "mailbox:Ana@Correo.ES").pseudonym == pseudonym(SALT, "mailbox", "ana@correo.es")


def test_the_command_prints_the_receipt_and_writes_it_to_a_private_file(tmp_path: Path) -> None:
    line = {"id": "1", "author": "ana", "text": "Farola fundida", "created_at": "2026-11-20T10:00:00Z"}
    (tmp_path / "posts.jsonl").write_text(json.dumps(line))
    env = environment(tmp_path / "home", write_profile(tmp_path, tmp_path / "posts.jsonl"))
    escucha("collect", env=env)
    receipt = tmp_path / "receipt.json"
    done = escucha("subject", "archive:ana", "object", "--receipt", str(receipt), env=env)
    assert json.loads(done.stdout) == json.loads(receipt.read_text())
    assert receipt.stat().st_mode & 0o777 == 0o600
    again = escucha("subject", "archive:ana", "object", "--receipt", str(receipt), env=env, check=False)
    assert (again.returncode, b"exists already" in again.stderr) == (2, True)
    for arguments in (("show", "--withdraw"), ("erase", "--originals")):
        assert escucha("subject", "archive:ana", *arguments, env=env, check=False).returncode == 2
    standing = json.loads(escucha("status", "--json", env=env).stdout)
    assert standing["suppressions"].startswith("objections of authors: 1")
    assert standing["backup"].startswith("NONE")
    with open_context(Path(env["ESCUCHA_CITY"]), Settings(home=tmp_path / "home")) as h:
        assert read.count_posts(h.ledger) == 0
