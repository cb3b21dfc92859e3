"""List the larger towns of Spain, to recognise other cities' questions.

Towns of some size and the capitals of provinces, written by hand; spellings of the other official languages are beside the Spanish
ones. The city's own name is left out where the list is used (`nlp.known_answers.signs`).
"""

TOWNS = tuple(
    name.strip()
    for name in """
    Barcelona; Valencia; València; Sevilla; Seville; Zaragoza; Málaga; Murcia; Palma; Las Palmas; Bilbao;
    Bilbo; Bilbon; Alicante; Alacant; Córdoba; Valladolid; Vigo; Gijón; Xixón; Hospitalet; L'Hospitalet;
    Vitoria; Gasteiz; Vitoria-Gasteiz; A Coruña; La Coruña; Coruña; Elche; Elx; Granada; Terrassa; Badalona;
    Oviedo; Uviéu; Sabadell; Cartagena; Jerez; Móstoles; Santa Cruz de Tenerife; Tenerife; Pamplona; Iruña;
    Almería; Alcalá de Henares; Fuenlabrada; Leganés; Donostia; San Sebastián; Getafe; Burgos; Albacete;
    Santander; Castellón; Castelló; Alcorcón; La Laguna; Logroño; Badajoz; Huelva; Lleida; Lérida; Marbella;
    León; Tarragona; Torrejón; Torrejón de Ardoz; Dos Hermanas; Mataró; Parla; Algeciras; Cádiz; Santa Coloma;
    Alcobendas; Jaén; Ourense; Orense; Reus; Telde; Girona; Gerona; Barakaldo; Lugo; Santiago de Compostela;
    Compostela; Cáceres; Lorca; Coslada; Talavera; El Puerto de Santa María; Cornellà; Las Rozas; Pozuelo;
    Pozuelo de Alarcón; Guadalajara; Toledo; Pontevedra; Avilés; Palencia; Getxo; Sant Boi; Manresa; Ciudad
    Real; Rubí; Torrevieja; Majadahonda; Rivas; Rivas-Vaciamadrid; San Sebastián de los Reyes; Sanse;
    Valdemoro; Paterna; Gandia; Sagunto; Benidorm; Benalmádena; Ponferrada; Zamora; Mérida; Ávila; Cuenca;
    Segovia; Soria; Teruel; Huesca; Ceuta; Melilla; Ferrol; Irun; Collado Villalba; Aranjuez; Arganda;
    Boadilla; Pinto; Colmenar Viejo; Tres Cantos; Galapagar; Navalcarnero; El Escorial; Ibiza; Eivissa;
    Mallorca; Torremolinos; Fuengirola; Estepona; Motril; Linares; Elda; Alcoy; Alcoi; Orihuela; Utrera;
    Siero; Langreo; Mieres; Torrelavega; Vilanova; Viladecans; Castelldefels; El Prat; Granollers; Cerdanyola;
    Sant Cugat; Mollet; Vic; Figueres; Igualada
    """.split(";")
    if name.strip()
)
"""Town names as written; accents and capitals are folded when they are looked up."""
