"""Two labelled corpora: one the detectors were developed on, one with other templates that only reports.

A corpus is a list of (text, {(start, end, kind)}); half of the texts hold nothing but look-alikes.
"""

from __future__ import annotations

import uuid
from collections import Counter
from random import Random

import pytest

from rqml_catalog.scenarios import personal_data as fake

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "en_IN", "pt_BR")

# language -> kind -> sentences; "{}" is where the identifier stands.
DEVELOPMENT = {
    "en": {
        "EMAIL": ["Please write to {} about the audit.", "Forwarded by {} yesterday"],
        "PHONE": ["Call me back on {} after five.", "Phone: {}", "Her mobile is {}, try again later"],
        "CREDIT_CARD": ["Charged card {} twice this month", "The payment with {} was declined"],
        "IBAN": ["Transfer the rent to {} please", "IBAN: {}"],
        "IP_ADDRESS": ["Login from {} was blocked", "Request by {} took 20 ms"],
        "MAC_ADDRESS": ["Laptop with MAC {} joined the network"],
        "URL_WITH_CREDENTIALS": ["We deploy with {} on staging"],
        "NATIONAL_ID": ["His national insurance / tax ID is {}.", "Identity number {} was verified"],
        "CRYPTO": ["Send the bitcoin to {} today"],
        "PASSPORT": ["Passport no. {} expires soon", "Travelling on passport {}"],
        "DATE_OF_BIRTH": ["Date of birth: {}", "She was born on {} in the north"],
        "VEHICLE_PLATE": ["Licence plate {} parked at gate 4", "Car registration {} was towed"],
    },
    "de": {
        "EMAIL": ["Bitte an {} schreiben."],
        "PHONE": ["Rufen Sie mich unter {} an.", "Tel.: {}", "Mobil {} ab 18 Uhr"],
        "CREDIT_CARD": ["Kreditkarte {} wurde belastet"],
        "IBAN": ["Bitte auf {} überweisen"],
        "IP_ADDRESS": ["Anmeldung von {} blockiert"],
        "NATIONAL_ID": ["Die Steuer-ID lautet {}.", "Identifikationsnummer {} liegt vor"],
        "PASSPORT": ["Reisepass Nr. {} ist abgelaufen"],
        "DATE_OF_BIRTH": ["Geburtsdatum: {}", "geboren am {} in Kiel"],
        "VEHICLE_PLATE": ["Kennzeichen {} steht im Hof"],
    },
    "fr": {
        "EMAIL": ["Merci d'écrire à {} demain."],
        "PHONE": ["Appelez-moi au {} ce soir", "Tél. : {}", "Portable {}"],
        "CREDIT_CARD": ["La carte {} a été refusée"],
        "IBAN": ["Virement vers {} effectué"],
        "NATIONAL_ID": ["Numéro de sécurité sociale : {}", "NIR {} enregistré"],
        "PASSPORT": ["Passeport n° {} à renouveler"],
        "DATE_OF_BIRTH": ["Né le {} à Lyon", "Date de naissance : {}"],
        "VEHICLE_PLATE": ["Immatriculation {} relevée"],
    },
    "es": {
        "PHONE": ["Llámame al {} mañana", "Teléfono: {}"],
        "NATIONAL_ID": ["Mi DNI es {}.", "Documento de identidad {}"],
        "PASSPORT": ["Pasaporte {} caducado"],
        "DATE_OF_BIRTH": ["Fecha de nacimiento: {}", "Nacido el {} en Sevilla"],
        "VEHICLE_PLATE": ["Matrícula {} multada"],
        "IBAN": ["Ingresar en la cuenta {}"],
    },
    "it": {
        "PHONE": ["Chiamami al {} stasera", "Telefono: {}"],
        "NATIONAL_ID": ["Codice fiscale: {}"],
        "PASSPORT": ["Passaporto n. {} scaduto"],
        "DATE_OF_BIRTH": ["Nato il {} a Torino", "Data di nascita: {}"],
        "VEHICLE_PLATE": ["Targa {} segnalata"],
    },
    "nl": {
        "PHONE": ["Bel mij op {} vanavond", "Telefoon: {}"],
        "NATIONAL_ID": ["BSN: {}", "Zijn burgerservicenummer is {}"],
        "PASSPORT": ["Paspoort {} is verlopen"],
        "DATE_OF_BIRTH": ["Geboortedatum: {}"],
        "VEHICLE_PLATE": ["Kenteken {} gezien"],
    },
    "pl": {
        "PHONE": ["Proszę dzwonić pod {} po pracy", "Telefon: {}"],
        "NATIONAL_ID": ["PESEL: {}", "Numer PESEL {} podano"],
        "PASSPORT": ["Paszport {} wygasł"],
        "DATE_OF_BIRTH": ["Data urodzenia: {}", "Urodzona {} w Gdyni"],
        "VEHICLE_PLATE": ["Numer rejestracyjny {}"],
    },
    "pt": {
        "PHONE": ["Ligue para {} amanhã", "Telefone: {}"],
        "NATIONAL_ID": ["Meu CPF é {}", "CPF {} confirmado"],
        "PASSPORT": ["Passaporte {} vencido"],
        "DATE_OF_BIRTH": ["Data de nascimento: {}", "Nascido em {}"],
        "VEHICLE_PLATE": ["Placa {} registrada"],
    },
}
HELD_OUT = {
    "en": {
        "EMAIL": ["cc {}; they asked for it", "Bounce from <{}> received", "{} unsubscribed"],
        "PHONE": [
            "You can reach my sister at {}!",
            "Emergency contact: {}",
            "Text {} when you land",
            "{} is the best number to call",
        ],
        "CREDIT_CARD": ["Use {} exp 09/29 for the deposit", "CC# {}", "my debit card number: {}"],
        "IBAN": ["Refund goes to account {}", "{} (beneficiary account)"],
        "IP_ADDRESS": ["The device at {} stopped answering", "src={} dst=unknown"],
        "MAC_ADDRESS": ["DHCP lease for {} renewed", "hwaddr {}"],
        "URL_WITH_CREDENTIALS": ["clone from {} then build", "config: {}"],
        "NATIONAL_ID": ["Taxpayer identification number {} on file", "ID card number: {}"],
        "CRYPTO": ["tips welcome, BTC {}", "my wallet is {}"],
        "PASSPORT": ["The passport number given was {}", "passport: {} (renewed)"],
        "DATE_OF_BIRTH": ["DOB {}", "Her birthday is {}", "Patient, born {}, was admitted"],
        "VEHICLE_PLATE": ["A grey van with plates {} left early", "number plate: {}"],
        "US_SSN": ["SSN {}", "Social Security Number: {}", "Applicant's social is {}"],
    },
    "de": {
        "PHONE": ["Unsere Rufnummer lautet {}", "Handy: {}", "Erreichbar unter {} bis mittags"],
        "NATIONAL_ID": ["Steueridentifikationsnummer {}", "IdNr. {} vom Finanzamt"],
        "PASSPORT": ["Passnummer: {}", "mit Reisepass {} gereist"],
        "DATE_OF_BIRTH": ["geb. {}", "Der Patient, geboren {}, kam gestern"],
        "VEHICLE_PLATE": ["Kfz-Kennzeichen: {}", "Das Auto mit Kennzeichen {} blockiert die Einfahrt"],
        "IBAN": ["Kontonummer {}", "Bankverbindung: {}"],
    },
    "fr": {
        "PHONE": ["Joignable au {} le matin", "mon numéro de téléphone : {}", "Mobile : {}"],
        "NATIONAL_ID": ["N° de sécu {}", "numéro INSEE : {}"],
        "PASSPORT": ["numéro de passeport {}"],
        "DATE_OF_BIRTH": ["née le {}", "ma date de naissance est le {}"],
        "VEHICLE_PLATE": ["plaque d'immatriculation {}"],
        "IBAN": ["Mon compte : {}"],
    },
    "es": {
        "PHONE": ["Mi móvil es el {}", "tel. {}", "Contacto: {}"],
        "NATIONAL_ID": ["NIF {}", "con DNI número {}"],
        "PASSPORT": ["Número de pasaporte: {}"],
        "DATE_OF_BIRTH": ["nacida el {}"],
        "VEHICLE_PLATE": ["coche con matrícula {}"],
    },
    "it": {
        "PHONE": ["Il mio cellulare è {}", "tel. {}"],
        "NATIONAL_ID": ["CF {}", "il suo codice fiscale è {}"],
        "PASSPORT": ["numero di passaporto {}"],
        "DATE_OF_BIRTH": ["nata il {} a Bari"],
        "VEHICLE_PLATE": ["auto targata {}"],
    },
    "nl": {
        "PHONE": ["Bereikbaar op {}", "mobiel: {}"],
        "NATIONAL_ID": ["burgerservicenummer (BSN) {}"],
        "PASSPORT": ["paspoortnummer {}"],
        "DATE_OF_BIRTH": ["geboren op {}"],
        "VEHICLE_PLATE": ["auto met kenteken {}"],
    },
    "pl": {
        "PHONE": ["Mój numer telefonu to {}", "kom. {}"],
        "NATIONAL_ID": ["nr PESEL {}"],
        "PASSPORT": ["numer paszportu {}"],
        "DATE_OF_BIRTH": ["ur. {}", "urodzony {}"],
        "VEHICLE_PLATE": ["tablica rejestracyjna {}"],
    },
    "pt": {
        "PHONE": ["Meu celular: {}", "WhatsApp {}"],
        "NATIONAL_ID": ["inscrito no CPF sob o nº {}"],
        "PASSPORT": ["número do passaporte {}"],
        "DATE_OF_BIRTH": ["nascida em {}"],
        "VEHICLE_PLATE": ["carro de placa {}"],
    },
}
# What stands in front of a look-alike.
# Names and addresses, which only the words around tell.
HELD_OUT_CONTEXT = {
    "en": {
        "PERSON": ["Parcel signed for by {}", "Mrs {} will see you now", "On behalf of {}, thank you", "Tenant: {}"],
        "ADDRESS": ["Meter read at {} on Friday", "Residence: {}", "send the form to {}"],
    },
    "de": {
        "PERSON": ["Mit {} vereinbart", "Frau {} übernimmt", "Mieter: {}"],
        "ADDRESS": ["Zähler in {} abgelesen", "Wohnsitz: {}"],
    },
    "fr": {"PERSON": ["Mme {} est absente", "Locataire : {}"], "ADDRESS": ["relevé fait au {}", "Domicile : {}"]},
    "es": {"PERSON": ["La Sra. {} vendrá", "Inquilino: {}"], "ADDRESS": ["lectura en {}", "Domicilio: {}"]},
    "it": {"PERSON": ["Il sig. {} arriva", "Inquilino: {}"], "ADDRESS": ["lettura in {}", "Residenza: {}"]},
    "nl": {"PERSON": ["Mevr. {} komt", "Huurder: {}"], "ADDRESS": ["meterstand op {}", "Woonplaats: {}"]},
    "pl": {"PERSON": ["Pani {} przyjdzie", "Najemca: {}"], "ADDRESS": ["odczyt przy {}", "Mieszka: {}"]},
    "pt": {"PERSON": ["A Sra. {} vem", "Inquilino: {}"], "ADDRESS": ["leitura em {}", "Residência: {}"]},
}

