"""List the phrases by which questions begin in messages, by sign.

Regular expressions of folded text, each alternative between word boundaries, in Spanish, English, Catalan, Galician and Basque. A sign
that starts with `asks_` says what is asked. They were written with the half `fit` of tests/gold/answers in view.
"""

PHRASES: dict[str, tuple[str, ...]] = {
    "asks_where": (
        r"donde|adonde|por que (?:via|canal|medio|cauce)|en que (?:oficina|comisaria|sitio|cubo|contenedor)",
        r"a que contenedor|where|on (?:es|puc|s|el|la|denuncio|aviso)|onde|non (?:dago|da)",
        r"(?:sitio|link|enlace) para",
    ),
    "asks_how": (
        r"como (?!cada|siempre|antes|nunca|tod[oa]s|un|una|si|el|la|los|las|puede ser|es posible)\w+|de que manera",
        r"que (?:procedimiento|tramite|pasos|cauce)|cual es (?:la via|el cauce|el procedimiento|el tramite)",
        r"con que (?:app|aplicacion)|how (?:do|can|to|does|could)|what s the best way",
        r"com (?:puc|es|el|ho|em|m|va|la)|nola",
    ),
    "asks_whom": (
        r"a quien|quien (?:me|nos|le|la) (?!\w+ba)",
        r"quien (?:arregla|recoge|retira|ayuda|media|puede (?!vivir)|viene|lleva|da|concede|fumiga)",
        r"quien (?:lo|la|los|las) (?:recoge|retira|arregla|lleva|quita|limpia|atiende)|ante quien",
        r"con (?:quien|que organismo)|a que (?:numero|telefono|servicio|oficina|puerta)|cual es el telefono",
        r"que (?:numero|telefono)|es (?:cosa )?(?:vuestr[oa]|con (?:vosotros|ustedes))|who (?:do|should|can|to)",
        r"a qui|a quen|what number|zein (?:zenbaki|telefono)",
    ),
    "asks_needs": (
        r"que (?:hago|hacer|hay que|he de|hemos de|debo|debemos|tengo que|tiene que|necesito|necesitamos|papeles|documentos|documentacion)",
        r"que (?:requisitos|permisos?|autorizacion|condiciones|obligaciones|licencia|titulo)|hay que (?!aguantar)",
        r"es preciso|basta|he de|debo|necesito (?:permiso|licencia|cita|cuenta)|se (?:exige|paga|pide|necesita)",
        r"tiene que pedir|que se hace con|what (?:do|should|paperwork)|do (?:i|we) need|que necess?ito|que papeis",
        r"cal (?:ser|fer)|zer behar|fan falta",
    ),
    "asks_may": (
        r"se puede|se pueden|puedo|podemos|podria|pueden|puede (?:un|una|ir|mi|el|la)|esta permitido|es legal",
        r"me multan|es obligatori[oa]|me dejan|me sirve|vale para|can (?:i|we|my|tourists|someone|two|a)|puc|podese",
        r"sar(?:tu)? naiteke",
    ),
    "asks_exists": (
        r"hay (?:algun|alguna|alguien|ayudas?|beca|becas|subvencion)",
        r"hay (?:oficina|una (?:web|dependencia)|campamentos?|otra|algo|huertos|protocolo|descuento)",
        r"existe|tienen algun|teneis (?:oficina|algun)|tiene algo|ofrecen|admiten|guardan|da clases|alguna ayuda",
        r"siguen teniendo|haceis|aplazais|is there|are there|hi ha|badago",
    ),
    "asks_to": (
        r"quiero (?:poner|pedir|presentar|adoptar|avisar|hacer|quejarme|aprender)|quisiera|querria|querriamos|deseo",
        r"desearia|podriais|podrian|podeis|me pasais|decidme|que alguien me diga|me dec[i]s|me gustaria|solicitar",
        r"ayudar",
    ),
    "asks_when": (
        r"cuando (?:es|abre|abren|se (?!inaugura)|empieza|puedo|podemos|son|pasa|encienden|cierra)",
        r"hasta cuando (?:se|me|dura)|que fechas|plazo|horario|cuanto (?:tarda|tiempo)|desde que hora",
        r"a partir de que hora|a que hora(?:s)? (?:pasa|sale|pueden|se puede|abre|empieza)|esta abiert[oa]",
        r"when (?:do|does|are|is)|quan (?:obren|es)|cando (?:abren|se)",
    ),
    "asks_price": (
        r"cuanto (?:cuesta|vale|hay que pagar|se paga|me van)|a cuanto asciende|precio|tarifa|es gratis|how much",
    ),
    "asks_why": (r"por que (?!via|canal|medio|cauce)|que criterio|a que se debe|why|per que|zergatik|por que non",),
    "asks_count": (
        r"cuant[oa]s (?!dias)|que porcentaje|importe medio|cuanto (?:gana|gano|cobra|ha|han|nos|dinero|va a)",
        r"how many|quants|zenbat",
    ),
    "asks_who_is": (
        r"(?<!a )quien(?:es)? (?:es|era|fue|fueron|son|gano|ha|han|autorizo|canta|firma|es quien)",
        r"quien (?:lo|la) (?:diseno|firmo|hizo)|que (?:empresa|arquitecto|especie|arbol|material)",
        r"de (?:que|quien) (?:material|es)|quien (?:se viene|puede vivir)|who is|qui (?:toca|canta)",
    ),
    "asks_what_happened": (
        r"que (?:era|eran|fue|paso|pasara|ha pasado|esta pasando|estan|se celebra|van a|va a|habia|opinais|tiempo)",
        r"alguien sabe (?:por|si|que)|what (?:happened|is going|are those)|what s wrong",
    ),
    "asks_plans": (
        r"piensan|van a (?:poner|alargar|hacer|abrir|quitar|construir)|va a (?:haber|subir|volver)|para cuando",
        r"pa nunca|por fin|noiz arte|fins quan",
        r"cuando (?:vais|van|acaba|acaban|acabais|inauguran?|se inaugura|dimite|arreglan?|dejan|dejais|llega)",
        r"hasta cuando (?!se|me|dura)\w+",
    ),
    "mocks": (
        r"enhorabuena|de verdad|no os da|verguenza|genios?|lumbreras|brillante|otra vez|otra (?:zanja|noche)",
        r"otro ano|y los que|os vot[ae]\w*|un aplauso|para esto|y van cuantas|seguimos|nos veis|como no",
        r"claro que si|millones (?:en|llevais)|en el cielo",
    ),
    "earlier_request": (
        r"(?:mi|nuestro) (?:expediente|solicitud|aviso|incidencia|numero de)|sigo sin|sigue igual|sin respuesta",
        r"estado (?:esta|de mi)|no (?:ha|han) (?:venido|contestado|llamado|respondido)|no vienen",
        r"nadie (?:me|nos) (?:ha|han)|no sale la lista|que pasa con mi",
        r"(?:pedi|solicite|presente|avise|llame|meti|envie|reclame)|me he presentado|dejado fuera",
        r"tiene concedid[oa]|cuando (?:vendran|me contestan|me llamaran)|i (?:applied|reported|requested)",
        r"no (?:reply|email|answer)|weeks ago",
    ),
    "since": (
        r"llev(?:o|a|amos|an|abamos) (?:ya |mas de )?(?:\w+ )?(?:dias|semanas?|meses|mes|anos?|min|minutos|h|horas)",
        r"hace (?:ya )?(?:\w+ ){1,2}(?:semanas?|meses|mes|anos?)|desde (?:hace|el|la|ayer|anoche)",
    ),
    "greets": (r"gracias|un saludo|buen[oa]s (?:dias|tardes)|estimad[oa]s|hola|hi|hello|bon dia|kaixo|ola",),
}
