"""Test answers on snac, a real server of the fediverse."""

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from collectors import mastodon
from collectors.http.writing import WritingClient
from collectors.mastodon import reply as mastodon_reply
from core.errors import OutcomeUnknownError, RefusedError, UnavailableError
from core.records.answer import ReplyTarget
from tests.support.reply_worlds import CITY, TEXT
from tests.support.snac_server import town
from tests.system.collectors.test_collectors_mastodon_snac import Snac, snac  # noqa: F401  a fixture

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("snac") is None, reason="snac is not installed: apt-get install snac2")]


def answers(snac: Snac, asked: dict[str, Any]) -> list[str]:  # noqa: F811
    """Return the numbers of the answers below the post."""
    secrets = secrets_of(snac)
    for _ in range(20):
        try:
            with mastodon_reply._account(CITY, secrets) as client:
                found = client.get(f"/api/v1/statuses/{asked['id']}/context")["descendants"]
            return [re.sub("<[^>]+>", "", one["content"]).rpartition(" ")[2] for one in found]
        except UnavailableError:
            continue
    raise AssertionError("snac cut twenty connections")


def test_a_citizen_whom_the_council_does_not_follow_is_answered_once(tmp_path: Path) -> None:
    """Ask and answer as two accounts: snac's search finds only posts of one's own timeline."""
    with town(tmp_path / "snac") as place:
        [asked, deleted] = place.citizen.say("Farola rota #madrid", "Olvidadlo #madrid")
        place.citizen.delete(deleted)
        token = SecretStr(place.council_token)
        secrets = mastodon_reply.Secrets(mastodon_reply_server=place.url, mastodon_reply_token=token)

        def answered(post: dict[str, Any], do: Callable[..., Any]) -> Any:
            target = ReplyTarget(native_id=post["uri"], url=post["url"], text="")
            for _ in range(20):
                try:
                    return do(CITY, mastodon.Options(), secrets, target, TEXT, "A-1")
                except UnavailableError:  # snac cut the connection
                    continue
            raise AssertionError("snac cut twenty connections")

        assert answered(asked, mastodon_reply.find_reply) is None
        address = answered(asked, mastodon_reply.reply)
        assert place.answers() == {(asked["uri"], TEXT): 1}
        assert answered(asked, mastodon_reply.find_reply) == address
        with pytest.raises(RefusedError, match="it was deleted, or cannot be fetched"):
            answered(deleted, mastodon_reply.reply)


def secrets_of(snac: Snac) -> mastodon_reply.Secrets:  # noqa: F811
    return mastodon_reply.Secrets(mastodon_reply_server=snac.url, mastodon_reply_token=SecretStr(snac.token))


def test_answers_arrive_once_though_snac_cuts_connections_and_responses_are_lost(
    snac: Snac,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [asked] = snac.say("Farola rota #madrid")
    target = ReplyTarget(native_id=asked["uri"], url=asked["url"], text="")
    dice, well = random.Random(5), WritingClient.post  # noqa: S311

    def lossy(self: WritingClient, path: str, body: object, *more: object, **named: object) -> object:
        if dice.random() < 0.2:
            raise OutcomeUnknownError("lost before")
        found = well(self, path, body, *more, **named)  # type: ignore[arg-type]
        if dice.random() < 0.4:
            raise OutcomeUnknownError("lost after")
        return found

    monkeypatch.setattr(WritingClient, "post", lossy)
    for number in range(30):
        what = (CITY, mastodon.Options(), secrets_of(snac), target, f"{TEXT} {number}", f"A-{number}")
        look_first = False
        for _ in range(60):
            try:
                address = mastodon_reply.find_reply(*what) if look_first else None
                address = address or mastodon_reply.reply(*what)
                break
            except OutcomeUnknownError:
                look_first = True
            except UnavailableError:
                continue
        else:
            pytest.fail("not delivered in 60 tries")
    assert sorted(answers(snac, asked), key=int) == [str(number) for number in range(30)]
