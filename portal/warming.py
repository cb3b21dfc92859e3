"""Load what every visitor needs before the portal listens."""

import logging

from core.config.city import City
from core.errors import EscuchaError
from portal.pages.report_map.drawing import SIZES, picture
from portal.pages.report_map.view import CITY, district_view, view_named
from portal.rendering import compile_templates

log = logging.getLogger("escucha")


def warm(city: City) -> None:
    """Load gazetteer, maps and templates; what is broken is logged.

    The pages without it still work.
    """
    compile_templates()
    try:
        for size in SIZES:
            picture(city, CITY, size)
        if (whole := view_named(city, CITY)) is not None:
            district_view(city, whole.lat, whole.lon)  # as the first click on the map
    except EscuchaError as error:
        log.warning("portal: its map cannot be drawn: %s", error)
