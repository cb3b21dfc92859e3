"""Check what a downloaded picture of a panel says of itself."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dashboards.panels import PANELS
from dashboards.window import Window
from desk.lens import Lens
from desk.pages.analysis.dashboards import counted


def test_a_picture_names_its_city_days_and_filters() -> None:
    zone = ZoneInfo("Europe/Madrid")
    lens = Lens(topic="noise", area="40.4,-3.75,40.45,-3.7,40.42,-3.65")
    window = Window(now=datetime(2026, 11, 29, 12, tzinfo=zone), zone=zone, days=7, filters=(("topic", "noise"), ("barrio", "Goya")))
    by_day, waiting = PANELS["posts_by_source"], next(one for one in PANELS.values() if one.form == "change")
    said = counted(by_day, window, lens, "Madrid", "es")
    assert said == "Madrid · 23 nov 2026 – 29 nov 2026 · Ruido · Goya · zona del mapa"
    assert counted(waiting, window, Lens(), "Madrid", "en").startswith("Madrid · 29 Nov 2026 · Noise")
