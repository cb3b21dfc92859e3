"""Words that tell a name from a street, an office or a saint, and words after which a name stands."""

from importlib.resources import files

_LISTS = files("core.privacy.redaction.persons").joinpath("lists")


def _lines(name: str) -> list[str]:
    text = _LISTS.joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def _words(name: str) -> frozenset[str]:
    return frozenset(" ".join(_lines(name)).split())


FIRST = _words("first_names")
LAST = _words("surnames")
ORDINARY = _words("ordinary_names")
GIVEN_FIRST = frozenset(
    "david borja maria jose juan luis carlos miguel antonio manuel francisco javier daniel pablo sergio alberto alvaro jorge raul ruben "
    "ivan diego adrian oscar andres enrique victor fernando rafael angel ignacio jaime eduardo ricardo roberto salvador samuel guillermo "
    "emilio julian felipe joaquin agustin gabriel hugo mario ismael isaac joan josep jordi marc xavier sofia laura marta sara paula "
    "lucia elena cristina ana carmen isabel teresa raquel silvia patricia monica beatriz irene nuria andrea natalia susana eva "
    "omar hassan mohamed ahmed said ibrahim youssef karim rachid fatima aicha khadija".split()
)
"""Given names that are surnames too, but hardly ever stand alone as one."""
SURNAME_TOO = frozenset(
    "adan aguirre alonso amador bautista benito bruno campo cebrian clemente corona cristea "
    "cruz domingo duarte dumitru elias esteban feliciano ferran flores franco gallego gaspar "
    "gil gracia greco hernando jordan lara lazar leon lin "
    "lorenzo luca lucas luna marcos marin marti martin mateo mora moreno nicolas ocampo oliva "
    "oliver pascual pastor paz pina pol ramon reyes rico robert robinson rodrigo roldan roman "
    "roque rosa salvador sancho santiago santos serban "
    "simon smith thomas toribio urbano valentin valero vega vera vicente vidal vincent wilson bernard bernat diego"
    " hussain ali ahmed mohamed khan chen wang amaya borja elvira jacob joseph richard henry martins".split()
)
"""Given names that are as often surnames: behind a given name they count as one."""
PUBLIC = frozenset(_lines("public_persons"))
"""Persons of history and of public office: their names stay."""
STREETS = frozenset(_lines("street_persons"))
"""Persons after whom streets are named: they stay unless somebody signs with such a name, or speaks of a neighbour."""

