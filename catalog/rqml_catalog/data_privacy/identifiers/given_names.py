"""Common given names of some fifteen countries, and the words that begin, end or introduce a name."""

from __future__ import annotations

_GIVEN = """
james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony mark donald
steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan jacob gary nicholas eric
jonathan stephen larry justin scott brandon benjamin samuel gregory frank alexander raymond patrick jack dennis jerry
tyler aaron jose adam nathan henry douglas zachary peter kyle walter ethan jeremy harold keith christian roger noah
gerald carl terry sean austin arthur lawrence jesse dylan bryan joe jordan billy bruce albert willie gabriel logan
alan juan wayne roy ralph randy eugene vincent russell elijah louis bobby philip johnny oliver harry oscar leo alfie
charlie freddie theo liam mason lucas owen caleb isaac luke connor cameron aidan graham stuart nigel simon ian neil
colin derek mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty margaret sandra
ashley kimberly emily donna michelle carol amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia
kathleen amy angela shirley anna brenda pamela emma nicole helen samantha katherine christine debra rachel carolyn
janet catherine maria heather diane ruth julie olivia joyce virginia victoria kelly lauren christina joan evelyn
judith megan andrea cheryl hannah jacqueline martha gloria teresa ann sara madison frances kathryn janice jean abigail
alice julia judy sophia grace denise amber doris marilyn danielle beverly isabella theresa diana natalie brittany
charlotte marie kayla alexis lori amelia isla ava poppy lily ella freya chloe mia zoe lucy ellie harriet fiona gillian
hazel claire joanne tracey gemma hans klaus jürgen juergen wolfgang dieter uwe bernd günter guenter horst helmut
manfred gerhard rainer werner stefan andreas markus matthias thorsten torsten sven jens jörg joerg ralf kai tim tobias
sebastian florian felix lukas maximilian moritz niklas finn jonas leon elias karl heinz ulrich dirk holger olaf heiko
fritz otto ernst heinrich ursula renate helga monika ingrid brigitte karin gisela sabine petra gabriele susanne heike
martina silke anja katrin kathrin birgit claudia melanie tanja katja daniela stefanie lena leonie johanna greta frieda
marlene mathilda lea luisa elke ute anke angelika erika hannelore ilse katharina franziska annika ronja jana pierre
michel philippe alain nicolas christophe françois francois laurent frédéric frederic julien olivier éric sébastien
sebastien stéphane stephane pascal thierry gilles bruno didier antoine guillaume alexandre maxime jérôme jerome
mathieu matthieu romain benoît benoit cédric cedric yves henri rené hugo théo théophile gabin raphaël nathalie
isabelle sylvie françoise valérie valerie sophie sandrine véronique veronique christelle céline celine aurélie aurelie
émilie camille manon léa chloé inès jeanne monique élodie elodie caroline delphine florence corinne agnès hélène
helene margaux amélie amelie juliette louise mathilde clémence océane antonio josé manuel francisco javier josé-luis
luis carlos jesús jesus alejandro miguel rafael pedro pablo ángel angel sergio fernando jorge alberto álvaro alvaro
adrián adrian diego raúl raul enrique ramón ramon vicente iván ivan rubén ruben óscar andrés andres joaquín joaquin
santiago eduardo mario roberto jaime ignacio marcos gonzalo carmen maría ana isabel dolores pilar rosa josefa cristina
ángeles antonia elena marta mercedes lucía lucia paula raquel beatriz rocío rocio alba silvia montserrat encarnación
inmaculada nuria irene rosario marina sofía sofia ainhoa leire noelia yolanda verónica consuelo concepción margarita
giuseppe giovanni luigi francesco angelo vincenzo pietro salvatore carlo franco domenico paolo michele giorgio aldo
luciano marco alessandro lorenzo matteo luca stefano davide simone riccardo federico giulio gianluca fabio massimo
enrico emanuele claudio daniele filippo tommaso leonardo nicola giuseppina giovanna carmela caterina francesca
antonietta carla concetta rita margherita franca paola giulia chiara valentina alessia elisa federica ilaria simona
giorgia aurora ginevra beatrice serena roberta gaia camilla bianca eleonora jan johannes cornelis hendrik willem
pieter gerrit petrus jacobus jeroen maarten bas sander wouter daan sem lars thijs bram milan luuk teun sjoerd joost
koen martijn rik tom niels ruud henk kees piet wim joris cornelia elisabeth anneke marieke sanne femke lotte fleur eva
tess saar noor evi lieke iris esther marloes annemarie mieke wilma els hanneke anouk maaike piotr krzysztof andrzej
tomasz paweł pawel michał michal marcin stanisław stanislaw jakub marek łukasz lukasz grzegorz mateusz wojciech
mariusz dariusz zbigniew jerzy maciej rafał rafal kamil jacek józef jozef dawid szymon kacper bartosz tadeusz artur
ryszard henryk przemysław przemyslaw filip antoni franciszek aleksander katarzyna małgorzata malgorzata agnieszka ewa
krystyna elżbieta elzbieta magdalena joanna aleksandra danuta natalia zofia karolina beata dorota alicja jadwiga
janina iwona grażyna hanna jolanta paulina justyna renata zuzanna wiktoria oliwia maja halina bożena joão joao antónio
antônio paulo luiz luís marcelo felipe rodrigo manoel mateus andré andre fábio tiago thiago gustavo leandro márcio
vinícius vinicius rui nuno gonçalo francisca antônia adriana juliana márcia fernanda patrícia aline camila bruna
jéssica letícia leticia júlia luciana vanessa mariana gabriela vitória larissa cláudia inês mafalda catarina joana
matilde raj rahul amit sanjay vijay ravi suresh ramesh rajesh anil sunil ajay arjun rohan vikram aditya arun deepak
manoj pradeep ashok sandeep karan nikhil varun krishna ganesh mohammed mohammad muhammad ahmed imran ali omar hassan
ibrahim yusuf priya anjali neha pooja sunita anita kavita deepa lakshmi divya shreya ananya aishwarya meera nisha
rekha swati sneha fatima aisha aarav vivaan ishaan saanvi diya kiran harish mahesh naveen lalita geeta radha sita erik
anders björn bjorn johan nils astrid magnus gustav elsa freja henrik mikael olof kristina agatha agnes alastair albie
alec alexa alison allison alyssa angus annabel annie archie arlene ariana aubrey audrey barry ben bernard bernice
bertha bessie beth bethany bonnie brad bradley brent brett bridget caitlin calvin carrie cassandra cecil cecilia
chelsea clara clarence clifford clive cody connie corey craig curtis damian damon danny darren daryl dave deirdre
desmond dominic donovan doreen duncan dustin ebony edith edna edwin eileen elaine eleanor elliot elliott ellen eloise
elsie emmanuel erica erin ernest esme ethel eugenia evan evie fay felicity fletcher francis fred freda frederick
gareth garry gavin geoffrey geraldine gilbert gina glenn glenda gordon gwen gwendolyn harvey hayley hilary howard hugh
ida imogen jackie jake jamie jane jasmine jeff jeffery jenna jenny jill jim jimmy joann jodie joel joey jon josephine
josh justine karina kate katelyn katie katrina kay kaylee keira kelsey kerry kirsty kristen kristin krystal kurt kylie
leah leigh leonard leroy leslie lester lewis lillian lindsay lindsey lloyd lola lorraine lydia lynda lynn lynne mabel
mackenzie malcolm mandy marcia marcus marian marianne marjorie marsha marvin maureen maurice maxine melvin meredith
miles mildred mitchell molly mona muriel myra nadia naomi natasha nathaniel nellie nina nora norma norman ollie pam
patsy patty pauline penelope penny phillip phoebe phyllis priscilla quentin rachael randall reece reginald rhonda rhys
ricardo rick ricky rob rodney roland ron ronnie rosemary rosie roxanne rupert ryder sabrina sadie sally sam sammy
scarlett seth shane shannon shaun shawn sheila shelby shelley sienna stacey stacy stanley stella stewart suzanne
sylvia tabitha tamara tammy tanya tara ted terence terri tiffany tina toby todd tommy tony tonya tracy travis trevor
tristan troy tyrone vera vernon veronica vicki vickie victor viola vivian wanda warren wendy wesley wilfred willow
winifred yvette yvonne zara zoey achim adelheid adolf albrecht alexandra alfons alfred alina alois alwin amalie anett
anette anneliese annegret annelie annett antje anton arne arnd arno arnold axel babette beate benedikt benno
bernadette bernhard bert berthold bertram bettina bodo burkhard carina carola carolin carsten cathleen cathrin christa
christel christiane christof christoph cindy claus clemens conny constanze cordula corinna dagmar detlef detlev
dietmar dietrich dominik dora eberhard eckhard edeltraud edgar ekkehard eleonore elfriede elvira emil emilia erhard
erich erna erwin eugen evelin ewald ferdinand franz friedhelm friedrich georg gerd gerda gerlinde gertrud gertraud
giesela gottfried götz gregor gudrun guido gunda gundula gunnar gunther günther hanne hanni hannes hans-peter harald
hartmut hartwig hedwig heidemarie heidi heidrun heiner heino hella helma henning henriette hermann hermine herta
hildegard hilde hiltrud hubert ilona inge ingeborg ingo ingolf ines irina irmgard irma irmtraud irmtraut isabell
isolde janine jasmin joachim jochen johann jolanda josef josefine juliane jutta kai-uwe karl-heinz karla karlheinz
karola karsten kaspar kathi käthe käte kerstin kirsten klara klaus-dieter klemens knut konrad konstantin kornelia
kunigunde lara leni leopold liane lieselotte lilli lina linus lothar louisa lorenz ludger ludwig luise lutz magda
malte manuela marc marcel margarete margarethe margit margot margret margrit marion marita marko marlies mathias
mechthild mechtild meike melina merle michaela mike milena mina minna miriam mirko nadine nadja nele nico norbert olga
oskar oswald ottilie otmar ottmar peggy philipp pia raimund ramona regina regine reinhard reinhold reiner reinhardt
rene ricarda rolf roman romy ronny rosalinde rosel rosemarie roswitha rosi rudi rudolf rüdiger sascha saskia selma
senta sibylle siegbert siegfried siegmar siegmund sigmund sigrid sina sofie sonja sonnhild steffen steffi stephan
susann svenja svetlana swen sybille tatjana thea thekla theodor therese thilo tilo timo traude traute trude udo ulla
ulf ulli undine ursel urte uta valentin verena veronika viktor viktoria volker volkmar walburga waldemar waltraud
waltraut wenzel wendelin wiebke wilfried wilhelm wilhelmine willi willy winfried wolfram xaver yannick zita ismail
mehmet mustafa murat ayşe ayse emine fatma hatice hasan hüseyin adèle adélaïde adrien adrienne agathe aimé aimée alban
albane alexandrie alexia alix alphonse anaïs anastasie andrée angèle anne antoinette arlette armand arnaud arnaude
aude augustin aurore auguste augustine axelle barnabé bastien benjamine berthe blanche capucine carole cécile céleste
célestine célina chantal charlène claude claudette claudine clément clémentine colette constance cyril cyrille damien
danièle denis denys dominique dorothée édith édouard eléonore éléonore élie éliane élise élisabeth éloïse émeline
émile emmanuelle enzo estelle étienne eugène eugénie eulalie évelyne eve ève fabien fabienne fabrice fanny félix
fernand firmin flavie flora franck frédérique gaël gaëlle gaétan gaston gautier geneviève geoffroy georges georgette
gérald gérard germain germaine géraldine ginette grégoire grégory guy gwenaëlle hortense hugues huguette irène jacques
jean-baptiste jean-claude jean-françois jean-luc jean-marc jean-paul jean-pierre jeannine jérémie jérémy jocelyne joël
joëlle josette josiane josseline jules karine laetitia laure laurence léon léonie lionel loïc louna luc lucie lucien
lucienne ludovic lydie lys madeleine madeline maëlle maël maggie marc-antoine marcelle marguerite marie-claire
marie-france marie-thérèse marius marlène marthe martin martine maryse maxence mélanie mélissa micheline mireille
morgane myriam nadège noël noémi noémie odette odile olivie pascale patrice paule paulette perrine philibert
philippine raymonde régine régis rémi rémy renée rolande roseline roxane sébastienne solange solène stanislas
stéphanie sylvain tanguy théodore thérèse timothée ugo ulysse valentine valéry victoire virginie vivien vivienne
xavier yann yasmine yohan zacharie zoé achille ada adele adelaide adelina adolfo agata agnese agostino alberta albina
alda alderano alessio alessandra alfio alfonso alfredo alvise amalia amadeo amedeo amleto anastasio angelica angelina
annalisa annamaria annetta annibale annunziata anselmo antonella antonello antonino arianna armando arnaldo arrigo
arturo atenulf augusto aurelio azeglio azzurra baldassare bartolomeo battista benedetta benedetto beniamino berenice
bernardo biagio bice calogero carlotta carmelo carmine carolina celestino cesare cinzia cirillo ciro clelia clemente
clio coluccio concetto coriolano corrado cosimo costantino costanza cristian cristiana cristiano cristoforo damiano
danilo dario debora delfina desiderio dina dino domenica donatella donatello donato durante edoardo edda efisio egidio
eliana eliseo elisabetta elio emiliano emilio enzio ermanno ermenegildo ernesto erminia ester ettore eugenio eusebio
evangelista ezio fabia fabiana fabiola fabrizia fabrizio fedele federigo ferdinando fiamma filiberto filomena fiorella
fiorenza fiorenzo flavia flavio fortunata fulvio gabriella gaetano galasso gaspare gastone gelsomina gennaro geronimo
giacinto giacobbe giacomo giampaolo giampiero gian gianbattista giancarlo gianfranco gianluigi gianmarco gianna gianni
gianpaolo gilberto gino gioacchino gioachino gionata giosuè giuliano giuliana giulietta giusy glauco goffredo graziano
graziella grazia gregorio griselda guarino guglielmo ignazio ilenia imelda immacolata innocenzo iolanda ippazio isa
ivana ivo jacopo ladislao lamberto lauretta lauro lazzaro leone leopoldo letizia lia liana liberto licia lidia liliana
lilla lino livia livio loredana lorenza loretta luana lucio lucrezia ludovica ludovico luigina maddalena marcella
marcello marianna mariella marisa maristella marissa mariano martino massimiliano matilda maura maurizio mauro melania
michela michelangelo milo mimma mirella mirco monica napoleone nedda nella nicolò nicoletta niccolò ninetta nino noemi
nunzia nunzio oreste orazio orlando ornella osvaldo ottavio ottavia ottone pasquale pasqualina patrizia patrizio
pellegrino piergiorgio piermaria pierluigi piero pierpaolo pietra pina pino pompeo puccio quirino raffaele raffaella
raffaello raimondo ranieri remigio renato renzo riccarda rinaldo rocco rodolfo rolando romana romeo romina romolo
ronaldo rosalia rosanna rosina rosita rossana rosaria ruggero ruggiero sabatino salvi sandro sante santino saverio
sebastiano serafina sergius severino sonia silvestro silvano silvio stefani stefania susanna tatiana telemaco
temistocle teodoro tiziana tiziano tonino torquato tullio ubaldo ughetto uberto umberto valerio vincenza virgilio vito
vittoria vittorio viviana vladimiro zaira abel abelardo abril adela adelaida adelardo adoración agapito agustín
agustina ainara ainoa aitana aitor alejandra alejo aleix alex alicia almudena alonso amado amador amancio amaya
ambrosio amparo ana-maría anabel anacleto angélica ángela angelita aníbal antón anunciación apolonia araceli aránzazu
arantxa ariadna ariel arsenio atilio aurelia aura azahara azucena bartolomé basilio baltasar bárbara bautista begoña
belén beltrán benigno benita benito benjamín berta bernabé bernarda berto blanca blas bonifacio borja brígida calisto
calista camilo candela cándido cándida caridad carlota carmina casandra casemiro catalina cayetano celestina celia
celso cesar césar cipriano ciríaco clímaco clotilde conchita consuela constanza cornelio cosme crescencia cristóbal
dafne damián dani dalila darío débora delia demetrio dionisia domingo dorotea edelmira edgardo edmundo eduarda efraín
elba eladio eleuterio elías eligio eloísa eloy elodia elpidio emelina emigdio emiliana encarnita eneida epifanio
ernestina estefanía esteban estela eulalia eusebia eustaquio evaristo evelia ezequiel fabián fátima faustino feliciana
feliciano felicidad felisa fermín ferran fidel florencia florencio florentina florentino francisco-javier fulgencio
galo gaspar genoveva georgina gerardo germán gertrudis godofredo graciana graciela guillermo guiomar haroldo haydée
héctor heliodoro herberto hermenegildo hernando hernán herminia herminio higinio hilario hipólito horacio humberto
ibán icíar ildefonso íngrid inés íñigo iñaki isaías isaura isabela isidora isidoro isidro ismael itziar jacinta
jacinto jacobo jafet javi jenaro jeremías jerónimo jesusa joaquina jonatan jordán jordana jordi josé-antonio
josé-manuel josefina josep joseba josué josune jovita juan-antonio juan-carlos juan-josé juan-manuel juana juanita
julián julieta julio justa justo kike lázaro leandra leocadia leonor leonel leoncio león ligia lilia lisandro lope
lorena lourdes luis-miguel luisina lupe lupita macarena macario maite manola manolo manu marcela marcelina marcelino
marciano maricela maricruz marisol maribel marianela matías mateo mauricio máxima maximiliano máximo melchor melisa
micaela miguel-ángel miguela milagros minerva mireia modesta modesto moisés mónica nacho narcisa narcisco natividad
nazario nélida nerea néstor nicanor nicolás nicolasa nidia nilda noa noé noemí norberto nydia obdulia octavia octavio
odalis ofelia olalla olegario olimpia oriol otilia ovidio paca pacífica paco paloma pancho pascual pascuala pastora
patricio pepe pepita perlita pía pío plácido plinio poncio porfirio porcia primitiva prudencia purificación quique
rafaela ramiro raimundo rebeca reinaldo remedios reynaldo rogelio román roque rosa-maría rosalía rosalina rosalinda
rosana rosaura roldán rosendo rufina rufino ruperto sabas salomón samanta samu sancho saturnina saturnino saúl
sebastián sebastiana segismundo selena serafín severiano severo sigfrido silvestre simón soledad sosimo susana
susanita tania tecla telmo teo teodora teófila teófilo tere teresita tiburcio timoteo tito tomás tomasa toribio toño
trini ulises urbano uriel úrsula valentín valeria valero vanesa vasco venceslás vidal vilma violeta virgilia
visitación víctor victoriano wálter wilfredo ximena xiomara yago yaiza yésica yéssica zacarías zaida zoraida albertus
anouska arie arjan arjen bart bastiaan berend boudewijn bregje carlijn coen corné dorien eline esmee evert fabian
frits froukje gerard geert gijs gijsbert harm heleen hendrika herman imke ineke jaap jan-willem jasper jelle jesper
jet jip joep joke jordy jorrit jos jurre karel kim klaas laurens leendert lenie lennart lisanne lizzy lodewijk marije
marijke marike marjolein marleen menno merel mirjam mirthe niek nienke pepijn pim quinten quirine remco rens reinier
renske rianne roel roelof roos rosalie sebastiaan stef stijn teunis thijmen tijn tineke trudy veerle wessel wilhelmina
willemijn yara aniela anastazja arkadiusz bartłomiej błażej bogdan bogumiła bogusław cecylia cezary czesław dagmara
daria eliza eryk eugeniusz gustaw helena ignacy igor inga irena iwo izabela janusz jarosław jeremi julian julianna
juliusz kaja kajetan kalina karol kazimierz kinga konstanty kornel krystian lucyna ludwik łucja maks maksymilian
malwina maurycy mieszko mieczysław mikołaj miłosz nataniel nela nikodem nikola olgierd patryk patrycja radosław
roksana róża rozalia sławomir sylwia tobiasz tola tymon tymoteusz urszula wacław weronika wiesław wiktor witold
władysław zdzisław zenon zygmunt abhishek aditi akash akhil akshay alok amar amita amrita anika anitha ankit ankita
anuj anupama arnav ashwin avinash ayesha balaji bhavna charu darshan devika dhruv dinesh esha farhan gaurav gautam
girish gopal govind harsh hemant indira ishita jatin jyoti kabir kamala kapil kartik kavya kishore kunal madhu mahima
mamta manish manju megha mohan mohit mukesh mukul namrata naresh neeraj neeta nidhi nikita nitin padma pallavi pankaj
parth pranav prasad praveen preeti radhika raghu rajat rajeev rajendra rakesh ramya rani ranjit ravindra reena renu
ritika ritu rohit roshni sachin sahil samir sangeeta sapna sarita satish savita seema shalini shankar sharmila shilpa
shivani shobha shruti siddharth smita sneh soham sonal srinivas subhash sudha sudhir sujata sumit sushma tanvi tarun
tejas uday usha vandana varsha venkat vidya vimal vinay vineet vinod vishal vivek yash yogesh
aarón abdul adrianna adriano aimee alana alberico albin aleks allan alma almut amandine anatol annette annick anselm
antony aron ashleigh ashton aureliano balthasar baptiste bartek bastian bela bernardino bertrand bethan beverley
bianka birgitta birthe blandine blanka bogumił bolesław borys callum camillo carly cathy charlene clare clementina
cornelius cory declan delfino diethelm dionisio dorothea dorothee duane eckart edmund edyta egon elli elmar emmi
engelbert ennio enno ermes ernestine ewelina felicia frederike friederike fryderyk gabrielle gebhard gereon germana
gernot gert gertruda gesa gesine giada giordano gisèle gitta gotthard greg guénolé hagen hansjörg harro heide helge
helmuth henryka herbert heribert hervé holm honorata iga ignaz ilka inka italo jakob janna jannik joséphine julita
julius jędrzej kamila karoline kathy kieran klaudia korbinian kordula ksawery leanne lesley leszek liesbeth liesel
lodovico mareike marlis mattia maud mauricette melitta michèle mirja mirosław murielle natan natascha ninon oliwier
paolina petronella pierina pénélope reinhild remigiusz resi roselyne ruprecht serge severin sieglinde sigmar silvana
solveig swantje sylvette szczepan séverine sören sława theodore theresia thibault thibaut tilman traudel ulrike urs
velten vicenta viviane walther wiesława wigbert willibald włodzimierz
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
