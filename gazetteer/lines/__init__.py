"""Find the course of a city's streets and draw them.

From `street_lines.csv`, which the import of OpenStreetMap writes; without it, approximated from the addresses of the folder.
"""

from gazetteer.lines.drawing import DrawnStreets, MapPart, StreetName, draw_streets, streets_on
from gazetteer.lines.line import CityStreets, StreetLine
from gazetteer.lines.loading import city_streets

__all__ = ["CityStreets", "DrawnStreets", "MapPart", "StreetLine", "StreetName", "city_streets", "draw_streets", "streets_on"]
