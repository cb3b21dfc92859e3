"""Name the Spanish province of a council, for catalogues of open data.

Sources: the province codes of the INE; https://datos.gob.es/recurso/sector-publico/territorio, which names the provinces.
"""

TERRITORY = "http://datos.gob.es/recurso/sector-publico/territorio"
PROVINCES = tuple(
    """
    Alava Albacete Alicante Almeria Avila Badajoz Illes-Balears Barcelona Burgos Caceres Cadiz Castellon Ciudad-Real Cordoba A-Coruna
    Cuenca Girona Granada Guadalajara Guipuzcoa Huelva Huesca Jaen Leon Lleida La-Rioja Lugo Madrid Malaga Murcia Navarra Ourense
    Asturias Palencia Las-Palmas Pontevedra Salamanca Santa-Cruz-Tenerife Cantabria Segovia Sevilla Soria Tarragona Teruel Toledo
    Valencia Valladolid Vizcaya Zamora Zaragoza Ceuta Melilla
    """.split()
)
"""In the order of their codes, 01 to 52."""
_MUNICIPALITY = "L01"
"""Begins the DIR3 code of a municipality; its INE code follows, whose first two digits are the province."""


def province_of(dir3: str) -> str | None:
    """Return the address of a municipality's province by its DIR3 code.

    None: the code is not that of a municipality.

    >>> province_of("L01280796")
    'http://datos.gob.es/recurso/sector-publico/territorio/Provincia/Madrid'
    """
    digits = dir3.removeprefix(_MUNICIPALITY)[:2]
    if not dir3.startswith(_MUNICIPALITY) or not digits.isdecimal() or not 1 <= int(digits) <= len(PROVINCES):
        return None
    return f"{TERRITORY}/Provincia/{PROVINCES[int(digits) - 1]}"
