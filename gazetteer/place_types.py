"""The words that say what a place is: calle, plaza, metro, colegio, barrio; written out, abbreviated, and how people mix them up."""

from gazetteer.names import core, folded_words


def _phrases(table: dict[str, str]) -> dict[tuple[str, ...], str]:
    return {core(folded_words(phrase)): group for group, line in table.items() for phrase in line.split("|")}


TYPE_WORDS = _phrases({
    "calle": "calle|c|cl|cll|cañada",
    "carrera": "carrera",
    "callejon": "callejón",
    "costanilla": "costanilla",
    "escalinata": "escalinata",
    "avenida": "avenida|avda|avd|av|ave",
    "paseo": "paseo|pº|pso|pseo|bulevar|bulevard|boulevard",
    "plaza": "plaza|pza|plz|pl|plza|pz|plazuela",
    "glorieta": "glorieta|gta|glta|rotonda",
    "travesia": "travesía|trva|trv|tva",
    "pasaje": "pasaje|psje|pasadizo",
    "camino": "camino|cmno|cno|vereda|arroyo",
    "pista": "pista",
    "carretera": "carretera|ctra|crta|autovía|autopista",
    "ronda": "ronda|rda",
    "cuesta": "cuesta",
    "puente": "puente|pasarela|paso elevado",
    "tunel": "túnel|soterramiento",
    "colonia": "colonia|poblado|poblado dirigido|poblado de absorción|urbanización|urb|unidad vecinal",
    "poligono": "polígono|polígono industrial",
    "ensanche": "ensanche|pau",
    "metro": "metro|estación de metro|boca de metro|parada de metro",
    "estacion": "estación|estación de tren|estación de cercanías|estación de renfe|renfe|cercanías|intercambiador|apeadero",
    "parada": "parada|parada de autobús|parada de bus|parada del bus|parada de la emt|marquesina",
    "parque": "parque|pque|jardín|jardines|parque forestal|parque infantil|parque lineal|zona verde|área infantil|parque público|"
              "quinta|finca|pinar|dehesa|bosque|área canina|pradera",
    "colegio": "colegio|cole|ceip|cp|colegio público|colegio de educación infantil y primaria|escuela|escuela infantil|"
               "casa de niños|colegio infantil|escuela infantil municipal|colegio público de educación especial|cpee|guardería|"
               "colegio público bilingüe|colegio bilingüe|colegio de educación infantil y primaria ceip|escuela infantil pública",
    "instituto": "instituto|ies|instituto de educación secundaria|instituto de educación secundaria ies|"
                 "instituto de enseñanza secundaria",
    "hospital": "hospital|hospital universitario|clínica|sanatorio",
    "salud": "centro de salud|ambulatorio|consultorio|centro de especialidades|centro de salud mental|centro municipal de salud|"
             "centro de atención primaria|centro madrid salud|centro municipal de salud comunitaria cmsc|cms",
    "deporte": "polideportivo|centro deportivo|centro deportivo municipal|cdm|cd|centro deportivo municipal cdm|"
               "instalación deportiva|"
               "instalación deportiva municipal básica|idb|instalación deportiva municipal|piscina|campo de fútbol|gimnasio|"
               "pista deportiva|pistas deportivas|club deportivo|centro polideportivo|instalaciones deportivas",
    "biblioteca": "biblioteca|biblioteca pública|biblioteca municipal|biblioteca pública municipal|mediateca",
    "museo": "museo",
    "mercado": "mercado|mercado municipal|mercadillo|galería de alimentación",
    "cultural": "centro cultural|centro sociocultural|casa de la cultura|teatro|auditorio|sala|centro cívico|centro juvenil|"
                "centro comunitario|cine|centro socio cultural|espacio|escuela de música",
    "mayores": "centro de mayores|centro municipal de mayores|residencia|centro de día|residencia de mayores",
    "iglesia": "iglesia|parroquia|ermita|catedral|basílica|templo|convento|monasterio|mezquita|real basílica",
    "cementerio": "cementerio|tanatorio",
    "estadio": "estadio|plaza de toros|palacio de deportes",
    "comercial": "centro comercial|cc|hipermercado|supermercado",
    "universidad": "universidad|facultad|campus|escuela técnica superior|colegio mayor|facultad de",
    "monumento": "monumento|estatua|fuente|monumento a|estatua de|busto|escultura|arco|puerta",
    "edificio": "edificio|torre|torres|palacio|palacete|cuartel|comisaría|junta|junta municipal|junta de distrito|"
                "junta municipal de distrito|cocheras|cocheras de metro|cárcel|nave|residencial",
    "aparcamiento": "aparcamiento|parking",
    "rio": "río",
})  # fmt: skip
"""Type words that belong to a place's name, by the group they mean."""

