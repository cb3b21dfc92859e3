"""Test mention, visibility and request key of answers on Mastodon."""

import json
from typing import Any

import pytest

from collectors import mastodon
from tests.support.reply_worlds import TEXT, ReplyWorld, on_mastodon


def published(world: ReplyWorld) -> tuple[dict[str, Any], str]:
    """Return the last request that published, and its key."""
    request = [one for one in world.stub.requests if world.publishes(one.method, one.path)][-1]
    return json.loads(request.body), request.headers["Idempotency-Key"]


@pytest.mark.parametrize("visibility", ["unlisted", "public"])
def test_the_author_is_mentioned_and_the_profile_chooses_the_visibility(visibility: str) -> None:
    with on_mastodon() as world:
        world.options = mastodon.Options.model_validate({"reply_visibility": visibility})
        world.reply()
        sent, key = published(world)
        assert (sent["status"], sent["visibility"]) == (f"@vecina@barrio.example {TEXT}", visibility)
        world.reply()
        assert published(world)[1] == key
        assert len(world.held()) == 1
        world.reply("Hola, @vecina@barrio.example: hecho.", "A-r1-2")
        assert published(world)[0]["status"] == "Hola, @vecina@barrio.example: hecho."


def test_answers_are_unlisted_unless_the_profile_says_otherwise() -> None:
    assert mastodon.Options().reply_visibility == "unlisted"


def test_a_reply_of_another_account_with_the_same_text_is_not_taken_for_the_answer() -> None:
    with on_mastodon() as world:
        world.reply()
        world.stub.written[0]["account"]["id"] = "100"  # type: ignore[attr-defined]
        assert world.find() is None


@pytest.mark.parametrize(("language", "sent"), [("eu", "eu"), ("pt-BR", "pt"), (None, None)])
def test_an_answer_carries_its_language(language: str | None, sent: str | None) -> None:
    with on_mastodon() as world:
        world.target = world.target.model_copy(update={"language": language})
        world.reply()
        assert published(world)[0].get("language") == sent
