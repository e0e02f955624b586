"""The most common given names and surnames of eight countries, without accents: what e-mail addresses are made of."""

from __future__ import annotations

_FIRST = """
john mary james anna david peter michael maria robert jennifer thomas sarah daniel laura paul julia mark emma william
lisa richard susan andrew linda joseph elizabeth martin sophie chris jane alex kate matthew emily kevin karen brian nina
stephen lucy george helen simon claire steven amy eric rachel jason andrea patrick barbara adam sandra ryan jessica
stefan nicole andreas monika christian sabine jan eva pierre marie jean nathalie carlos carmen jose ana antonio lucia
marco giulia giovanni francesca piotr katarzyna hans petra pedro joana raj priya
"""

_LAST = """
smith jones brown davis miller johnson williams wilson taylor garcia martinez rodriguez anderson thomas moore jackson
martin lee white harris clark lewis robinson walker young allen king wright hill scott green adams baker nelson evans
roberts edwards hughes wood hall cooper muller schmidt schneider fischer weber meyer wagner becker schulz hoffmann
dubois bernard petit durand leroy moreau laurent simon fernandez lopez gonzalez sanchez perez rossi russo ferrari
bianchi jansen devries bakker nowak kowalski silva santos costa kumar singh sharma patel doe khan
"""

# The most common first.
FIRST, LAST = _FIRST.split(), _LAST.split()
