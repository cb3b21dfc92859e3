"""YouTube: what people write under the films of the city's and the press's channels, and what others answer them.

Never by search: that may be asked a hundred times a day. The channels (or single films) a profile names are watched. A request
costs one unit of the day's quota; `daily_requests` is half of Google's usual 10,000, because our day (UTC) and Google's (California)
begin at different hours, and so no day of theirs can hold more than two halves.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from collectors.paging.scheduler import read_in_turn
from collectors.parsing import Item, id_of, message, parse_date, parse_date_if_any, parse_record, part_of
from collectors.youtube.client import HOST, CommentsOffError, NotShownError, NotThereError, YouTubeClient, open_client
from collectors.youtube.replies import Conversation, replies_to
from core.collection import Budget, Page
from core.config import plugins
from core.config.city import City
from core.config.source_options import SourceOptions, SpendingLimits
from core.errors import BudgetSpentError, SourceError
from core.post import Raw, Rejected
from core.records import Json
from core.user_agent import user_agent

IDS = 50
"""Most ids one look-up takes."""
Channel = Annotated[str, StringConstraints(pattern=r"^UC[\w-]{22}$")]
Video = Annotated[str, StringConstraints(pattern=r"^[\w-]{11}$")]


class Options(SourceOptions, source="youtube"):
    """`[sources.youtube]`."""

    look_back: timedelta = Field(timedelta(days=7), gt=timedelta(0))
    """How far back the very first read goes."""
    overlap: timedelta = Field(timedelta(days=3), ge=timedelta(0))
    """Every read goes this far below the last one, for edits and late replies; a reply to an older comment is not seen."""
    channels: tuple[Channel, ...] = ()
    """Ids of channels (`UC` and 22 characters) under whose films all comments are read."""
    videos: tuple[Video, ...] = ()
    """Ids of single films of other channels (the 11 characters after `v=`)."""
    own: tuple[Channel, ...] = ()
    """Ids of the city's own channels: what they write is marked as the city's own and never makes a case."""
    daily_requests: int = Field(5000, ge=0)
    """Units of the quota a day (UTC) may cost at most."""
    base_url: str = HOST
    """Address of a test."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.channels and not self.videos:
            raise ValueError("name at least one of channels or videos")
        return self

    def spending_limits(self) -> SpendingLimits:
        """Return how many units of the quota a day may cost."""
        return SpendingLimits(daily_requests=self.daily_requests)


class Secrets(plugins.Secrets):
    """`ESCUCHA_YOUTUBE_API_KEY`: a free key of a Google Cloud project in which the YouTube Data API v3 is enabled."""

    youtube_api_key: SecretStr


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """The comments of each channel and film from the newest down (see `newest_first`), and their replies."""
    with open_client(secrets.youtube_api_key, options.base_url, budget, user_agent(city)) as line:
        floor = round((budget.now - options.look_back).timestamp())
        overlap = round(options.overlap.total_seconds())
        with_each: Json = {"own": list(options.own)}
        subjects = [(f"channel {one}", {"allThreadsRelatedToChannelId": one}) for one in options.channels]
        subjects += [(f"video {one}", {"videoId": one}) for one in options.videos]
        streams = [Conversation(name, line, asked, floor, overlap, with_each) for name, asked in subjects]
        for page in read_in_turn("youtube", streams, parse, cursor, budget):
            yield page.model_copy(update={"dropped": (*page.dropped, *map(replies_to, page.dropped))})


def parse(raw_json: Json) -> Raw | Rejected:
    """One comment or reply: `{"item": a comment, "place", "received_at", "own": channels of the city, "video": its film}`."""
    return parse_record("youtube", raw_json, partial(_raw, raw_json))


def gone(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool]:
    """Which of these comments are no longer shown; one that a list leaves out is asked for once more by itself."""
    found: dict[str, bool] = {}
    with open_client(secrets.youtube_api_key, options.base_url, budget, user_agent(city)) as line:
        try:
            for first in range(0, len(native_ids), IDS):
                ids = native_ids[first : first + IDS]
                found |= dict.fromkeys(_standing(line, ids) or (), False)
                for one in ids:
                    if one not in found and (alone := _standing(line, [one])) is not None:
                        found[one] = one not in alone
        except (SourceError, BudgetSpentError):
            if not found:
                raise
    return found


def check(city: City, options: Options, secrets: Secrets) -> str:
    """One read of the first channel or film."""
    now = datetime.now(UTC)
    (asked, name) = (
        ("allThreadsRelatedToChannelId", options.channels[0]) if options.channels else ("videoId", options.videos[0])
    )
    with open_client(secrets.youtube_api_key, options.base_url, Budget(now=now, until=now), user_agent(city)) as line:
        params = {asked: name, "part": "snippet", "order": "time", "maxResults": 1}
        found = line.asked(name, "commentThreads", params).get("items") or []
    newest = (
        f"is of {found[0]['snippet']['topLevelComment']['snippet']['publishedAt']}" if found else "does not exist yet"
    )
    return f"YouTube answers: the newest comment under {name} {newest}"


def _standing(line: YouTubeClient, ids: list[str]) -> set[str] | None:
    """Those of these ids that YouTube shows; None: it will not say."""
    try:
        answer = line.asked("a look-up of comments", "comments", {"id": ",".join(ids), "part": "id"})
    except NotThereError:  # one that is missing may refuse the whole list
        return set()
    except (NotShownError, CommentsOffError):  # and so may one that is not shown
        return None
    return {str(item["id"]) for item in answer.get("items") or []}


def _raw(raw_json: Json, item: Item, received_at: datetime) -> Raw:
    snippet = item["snippet"]
    native_id, parent = id_of(item, "id"), snippet.get("parentId")
    published, edited = parse_date(snippet["publishedAt"]), parse_date_if_any(snippet.get("updatedAt"))
    author = part_of(snippet, "authorChannelId").get("value")
    video = snippet.get("videoId") or raw_json.get("video")
    own = raw_json.get("own")
    return message(
        source="youtube",
        native_id=native_id,
        text=snippet["textOriginal" if "textDisplay" not in snippet and "textOriginal" in snippet else "textDisplay"],
        created_at=min(published, received_at),
        received_at=received_at,
        author_id=author,
        handle=snippet.get("authorDisplayName") or None,
        own=isinstance(own, list) and author in own,
        edited_at=edited if edited is not None and edited > published else None,
        kind="reply" if parent else "comment",
        thread_id=parent or native_id,
        reply_to=parent,
        url=f"https://www.youtube.com/watch?v={video}&lc={native_id}" if video else None,
    )
