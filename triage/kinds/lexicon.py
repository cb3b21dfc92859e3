"""List the words that separate the kinds of messages, as patterns.

For folded text (`triage.incident_matching.subjects.text_folded`). Spanish first, with Catalan, Galician, Basque and English where a word
differs. A pattern names what is asked for, never who asks.
"""

import re

_POLITE = (
    "podria[ns]?|podriais|podrieu|podrien|podeis|podeu|pueden? (?:ustedes|hacer|enviar|mandar|pasar|recoger|arreglar|limpiar"
    "|retirar|venir)"
    "|pongan|poned|pasen a|pasad a|vengan a|venid a|could you|can you|please|por favor|porfa|si us plau|mesedez|solicit\\w+|pedimos|pido"
    "|ruego|rogamos"
)
_MEND = (
    "(?:re)?arregl\\w+|repar\\w+|(?:re)?asfalt\\w+|paviment(?:ar|en)|limpi\\w+|recog\\w+"
    "|retir(?:ar|ad[ao]s?|en)|podar|poda|poden los|talar|(?:re)?pint\\w+|repon\\w+"
    "|repos\\w+|vaci\\w+|desbroz\\w+|desatasc\\w+|fumig\\w+|bald\\w+|mejor(?:a|as|ar)|mantenimiento|renov\\w+|acondicion\\w+"
    "|reacondicion\\w+"
    "|(?:re|trans)?plant(?:ar|en|acion)|arbolado|reforest\\w+|iluminacion|alumbrado"
    "|cambi\\w+ (?:la|las|el|los) (?:bombilla|farola|luz|luces)\\w*"
    "|arranj\\w+|netej\\w+|repair\\w*|fix|mend|clean\\w*"
)
_SMALL = (
    "papeleras?|bancos?|asientos|bolardos?|pivotes?|paso(?: de)? (?:cebra|peatones)|pasos(?: de)? (?:cebra|peatones)"
    "|paso peatonal|semaforos?"
    "|baden|badenes|reductor(?:es)? de velocidad|resaltos?|contenedor|contenedores|senal|senales|senalizacion|espejos?|farolas?|fuentes?"
    "|rebajes?|bordillos?|marquesinas?|aparcabicis|vallas?|vallado|barandillas?|alcorques?|columpios?|toldos?|sombra|urinarios?|aseos?"
    "|jardineras?|pipicans?|pipi can|canastas?|porterias?|pasamanos|radar|radares"
)
_BUILD = (
    "constru(?:ir|ccion|yan|ya)|crear|creacion|creen|ampli(?:ar|acion)|prolong(?:ar|acion)|soterr\\w+|peatonaliz\\w+|remodel(?:ar|acion)"
    "|reurbaniz\\w+|rehabilit(?:ar|acion)|reforma (?:integral )?de|nuev[oa]s? (?:linea|lineas|estacion|parque|carril|centro|polideportivo"
    "|acceso|instalacion|instalaciones|biblioteca|colegio|instituto|zona|paseo|plaza)|lineas? de (?:metro|autobus|bus)|inversion|invertir"
    "|presupuestos? participativos?|proyecto de|build\\w*|invest\\w*"
)
_FACILITY = (
    "polideportivo|piscina|biblioteca|centro (?:cultural|social|deportivo|civico|de salud|de mayores|juvenil)|parque infantil|skate\\w*"
    "|huertos? urbanos?|rocodromo|aparcamiento (?:disuasorio|subterraneo|publico)|carril(?:es)? bici|tranvia|escuelas? infantil\\w*"
    "|ascensor|ascensores|escaleras? mecanicas?|campo de futbol"
)
_RULE = (
    "ordenanza|frecuencia|normativa|prohib(?:ir|icion|an)|obligatori[oa]s?|obligar|multar|sancionar|regul(?:ar|acion)|bonific\\w+"
    "|subvenci\\w+|impuestos?"
    "|gratis|gratuit\\w+|referendum|consulta ciudadana|(?:re)?municipaliz\\w+|remunicipaliz\\w+"
)
_SCHEME = (
    "humaniz\\w+|re?orden(?:ar|acion)|reabrir|reapertura|rotondas?|glorieta nueva|cambi(?:o|ar) de sentido|(?:doble|unico"
    "|un solo) sentido|sentido unico"
    "|\\w*parkings?|aparcamientos?|bocas? de metro|metro (?:en|a|hasta|para)|lineas? (?:de )?\\w{1,4}|insonoriz\\w+"
    "|pantallas? (?:acustic\\w+|anti\\w*)"
    "|revitaliz\\w+|reform(?:a|ar|as)|restauracion|rehabilit\\w+|moderniz\\w+|urbaniz\\w+|(?:area|zona|parque|espacio|recinto"
    "|playa)s? (?:canin\\w+|para perros|de perros|de baile|deportiv\\w+)"
    "|\\w*velodromo|calistenia|gimnasi\\w*|ping ?pong|mesas? de ping|pistas?|campos?|canchas?|merenderos?|plataforma unica|sendas?"
    "|carril(?:es)? (?:bus|bici)"
    "|zona (?:ser|azul|verde|peatonal|infantil)|zonas (?:ser|azules|verdes|peatonales|infantiles)|dotacion(?:es)?|equipamientos?"
    "|plan|planes|estudios?|supres\\w+|suprimir|eliminar|gratuidad|contaminacion|calidad del aire"
    "|eventos?|incineradora|centros? de|mas anch\\w+|ensanch\\w+|cubrir|techar|cubierta|pasarelas?|puentes?|tuneles|tunel"
    "|conect\\w+|conexion(?:es)?|estacion(?:es)? (?:de )?(?:bici|metro|cercanias|autobus)"
    "|paradas?|frecuencias?|refuerzo|mas (?:autobuses|buses|policia|vigilancia|trenes)|servicio de|app|aplicacion|web|campana"
    "|concurso|festival|feria|museo|monumento|estatua|nombre|homenaje|ascensor(?:es)?|navidad|navidenas?|mercadillo\\w*"
    "|desvi\\w+|presupuestos?|eliminacion|cierre|residentes|volver a poner|ki?osc?os?"
    "|quioscos?|pipicanes?|pipi ?can(?:es)?|cambiar (?:la )?ubicacion|renovacion de(?:l)? parque|patios?|pim pom|tenis de mesa"
    "|cambio de ubicacion|normas?|licencias?|auditorio|no a|no al"
    "|soterrad[oa]s?|regulado|distritos?|nuevos? barrios?|cementerio|anti ?ruido|cocinas"
)
_ALWAYS_NEW = (
    "resaltos?|badenes|baden|reductor(?:es)? de velocidad|bolardos?|pivotes?|espejos?|barandillas?|vallado|toldos?|urinarios?|aseos?"
    "|canastas?|radar|radares|rebajes?"
)
_PROPOSE = "propongo|proponemos|propuesta|proponer|proposta|proposo|i propose"
_WRONG = (
    "sigue[n]? sin|lleva[n]? \\w+ (?:dias?|semanas?|mes|meses|anos?)|rot[oa]s?|averiad[oa]s?|fundid[oa]s?|sin luz|socavon|baches?|fuga"
    "|no funciona[n]?|se ha caido|caid[oa]s?|atascad[oa]s?|inundad[oa]s?|desbordad[oa]s?|abandonad[oa]s?|mal estado|broken|leak\\w*"
)
_BROKEN = (
    "geiser(?:es)?|charcos?|goteras?|socavon(?:es)?|baches?|zanjas?|hoyos?|agujeros?|crater(?:es)?|escombros?|vertederos?|basuras?"
    "|colchon(?:es)?"
    "|ratas?|cucarachas?|cacas?|mierdas?|orines|meados?|oscuras|oscuridad|apagon(?:es)?|averias?|inundacion(?:es)?|fugas? de agua"
    "|rot[oa]s?|averiad[oa]s?|fundid[oa]s?|atascad[oa]s?|inundad[oa]s?|desbordad[oa]s?|forats?|escombraries|buracos?|lixo"
    "|potholes?|rubbish|rats?|broken"
)
_DONE = "(?:ha|han|habeis|heu) \\w+(?:[ai]d[oa]s?|at|it)|(?:por|per|for) (?:\\w+ )?\\w+(?:[aei]r(?:l[aeo]s?)?|ing)"
_THANKS = "gracias|agradec\\w+|agraiment|agraeix\\w*|gracies|grazas|eskerrik|thanks?|thank you"


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(f" (?:{'|'.join(patterns)})(?= )")


