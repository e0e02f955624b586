"""What the words around a number say about it: "Tel.", "Bestellnummer", "né le", "numéro de passeport".

A label is a word stem in one of eight languages (en, fr, de, es, it, nl, pl, pt). The label that stands nearest in
front of a candidate decides; only where there is none, the nearest one behind it. `OTHER` labels name numbers that are
no personal identifiers (orders, invoices, coordinates), `VERSION` labels dotted numbers that are no addresses, `OWNER`
labels whose number it is ("customer 4711"): they give way to a label in front of them. These three speak only about
what stands in the same clause, a few words away; `OWNER` only about the number straight behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

from rqml_catalog.data_privacy.identifiers.corpus import SEPARATOR
from rqml_catalog.data_privacy.identifiers.spans import Kind

Label = Kind | Literal["OTHER", "VERSION", "OWNER"]

# Labels that say: this number is no personal identifier.
FOREIGN = frozenset({"OTHER", "VERSION", "OWNER"})
_BEFORE, _AFTER = 56, 32
# "d.o.b." is one word.
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}[^\W\d_]?|[^\W\d_]+")
_SHORTEST_STEM = 3
_FARTHEST_FOREIGN = 4  # words between such a label and the number
# The end of a clause; the stop of "no." and "nr." is none.
_CLAUSE_END = re.compile(r"[;!?(\n]|,\s|(?<!\b[Nn][or])(?<!\b[Nn])\.\s")
# "customer no. 4711" is the number of a customer; "the customer read out 4711" says nothing about it.
_NUMBER_WORDS = re.compile(
    r"[\W\d_]*(?:(?:number|num|no|nr|n|numéro|numero|número|nummer|id|code|account|konto|compte|cuenta|ref|file|the|is|"
    r"ist|est|es|è)(?![^\W\d_])[\W\d_]*)*\Z",
    re.IGNORECASE,
)
# "My number is", "mon numéro": with nothing nearer, a telephone number.
_NUMBER = frozenset({"number", "numéro", "numero", "número", "nummer", "numer"})
_INITIALS = frozenset("tmp")
_MINE = frozenset(
    {
        "my",
        "his",
        "her",
        "their",
        "mon",
        "son",
        "mi",
        "su",
        "meine",
        "seine",
        "ihre",
        "mio",
        "suo",
        "mijn",
        "mój",
        "jego",
        "jej",
    }
)

# A stem ends with "." when only the whole word counts.
_STEMS: dict[Label, str] = {
    "PHONE": """
        phone ph. telephon telefon télé telef tel. tél. mobil mobiel celular movil móvil portabl handy. handynum
        cell. cellphone cellulare cellular call. calls. called. calling. callback ring. dial dzwoń zadzwo
        richiam ligar. rufen. anruf erreich reach. llama. llame. llám llamar whatsapp whats. sms text. appel
        appelez chiam telemóv contact. fax. faks. rufnummer bel. bellen bereikbaar rückruf ligar. ligue.
        komórk kontakt. hotline. handset. fono. gsm. joindre joignable kontaktowy tlf. fijo. fixe. festnetz
        landline viber signal. contacte. contactez. kom. recapito. ruf.
        rufe. voicemail tfno. telegram. contatt contacto contato contatar rappel telemovel localiz bereik teléf
        téleph téléph""",
    "CREDIT_CARD": """
        cc. ccn. card. cards. creditcard karte. kreditkart kartennum carte. tarjeta carta. kaart.
        creditcardn kart karty. karta. kartą cartão cartao visa. mastercard amex american. maestro. debit.
        kreditkarte cb. kaartnum cardnum cartões charged. betaalkaart""",
    "IBAN": """
        iban. bankverbind konto. kontonummer rekening. rekeningnum compte. cuenta. conto. rachun""",
    "IP_ADDRESS": """
        ip. ipv4. ipv6. src. dst. host. client. server. subnet gateway. dns. ping. firewall""",
    "MAC_ADDRESS": """
        mac. ethernet. bssid. wifi. wlan. hwaddr. bluetooth. nic. adapter""",
    "US_SSN": """
        ssn. ssn social. socialsecur ssns.""",
    "NATIONAL_ID": """
        national nationwide. nino. ni. insurance. nhs. steuer steueriden identifikationsn idnr. sozialvers
        rentenvers personalausw ausweis. ausweisn sécu. sécurité. secu. nir. insee. dni. nif. nie. documento
        identidad. identité. identity. identidade. identità. identitas fiscale. codicefisc pan. bsn.
        burgerserv sofi. pesel. dowod dowód dowodu. aadhaar aadhar adhaar uidai. cpf. tax. taxpayer. fiscal.
        contribuin itin. tin. personnum henkilö cpr. fødsel rijksreg ahv. avs. sin. tfn. curp. citizen
        bürger cittadin ciudadan obywatel tożsam tozsam identific. identification. idnummer perso. patient.
        rg. nss. seguridad. previdenz sociale. nie/nif cedula cédula rut. cuil. steuernummer id-card niss.
        svnr. svnummer sv. voter""",
    "PASSPORT": """
        passport passeport reisepass pasaporte passaporto passaporte paspoort paszport pass. passnum
        passnr. mrz. reisedok""",
    "DATE_OF_BIRTH": """
        birth dob. born. bday. geboren geburt geb. né. née. nee. naissance. nacim nacid nato. nata.
        nascita. geboort urodz ur. nascim nascid nasc. naci. geboortedat nac. anniversaire. birthday.
        cumple. compleanno. verjaardag. urodziny. aniversário. ddn. dn.""",
    "VEHICLE_PLATE": """
        plate plates. kennz kfz autokennz nummernschild immatric plaque. matrícul matricul. targa.
        targat kenteken nummerplaat rejestra tablic placa. chapa. numberplate registration. reg. rego. vrm.
        matricula vehicle. car. auto. wagen. fahrzeug. voiture. véhicule. coche. vehículo. veicolo.
        macchina. voertuig. samoch pojazd carro. veículo. van. van's parked.""",
    "CRYPTO": """
        btc. bitcoin. eth. ethereum. wallet wallets. crypto crypt. ltc. litecoin. usdt. doge. tron.
        portefeuille cartera. billetera portemonnee portfel. carteira. donat xmr. monero. satoshi
        blockchain. portafoglio""",
    "OTHER": """
        order orders. bestel commande. pedido ordine. ordini. ordernum zamów zamow encomend auftrag invoice
        factur fattura rechnung factuur faktur fatura receipt quittung reçu recibo ricevut paragon ticket
        billet. biljet bilet bilhet ref. réf. refer référenc riferim kenmerk suivi. tracking track.
        parcel sendung colis. envío. envio. spedizion zending przesył rastre shipment shipping. sku. part.
        teil artikel articl article. artículo articolo peça. pièce. pieza pezzo onderdeel część czesc
        product produit produkt producto prodotto produto item. serial sn. s/n. serien série. serie. seriale. seryj
        commit. hash. sha. sha1. sha256. md5. checksum. digest. uuid. guid. isbn. issn. ean. gtin. upc.
        barcode. asin. batch. lot. lote. lotto. chargenn partia. price preis prix. precio prezzo
        prijs. cena. preço. total. amount. betrag. montant. importe. importo. bedrag. kwota. valor. cost.
        coordinat koordin latitud longitud lat. lon. lng. gps. breitengr timestamp epoch. zeitstemp horodat
        unix. case. vorgang dossier. caso. pratica. zaak. sprawa. incident. aktenz jira. issue. bug. pr.
        model modell modèle. modelo modello error. fehler erreur. errore. code. flight. flug. vol.
        vuelo. volo. vlucht. policy police. póliza polizza polis. apólice contract vertrag contrat contrato
        contratto umow meter. zähler compteur contador contatore licznik transaction transak transacc
        transaz transact session. sitzung request. booking buchung réserv reserva prenota boeking rezerw
        warrant garant token. job. run. pid. port. seed. row. record. datensatz. quote. angebot devis.
        presupuesto. preventivo. offerte. oferta. orçamento. voucher gutschein coupon asset. device. gerät.
        appareil. sensor. imei. imsi. postcode. zip. plz.
        cep. postal. postleitz pocztow score. votes. bytes. size. größe. invoicen versand
        delivery. lieferung livraison entrega. consegna. levering. dostaw log. logs. event. kb. catalog
        katalog. catálogo. catalogue. member. mitglied. loyalty account. acct. artikelnr
        pallet. palette container. vin. fahrgestell tx. txid. transactie merchant. terminal. sortcode swift.
        bic. mhz. khz. population. einwohner. revenue. umsatz. umsatzst vat. ust. ust-id ein. siret. siren.
        nip. regon. krs. distance. weight. gewicht. poids. peso. isin. wkn. lei. duns. cusip. cve. rfc. iso.
        din. opcode. register. offset. mem. memory. frame. iteration. epochs. loss. accuracy.""",
    "OWNER": """
        kunden klant cliente klient customer. customern""",
    "VERSION": """
        rv. mozilla chrome. safari. firefox. gecko. webkit. windows. android. linux. version. versión
        versione versie wersj wersja. versão v. ver. release. rev. firmware. software. build. oid. section.
        chapter. kapitel. chapitre. sezione. paragraph. patch. update. upgrade. aktualiz driver. package.
        kernel. schema. doi.""",
}