WEAK_TYPES = frozenset(
    {"edificio", "monumento", "aparcamiento", "cultural", "comercial", "tunel", "mayores", "rio", "parada"}
)
"""Groups whose words mean much else (`la puerta del Ayuntamiento`): a name nobody knows after them is no place."""

GENERIC = frozenset(
    [
        "municipal",
        "publico",
        "publica",
        "privado",
        "privada",
        "catolica",
        "infantil",
        "biosaludable",
        "central",
        "nuevo",
        "nueva",
        "bicimad",
        "bilbaobizi",
        "bicing",
    ]
)
"""In a title written with capitals these are no names: `Polideportivo Público`."""

AREA_WORDS = _phrases({
    "barrio": "barrio|barriada|barrios|casco|vecinos|vecinas|urbanización",
    "distrito": "distrito|distritos",
    "zona": "zona|zonas|alrededores|entorno|altura|acceso|accesos|salida",
    "calle": "calles|esquina|confluencia|intersección|cruce", "avenida": "avenidas|avdas", "paseo": "paseos",
    "plaza": "plazas", "glorieta": "glorietas|rotondas", "carretera": "carreteras", "puente": "puentes",
    "tunel": "túneles", "metro": "estaciones de metro|bocas de metro", "estacion": "estaciones", "parque": "parques",
    "colegio": "colegios", "instituto": "institutos", "hospital": "hospitales", "deporte": "polideportivos|piscinas",
    "biblioteca": "bibliotecas", "museo": "museos", "mercado": "mercados",
})  # fmt: skip
"""Words that say of what kind the next name is, without being part of it."""

FAMILIES: tuple[frozenset[str], ...] = (
    frozenset(
        (
            "calle",
            "carrera",
            "callejon",
            "costanilla",
            "escalinata",
            "avenida",
            "paseo",
            "travesia",
            "pasaje",
            "camino",
            "pista",
            "carretera",
            "ronda",
            "cuesta",
        )
    ),
    frozenset({"plaza", "glorieta"}),
    frozenset({"metro", "estacion"}),
    frozenset({"barrio", "distrito", "zona", "colonia", "ensanche", "poligono"}),
    frozenset({"colegio", "instituto"}),
    frozenset({"hospital", "salud"}),
    frozenset({"parque", "monumento"}),
    frozenset({"deporte", "estadio"}),
    frozenset({"carretera", "tunel", "puente"}),
    frozenset({"edificio", "monumento"}),
)
"""Groups that people confuse: `calle Reina Victoria` is the Avenida de la Reina Victoria when there is no such calle."""

STREETS = FAMILIES[0] | FAMILIES[1]
LONGEST_TYPE = max(map(len, [*TYPE_WORDS, *AREA_WORDS]))


def related(one: str, other: str) -> bool:
    """True when people confuse the two groups."""
    return any(one in family and other in family for family in FAMILIES)


def split_type(folded: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The group and the core of an official name: `Calle de la Palma` -> calle, (palma). No type word: '' and the whole core."""
    content = core(folded)
    for size in range(min(LONGEST_TYPE, len(content) - 1), 0, -1):
        group = TYPE_WORDS.get(content[:size]) or AREA_WORDS.get(content[:size])
        if group is not None:
            return group, content[size:]
    return "", content
