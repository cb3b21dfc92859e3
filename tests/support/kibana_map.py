"""Hold the parts of Kibana's saved maps that ours uses, as models that forbid every other key.

Read as facts in November 2026 from github.com/elastic/kibana (x-pack/platform/plugins/shared/maps: the constants, the schemas of content
management, the migrations of saved objects up to 8.4.0, the sample maps, which are saved exports) and from a saved map quoted in a public
fork; written in our own words. In a saved object a data view is named by a reference (`indexPatternRefName`) and state and layers are JSON
texts; Kibana does not check them on import, so a wrong key gives a map without a layer, not an error.
"""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

Json = dict[str, Any]
Zoom = Annotated[float, Field(ge=0, le=24)]
Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
JOINED = "__kbnjoin__count__"
"""Start of the name of a joined count; the id of the join follows."""


class Exact(BaseModel):
    """Kibana writes its keys in camel case."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class Query(Exact):
    query: str
    language: Literal["kuery", "lucene"]


class FieldMeta(Exact):
    is_enabled: bool
    sigma: float | None = None


class StyleField(Exact):
    name: str
    origin: Literal["source", "join"]


class FixedColour(Exact):
    color: Colour


class FixedSize(Exact):
    size: float


class ByNumber(Exact):
    type: Literal["ORDINAL"]
    color: str
    data_mapping_function: Literal["INTERPOLATE", "PERCENTILES"]
    field: StyleField
    field_meta_options: FieldMeta


class SizeByNumber(Exact):
    min_size: float
    max_size: float
    field: StyleField
    field_meta_options: FieldMeta


class LabelOptions(Exact):
    field: StyleField


class StaticColour(Exact):
    type: Literal["STATIC"]
    options: FixedColour


class DynamicColour(Exact):
    type: Literal["DYNAMIC"]
    options: ByNumber


class StaticSize(Exact):
    type: Literal["STATIC"]
    options: FixedSize


class DynamicSize(Exact):
    type: Literal["DYNAMIC"]
    options: SizeByNumber


class Label(Exact):
    type: Literal["DYNAMIC"]
    options: LabelOptions


class BorderOptions(Exact):
    size: Literal["NONE", "SMALL", "MEDIUM", "LARGE"]


class LabelBorder(Exact):
    options: BorderOptions


class SymbolOptions(Exact):
    value: Literal["circle", "icon"]


class Symbol(Exact):
    options: SymbolOptions


class Properties(Exact):
    symbolize_as: Symbol | None = None
    fill_color: StaticColour | DynamicColour | None = None
    line_color: StaticColour | None = None
    line_width: StaticSize | None = None
    icon_size: StaticSize | DynamicSize | None = None
    label_text: Label | None = None
    label_color: StaticColour | None = None
    label_size: StaticSize | None = None
    label_border_color: StaticColour | None = None
    label_border_size: LabelBorder | None = None


class Style(Exact):
    type: Literal["VECTOR"]
    properties: Properties
    is_time_aware: bool


class Source(Exact):
    id: str
    index_pattern_ref_name: str
    apply_global_query: bool
    apply_global_time: bool
    apply_force_refresh: bool


class Count(Exact):
    type: Literal["count"]
    label: str | None = None


class Documents(Source):
    type: Literal["ES_SEARCH"]
    geo_field: str
    scaling_type: Literal["LIMIT", "CLUSTERS", "TOP_HITS", "MVT"]
    filter_by_map_bounds: bool
    tooltip_properties: list[str] = []


class Grid(Source):
    type: Literal["ES_GEO_GRID"]
    geo_field: str
    request_type: Literal["heatmap", "point", "grid", "hex"]
    resolution: Literal["COARSE", "FINE", "MOST_FINE", "SUPER_FINE"]
    metrics: list[Count]


class TermSource(Source):
    type: Literal["ES_TERM_SOURCE"]
    term: str
    metrics: list[Count]
    where_query: Query | None = None


class Join(Exact):
    left_field: str
    right: TermSource


class Layer(Exact):
    id: str
    label: str
    type: Literal["GEOJSON_VECTOR", "BLENDED_VECTOR", "MVT_VECTOR"]
    source_descriptor: Annotated[Documents | Grid, Field(discriminator="type")]
    style: Style
    joins: list[Join] = []
    query: Query | None = None
    alpha: Annotated[float, Field(ge=0, le=1)]
    visible: bool
    min_zoom: Zoom
    max_zoom: Zoom
    include_in_fit_to_bounds: bool

    @model_validator(mode="after")
    def _draws_numbers_it_has(self) -> Self:
        drawn = [self.style.properties.fill_color, self.style.properties.icon_size, self.style.properties.label_text]
        fields = [one.options.field for one in drawn if isinstance(one, DynamicColour | DynamicSize | Label)]
        joined = {f"{JOINED}{join.right.id}" for join in self.joins}
        counted = {"doc_count"} if self.source_descriptor.type == "ES_GEO_GRID" else set()
        for field in fields:
            known = joined if field.origin == "join" else counted or {field.name}
            if field.name not in known:
                raise ValueError(f"{field.name} is no number of this layer")
        return self


class Center(Exact):
    lon: Annotated[float, Field(ge=-180, le=180)]
    lat: Annotated[float, Field(ge=-90, le=90)]


class TimeFilters(Exact):
    start: Annotated[str, Field(alias="from")]
    to: str


class Refresh(Exact):
    is_paused: bool
    interval: int


class MapSettings(Exact):
    auto_fit_to_data_bounds: bool
    initial_location: Literal["LAST_SAVED_LOCATION", "FIXED_LOCATION", "BROWSER_LOCATION", "AUTO_FIT_TO_BOUNDS"]
    show_scale_control: bool


class MapState(Exact):
    zoom: Zoom
    center: Center
    time_filters: TimeFilters
    refresh_config: Refresh
    query: Query
    filters: list[Json]
    settings: MapSettings


class UiState(Exact):
    is_layer_toc_open: Annotated[bool, Field(alias="isLayerTOCOpen")]
    open_toc_details: Annotated[list[str], Field(alias="openTOCDetails")]


class SavedMap(Exact):
    title: str
    description: str
    map_state: Annotated[MapState, Field(alias="mapStateJSON")]
    layer_list: Annotated[list[Layer], Field(alias="layerListJSON")]
    ui_state: Annotated[UiState, Field(alias="uiStateJSON")]


def problems(attributes: Json) -> list[str]:
    """List what in a saved map breaks its form, each with its place."""
    try:
        read = {name: json.loads(one) if name.endswith("JSON") else one for name, one in attributes.items()}
        SavedMap.model_validate(read)
    except ValidationError as error:
        return [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
    return []
