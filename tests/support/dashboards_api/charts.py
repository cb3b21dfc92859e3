"""Hold the contract of charts."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tests.support.dashboards_api.operations import (
    BreakDown,
    Count,
    Exact,
    Filter,
    Formula,
    HeatCount,
    Id,
    Percentile,
    PrimaryCount,
    SecondaryCount,
    Split,
    Stats,
    Sum,
    Text,
    YCount,
    YPercentile,
    YStats,
    YSum,
)


class DataViewReference(Exact):
    type: Literal["data_view_reference"]
    ref_id: Id


class DiscoverDrilldown(Exact):
    type: Literal["discover_drilldown"]
    label: Text
    trigger: Literal["on_apply_filter"]
    open_in_new_tab: bool = True


class Visualization(Exact):
    title: str
    description: str
    query: Filter | None = None
    drilldowns: list[DiscoverDrilldown] = Field([], max_length=100)


class Metric(Visualization):
    type: Literal["metric"]
    data_source: DataViewReference
    metrics: Annotated[
        list[Annotated[PrimaryCount | SecondaryCount, Field(discriminator="type")]], Field(min_length=1, max_length=2)
    ]

    @model_validator(mode="after")
    def _starts_with_the_primary(self) -> Self:
        if [one.type for one in self.metrics] not in (["primary"], ["primary", "secondary"]):
            raise ValueError("the first metric is the primary one, the second the secondary one")
        return self


class Visible(Exact):
    visible: bool


class HeatmapX(Exact):
    scale: Literal["ordinal", "temporal", "linear"]
    title: Visible | None = None
    labels: Visible | None = None


class HeatmapY(Exact):
    title: Visible | None = None
    labels: Visible | None = None


class HeatmapAxes(Exact):
    x: HeatmapX | None = None
    y: HeatmapY | None = None


class HeatmapLegend(Exact):
    visibility: Literal["visible", "hidden"]


class Labels(Exact):
    labels: Visible


class HeatmapStyling(Exact):
    cells: Labels


class Heatmap(Visualization):
    type: Literal["heatmap"]
    data_source: DataViewReference
    x: Split
    y: Split | None = None
    metric: HeatCount
    axis: HeatmapAxes | None = None
    legend: HeatmapLegend | None = None
    styling: HeatmapStyling | None = None


class SortBy(Exact):
    column_type: Literal["metric", "row"]
    index: Annotated[int, Field(ge=0)]
    direction: Literal["asc", "desc"]


class TableStyling(Exact):
    sort_by: SortBy


class DataTable(Visualization):
    type: Literal["data_table"]
    data_source: DataViewReference
    metrics: Annotated[
        list[Annotated[Count | Sum | Stats | Percentile | Formula, Field(discriminator="operation")]],
        Field(min_length=1, max_length=1000),
    ]
    rows: Annotated[list[Split], Field(min_length=1, max_length=50)]
    styling: TableStyling | None = None

    @model_validator(mode="after")
    def _sorts_by_a_column_it_has(self) -> Self:
        by = self.styling.sort_by if self.styling else None
        if by and by.index >= len(self.metrics if by.column_type == "metric" else self.rows):
            raise ValueError("sort_by.index is out of bounds")
        return self


class XyLayer(Exact):
    type: Literal[
        "area", "bar", "bar_stacked", "bar_horizontal", "bar_horizontal_stacked", "bar_horizontal_percentage", "line"
    ]
    data_source: DataViewReference
    x: Split | None = None
    breakdown_by: BreakDown | None = None
    y: Annotated[
        list[Annotated[YCount | YSum | YStats | YPercentile, Field(discriminator="operation")]],
        Field(min_length=1, max_length=100),
    ]


class XyLegend(Exact):
    visibility: Literal["auto", "visible", "hidden"]
    placement: Literal["outside"]
    position: Literal["top", "bottom"]


class Bars(Exact):
    data_labels: Visible


class XyStyling(Exact):
    bars: Bars


class Xy(Visualization):
    type: Literal["xy"]
    layers: Annotated[list[XyLayer], Field(min_length=1, max_length=100)]
    legend: XyLegend | None = None
    styling: XyStyling | None = None
