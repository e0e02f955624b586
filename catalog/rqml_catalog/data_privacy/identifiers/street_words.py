"""Words for streets, as parts of patterns: behind the name, in front of it, and as the end of a compound."""

from __future__ import annotations


def _any_of(words: str) -> str:
    """A pattern that matches any of the words (each may be a pattern itself)."""
    return "|".join(words.split())


# English: behind the name; most of them from USPS Publication 28, appendix C1.
BEHIND = _any_of(r"""
Alley Annex Ave Avenue Bend Bluffs? Blvd Bottom Boulevard Branch Bridge Brooks? Burgs? Bypass Canyon Cape
Causeway Centers? Cir Circles? Cliffs? Close Colony Common Corners? Course Court Cove Creek Crescent Crest
Crossing Crossroad Ct Curve Dale Dam Divide Dr Drive Estates? Expressway Extensions? Falls? Ferry Fields?
Flats? Fords? Forest Forge Forks? Fort Freeway Gardens? Gateway Glens? Greens? Grove Harbors? Haven Heights
Highway Hill Hills Hollow Hwy Inlet Islands? Isle Junctions? Keys? Knolls? Lakes? Landing Lane Lights? Ln
Locks? Lodge Loop Mall Manors? Marg Meadows? Mews Mills? Mission Motorway Mountains? Nagar Neck Orchard Oval
Overpass Park Parks Parkway Parkways Pass Passage Path Pike Pines? Pkwy Pl Place Plains? Plaza Points? Ports?
Prairie Radial Ramp Ranch Rapids? Rd Rest Ridge Salai River Road Route Row Run Shoals? Shores? Skyway Springs?
Spurs? Sq Square Squares St Station Stravenue Stream Street Summit Terrace Throughway Trace Track Trafficway
Trail Tunnel Turnpike Underpass Unions? Valleys? Via Viaduct Views? Villages? Ville Vista Walk Walks Wall Way
Ways Wells?
""")
# Romance languages and Polish: in front of the name, the house number behind it.
IN_FRONT = _any_of(r"""
Rua R\. Travessa Praça Alameda Estrada Largo Avenida Avda\.? Av\.? Calle C/ Cl\. Plaza Paseo Camino Carrer
Ronda Pasaje Urbanización Glorieta Cuesta Acceso Vial Rambla Callejón Pasadizo Paseig Cañada Vía Calzada
Carretera Vereda Trevo Viela Quadra Setor Conjunto Chácara Residencial Loteamento Passarela Núcleo Morro Vila
Sítio Recanto Parque Pátio Ladeira Lagoa Jardim Fazenda Feira Favela Esplanada Estação Distrito Condomínio
Colônia Campo Área Stretto Canale Rotonda Incrocio Vialetto Lungomare Galleria Salita plac Plac Aleja Aleje
aleje rondo Via Viale Piazza Corso Vicolo Strada Piazzale Contrada Borgo ul\. Ul\. ulica al\. aleja pl\. os\.
""")
# French: in front of the name, the house number before it.
FRENCH = _any_of("""
[Rr]ue [Aa]venue [Bb]oulevard [Bb]d [Pp]lace [Cc]hemin [Aa]llée [Ii]mpasse [Qq]uai [Cc]ours [Rr]oute [Ss]quare
[Pp]assage
""")
# German and Dutch: the end of the name, or its last word.
COMPOUND = _any_of(r"""
[Ss]tra(?:ß ss)e [Ss]tr\. [Ww]eg [Pp]latz [Aa]llee [Gg]asse [Rr]ing damm ufer straat laan plein gracht kade
dijk singel markt berg hof pad steeg hove dreef baan boulevard steig pfad stieg chaussee graben park straße
""")
