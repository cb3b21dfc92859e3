"""The words by which a post shows whether it speaks of a city's life, or of sport, trade, the state or another place.

Folded (no accents, no capitals); `*` at the end of a word: any ending. Words of one city stand in its profile, not here.
"""

SERVICES = tuple(
    """
    acera* adoquin* alcantarilla* alcorque* alumbrado ambulancia* aparca* arbol* ascensor* asfalto asfaltado atasco* autobus* bache*
    baldos* banco bancos barrendero* basura* biblioteca* bici* bicicleta* bocina* botellon* bus buses caca* carril* cagada*
    carteristas cole colegio* contenedor* columpio* desahucio* desrati* empadron* escombro* excremento* farola* fuente* grafiti*
    graffiti* grua hueco huerto inundacion* jardin* limpi* lanzadera llenos marquesina* mugre multa* obra obras okupa* orin*
    papelera* parada* parque* paso paterre patinete* pavimento peaton* peatonal* piscina* pintada* pipican* plaza plazas poda podar
    polideportivo* policia* rata ratas recogida reciclaj* ruido* salud semaforo* socavon* sombra* suci* tala talan talas terraza*
    trafico tranvia* urgencias vado* valla* zanja* zebra cebra chinches cucarachas mosquitos polvo perros sueltos banos publicos
    aseos pis meada* olor huele bin bins bike bikes council crossing escalator* garbage litter* neighbour* neighborhood* noise
    parking pavement* pothole* rats recycl* rubbish shade sidewalk* street streets streetlight* traffic trash tree trees underground
    metro poubelle* trottoir* ordures piste* cyclable* bruit arbre* rue rues lixo calcada* buraco* rua ruas onibus autocarro*
    arvore* marciapied* rifiut* spazzatura strada strade mezzi buche rumor* mull strasse* radweg* laerm larm baume brossa vorera
    voreres carrer carrers fanal* contenidor* soroll veins veines beinat beines parc beirarrua* contedor* farol* vecin* zabor* kale
    kalea kaleak espaloi* zarata iluminacion luces luz estacion estaciones guarderia* escuela* vehiculo* coche coches moto motos
    taxi taxis taxista* estacionamiento rampa* escaleras tunel portal portales garaje bolardo* residuos colillas vidrio cubo cubos
    envases heces canino* canina* palomas ramas plantar riego raices cemento solar solares parcela* vivienda viviendas fachada*
    ruina edificio edificios polideportiv* pistas instalaciones instituto ceip centro-de-salud consultorio ambulatorio comedor
    discapacidad silla-de-ruedas carrito* cuidado seguridad robo robado robos vandal* incivic* patinadores transporte* frecuencia*
    lineas linea cercanias vagon* anden* convoy conductor conductores tuneles calzada* carretera* circulacion circular cruzar cruce
    semaforic* velocidad bomberos samu fuga* tuberia* cloaca* apagon cortes-de quema quemados humo decibelios desbordad* plantan
    arrancan cesped estanque patos banco-publico transport transports u-bahn aufzug lift lifts elevator toilets fontaines panchine
    trasporti fermata
    """.split()
)
"""Things that a city's services clean, repair, run or watch over."""
COUNCIL = tuple(
    """
    ayuntamiento ayto consistorio alcalde alcaldes* alcaldia concejal* municipal* pleno ordenanza* padron junta-municipal
    junta-de-distrito distrito* barrio barrios barriada* vecino vecinos vecina vecinas vecinal* vecindario empadron* tasa zbe
    bajas-emisiones urbanismo licencia-de-obra cita-previa peatonaliza* ajuntament regidor* veins barri barris concello udal* auzo*
    mairie maire quartier comune sindaco sindaca quartiere camara-municipal prefeitura bairro rathaus burgermeister* city-council
    town-hall mayor neighbourhood* neighborhood* residents council ibi impuesto impuestos junta-de-vecinos asociacion-vecinal
    tramite tramites cita licencia licencias normativa presupuesto-participativo servicios-sociales mayores residentes ciudadano
    ciudadanos ciudadania movilidad urbano urbana administracion funcionario* remodelacion obras-publicas
    """.split()
)
"""The council and the people of its districts."""
LIFE = tuple(
    """
    alquiler* caler* calor capital casero centro ciudad town downtown cuesta* vivir vivo vive vivimos viven cada-dia comercio*
    libreria verbena* fiestas feria-de carnaval cabalgata procesion* romeria turista* turistico* pisos-turisticos aire contaminacion
    boina calima tormenta* llueve nieve nevada granizo frio grados bochorno asfixia atardecer amanece amanecer pasear paseo
    gentrifica* gente guapa enamora huelga manifestacion concentracion carnicero mercadillo mercado mercados rent heat summer sunset
    locals tourists crowded queue queues pickpocket* festival chaleur ete touristes verao caldo estate hitze sommer cielo niebla
    gorrion* escalera piso pisos zulo humedades caro caros cara carisimo bonita bonito precios peques crios abuelos abuela musica
    chiringuito bar bares navidad belen noche olor moved living expensive beautiful clean amabl* durmiendo sin-techo mendigo* apagon
    callejear
    """.split()
)
"""Daily life in a city: rents, weather, festivities, crowds."""
PROBLEM = tuple(
    """
    asco averiad* averia* colaps* cortan cortada cortado corte cortes cerrad* cierra cierran denuncia* desastre desvia* dormir fatal
    harta harto hartas hartos imposible lleva llevamos llevan retira retiran roto rota rotos rotas saturad* sin verguenza vergonzoso
    arregla* arreglen pedimos piden protest* queja* abandonad* olvidad* peligro* apagad* fundid* gracias enhorabuena ole por-fin
    broken closed dirty filthy fix fixed overflowing packed unsafe thanks please casse* sale propre sujo suja sporco sporca rotti
    kaputt schmutzig brut bruta sucio falta faltan necesita* indignad* molesta molestan prometid* promete* esperando espera otra-vez
    otra-noche aver-si nadie alguien-sabe ni-un ni-una arrancan quitan quitado impiden bloque* tapan jodid* cae caido caida
    despues-de de-una-vez still again nobody missing stuck need needs fehlt personne incroyable assurdo ningu
    """.split()
)
"""How people speak when something should be mended, or was."""
SPORT = tuple(
    """
    gol goles golazo* golea goleada* penalti* penalty fichaj* ficha fichar fichas ficho delantero* portero* lateral entrenador
    champions laliga liga derbi derby alineacion* madridis* merengue* colchoner* blaugran* cule cules euroliga euroleague copa
    arbitro* arbitral var playoff ascenso descenso descuento empata empate gana gano ganar pierde remonta semifinal* cuartos final
    jornada temporada camiseta* equipacion mundial seleccion titular banquillo vestuario aficion acb nba jugador* baloncesto set
    sets torneo puntos lider colista goal goals striker signing signed midfielder offside coach match season league cup homer*
    quarter-final semi-final equipe but buteur joueur terrain terzino gioca squadra partita finale jogo jogador gols joga spiel
    ruckspiel tor tore partido partidazo* puntazo superliga premier segunda primera renueva cedido extremo uefa fifa supercopa
    mundialito roland-garros wimbledon atp wta barca bayern juve inter-de-milan liverpool arsenal psg chelsea sentencia clasifica*
    elimina eliminado vence vencer remontada hat-trick doblete tripleta triplazo rebotes mvp playoffs prorroga partidos rival
    visitante marcador victoria derrota empatar campeon campeones campeonato finalista cesion traspaso clausula pichichi grada palco
    tanda lesion baja-por baloncestista futbolista tenista ciclista piloto gran-premio vuelta-a win wins won beat beats lost loses
    score scored lineup equipazo futbolero clasico jugar juega jugando jugara plantilla racha golaveraje victoire defaite vittoria
    vince sconfitta calcio vitoria futebol sieg verliert gewinnt mannschaft
    """.split()
)
"""Sport; what it does to streets comes with words of streets."""
TRADE = tuple(
    """
    oferta ofertas empleo reserva reservar vuelo vuelos voos volo hotel hoteles euros eur descuento descuentos envio envios sorteo*
    sorteamos menciona cv curriculum camarero programador consultora contacta compromiso solicita informacion titulo homologado
    presencial master curso stand booth ponencia startup expositor* plataforma teletrabajo vendo venta vende compro preventa gira
    tour presale flights flight hotels book booking hiring apply discount code cheap deals remote visit guide travel airline ibex
    inversor* acciones opa cnmv stocks bourse borsa banco-central fed mercados cotiza* la-bolsa cercasi inviare restaurante-italiano
    stadtereise flug buchen ab nachte receta kilos presentamos ven-a-vernos inscribete inscripcion* plazas-limitadas bio promocion
    promo outlet rebajas tarifa tarifas tarjeta-regalo escapada alojamiento apartamento hostal spa resort crucero viajes turoperador
    hipoteca inmobiliaria m2 hab dormitorios exterior salario jornada-completa incorporacion vacante vacantes candidatura practicas
    beca cliente clientes empresa consultoria software networking feria-internacional pabellon ponente ponentes jornadas simposio
    webinar premio premios startups negocio facturacion beneficio* trimestre banco-santander bbva inditex telefonica repsol
    iberdrola subasta cosecha exporta exportacion job jobs salary rooms deal sale conference summit keynote investors shares index
    mercato offerta offerte prenota emprego vaga angebot reise gunstig vol vols reservez offre emploi recrute entradas-de
    vendo-entradas llamanos enlace nuestro-stand nuestros-vinos nuestra-tienda nuestras-tiendas companera-de-piso companero-de-piso
    habitacion amueblad* based launches designer nanny city-break agencia
    """.split()
)
"""Trade, travel, jobs, fairs, stock exchange."""
STATE = tuple(
    """
    gobierno congreso diputado* ministro* ministra consejo-de-ministros decreto pensiones presupuestos ley senado elecciones
    candidat* psoe pp vox podemos sumar junts sanchez feijoo nacional estado otan cumbre audiencia-nacional independen* financiacion
    centralismo provincias irpf consejeria consejero* consejera presidenta oposicion* interinos listas regional region asamblea
    cortes-generales generalitat xunta gobierno-regional autonomic* mazon petro government parliament minister treaty agreement
    president election gouvernement accord regierung schulden* governo ministerio ministerios bruselas tratado embajada embajador
    onu soberania gobierno-central rajoy aznar tribunal supremo constitucional hacienda montero abascal puigdemont erc pnv bildu bng
    catalunya cataluna euskadi galicia transferencias referendum mocion parlamento investidura legislatura plenaria
    consejo-de-gobierno europeo europea comision-europea aliados defensa migratorio agricultores tractorada hospitales docentes
    maestros sanidad-publica natalidad deputacion diputacion provincial govern conseller consellera xunteiro lehendakari eu nato
    summit migration congress senate deputies espagne spagna spanien ministre rodalies tren-de regadio* exteriores infanta
    rey-felipe
    """.split()
)
"""The state, its regions and their politics."""
PASSING = tuple(
    """
    nacio murio boda prima primo hermana hermano cunado sobrino aeropuerto llegando llegada viaje viajo avion tren maleta novela
    pelicula disco cancion estudio detienen juzgado juicio historia siglo obispo poeta podcast flying flight cousins travelling born
    died voo mudou lavoro ferie examen jefa abrazo zoo cachorros ensalada zumo rucula papa cardenal* fraile fray presidente senador*
    doctora profesor rumbo camino-de de-vuelta bolo tocamos actuamos actuacion grabamos grabado rodo rodaje exposicion-de cuadros
    pintura pintor pintora escritora escritor actor actriz cantante presenta-su firma-de-libros trilogia ensayo poemas poema
    biografia memorias vuelvo mudo mudarse abuela-es nieto sobrina cumpleanos recomendais consejos aprobado oposiciones master
    investigadores cientificos descubren mafia fugitivo detenido-en extraditado escala maletas tren-de-alta renfe-ave iberia ryanair
    vueling wedding concert album movie book study suitcase luggage layover matrimonio concerto film aereo voyage mariage vole
    urlaub konzert se-casa en-casa-de de-erasmus mir universidad
    """.split()
)
"""Where a city's name stands in passing: journeys, births, studies, films."""
FORENAMES = tuple(
    """
    ana maria marta laura lucia carmen elena sara paula andrea cristina isabel paloma piedad pilar rosa teresa julia irene juan jose
    luis carlos miguel antonio manuel francisco javier david daniel alejandro pedro pablo jorge sergio fernando alberto julio mario
    raul ruben oscar ivan diego arturo alex allan alonso angel ramon rafael vicente enrique tomas hugo martin john james robert
    michael mary jennifer coach doctor doctora dr dra profesor profesora senador senadora fray san sor don dona senor senora mr mrs
    ms hermanos familia capitan payaso
    """.split()
)
"""Before a city's name they make it a surname."""
LANDS = tuple(
    """
    colombia cundinamarca antioquia iowa nebraska missouri maine new-mexico new-york filipinas philippines
    surigao* mexico usa ee.uu eeuu argentina venezuela carabobo nicaragua guanajuato gto veracruz bolivar chile peru ecuador bolivia
    cuba guatemala honduras uruguay california texas florida nuevo-leon vereda cordillera
    """.split()
)
"""Lands overseas that have towns of the same names; the profile's `not` adds its own."""


TOWNS = (
    "Barcelona|Valencia|Sevilla|Zaragoza|Málaga|Murcia|Palma de Mallorca|Bilbao|Alicante|Córdoba|Valladolid|Vigo|Gijón|"
    "A Coruña|Vitoria|Granada|Oviedo|Pamplona|Almería|San Sebastián|Donostia|Santander|Burgos|Albacete|Salamanca|Logroño|"
    "Badajoz|Huelva|Lleida|Tarragona|Cádiz|Jaén|Ourense|Girona|Lugo|Cáceres|Toledo|Guadalajara|Cuenca|Ávila|Segovia|Soria|"
    "Teruel|Huesca|Zamora|Palencia|Pontevedra|Madrid|Lisboa|París|Roma|Londres|London|Berlín|Bogotá|Buenos Aires|"
    "Lima|Chicago|Boston|Miami|Manchester|Milan|Rabat|Bruselas|Monterrey|Galicia|Catalunya|Cataluña|Extremadura|Andalucía"
).split("|")
"""Where a post may be about instead; not when a street bears the name (`calle de Toledo`)."""
