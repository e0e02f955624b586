"""Nouns that stand where a name would: whom a letter addresses ("Dear Team"), what a person has ("Patient History")."""

from __future__ import annotations

_ADDRESSED = """
all everyone everybody anyone anybody team teams world folks friend friends colleague colleagues member members guest
guests sirs madam madams ladies gentlemen gentleman mesdames messieurs parent parents student students teacher reader
readers subscriber subscribers user users visitor visitors traveller passenger passengers resident residents neighbour
neighbours neighbor neighbors owner owners homeowner tenant applicant candidate candidates partner volunteer volunteers
donor donors supporter supporters investor investors shareholder shareholders holder seller sellers buyer buyers vendor
vendors supplier suppliers provider customers client clients patients employees employee worker workers
manager managers director recruiter recruiting hiring president chairman chairwoman chairperson minister ambassador
secretary treasurer senator governor mayor chancellor editor editors administrator admin operator developer developers
officer specialist representative agent agents coordinator supervisor principal professor doctor nurse sales
support service services helpdesk desk department dept committee board council community family crew staff personnel
management administration accounts accounting billing reception security operations engineering marketing
procurement logistics quality assurance human resources valued future there again guys directors monitoring
kundin kundinnen kunden kunde herren damen herrschaften freunde freundinnen freund freundin kollege kollegin kollegen
kolleginnen mitglied mitglieder gast gäste eltern schüler leser leserinnen nutzer nutzerin nutzerinnen benutzer mieterin
mieter bewerber bewerberin patienten patientin patientinnen mitarbeitende mitarbeiter mitarbeiterin mitarbeiterinnen
geschäftspartner partnerin zusammen alle nachbarn nachbar präsident präsidentin direktor direktorin minister
ministerin kanzler kanzlerin bürgermeister bürgermeisterin vorsitzender vorsitzende kundenservice kundendienst
personalabteilung abteilung buchhaltung vertrieb leitung redaktion verwaltung
tous toutes équipe client clients cliente clientes clientèle ami amis amie amies collègue collègues membre membres
adhérent adhérents abonné abonnés lecteur lecteurs parents voisin voisins utilisateur utilisateurs président présidente
directeur directrice ministre maire responsable recruteur locataire locataires propriétaire patient patients
clienti cliente gentili tutti tutte amico amici amica amiche collega colleghi colleghe socio soci signori signore ospite
ospiti utente utenti lettore lettori genitori presidente direttore direttrice ministro sindaco paziente pazienti
candidato responsabile ufficio servizio assistenza squadra condomino inquilino fornitore
todos todas equipo clientes cliente amigo amigos amiga amigas compañero compañeros compañera compañeras colega colegas
socios señores señoras miembro miembros usuario usuarios usuaria huésped huéspedes lector lectores padres vecino vecinos
director directora presidenta ministra alcalde paciente pacientes candidata proveedor servicio departamento
equipe clientela pessoal membros usuário usuários utente hóspede leitor leitores pais vizinho vizinhos diretor diretora
prefeito paciente serviço fornecedor aluno alunos senhores senhoras associado associados
allemaal iedereen klant klanten vriend vrienden vriendin collega's lid leden gasten ouders lezer lezers gebruiker
gebruikers buren bewoner bewoners huurder dames voorzitter directeur burgemeester patiënten medewerker medewerkers
relatie klantenservice afdeling
państwo państwa wszyscy zespół zespole klienci klienta klient kliencie klientko przyjaciele koledzy koleżanki członkowie
użytkownik użytkowniku użytkownicy czytelnik czytelniku goście gość rodzice sąsiedzi prezes prezesie dyrektor dyrektorze
prezydent prezydencie minister ministrze pacjencie pacjenci mieszkańcy pracownicy dział obsługa
"""

_POSSESSED = """
history record records file files chart portal journey experience satisfaction success care relations relationship
handbook details detail form forms data information info safety feedback review reviews survey list onboarding
insights segment segments base lifetime value retention churn number name address person persons center centre
complaint complaints request requests engagement education consent discharge summary admission intake outcome outcomes
benefits profile dashboard portfolio status notes note us
nummer akte befund daten betreuung zufriedenheit bestellung anfrage beschwerde liste adresse
dossier données historique fiche numéro suivi satisfaction
historia historial datos ficha número atención expediente
storia cartella dati scheda numero
histórico dados atendimento prontuário
gegevens tevredenheid
dane numer karta
"""

# No name begins with one of these; with one of these inside, a name has to begin with a common given name.
COMMON_NOUNS = frozenset(_ADDRESSED.split()) | frozenset(_POSSESSED.split())