DEVELOPMENT_DECOYS = {
    "en": [
        "Order number {} was shipped",
        "Ticket {} is closed",
        "Version {} released",
        "Invoice {} paid",
        "Build {} failed",
        "Part {} is back",
    ],
    "de": [
        "Bestellnummer {} wurde versandt",
        "Rechnung {} bezahlt",
        "Artikel {} nicht lieferbar",
        "Version {} installiert",
    ],
    "fr": ["Commande {} expédiée", "Facture {} payée", "Référence {} épuisée"],
    "es": ["Pedido {} enviado", "Factura {} pagada", "Referencia {} agotada"],
    "it": ["Ordine {} spedito", "Fattura {} pagata"],
    "nl": ["Bestelling {} verzonden", "Factuur {} betaald"],
    "pl": ["Zamówienie {} wysłane", "Faktura {} opłacona"],
    "pt": ["Pedido {} enviado", "Fatura {} paga"],
}
HELD_OUT_DECOYS = {
    "en": [
        "Tracking code {} not found",
        "{} is the SKU you wanted",
        "See case {} for details",
        "checksum {} does not match",
        "serial {}",
        "ref: {}",
        "quote {} accepted",
    ],
    "de": ["Auftrag {} storniert", "Seriennummer {}", "Vorgang {} offen", "Kundennummer {}"],
    "fr": ["numéro de suivi {}", "dossier {} ouvert", "article {}"],
    "es": ["número de pedido {}", "albarán {}", "serie {}"],
    "it": ["codice articolo {}", "pratica {} aperta"],
    "nl": ["ordernummer {}", "artikelnummer {}"],
    "pl": ["nr zamówienia {}", "numer seryjny {}"],
    "pt": ["código do produto {}", "número do pedido {}"],
}


