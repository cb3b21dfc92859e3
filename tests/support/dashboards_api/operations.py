"""Hold the contract of operations, filters and colours."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Json = dict[str, Any]
Id = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,250}$")]
Text = Annotated[str, Field(min_length=1)]
Percent = Annotated[float, Field(ge=0, le=100)]


class Exact(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Filter(Exact):
    expression: str
    language: Literal["kql", "lucene"] = "kql"


class FilterWithLabel(Exact):
    filter: Filter
    label: str | None = None


class NumericFormat(Exact):
    type: Literal["number", "percent"]
    decimals: int = 2
    suffix: str | None = None
    compact: bool = False


class Labelled(Exact):
    label: str | None = None


class StaticColor(Exact):
    type: Literal["static"]
    color: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


class Step(Exact):
    gte: float | None = None
    lt: float | None = None
    lte: float | None = None
    color: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


class ColorByValue(Exact):
    type: Literal["dynamic"]
    range: Literal["absolute", "percentage"]
    steps: Annotated[list[Step], Field(min_length=1, max_length=100)]

    @model_validator(mode="after")
    def _has_no_gaps(self) -> Self:
        for one, following in zip(self.steps, self.steps[1:], strict=False):
            if one.lt is None or one.lte is not None or one.lt != following.gte:
                raise ValueError("the steps are not continuous")
        return self


class ColorCode(Exact):
    type: Literal["color_code"]
    value: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


class Assignment(Exact):
    values: list[str]
    color: ColorCode


class ColorMapping(Exact):
    mode: Literal["categorical"]
    palette: Literal[
        "default", "elastic_line_optimized", "severity", "eui_amsterdam", "kibana_v7_legacy", "elastic_brand_2023"
    ]
    mapping: list[Assignment]


class RankByMetric(Exact):
    type: Literal["metric"]
    metric_index: Annotated[int, Field(ge=0)] = 0
    direction: Literal["asc", "desc"]


class RankAlphabetically(Exact):
    type: Literal["alphabetical"]
    direction: Literal["asc", "desc"]


class OtherBucket(Exact):
    include_documents_without_field: bool


class Terms(Labelled):
    operation: Literal["terms"]
    fields: Annotated[list[str], Field(min_length=1, max_length=4)]
    limit: int = 5
    rank_by: Annotated[RankByMetric | RankAlphabetically, Field(discriminator="type")] | None = None
    other_bucket: OtherBucket | None = None


class DateHistogram(Labelled):
    operation: Literal["date_histogram"]
    field: str
    suggested_interval: str = "auto"
    use_original_time_range: bool = False
    include_empty_rows: bool = True
    drop_partial_intervals: bool | None = None


class Filters(Labelled):
    operation: Literal["filters"]
    filters: Annotated[list[FilterWithLabel], Field(max_length=100)]


class Range(Exact):
    gt: float | None = None
    lte: float | None = None
    label: str | None = None


class Ranges(Labelled):
    operation: Literal["range"]
    field: str
    ranges: Annotated[list[Range], Field(max_length=100)]


Split = Annotated[Terms | DateHistogram | Filters | Ranges, Field(discriminator="operation")]


class BrokenDownTerms(Terms):
    color: ColorMapping | None = None


class BrokenDownFilters(Filters):
    color: ColorMapping | None = None


BreakDown = Annotated[BrokenDownTerms | BrokenDownFilters, Field(discriminator="operation")]


class Number(Labelled):
    filter: Filter | None = None
    format: NumericFormat | None = None


class Shifted(Number):
    time_shift: str | None = None


class Count(Shifted):
    operation: Literal["count"]
    field: str | None = None
    empty_as_null: bool = False


class Sum(Shifted):
    operation: Literal["sum"]
    field: str
    empty_as_null: bool = False


class Stats(Shifted):
    operation: Literal["min", "max", "average", "median", "standard_deviation"]
    field: str


class Percentile(Shifted):
    operation: Literal["percentile"]
    field: str
    percentile: Percent = 95


class Formula(Number):
    operation: Literal["formula"]
    formula: str


class Coloured(Exact):
    color: StaticColor | None = None


class YCount(Count, Coloured): ...


class YSum(Sum, Coloured): ...


class YStats(Stats, Coloured): ...


class YPercentile(Percentile, Coloured): ...


class PrimaryCount(Count):
    type: Literal["primary"]


class SecondaryCount(Count):
    type: Literal["secondary"]


class HeatCount(Count):
    color: ColorByValue | None = None
