"""Collect comments on videos of the city's and the press's channels.

With their replies, and never by search, which is limited to a hundred requests a day. The profile names the channels (or single
videos) to watch. A request costs one unit of the daily quota. `daily_requests` is half of Google's usual 10,000: our day (UTC) and
Google's (California) begin at different hours, so no day of Google's can contain more than two halves.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from collectors.paging.scheduler import fetch_in_turn
from collectors.parsing import Item, build_message, count_of, id_of, object_of, parse_date, parse_date_if_any, parse_record, shown_with
from collectors.youtube.client import HOST, CommentsOffError, NotFoundError, NotShownError, YouTubeClient, open_client
from collectors.youtube.replies import Conversation, replies_to
from core.config import plugins
from core.config.city import City
from core.config.shapes import shaped
from core.config.source_options import SourceOptions, SpendingLimits
from core.errors import BudgetSpentError, SourceError
from core.records import Json
from core.records.collection import Budget, Page
from core.records.post import Raw, Reach, Rejected
from core.user_agent import user_agent

IDS = 50
"""Maximum ids of one look-up."""
Channel = Annotated[
    str,
    StringConstraints(
        pattern=shaped(r"^UC[\w-]{22}$", "not the id of a channel, which is UC and 22 letters, as its page's address has it")
    ),
]
Video = Annotated[str, StringConstraints(pattern=shaped(r"^[\w-]{11}$", "not the id of a video, the 11 letters behind v= in its address"))]

USUAL = ("snippet.authorChannelId.value",)
"""Fields that nearly every record has; one that is gone stops the stream (`collectors.usual_fields`)."""


class Options(SourceOptions, source="youtube"):
    """Declare `[sources.youtube]`."""

    look_back: timedelta = Field(timedelta(days=7), gt=timedelta(0))
    """How far back the very first read goes."""
    overlap: timedelta = Field(timedelta(days=3), ge=timedelta(0))
    """Every read goes this far below the last one, for edits and late replies; a reply to an older comment is not seen."""
    channels: tuple[Channel, ...] = ()
    """Ids of channels (`UC` and 22 characters) under whose videos all comments are read."""
    videos: tuple[Video, ...] = ()
    """Ids of single videos of other channels (the 11 characters after `v=`)."""
    own: tuple[Channel, ...] = ()
    """Ids of the city's own channels: what they write is marked as the city's own and never makes a case."""
    daily_requests: int = Field(5000, ge=0)
    """Units of the quota that a day (UTC) may cost at most."""
    base_url: str = HOST
    """Address of a test."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.channels and not self.videos:
            raise ValueError("name at least one of channels or videos")
        return self

    def spending_limits(self) -> SpendingLimits:
        """Return the units of the quota that a day may cost."""
        return SpendingLimits(daily_requests=self.daily_requests)


class Secrets(plugins.Secrets):
    """Require `ESCUCHA_YOUTUBE_API_KEY`."""

    youtube_api_key: SecretStr
    """A free key of a Google Cloud project in which the YouTube Data API v3 is enabled."""


def collect(city: City, options: Options, secrets: Secrets, cursor: Json | None, budget: Budget) -> Iterator[Page]:
    """Yield the comments of each channel and video, and their replies.

    From the newest down; see `newest_first`.
    """
    with open_client(secrets.youtube_api_key, options.base_url, budget, user_agent(city)) as client:
        floor = round((budget.now - options.look_back).timestamp())
        overlap = round(options.overlap.total_seconds())
        with_each: Json = {"own": list(options.own)}
        subjects = [(f"channel {one}", {"allThreadsRelatedToChannelId": one}) for one in options.channels]
        subjects += [(f"video {one}", {"videoId": one}) for one in options.videos]
        streams = [Conversation(name, client, asked, floor, overlap, with_each) for name, asked in subjects]
        for page in fetch_in_turn("youtube", streams, parse, cursor, budget, usual=lambda: USUAL):
            yield page.model_copy(update={"dropped": (*page.dropped, *map(replies_to, page.dropped))})


def parse(raw_json: Json) -> Raw | Rejected:
    """Parse one comment or reply.

    Input: `{"item": a comment, "place", "received_at", "own": channels of the city, "video": its video}`.
    """
    return parse_record("youtube", raw_json, partial(_raw, raw_json))


def find_deleted(city: City, options: Options, secrets: Secrets, native_ids: list[str], budget: Budget) -> dict[str, bool | Reach]:
    """Find comments that are no longer shown.

    One that a list omits is requested once more by itself.
    """
    found: dict[str, bool | Reach] = {}
    with open_client(secrets.youtube_api_key, options.base_url, budget, user_agent(city)) as client:
        try:
            for first in range(0, len(native_ids), IDS):
                ids = native_ids[first : first + IDS]
                found |= _shown(client, ids) or {}
                for one in ids:
                    if one not in found and (alone := _shown(client, [one])) is not None:
                        found[one] = alone.get(one, True)
        except (SourceError, BudgetSpentError):
            if not found:
                raise
    return found


def check(city: City, options: Options, secrets: Secrets) -> str:
    """Fetch the newest comment of the first channel or video."""
    now = datetime.now(UTC)
    (asked, name) = ("allThreadsRelatedToChannelId", options.channels[0]) if options.channels else ("videoId", options.videos[0])
    with open_client(secrets.youtube_api_key, options.base_url, Budget(now=now, until=now), user_agent(city)) as client:
        params = {asked: name, "part": "snippet", "order": "time", "maxResults": 1}
        found = client.get_json(name, "commentThreads", params).get("items") or []
    newest = f"is of {found[0]['snippet']['topLevelComment']['snippet']['publishedAt']}" if found else "does not exist yet"
    return f"YouTube answers: the newest comment under {name} {newest}"


def _shown(client: YouTubeClient, ids: list[str]) -> dict[str, bool | Reach] | None:
    """Return those of these ids that YouTube shows; None: unknown.

    The snippet has the likes, and costs nothing more.
    """
    params = {"id": ",".join(ids), "part": "id,snippet"}
    try:
        response = client.get_json("a look-up of comments", "comments", params)
    except NotFoundError:  # one missing id can fail the whole list
        return {}
    except (NotShownError, CommentsOffError):  # and so can one that is not shown
        return None
    items = response.get("items") or []
    return {str(item["id"]): shown_with({"likes": count_of(object_of(item, "snippet"), "likeCount")}) for item in items}


def _raw(raw_json: Json, item: Item, received_at: datetime) -> Raw:
    snippet = item["snippet"]
    native_id, parent = id_of(item, "id"), snippet.get("parentId")
    published, edited = parse_date(snippet["publishedAt"]), parse_date_if_any(snippet.get("updatedAt"))
    author = object_of(snippet, "authorChannelId").get("value")
    video = snippet.get("videoId") or raw_json.get("video")
    own = raw_json.get("own")
    return build_message(
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
        likes=count_of(snippet, "likeCount"),
        url=f"https://www.youtube.com/watch?v={video}&lc={native_id}" if video else None,
    )