def _flip(number: str, rng: Random) -> str:
    """The same notation with one digit changed, so that its check fails."""
    places = [i for i, char in enumerate(number) if char.isdigit()]
    place = rng.choice(places[4:] or places)
    return number[:place] + str((int(number[place]) + rng.randint(1, 8)) % 10) + number[place + 1 :]


def _decoy(rng: Random, frames: list[str]) -> str:
    """A text with a look-alike: labelled as something else, or of a shape that no identifier has."""
    bare = [
        str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        f"{rng.getrandbits(160):040x}",
        f"{rng.getrandbits(128):032x}",
        f"2024-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}T1{rng.randint(0, 9)}:27:31.{fake.digits(rng, 3)}Z",
        f"{rng.uniform(-80, 80):.6f}, {rng.uniform(-170, 170):.6f}",
        f"${rng.randint(1, 99)},{fake.digits(rng, 3)},{fake.digits(rng, 3)}.{fake.digits(rng, 2)}",
        f"978-3-16-{fake.digits(rng, 6)}-{rng.randint(0, 9)}",
        f"PN-{fake.digits(rng, 4)}-{fake.digits(rng, 3)}-X",
        _flip(fake.card(rng), rng),
        _flip(fake.iban(rng, "de_DE"), rng),
        _flip(fake.iban(rng, "fr_FR"), rng),
        _flip(fake.wallet(rng), rng),
        f"{rng.randint(256, 999)}.{rng.randint(0, 999)}.{rng.randint(0, 999)}.{rng.randint(256, 999)}",
        f"{rng.choice(['000', '666'])}-12-{fake.digits(rng, 4)}",
        f"v{rng.randint(0, 20)}.{rng.randint(0, 20)}.{rng.randint(0, 99)}",
    ]
    labelled = [fake.digits(rng, size) for size in (7, 8, 9, 10, 11, 12, 13)] + [
        f"{rng.randint(1, 30)}.{rng.randint(0, 30)}.{rng.randint(0, 30)}.{rng.randint(0, 30)}",
        f"{fake.digits(rng, 3)}-{fake.digits(rng, 7)}-{fake.digits(rng, 7)}",
        f"AB{fake.digits(rng, 6)}",
        f"2024{fake.digits(rng, 6)}",
    ]
    return rng.choice(frames).format(rng.choice(bare + labelled))


