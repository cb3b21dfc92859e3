"""What all facts of Escucha have in common: once written down they are never changed, and nothing undeclared slips in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue
from pydantic.functional_validators import AfterValidator


class Record(BaseModel):
    """A frozen record with declared fields only."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Options(BaseModel):
    """The table of one part in the city profile: unknown keys are refused, values are never changed after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _in_utc(moment: datetime) -> datetime:
    from datetime import UTC

    return moment.astimezone(UTC)


UtcDatetime = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A point in time, always with its zone, always kept in UTC."""


@dataclass(frozen=True)
class IndexedAs:
    """Say how the search index keeps a field, where its type alone does not (`search.fields`)."""

    form: Literal["text", "title", "long_keyword", "double", "long"]
    """text: searched by words; title: so too, and whole; long_keyword: up to 1,024 characters, not 256.

    double: 64 bits, where 32 would round visibly.
    """


Degrees = Annotated[float, IndexedAs("double")]
"""A latitude or longitude."""

Json = dict[str, JsonValue]
"""A JSON object."""
