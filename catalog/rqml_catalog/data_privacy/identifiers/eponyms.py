"""Firms, brands and institutes that carry a person's name: "Mercedes Benz", "the Alfred Nobel prize"."""

from __future__ import annotations

import re

# Names that hardly anybody bears besides; "Thomas Cook" and "Paul Smith" are persons as well.
_BRANDS = """
adolfo dominguez, agatha ruiz de la prada, alain afflelou, albert heijn, alexander mcqueen, axel springer, ben nevis,
ben sherman, betty crocker, bruno banani, calvin klein, carl benz, carl zeiss, carolina herrera, charles de gaulle,
charles schwab, charlie hebdo, charlotte tilbury, christian dior, christian louboutin, daniel hechter,
daniel wellington, diane von furstenberg, dirk rossmann, don juan, donald duck, elizabeth arden, ernst klett,
ernst young, franck muller, franck provost, fred perry, friedrich ebert, georg jensen, gianni versace,
giorgio armani, guy laroche, harry potter, harvey nichols, helena rubinstein, hugo boss, jack daniels, jack wolfskin,
jacques dessange, jacques vabre, james bond, jean paul gaultier, jim beam, jimmy choo, johnny walker, john deere,
john hancock, jose cuervo, juan valdez, karl lagerfeld, karl storz, kate spade, konrad adenauer, laura ashley,
laura biagiotti, leonardo da vinci, leroy merlin, louis pasteur, louis vuitton, luisa spagnoli, marc jacobs,
maria montessori, marie brizard, marie claire, marie curie, martin luther king, mary poppins, massimo dutti,
max planck, mercedes benz, michael kors, nina ricci, oscar de la renta, oscar mayer, otto bock, paco rabanne,
paul ehrlich, pepe jeans, philip morris, philipp plein, pierre cardin, pierre fabre, ralph lauren, rebecca minkoff,
robert bosch, robert koch, roberto cavalli, salvatore ferragamo, sara lee, stella artois, stella mccartney, ted baker,
tom ford, tom tailor, tommy hilfiger, victoria secret, vidal sassoon, vivienne westwood, werner siemens, yves rocher,
yves saint laurent
"""
_BRAND = re.compile(rf"(?:{'|'.join('[ -]'.join(brand.split()) for brand in _BRANDS.split(','))})(?!\w)", re.IGNORECASE)
_THING_BEHIND = re.compile(
    r"(?:['’]s)?[ -](?:prize|award|medal|institute?|foundation|university|college|school|academy|hospital|clinic|"
    r"airport|stadium|arena|museum|hotel|bridge|tower|library|theat(?:er|re)|scholarship|fellowship|trophy|"
    r"corporation|industries|pharma(?:ceuticals)?|motors|bank|insurance|capital|systems|technologies|jeans|perfumes?|"
    r"stiftung|universität|gymnasium|schule|klinik(?:um)?|preis|platz|halle|"
    r"fondation|lycée|prix|fundación|fondazione|instituto|istituto|premio)\b",
    re.IGNORECASE,
)
_FIRM_IN_FRONT = re.compile(
    r"(?<!\w)(?:firma|firm|company|brand|marke|marque|marca|société|empresa|azienda|ditta|spółka|konzern|hersteller|"
    r"manufacturer|fabricante?|supplier|fournisseur|fornitore|proveedor|lieferant|retailer)\s\Z",
    re.IGNORECASE,
)
_LONGEST_IN_FRONT = 14


def eponym(text: str, start: int, end: int) -> bool:
    """Whether the name at `start` to `end` stands for a firm, a brand or an institute."""
    return (
        _BRAND.match(text, start) is not None
        or _THING_BEHIND.match(text, end) is not None
        or _THING_BEHIND.search(text, start, end) is not None
        or _FIRM_IN_FRONT.search(text[max(0, start - _LONGEST_IN_FRONT) : start]) is not None
    )
