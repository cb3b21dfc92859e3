"""Read what an invented council does with the example month.

`samples/example_office.toml` says of each matter how it was taken, answered, solved, handed to another body or opened again, and after how
many hours of office work. The file of posts says of each to which matter it belongs.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, Protocol, runtime_checkable

from pydantic import Field, model_validator

from core.config import plugins
from core.config.city import City, read_table
from core.config.source_options import SourceOptions
from core.privacy.pseudonyms import post_id
from core.records import Record
from core.records.post import is_example
from pipeline.context import Context

WHO = "example"
WHY = "an example, for the demonstration"
SCRIPT = plugins.ROOT / "samples" / "example_office.toml"
LANGUAGE_LENGTH = 2


class OfficeStep(Record):
    """Hold one step of the script.

    The texts of an answer are keys of their own in the file: `es = "..."`.
    """

    after: Annotated[float, Field(ge=0)]
    """Hours of office work since the case was opened."""
    do: Literal["assign", "acknowledge", "note", "ask", "answer", "not_ours", "draft", "resolve", "reject", "reopen"]
    text: str = ""
    """Of a note."""
    why: str = WHY
    body: str = ""
    """Who is competent, of `not_ours`."""
    texts: Mapping[str, str] = Field(default_factory=dict)
    """Of answers and drafts, by language: each citizen gets the one of his own."""

    @model_validator(mode="before")
    @classmethod
    def _texts(cls, given: dict[str, Any]) -> dict[str, Any]:
        texts = {key: value for key, value in given.items() if len(key) == LANGUAGE_LENGTH and key != "do"}
        return {key: value for key, value in given.items() if key not in texts} | ({"texts": texts} if texts else {})


class OfficeMatter(Record):
    """Hold what is done with the case of one post."""

    post: str
    """Its key in the file of posts."""
    steps: tuple[OfficeStep, ...]


class ToldOfPost(NamedTuple):
    """Hold what its author says of a post."""

    key: str
    incident: str | None
    """None: it is about no incident."""
    actionable: bool


@runtime_checkable
class TellsOfItsPosts(Protocol):
    """Mark a source whose posts were written for the demonstration."""

    def told_of(self, city: City, options: SourceOptions) -> Sequence[tuple[str, str, str, str | None, bool]]:
        """Return source, native id, key, incident and whether it is actionable."""


@cache
def matters() -> Mapping[str, tuple[OfficeStep, ...]]:
    """Return the steps of each matter, by the key of its post."""
    found = [OfficeMatter.model_validate(one) for one in read_table(SCRIPT)["matter"]]
    return {one.post: one.steps for one in found}


def told(context: Context) -> dict[str, ToldOfPost]:
    """Return what its author says of each example post, by id."""
    return {
        post_id(context.salt, source, native_id): ToldOfPost(key, incident, actionable)
        for one in context.sources.values()
        if is_example(one.name) and isinstance(one.module, TellsOfItsPosts)
        for source, native_id, key, incident, actionable in one.module.told_of(context.city, one.options)
    }