def make_corpus(templates, decoys, seed: int, size: int = 4000):
    rng = Random(seed)
    corpus = []
    for index in range(size):
        locale = rng.choice(LOCALES)
        language = locale[:2]
        if index % 2:
            corpus.append((_decoy(rng, decoys[language]), set()))
            continue
        own = templates[language]
        kinds = own if rng.random() < 0.6 else templates["en"]
        kind = rng.choice(sorted(kinds))
        before, after = rng.choice(kinds[kind]).split("{}")
        value = fake.MAKERS[kind](rng, locale)
        text = before + value + after
        corpus.append((text, {(len(before), len(before) + len(value), kind)}))
    return corpus


def score(found, corpus):
    """Micro-averaged precision, recall, F1; a span is right when its kind is and half of either text is shared."""
    hits = wrong = missed = 0
    for spans, (_, truth) in zip(found, corpus, strict=True):
        open_truth = set(truth)
        for start, end, kind in spans:
            match = next(
                (
                    t
                    for t in open_truth
                    if t[2] == kind and 2 * (min(end, t[1]) - max(start, t[0])) >= max(end - start, t[1] - t[0])
                ),
                None,
            )
            if match:
                open_truth.discard(match)
                hits += 1
            else:
                wrong += 1
        missed += len(open_truth)
    precision, recall = hits / max(hits + wrong, 1), hits / max(hits + missed, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def held_out(seed: int = 20_261):
    """Texts of every kind, made from sentences on which no detector was improved."""
    context = make_corpus(HELD_OUT_CONTEXT, HELD_OUT_DECOYS, seed + 1, 1600)
    return make_corpus(HELD_OUT, HELD_OUT_DECOYS, seed, 6400) + context


def count(found, corpus):
    """Hits, false alarms and misses per kind, by the rule of `score`."""
    counts = Counter()
    for spans, (_, truth) in zip(found, corpus, strict=True):
        left = set(truth)
        for start, end, kind in spans:
            hit = next((t for t in left if t[2] == kind and _halves((start, end), t)), None)
            counts[kind, "false alarm" if hit is None else "hit"] += 1
            left.discard(hit)
        counts.update((kind, "miss") for _, _, kind in left)
    return counts


def _halves(one, other):
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return 2 * shared >= max(one[1] - one[0], other[1] - other[0])


@pytest.fixture(scope="session")
def development_corpus():
    return make_corpus(DEVELOPMENT, DEVELOPMENT_DECOYS, seed=1)


@pytest.fixture(scope="session")
def held_out_corpus():
    return make_corpus(HELD_OUT, HELD_OUT_DECOYS, seed=20_261)


@pytest.fixture(scope="session")
def f1():
    return score
