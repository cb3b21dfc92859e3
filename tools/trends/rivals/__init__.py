"""Run other methods on the counts of a subject, to compare them with ours.

River, ruptures and statsforecast are no dependencies of Escucha (requirements-rivals.txt): the rows of a library that is absent are left
out, and `missing` says so.
"""

from collections.abc import Callable, Mapping
from importlib.util import find_spec

from tools.trends.rivals.detector import Detector
from tools.trends.rivals.of_obsei import WeeklyZ
from tools.trends.rivals.of_river import Adaptive, Gaussian, Predictive, Trees
from tools.trends.rivals.of_ruptures import Pelt
from tools.trends.rivals.of_statsforecast import Interval, season, smoothing

Make = Callable[[], Detector]
OBSEI: dict[str, Make] = {"weekly z (obsei)": WeeklyZ}
LIBRARIES: dict[str, Mapping[str, Make]] = {
    "river": {
        "river: Gaussian of four weeks": Gaussian,
        "river: prediction error of Holt-Winters": Predictive,
        "river: Holt-Winters with Escucha's tail": lambda: Predictive(by_tail=True),
        "river: half-space trees": Trees,
        "river: ADWIN": Adaptive,
    },
    "ruptures": {
        "ruptures: PELT": Pelt,
        "ruptures: PELT without the rhythm of the day": lambda: Pelt(rhythm=True),
    },
    "statsforecast": {
        "statsforecast: interval of the hour of the week": lambda: Interval(season),
        "statsforecast: hour of the week with Escucha's tail": lambda: Interval(season, by_tail=True),
        "statsforecast: interval of AutoETS": lambda: Interval(smoothing, refit=168),
    },
}


def rivals() -> dict[str, Make]:
    """Return the methods whose library is installed."""
    return OBSEI | {
        name: make for library, rows in LIBRARIES.items() if find_spec(library) for name, make in rows.items()
    }


def missing() -> list[str]:
    """Return the libraries that are not installed."""
    return [library for library in LIBRARIES if not find_spec(library)]
