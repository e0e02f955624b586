"""Common given names of some fifteen countries, and the words that begin, end or introduce a name."""

from __future__ import annotations

_GIVEN = """
james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony
mark donald steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan
jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory frank alexander
raymond patrick jack dennis jerry tyler aaron jose adam nathan henry douglas zachary peter kyle walter ethan
jeremy harold keith christian roger noah gerald carl terry sean austin arthur lawrence jesse dylan bryan joe
jordan billy bruce albert willie gabriel logan alan juan wayne roy ralph randy eugene vincent russell elijah
louis bobby philip johnny oliver harry oscar leo alfie charlie freddie theo liam mason lucas owen caleb
isaac luke connor cameron aidan graham stuart nigel simon ian neil colin derek mary patricia jennifer linda
elizabeth barbara susan jessica sarah karen lisa nancy betty margaret sandra ashley kimberly emily donna
michelle carol amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia kathleen amy angela
shirley anna brenda pamela emma nicole helen samantha katherine christine debra rachel carolyn janet
catherine maria heather diane ruth julie olivia joyce virginia victoria kelly lauren christina joan evelyn
judith megan andrea cheryl hannah jacqueline martha gloria teresa ann sara madison frances kathryn janice
jean abigail alice julia judy sophia grace denise amber doris marilyn danielle beverly isabella theresa
diana natalie brittany charlotte marie kayla alexis lori amelia isla ava poppy lily ella freya chloe mia zoe
lucy ellie harriet fiona gillian hazel claire joanne tracey gemma hans klaus jürgen juergen wolfgang dieter
uwe bernd günter guenter horst helmut manfred gerhard rainer werner stefan andreas markus matthias thorsten
torsten sven jens jörg joerg ralf kai tim tobias sebastian florian felix lukas maximilian moritz niklas finn
jonas leon elias karl heinz ulrich dirk holger olaf heiko fritz otto ernst heinrich ursula renate helga
monika ingrid brigitte karin gisela sabine petra gabriele susanne heike martina silke anja katrin kathrin
birgit claudia melanie tanja katja daniela stefanie lena leonie johanna greta frieda marlene mathilda lea
luisa elke ute anke angelika erika hannelore ilse katharina franziska annika ronja jana pierre michel
philippe alain nicolas christophe françois francois laurent frédéric frederic julien olivier éric sébastien
sebastien stéphane stephane pascal thierry gilles bruno didier antoine guillaume alexandre maxime jérôme
jerome mathieu matthieu romain benoît benoit cédric cedric yves henri rené hugo théo théophile gabin raphaël
nathalie isabelle sylvie françoise valérie valerie sophie sandrine véronique veronique christelle céline
celine aurélie aurelie émilie camille manon léa chloé inès jeanne monique élodie elodie caroline delphine
florence corinne agnès hélène helene margaux amélie amelie juliette louise mathilde clémence océane antonio
josé manuel francisco javier josé-luis luis carlos jesús jesus alejandro miguel rafael pedro pablo ángel
angel sergio fernando jorge alberto álvaro alvaro adrián adrian diego raúl raul enrique ramón ramon vicente
iván ivan rubén ruben óscar andrés andres joaquín joaquin santiago eduardo mario roberto jaime ignacio
marcos gonzalo carmen maría ana isabel dolores pilar rosa josefa cristina ángeles antonia elena marta
mercedes lucía lucia paula raquel beatriz rocío rocio alba silvia montserrat encarnación inmaculada nuria
irene rosario marina sofía sofia ainhoa leire noelia yolanda verónica consuelo concepción margarita giuseppe
giovanni luigi francesco angelo vincenzo pietro salvatore carlo franco domenico paolo michele giorgio aldo
luciano marco alessandro lorenzo matteo luca stefano davide simone riccardo federico giulio gianluca fabio
massimo enrico emanuele claudio daniele filippo tommaso leonardo nicola giuseppina giovanna carmela caterina
francesca antonietta carla concetta rita margherita franca paola giulia chiara valentina alessia elisa
federica ilaria simona giorgia aurora ginevra beatrice serena roberta gaia camilla bianca eleonora jan
johannes cornelis hendrik willem pieter gerrit petrus jacobus jeroen maarten bas sander wouter daan sem lars
thijs bram milan luuk teun sjoerd joost koen martijn rik tom niels ruud henk kees piet wim joris cornelia
elisabeth anneke marieke sanne femke lotte fleur eva tess saar noor evi lieke iris esther marloes annemarie
mieke wilma els hanneke anouk maaike piotr krzysztof andrzej tomasz paweł pawel michał michal marcin
stanisław stanislaw jakub marek łukasz lukasz grzegorz mateusz wojciech mariusz dariusz zbigniew jerzy
maciej rafał rafal kamil jacek józef jozef dawid szymon kacper bartosz tadeusz artur ryszard henryk
przemysław przemyslaw filip antoni franciszek aleksander katarzyna małgorzata malgorzata agnieszka ewa
krystyna elżbieta elzbieta magdalena joanna aleksandra danuta natalia zofia karolina beata dorota alicja
jadwiga janina iwona grażyna hanna jolanta paulina justyna renata zuzanna wiktoria oliwia maja halina bożena
joão joao antónio antônio paulo luiz luís marcelo felipe rodrigo manoel mateus andré andre fábio tiago
thiago gustavo leandro márcio vinícius vinicius rui nuno gonçalo francisca antônia adriana juliana márcia
fernanda patrícia aline camila bruna jéssica letícia leticia júlia luciana vanessa mariana gabriela vitória
larissa cláudia inês mafalda catarina joana matilde raj rahul amit sanjay vijay ravi suresh ramesh rajesh
anil sunil ajay arjun rohan vikram aditya arun deepak manoj pradeep ashok sandeep karan nikhil varun krishna
ganesh mohammed mohammad muhammad ahmed imran ali omar hassan ibrahim yusuf priya anjali neha pooja sunita
anita kavita deepa lakshmi divya shreya ananya aishwarya meera nisha rekha swati sneha fatima aisha aarav
vivaan ishaan saanvi diya kiran harish mahesh naveen lalita geeta radha sita erik anders björn bjorn johan
nils astrid magnus gustav elsa freja henrik mikael olof kristina
"""