PARTICLES = frozenset("de del la las los y i e da do dos das di van von der el ben bin al san le du d".split())
SAINTS = frozenset(
    "san santa santo sant santos sta sto virgen sor fray beato beata nuestra apostol saint são sao santu".split()
)
RULERS = frozenset(
    "rey reina infanta infante principe princesa emperador duque duquesa marques marquesa conde "
    "condesa papa cardenal arzobispo obispo general capitan almirante comandante coronel padre "
    "pare".split()
)
PLACES = frozenset(
    "calle calles c cl avenida avda av avd avinguda avingudes plaza plazas pza pl placa praza "
    "plazuela paseo pso passeig carrer carrers rua rue kalea etorbidea glorieta gta "
    "ronda travesia trav camino cmno carretera ctra autovia tunel puente viaducto rotonda cuesta "
    "costanilla pasaje callejon bulevar via "
    "parque parques jardin jardines parc colegio colegios ceip ies instituto escuela escola "
    "eskola liceo conservatorio facultad universidad catedra "
    "hospital clinica ambulatorio consultorio cap centro centros polideportivo pabellon estadio "
    "piscina campo biblioteca teatro auditorio museo sala cine "
    "estacion estaciones metro parada paradas linea lineas tramo intercambiador mercado iglesia "
    "zona parking aparcamiento kiosko quiosco kiosco pasarela esquina explanada ambulativo canchas cancha sierra "
    "borrasca temporal sector alrededores entorno portal corazon hermanos pta puerta poblados alto altos cerro glorietas "
    "instalacion complejo nudo carretera vial pinar dehesa parcela parcelas institut centre hospitales estadi estacio placeta "
    "parroquia ermita basilica catedral cementerio convento "
    "barrio barrios colonia urbanizacion poligono distrito residencia fundacion premio premios "
    "beca estatua busto monumento homenaje placa torre torres "
    "edificio palacio casa casas palacete quinta finca aeropuerto puerto playa street avenue "
    "road square school park station via piazza strasse platz "
    "ley leyes plan decreto sentencia caso obra obras cuadro novela pelicula libro libros poema "
    "cancion autor autora guardia ruta anillo acceso accesos distribuidor nudo cocheras "
    "bar restaurante cafeteria hotel tienda libreria farmacia clinica empresa club peña asociacion "
    "ampa apa estanque poblado boulevard rambla ensanche parquecillo solar gimnasio cdm pista "
    "frontón fronton espacio galeria capilla hermandad cofradia oac rotonda trofeo cross certamen "
    "torneo compania banda antologia coleccion archivo pabellon eje numero salida carril".split()
) - {"centros"} | {"centros"}
OPEN_PLACES = frozenset(
    "bar tienda empresa asociacion ampa apa caso casa casas finca quinta via c sala obra obras "
    "autor autora libro guardia acceso cap club puerto campo plan placa".split()
)
"""Of these those that stand before a private name too: there only a name that follows at once, or with `de`, is theirs."""
ARTS = frozenset(
    "concierto exposicion recital artista artistas cantaor cantaora pianista guitarrista soprano "
    "tenor chef fotografo fotografa fotografia foto fotos comico comica espectaculo pelicula "
    "documental musical actuacion actuaran ponencia presentacion impartida impartido impartidas "
    ""
    "dirigida dirigido catedratico catedratica cronista ganador ganadora campeon campeona trofeo "
    "certamen premio premios medalla homenaje fallecimiento muerte aniversario libro libros "
    "poemario novela cuento autor autora obra obras taller conferencia charla figura figuras "
    "musica "
    "disco coreografa bailaor bailaora bailarina humorista periodista investigador investigadora "
    "musico coautor diseñada disenada astronomo relojero musicas flamenco becas gala certamen "
    "carrera investigadoras entrevista podcast protagonizada interpretada".split()
)
"""Before these somebody stands who is in public by what he does: a name in full stays, unless it is signed or a neighbour's."""
OFFICES = frozenset(
    "alcalde alcaldesa alcaldes alcaldia exalcalde exalcaldesa vicealcalde vicealcaldesa alcaldable "
    "batlle batllessa alcaldessa alkatea prefeito regidor regidora concejal concejala "
    "concejales concejalia conselleria edil ediles ministro ministra exministro exministra "
    "ministerio vicepresidente vicepresidenta delegado delegada consejero consejera conseller "
    "consellera "
    "diputado diputada diputados senador senadora portavoz lehendakari president presidenta "
    "presidente expresidente expresidenta mayor mayoress councillor maire sindaco sindaca burgermeister "
    ""
    "candidato candidata candidatura gobierno govern ejecutivo gabinete equipo legislatura "
    "mandato partido arquitecto arquitecta escritor escritora poeta pintor pintora escultor "
    "escultora cantante "
    "actor actriz cineasta futbolista compositor compositora filosofo historiador dictador "
    "rey reina papa arzobispo obispo juez jueza fiscal comisario comisaria defensor defensora "
    "gerente "
    "coordinador subdelegado subdelegada secretario secretaria urbanista ingeniero jugador torero corregidor".split()
)
PRIVATE_CHAIR = frozenset(
    "comunidad vecinos propietarios ampa apa asociacion escalera portal finca junta club peña bloque campamento"
    " comedor curso extraescolares banda coro peña".split()
)
"""A chair of these is a neighbour, not an office: `la presidenta de la comunidad de vecinos`."""
NEVER = frozenset(
    "ayuntamiento alcaldia concejalia junta municipal policia guardia bomberos samur emt metro "
    "renfe correos canal gobierno estado comunidad distrito barrio ciudad madrid espana "
    "senor senora senores senoras don dona excmo ilmo sr sra srta vecino vecina vecinos vecinas "
    "ciudadano ciudadana presidente presidenta secretario secretaria director directora portavoz "
    ""
    "atentamente saludos saludo gracias hola buenos buenas dias tardes noches cordialmente "
    "abrazo atte fdo firmado dni nif nie tel telefono movil email correo calle avenida plaza "
    "paseo "
    "por para con sin que como cuando donde porque pero yo tu el ella nosotros mi su este esta "
    "todo todos nada muy ya no si un una los las lo le se es son ha han en de a y o "
    "espero ruego solicito pido quiero quisiera necesito vivo soy tengo hay estamos somos escribo "
    "presento adjunto enviado muchas mil desde "
    "asociacion plataforma ampa colectivo grupo club comision departamento servicio servicios "
    "oficina registro urgente urgencia "
    "lunes martes miercoles jueves viernes sabado domingo enero febrero marzo abril mayo junio "
    "julio agosto septiembre octubre noviembre diciembre "
    "amigo amigos amiga compañero companero compañeros equipo chicos gente familia lector lectora "
    "madrileno madrilena madrilenos autonomo autonoma padre madre hijo hija "
    "alcalde alcaldesa concejal concejala ministro ministra responsable encargado tecnico agente "
    "doctor doctora profesor profesora conductor usuario usuaria cliente "
    "majestad tal vez ahora dejamos actualmente feliz navidad ano nuevo fiestas please thanks "
    "dear regards hello hi the and of city council mayor".split()
) - {"julio", "abril", "domingo"}
"""Words that are no part of a name, however large they are written."""
TITLES = frozenset(
    "senor senora senores sr sra srta srs don dona dna dn mr mrs ms miss senyor senyora senhor "
    "senhora herr frau signor signora monsieur madame mme jauna andrea doctor doctora dr dra "
    "seno dª d".split()
)
RELATIVES = frozenset(
    "padres madres hijos hijas abuelos abuelas hermanos hermanas nietos nietas primos primas tios tias suegros sobrinos "
    "sobrinas cunados amigos amigas gemelos gemelas mellizos mellizas bebe nena papi mami yaya yayo iaia iaio hijastro "
    "hijastra madrina padrino ahijado ahijada prometido prometida exmarido exmujer viuda viudo companyera parelles "
    "frutero frutera carnicero carnicera pescadero pescadera panadero panadera kiosquero kiosquera quiosquero quiosquera "
    "tendero tendera bedel celador celadora barrendero barrendera jardinero jardinera socorrista monitor monitora entrenador "
    "entrenadora cocinero cocinera limpiadora empleado empleada encargada repartidor repartidora taxista fontanero electricista "
    "albanil farmaceutico farmaceutica veterinario veterinaria abogado abogada pediatra psicologo psicologa logopeda fisio "
    "auxiliar educador educadora orientador orientadora directora recepcionista secre vigilante pensionista jubilado jubilada "
    "senyora noi noia nen nena germans fills filles veins veines irmans pai nai avo avoa sogra xenro "
    "porteira veciños compañeiro compañeira muller vizinho vizinha vizinhos mae irmao marido esposa neto neta colega "
    "husband boyfriend girlfriend partner grandmother grandfather grandma grandpa mum dad mom aunt uncle cousin nephew niece "
    "colleague carer flatmate voisins frere soeur copain copine collegue oncle tante cousin cousine fratello sorella nonno nonna "
    "zio zia collega bruder schwester frau opa onkel tante freund freundin mutter vater aitona amona osaba izeba "
    "anaia arreba ahizpa senarra emaztea "
    "vecino vecina vecinos vecinas veina vei vecinita madre padre hijo hija marido mujer esposo "
    "esposa pareja novio novia hermano hermana abuelo abuela tio tia primo prima sobrino sobrina "
    "suegro suegra "
    "cunado cunada nieto nieta yerno nuera amigo amiga companero companera jefe jefa casero "
    "casera inquilino inquilina propietario propietaria dueno duena administrador administradora "
    "portero portera conserje "
    "presidente presidenta profesor profesora maestro maestra tutor tutora medico medica enfermero "
    "enfermera conductor conductora cartero cartera peluquero peluquera camarero camarera dependienta "
    "cuidadora asistenta "
    "senora senorita nino nina chico chica anciano anciana agente policia trabajador trabajadora "
    "tecnico tecnica funcionario funcionaria operario paciente alumno alumna "
    "filla fill germana germa avia avi dona marit amic amiga mare pare filho filha fillo "
    "filla irman irma veciño vecina veciña vecino neighbour neighbor son daughter wife husband "
    "mother father brother sister friend landlord landlady "
    "voisin voisine fils fille mari femme ami vicino vicina figlio figlia marito moglie nachbar "
    "nachbarin sohn tochter bizilaguna auzokidea semea alaba ama aita".split()
)
GREETINGS = frozenset(
    "hola ola hi hello dear kaixo bonjour ciao hallo querido querida estimado estimada apreciado "
    "apreciada benvolgut benvolguda estimat estimada caro cara prezado prezada olá liebe lieber "
    "sehr cher chere gentile gracias thanks merci grazie obrigado obrigada gracies eskerrik "
    "oye oiga felicidades enhorabuena buenas".split()
)
CLOSINGS = frozenset(
    "atentamente atte saludo saludos cordialmente abrazo abrazos besos beso salutacions salutacio "
    "cordialment atentament saudos saudo unha aperta agur adeitasunez regards sincerely yours "
    "cordialement salutations saluti distinti gruss grusse grussen cumprimentos atenciosamente "
    "abraco afectuosamente respetuosamente gracias gràcies gracies thanks thank grazie merci "
    "eskerrik obrigado obrigada grazas despido despide cordiales antemano cheers abracada besada petons peto "
    "aperta apertas bicos besarkada muxu musu bero hug xoxo beijos beijinhos bises abbraccio baci".split()
)
SIGNED = frozenset(
    "fdo firmado firma firmante signat signatura asinado sinatua assinado signed signe firmato "
    "gezeichnet remitente nombre nom nome name izena nombres apellidos solicitante interesado "
    "interesada reclamante denunciante contacto titular atencion atte".split()
)
SAYING = frozenset(
    "dijo dice dijeron conto cuenta comento comenta llamo llamaba escribio escribe explico "
    "confirmo contesto respondio vive vivia trabaja aparca tira tiro molesta grita discutio "
    "denuncio denuncia amenazo insulto agredio ayudo atendio pega vino viene baja saca pasea "
    "deja".split()
)
BEFORE_PLACE = frozenset(
    "en desde hasta hacia entre esquina cruce tramo confluencia interseccion frente zona altura a".split()
)