def _table() -> dict[str, Label]:
    return {stem: label for label, stems in _STEMS.items() for stem in stems.split()}


_TABLE = _table()
_LONGEST_STEM = max(map(len, _TABLE))


def stems(kinds: Iterable[Kind]) -> tuple[str, ...]:
    """The stems of the labels of these kinds; those that end in "." count as whole words only."""
    return tuple(stem for stem, label in _TABLE.items() if label in set(kinds))


@lru_cache(maxsize=65536)
def label_of(word: str) -> Label | None:
    """What this word announces, or None. Words are compared without regard to case."""
    word = word.lower().replace(".", "")
    whole = _TABLE.get(word + ".")
    if whole is not None:
        return whole
    for length in range(min(len(word), _LONGEST_STEM), _SHORTEST_STEM - 1, -1):
        label = _TABLE.get(word[:length])
        if label is not None:
            return label
    return None


def labels_before(text: str, start: int) -> Iterator[Label]:
    """The labels in front of position `start` of a corpus, nearest first."""
    left = max(0, start - _BEFORE)
    left = max(left, text.rfind(SEPARATOR, left, start) + 1)
    while left and text[left - 1].isalpha() and left < start and text[left].isalpha():  # half a word is another word
        left += 1
    words = list(_WORD.finditer(text, left, start))
    for index in range(len(words) - 1, -1, -1):
        word = words[index][0]
        label = label_of(word)
        if label is None and _means_phone(text, words, index):
            yield "PHONE"
        elif label in FOREIGN and not _speaks_of(label, text[words[index].end() : start], len(words) - 1 - index):
            continue
        elif label is not None:
            yield label


