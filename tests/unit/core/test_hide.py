"""The door to the ledger: pseudonyms that only the salt ties together, and an origin only the salt opens."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config import plugins
from core.config.city import City, load_city
from core.errors import LedgerMismatchError
from core.parts import sources
from core.privacy.intake import reject_reason
from core.privacy.pseudonymise import pseudonymise
from core.privacy.pseudonyms import decrypt_origin, post_id, salt_check
from core.records.post import Post, Raw

SALT, OTHER_SALT = b"a salt of sixteen bytes or more", b"another salt, as long as the first"
EXAMPLES = Path(__file__).parents[2] / "examples" / "collectors"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Path(__file__).parents[3] / "cities/madrid.toml")


def raw(**given: object) -> Raw:
    known = {
        "source": "x",
        "native_id": "1",
        "text": "Hola",
        "created_at": NOON,
        "received_at": NOON,
        "author_id": "77",
        "handle": "paco_99",
        "url": "https://x.com/paco_99/status/1",
        "thread_id": "0",
        "reply_to": "0",
    }
    return Raw.model_validate({**known, **given})


def test_the_same_message_gets_the_same_names_each_time(city: City) -> None:
    first, second = pseudonymise(raw(), city, SALT), pseudonymise(raw(), city, SALT)
    assert (first.post_id, first.author, first.thread) == (second.post_id, second.author, second.thread)
    assert len(first.post_id) == len(first.author or "") == 32


def test_another_salt_gives_other_names(city: City) -> None:
    first, second = pseudonymise(raw(), city, SALT), pseudonymise(raw(), city, OTHER_SALT)
    assert first.post_id != second.post_id
    assert first.author != second.author
    assert salt_check(SALT) != salt_check(OTHER_SALT)


def test_the_same_number_on_two_networks_is_two_people(city: City) -> None:
    first, second = pseudonymise(raw(), city, SALT), pseudonymise(raw(source="reddit"), city, SALT)
    assert first.post_id != second.post_id
    assert first.author != second.author


def test_an_author_and_a_message_with_the_same_number_have_different_names(city: City) -> None:
    post = pseudonymise(raw(native_id="77"), city, SALT)
    assert post.author != post.post_id


def test_an_answer_names_the_message_it_answers_as_the_ledger_does(city: City) -> None:
    asked, answer = (pseudonymise(raw(native_id="0", thread_id="0", reply_to=None), city, SALT), pseudonymise(raw(), city, SALT))
    assert answer.reply_to == answer.thread == asked.post_id == post_id(SALT, "x", "0")


def test_only_the_salt_opens_the_origin(city: City) -> None:
    post = pseudonymise(raw(), city, SALT)
    assert decrypt_origin(SALT, post.origin) == ("1", "https://x.com/paco_99/status/1")
    with pytest.raises(LedgerMismatchError, match="ESCUCHA_SALT"):
        decrypt_origin(OTHER_SALT, post.origin)


def test_nothing_of_the_author_is_in_the_post(city: City) -> None:
    text = "Soy paco_99 (@paco_99), 600 123 456, paco@example.org, x.com/paco_99, c/ Mayor 5, 3º B"
    post = pseudonymise(raw(text=text, place="file.jsonl:17"), city, SALT)
    assert post.text == "Soy @user (@user), [number], [email], http, c/ Mayor 5"
    told = post.model_dump_json()
    for canary in ("paco", "600", "example.org", "x.com", "3º", "file.jsonl", '"77"'):
        assert canary not in told


def test_a_handle_inside_a_longer_word_is_not_the_author(city: City) -> None:
    assert pseudonymise(raw(handle="sol", text="Puerta del Sol, solo"), city, SALT).text == "Puerta del @user, solo"


@pytest.mark.parametrize("handle", ["MADRID", "@madrid", "lineamadrid"])
def test_what_the_citys_own_accounts_write_is_its_own(city: City, handle: str) -> None:
    post = pseudonymise(raw(handle=handle, handle_is_unique=True, text="El Ayuntamiento de Madrid informa"), city, SALT)
    assert post.own
    assert post.text == "El Ayuntamiento de Madrid informa"


@pytest.mark.parametrize("handle", ["MADRID", "@lineamadrid"])
def test_a_name_that_anybody_can_take_makes_nobody_the_city_and_the_citys_name_stays_readable(city: City, handle: str) -> None:
    post = pseudonymise(raw(handle=handle, text="Un bache en la calle Toledo de Madrid"), city, SALT)
    assert not post.own
    assert post.text == "Un bache en la calle Toledo de Madrid"


@pytest.mark.parametrize("network", plugins.plugin_names("collectors"))
def test_a_name_tells_what_the_city_wrote_only_where_it_is_one_accounts_alone(city: City, network: str) -> None:
    path = sorted((EXAMPLES / network).glob("*.json"))
    found = [plugins.load_plugin("collectors", network, "test").parse(json.loads(one.read_text("utf-8"))["raw"]) for one in path]
    citizens = [one.model_copy(update={"handle": "Madrid"}) for one in found if isinstance(one, Raw) and not one.own]
    assert citizens
    assert {pseudonymise(one, city, SALT).own for one in citizens} == {sources()[network].author.handle_is_unique}


def test_a_collector_can_say_that_an_account_is_the_citys(city: City) -> None:
    assert pseudonymise(raw(own=True, handle=None), city, SALT).own


def test_others_are_not_the_city(city: City) -> None:
    assert not pseudonymise(raw(handle="MADRIDista", handle_is_unique=True), city, SALT).own


def test_who_has_no_id_has_no_pseudonym(city: City) -> None:
    assert pseudonymise(raw(author_id=None), city, SALT).author is None


def test_a_date_in_the_future_becomes_the_moment_we_read_it(city: City) -> None:
    assert pseudonymise(raw(created_at=NOON + timedelta(hours=5)), city, SALT).created_at == NOON


def test_a_replayed_message_says_so(city: City) -> None:
    post = pseudonymise(raw(replayed_from=NOON - timedelta(days=900)), city, SALT)
    assert post.replay
    assert not pseudonymise(raw(), city, SALT).replay


def test_a_post_has_no_place_for_a_handle_or_a_native_id() -> None:
    assert not {"handle", "native_id", "url", "author_id", "place", "followers"} & set(Post.model_fields)


@pytest.mark.parametrize(
    ("followers", "band"),
    [
        (None, None),
        (0, "under_100"),
        (99, "under_100"),
        (100, "100_1k"),
        (999, "100_1k"),
        (1_000, "1k_10k"),
        (9_999, "1k_10k"),
        (10_000, "over_10k"),
        (3_000_000, "over_10k"),
    ],
)
def test_of_an_authors_followers_a_post_has_a_band_and_nowhere_the_number(city: City, followers: int | None, band: str | None) -> None:
    post = pseudonymise(raw(followers=followers), city, SALT)
    assert post.followers_band == band
    if followers:
        assert followers not in post.model_dump().values()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"text": "   "}, "empty_text"),
        ({"text": "a" * 100_001}, "too_large"),
        ({"text": "a\0b"}, "nul"),
        ({"text": "a\ud800b"}, "lone_surrogate"),
        ({"native_id": " "}, "missing_id"),
        ({"created_at": datetime(9999, 1, 1, tzinfo=UTC)}, "bad_date"),
        ({"created_at": datetime(1970, 1, 1, tzinfo=UTC)}, "bad_date"),
        ({"created_at": NOON + timedelta(days=3)}, "bad_date"),
        ({"created_at": NOON + timedelta(days=1)}, None),
        ({"text": "🙂" * 100}, None),
    ],
    ids=str,
)
def test_the_door_refuses_with_a_reason(given: dict[str, object], reason: str | None) -> None:
    assert reject_reason(raw(**given), NOON) == reason
