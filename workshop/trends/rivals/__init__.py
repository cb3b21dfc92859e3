"""Run other methods on the same counts, to compare them.

River, ruptures and statsforecast are no dependencies of Escucha (requirements-rivals.txt): the rows of a library that is absent are left
out, and `missing` says so.
"""

from collections.abc import Mapping
from importlib.util import find_spec

from workshop.trends.rivals.detector import Make
from workshop.trends.rivals.of_obsei import WeeklyZ
from workshop.trends.rivals.of_river import Adaptive, Gaussian, Predictive, Trees
from workshop.trends.rivals.of_ruptures import Pelt
from workshop.trends.rivals.of_statsforecast import Interval

OBSEI = {"weekly z (obsei)": Make(WeeklyZ, (1,))}
LIBRARIES: dict[str, Mapping[str, Make]] = {
    "river": {
        "river: Gaussian of four weeks": Make(Gaussian),
        "river: prediction error of Holt-Winters": Make(Predictive),
        "river: Holt-Winters with Escucha's tail": Make(lambda: Predictive(by_tail=True)),
        "river: ADWIN": Make(Adaptive, (1,)),
        "river: half-space trees": Make(Trees, (1,)),
    },
    "ruptures": {
        "ruptures: PELT": Make(Pelt),
        "ruptures: PELT without the rhythm of the day": Make(lambda: Pelt(rhythm=True)),
    },
    "statsforecast": {
        "statsforecast: interval of the hour of the week": Make(Interval),
        "statsforecast: hour of the week with Escucha's tail": Make(lambda: Interval(by_tail=True)),
    },
}
"""By library. ADWIN and trees are slow and get one window. AutoETS and MSTL, with 0.3 and 0.9 s a fit, are too slow for every subject."""


def rivals() -> dict[str, Make]:
    """Return the methods whose library is installed."""
    return OBSEI | {
        name: make for library, rows in LIBRARIES.items() if find_spec(library) for name, make in rows.items()
    }


def missing() -> list[str]:
    """Return the libraries that are not installed."""
    return [library for library in LIBRARIES if not find_spec(library)]
