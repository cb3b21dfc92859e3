"""Hold the contract of Kibana's Dashboards API, as far as our dashboards use it, as models that forbid every other key.

Read as facts in November 2026 from the OpenAPI document that Elastic publishes (github.com/elastic/dashboards-api-spec,
openapi/kibana-openapi.yaml, schemas `kbn-dashboard-data`, `kbn-dashboard-panel-type-*`, `metricNoESQL`, `xyChartNoESQL`, `heatmapNoESQL`,
`datatableNoESQL` and what they refer to) and from the schemas in github.com/elastic/kibana; written in our own words. It covers a part of
the contract: a key that Kibana knows and we do not use is refused here.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

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
    drilldowns: Annotated[list[DiscoverDrilldown], Field(max_length=100)] = []


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


class Grid(Exact):
    x: Annotated[int, Field(ge=0, le=47)]
    y: Annotated[int, Field(ge=0)]
    w: Annotated[int, Field(ge=1, le=48)] = 24
    h: Annotated[int, Field(ge=1)] = 15


class Placed(Exact):
    id: str
    grid: Grid


class Vis(Placed):
    type: Literal["vis"]
    config: Annotated[Metric | Heatmap | DataTable | Xy, Field(discriminator="type")]


class Sort(Exact):
    name: str
    direction: Literal["asc", "desc"]


class Tab(Exact):
    data_source: DataViewReference
    query: Filter | None = None
    column_order: Annotated[list[str], Field(max_length=100)] = []
    sort: Annotated[list[Sort], Field(max_length=100)] = []
    view_mode: Literal["documents", "patterns", "aggregated"] = "documents"


class Session(Exact):
    title: str
    description: str
    tabs: Annotated[list[Tab], Field(min_length=1, max_length=1)]


class DiscoverSession(Placed):
    type: Literal["discover_session"]
    config: Session


class LinkOptions(Exact):
    open_in_new_tab: bool = False
    use_filters: bool = True
    use_time_range: bool = True


class DashboardLink(Exact):
    type: Literal["dashboardLink"]
    label: str | None = None
    destination: Id
    options: LinkOptions = LinkOptions()


class LinkList(Exact):
    layout: Literal["horizontal", "vertical"] | None = None
    links: Annotated[list[DashboardLink], Field(max_length=100)]


class Links(Placed):
    type: Literal["links"]
    config: LinkList


class ControlOfField(Exact):
    data_view_id: Id
    field_name: Text
    title: str | None = None


class ListSort(Exact):
    by: Literal["_count", "_key"]
    direction: Literal["asc", "desc"]


class OptionsList(ControlOfField):
    search_technique: Literal["prefix", "wildcard", "exact"] = "wildcard"
    sort: ListSort | None = None


class RangeSlider(ControlOfField):
    step: Annotated[float, Field(ge=0)] = 1


class Pinned(Exact):
    id: str
    width: Literal["small", "medium", "large"] = "medium"
    grow: bool = False


class OptionsListControl(Pinned):
    type: Literal["options_list_control"]
    config: OptionsList


class RangeSliderControl(Pinned):
    type: Literal["range_slider_control"]
    config: RangeSlider


class Options(Exact):
    auto_apply_filters: bool = True
    hide_panel_titles: bool = False
    hide_panel_borders: bool = False
    use_margins: bool = True
    sync_colors: bool = False
    sync_tooltips: bool = False
    sync_cursor: bool = True


class TimeRange(Exact):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)
    start: Annotated[str, Field(alias="from")]
    to: str


class RefreshInterval(Exact):
    pause: bool
    value: int


class Dashboard(Exact):
    """A body of `PUT /api/dashboards/{id}`."""

    title: Text
    description: str | None = None
    panels: Annotated[
        list[Annotated[Vis | DiscoverSession | Links, Field(discriminator="type")]], Field(max_length=1000)
    ] = []
    pinned_panels: Annotated[
        list[Annotated[OptionsListControl | RangeSliderControl, Field(discriminator="type")]], Field(max_length=100)
    ] = []
    options: Options = Options()
    time_range: TimeRange | None = None
    refresh_interval: RefreshInterval | None = None
    tags: Annotated[list[Id], Field(max_length=1000)] = []


def problems(body: Json) -> list[str]:
    """List what in a body breaks the contract, each with its place."""
    try:
        Dashboard.model_validate(body)
    except ValidationError as error:
        return [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    return []