def _means_phone(text: str, words: list[re.Match[str]], index: int) -> bool:
    """Whether a word says telephone where it stands: "my number", "T: " or "M: " of a signature."""
    word = words[index][0].lower()
    if word in _INITIALS:
        return text[words[index].end()] == ":"
    return index > 0 and word in _NUMBER and words[index - 1][0].lower() in _MINE


def _speaks_of(label: Label | None, between: str, words: int) -> bool:
    """Whether a label of `FOREIGN` speaks about the number that so many words separate from it."""
    if label == "OWNER":
        return _NUMBER_WORDS.match(between) is not None
    return words <= _FARTHEST_FOREIGN and _CLAUSE_END.search(between, 1) is None


def labels_after(text: str, end: int) -> Iterator[Label]:
    """The labels behind position `end` of a corpus, nearest first."""
    limit = min(end + _AFTER, len(text))
    right = text.find(SEPARATOR, end, limit)
    for distance, match in enumerate(_WORD.finditer(text, end, limit if right < 0 else right)):
        if match.end() == limit < len(text) and text[limit].isalpha():  # half a word is another word
            return
        label = label_of(match[0])
        if label is None or (label in FOREIGN and not _follows(text[end : match.start()], distance)):
            continue
        yield label


def _follows(between: str, words: int) -> bool:
    """Whether a label of `FOREIGN` still speaks about the number in front of it."""
    return words <= _FARTHEST_FOREIGN // 2 and _CLAUSE_END.search(between) is None


def label_at(text: str, start: int, end: int) -> Label | None:
    """The label that speaks about the characters from `start` to `end`, or None."""
    before = labels_before(text, start)
    nearest = next(before, None)
    if nearest == "OWNER":  # "the CPF of the customer is": what the customer owns decides
        return next(before, nearest)
    return nearest or next(labels_after(text, end), None)
