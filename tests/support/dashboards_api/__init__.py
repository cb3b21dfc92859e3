"""Hold the contract of Kibana's Dashboards API, as far as our dashboards use it, as models that forbid every other key.

Read as facts in November 2026 from the OpenAPI document that Elastic publishes (github.com/elastic/dashboards-api-spec,
openapi/kibana-openapi.yaml, schemas `kbn-dashboard-data`, `kbn-dashboard-panel-type-*`, `metricNoESQL`, `xyChartNoESQL`, `heatmapNoESQL`,
`datatableNoESQL` and what they refer to) and from the schemas in github.com/elastic/kibana; written in our own words. It covers a part of
the contract: a key that Kibana knows and we do not use is refused here.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationError

from tests.support.dashboards_api.charts import DataTable, DataViewReference, Heatmap, Metric, Xy
from tests.support.dashboards_api.operations import Exact, Filter, Id, Json, Text


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
    column_order: list[str] = Field([], max_length=100)
    sort: list[Sort] = Field([], max_length=100)
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
    panels: list[Annotated[Vis | DiscoverSession | Links, Field(discriminator="type")]] = Field([], max_length=1000)
    pinned_panels: list[Annotated[OptionsListControl | RangeSliderControl, Field(discriminator="type")]] = Field(
        [], max_length=100
    )
    options: Options = Options()
    time_range: TimeRange | None = None
    refresh_interval: RefreshInterval | None = None
    tags: list[Id] = Field([], max_length=1000)


def problems(body: Json) -> list[str]:
    """List what in a body breaks the contract, each with its place."""
    try:
        Dashboard.model_validate(body)
    except ValidationError as error:
        return [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    return []