# Capitalised words that start a sentence, or name a place, a company or a month: they end a run of name parts.
_NOT_NAMES = """
the a an this that these those our your my his her their its we you they he she it i in on at for from to of
and or but if when while with without please contact call email mail dear hello hi hey thanks thank regards
best kind sincerely yours send sent ask reach meet see hired fired order invoice ticket customer client
patient employee user account report street road avenue lane drive square court boulevard park station
airport hospital hotel university school college church river lake bay island mountain valley city county
state north south east west new old san saint los las santa inc ltd llc gmbh ag corp company co bank group
holding partners foundation institute museum theatre theater center centre january february march april may
june july august september october november december monday tuesday wednesday thursday friday saturday
sunday januar februar märz mai juni juli oktober dezember lundi mardi mercredi jeudi vendredi american
british german french spanish italian dutch polish indian english european international national global
united straße strasse str weg platz allee rue place via piazza calle plaza avenida rua praça ulica aleja
laan straat der die das ein eine und oder bitte kunde herr frau mein meine unser le la les un une et ou
notre votre el una y o il lo gli uno e de het een en dit proszę os as um uma no na em card visa mastercard
paypal windows linux android iphone galaxy model version series edition pro plus max mini air google amazon
apple microsoft samsung sony office server database python java oracle azure cloud standard premium basic
day week month year cup prize award act law theorem disease syndrome method process distribution code union
bridge
"""

_HONORIFICS = """
mr mrs ms miss mx dr prof sir madam herr herrn frau m mme mlle monsieur madame mademoiselle sr sra srta
señor señora señorita don doña sig sigra signor signora signore signorina dott dottssa dottoressa dhr mevr
mw mevrouw meneer heer pan pani pana panią senhor senhora dona shri smt sri kumari rev capt captain lady
lord dra ing
"""

_PARTICLES = """
van von der den de del della di da dos das du la le el ter ten zu zum y e af al bin ibn d' do
"""

# A run of capitalised words straight behind one of these is a person's name.
_INTRODUCTIONS = """
name named named: fullname surname lastname firstname nom prénom prenom nombre apellido apellidos nome
cognome naam voornaam achternaam imię nazwisko vorname nachname familienname sobrenome apelido heiße heisse
heißt appelle llamo llama chiamo chiama heet nazywam chamo chama patient patientin patiente paciente paziente pacjent
patiënt kunde kundin client cliente klant klient customer employee mitarbeiter mitarbeiterin employé
empleado dipendente medewerker pracownik funcionário contact kontakt contacto contatto ansprechpartner dear
hello hi hola ciao bonjour hallo cher chère caro cara beste querido querida geehrter geehrte liebe lieber
szanowny szanowna estimado estimada gentile egregio geachte prezado prezada regards sincerely grüße grüßen
cordialement saludos saluti groeten groet pozdrawiam cumprimentos atenciosamente signed undersigned
unterzeichnet signé holder cardholder inhaber kontoinhaber titulaire titular intestatario beneficiary
passenger passagier passager pasajero passeggero applicant tenant mieter locataire inquilino attn
"""

GIVEN_NAMES = frozenset(_GIVEN.split())
NOT_NAMES = frozenset(_NOT_NAMES.split())
HONORIFICS = frozenset(_HONORIFICS.split())
PARTICLES = frozenset(_PARTICLES.split())
INTRODUCTIONS = frozenset(_INTRODUCTIONS.split())
