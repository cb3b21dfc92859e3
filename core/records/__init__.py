"""Define the base classes of records and options: frozen, no undeclared fields."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, ValidationInfo, field_validator
from pydantic.functional_validators import AfterValidator

from core.records.sane import check_sane, check_type


class Record(BaseModel):
    """Hold declared fields only, and never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Options(BaseModel):
    """Hold one table of the profile: frozen, unknown keys refused.

    Values that no key can mean are refused too (`core.records.sane`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _typed(cls, value: Any, info: ValidationInfo) -> Any:
        return check_type(value, cls.model_fields[str(info.field_name)].annotation)

    @field_validator("*")
    @classmethod
    def _sane(cls, value: Any, info: ValidationInfo) -> Any:
        return check_sane(value, cls.model_fields[str(info.field_name)].annotation, info.field_name)


def _in_utc(moment: datetime) -> datetime:
    from datetime import UTC

    return moment.astimezone(UTC)


UtcDatetime = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A point in time, timezone-aware, always converted to UTC."""


@dataclass(frozen=True)
class IndexedAs:
    """Set the mapping of a field in the search index.

    Needed only where the field's type does not determine it (`search.index.fields`).
    """

    form: Literal["text", "title", "long_keyword", "double", "long"]
    """text: full text; title: full text and keyword; long_keyword: up to 1,024 characters, not 256.

    double: 64 bits, where 32 would round visibly.
    """


Degrees = Annotated[float, IndexedAs("double")]
"""A latitude or longitude."""

Json = dict[str, JsonValue]
"""A JSON object."""