POLITE, WRONG, THANKS, MEND = _words(_POLITE), _words(_WRONG), _words(_THANKS), _words(_MEND)
BROKEN = _words(_BROKEN)
"""Words for what is broken: praise that names it is likely to be irony."""
GONE = _words(rf"(?:sin|ya no hay|sense|sen|without|no more) (?:mas )?(?:{_BROKEN})", "ya (?:no|estan?)", "por fin", _DONE)
"""Somebody did something about it, which praise may be for."""
PROPOSE = _words(_PROPOSE)
WHEN = _words("cuando", "when")
SMALL = _words(_MEND, _SMALL)
"""Small works, and things installed in a day."""
BIG = _words(_BUILD, _RULE)
"""An investment, or a rule for all."""
BIG_IN_TITLE = _words(_BUILD, _RULE, _FACILITY, _SCHEME)
"""In a title a facility is what is asked for; further down it is a location."""
CITY_WIDE = _words("barrios|distritos|toda la ciudad|todas las calles|todos los (?:parques|barrios|distritos)")
"""Asks for it in many places at once."""
JOB_IN_TITLE = _words(
    "(?:re)?arregl\\w+|repar\\w+|(?:re)?asfalt\\w+|paviment\\w+|limpi\\w+|recog\\w+|retir\\w+|pod[ae]\\w*|tal[ae]\\w*"
    "|(?:re)?pint\\w+|repon\\w+|repos\\w+|vaci\\w+|desbroz\\w+"
    "|desatasc\\w+|fumig\\w+|desratiz\\w+|bald\\w+|mantenimiento|(?:re|trans)?plant(?:ar|en|acion)|reforest\\w+|iluminacion"
    "|iluminar|alumbrado|luces|arboles|contenedor\\w*|baldosas|aceras?(?! mas anch)|firme|calzada",
    _SMALL,
)
"""What one crew does in a day or a week, and the things that it mends or puts up."""
INSTALL = _words(
    "(?:solicit\\w+|pid\\w+|pedimos|necesit\\w+|hace falta|hacen falta|falta poner) (?:\\w+ ){0,6}(?:rebaj\\w+|instal\\w+"
    "|coloq\\w+|coloc\\w+|pong\\w+|poner|nuev[oa]s?|mas (?:papeleras|bancos|farolas|contenedores))",
    f"(?:solicit(?:o|a|an|amos|ar|ud de)|pid(?:o|en?)|pedimos|necesit(?:o|a|an|amos)) (?:un|una|unos|unas|otro|otra|mas) (?:{_SMALL})",
    f"(?:solicit(?:o|a|an|amos|ar)|pid(?:o|en?)|pedimos) (?:{_ALWAYS_NEW})",
)
"""Asks for something that is not there yet."""
ALWAYS_NEW = _words(_ALWAYS_NEW)
"""In a title: what is wished for, unless the text says that it is broken."""
DAMAGED = _words(
    _WRONG,
    "suelt[oa]s?|arranc\\w+|doblad\\w+|torcid\\w+|rasgad\\w+|destroz\\w+|deterior\\w+|suci\\w+|basuras?|ratas?|apagad\\w+|vandal\\w+"
    "|volcad\\w+"
    "|desbord\\w+|rebos\\w+|levantad\\w+|hundid\\w+|averi\\w+|no (?:funciona|va|cambia)\\w*|parpade\\w+|cuelg\\w+"
    "|sobresal\\w+|reparad\\w+|vaciad\\w+",
)
"""Words of a thing that is there and broken, dirty or loose."""
DEFECT = _words(
    "suci\\w+|basuras?|mierdas?|ratas?|cucarachas?|escombros?|abandon\\w+|deterior\\w+|destroz\\w+|peligr\\w+|mal olor"
    "|malos olores|huele\\w*|(?<!anti )ruidos?|botellon\\w*|vandal\\w+|grafiti\\w*"
    "|pintadas|rot[oa]s?|levantad[oa]s?|hundid[oa]s?|apagad[oa]s?|da fallos|desperfectos?|averia\\w*|inundad\\w+|charcos?|barro"
    "|oscur\\w+|chabolas?|plagas?|falta[n]?|no funciona\\w*|mal estado|atropell\\w+|accidentes?"
)
"""Words of a defect or a nuisance."""
