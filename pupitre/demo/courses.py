"""What the demo provider teaches."""

import re
from datetime import datetime, timedelta
from typing import Any

from pupitre.formats import NBSP
from pupitre.models import Category, Course, Provider, TaxClass

PROVIDER = {
    "name": "Formations Rivage",
    "street": "1275, rue des Ateliers, bureau 200",
    "city": "Montréal",
    "province": "QC",
    "postal_code": "H2S 0A1",
    "phone": "514 555-0142",
    "email": "inscriptions@exemple.ca",
    "privacy_officer": "Noémie Caron-Diallo, directrice des opérations",
    "gst_number": "812345678 RT0001",
    "qst_number": "1212345678 TQ0001",
    "accreditation_number": "0057483",
    "refund_steps": [[168, 100], [24, 50]],
    "owners_can_refund": True,
}

# slug, French name, English name, hue of the covers
CATEGORIES = (
    ("secourisme", "Secourisme", "First aid", 8),
    ("salubrite-alimentaire", "Salubrité alimentaire", "Food safety", 95),
    ("sante-et-securite", "Santé et sécurité", "Health and safety", 38),
    ("equipes", "Équipes et climat de travail", "Teams and workplace climate", 265),
    ("numerique", "Numérique", "Digital skills", 212),
    ("langues", "Langues au travail", "Languages at work", 325),
)

SECOND_LANGUAGE = "Cours de langue seconde donné par une école de formation professionnelle"

COURSES: tuple[dict[str, Any], ...] = (
    {
        "slug": "secourisme-en-milieu-de-travail",
        "allows_moves": True,
        "category": "secourisme",
        "title_fr": "Secourisme en milieu de travail",
        "title_en": "Workplace first aid",
        "summary_fr": "Deux journées de pratique pour agir avec assurance en attendant l’arrivée des secours : "
        "réanimation, défibrillateur, hémorragies, malaises et réactions allergiques.",
        "summary_en": "Two hands-on days to act with confidence until help arrives: CPR, defibrillator, bleeding, "
        "sudden illness and allergic reactions.",
        "programme_fr": """
            Évaluer les lieux, protéger la victime et appeler les secours
            Pratiquer la réanimation et utiliser un défibrillateur externe automatisé
            Dégager les voies respiratoires d’une personne qui s’étouffe
            Arrêter un saignement, soigner une brûlure, immobiliser un membre
            Reconnaître l’AVC, la crise cardiaque, l’hypoglycémie et l’anaphylaxie
            Remplir le registre d’accidents, d’incidents et de premiers secours""",
        "programme_en": """
            Size up the scene, protect the casualty and call for help
            Give CPR and use an automated external defibrillator
            Clear the airway of someone who is choking
            Stop bleeding, treat a burn, immobilize a limb
            Recognize stroke, heart attack, hypoglycemia and anaphylaxis
            Fill in the register of accidents, incidents and first aid""",
        "audience_fr": "Secouristes en milieu de travail et toute personne qui veut savoir réagir.",
        "audience_en": "Workplace first aiders and anyone who wants to know what to do.",
        "training_hours": 16,
        "certificate_months": 36,
        "price_cents": 159_00,
    },
    {
        "slug": "secourisme-adapte-a-la-petite-enfance",
        "allows_moves": True,
        "category": "secourisme",
        "title_fr": "Secourisme adapté à la petite enfance",
        "title_en": "First aid in early childhood settings",
        "summary_fr": "Une journée pour réagir aux urgences chez les tout-petits : étouffement, réaction allergique "
        "grave, fièvre, chute, et réanimation du nourrisson et de l’enfant.",
        "summary_en": "One day to respond to emergencies in young children: choking, severe allergic reaction, "
        "fever, falls, and infant and child CPR.",
        "programme_fr": """
            Prévenir les accidents les plus fréquents de 0 à 5 ans
            Dégager les voies respiratoires d’un nourrisson et d’un enfant
            Pratiquer la réanimation du nourrisson et de l’enfant
            Reconnaître une réaction allergique grave et donner l’épinéphrine
            Réagir à la fièvre, aux convulsions, aux intoxications et aux coups à la tête
            Informer les parents et rédiger le rapport d’accident""",
        "programme_en": """
            Prevent the most common accidents from birth to age 5
            Clear the airway of an infant and of a child
            Give CPR to an infant and to a child
            Recognize a severe allergic reaction and give epinephrine
            Respond to fever, seizures, poisoning and blows to the head
            Inform the parents and write the accident report""",
        "audience_fr": "Personnel éducateur, remplaçant et de cuisine des services de garde, en installation ou en "
        "milieu familial.",
        "audience_en": "Educators, substitutes and kitchen staff of childcare centres and home childcare.",
        "training_hours": 8,
        "certificate_months": 36,
        "price_cents": 98_00,
    },
    {
        "slug": "hygiene-et-salubrite-manipulation-des-aliments",
        "category": "salubrite-alimentaire",
        "title_fr": "Hygiène et salubrité : manipulation des aliments",
        "title_en": "Hygiene and food safety for food handlers",
        "summary_fr": "Les bonnes pratiques de la réception à l’assiette, expliquées simplement, et une préparation "
        "complète à l’examen de manipulatrice ou de manipulateur d’aliments.",
        "summary_en": "Good practices from delivery to plate, explained simply, and thorough preparation for the "
        "food handler exam.",
        "programme_fr": """
            Reconnaître les dangers microbiologiques, chimiques et physiques, et les allergènes
            Respecter les températures d’entreposage, de cuisson et de refroidissement
            Prévenir la contamination croisée
            Se laver les mains au bon moment et de la bonne façon
            Nettoyer et assainir les surfaces, les ustensiles et les équipements
            Se préparer à l’examen""",
        "programme_en": """
            Recognize microbiological, chemical and physical hazards, and allergens
            Respect storage, cooking and cooling temperatures
            Prevent cross-contamination
            Wash your hands at the right time and in the right way
            Clean and sanitize surfaces, utensils and equipment
            Prepare for the exam""",
        "audience_fr": "Personnel de cuisine, de service et d’épicerie.",
        "audience_en": "Kitchen, serving and grocery staff.",
        "training_hours": 6,
        "price_cents": 89_00,
    },
    {
        "slug": "hygiene-et-salubrite-gestion-d-un-etablissement",
        "category": "salubrite-alimentaire",
        "title_fr": "Hygiène et salubrité : gestion d’un établissement alimentaire",
        "title_en": "Food safety for food establishment managers",
        "summary_fr": "Trois rencontres pour bâtir un plan de salubrité qui se tient, former son équipe et aborder "
        "les inspections avec sérénité.",
        "summary_en": "Three meetings to build a food safety plan that holds up, train your team and face "
        "inspections calmly.",
        "programme_fr": """
            Adapter un plan de salubrité à l’établissement
            Choisir les fournisseurs et contrôler les réceptions
            Tenir les registres de températures et de nettoyage
            Former et superviser les personnes qui manipulent des aliments
            Gérer une plainte, un rappel d’aliments ou une toxi-infection
            Accueillir une inspection et corriger les écarts""",
        "programme_en": """
            Adapt a food safety plan to the establishment
            Choose suppliers and check deliveries
            Keep temperature and cleaning records
            Train and supervise the people who handle food
            Manage a complaint, a food recall or a foodborne illness
            Receive an inspection and correct deviations""",
        "audience_fr": "Propriétaires et gestionnaires de restaurants, de cuisines collectives et d’épiceries.",
        "audience_en": "Owners and managers of restaurants, institutional kitchens and grocery stores.",
        "training_hours": 12,
        "price_cents": 245_00,
    },
    {
        "slug": "simdut-produits-dangereux",
        "category": "sante-et-securite",
        "title_fr": "SIMDUT : travailler avec des produits dangereux",
        "title_en": "WHMIS: working with hazardous products",
        "summary_fr": "Lire une étiquette, trouver l’essentiel dans une fiche de données de sécurité et réagir à un "
        "déversement, en trois heures et sans jargon.",
        "summary_en": "Read a label, find what matters in a safety data sheet and respond to a spill, in three "
        "hours and without jargon.",
        "programme_fr": """
            Reconnaître les pictogrammes et lire une étiquette
            Trouver l’essentiel dans une fiche de données de sécurité
            Transvaser, étiqueter et entreposer sans risque
            Choisir le bon équipement de protection
            Réagir à un déversement, à une éclaboussure ou à une inhalation""",
        "programme_en": """
            Recognize the pictograms and read a label
            Find what matters in a safety data sheet
            Transfer, label and store products safely
            Choose the right protective equipment
            Respond to a spill, a splash or an inhalation""",
        "audience_fr": "Toute personne qui utilise, entrepose ou transporte des produits dangereux au travail.",
        "audience_en": "Anyone who uses, stores or moves hazardous products at work.",
        "training_hours": 3,
        "certificate_months": 12,
        "price_cents": 45_00,
    },
    {
        "slug": "deplacement-securitaire-des-beneficiaires",
        "allows_moves": True,
        "category": "sante-et-securite",
        "title_fr": "Déplacement sécuritaire des bénéficiaires",
        "title_en": "Safe patient handling",
        "summary_fr": "Deux journées pour aider une personne à bouger sans se blesser ni la blesser : observer, "
        "communiquer, choisir l’équipement et la bonne manœuvre.",
        "summary_en": "Two days to help a person move without hurting yourself or them: observe, communicate, "
        "choose the equipment and the right technique.",
        "programme_fr": """
            Évaluer la capacité de la personne et la préparer au déplacement
            Utiliser son corps : appuis, postures, transferts de poids
            Assister au lit, au fauteuil, à la toilette et à la marche
            Utiliser le lève-personne, la toile et la surface de glissement
            Réagir à une chute, puis relever la personne en sécurité""",
        "programme_en": """
            Assess the person’s abilities and prepare them to move
            Use your body: footing, posture, weight transfer
            Assist in bed, in a chair, in the bathroom and when walking
            Use the patient lift, the sling and the sliding surface
            Respond to a fall, then lift the person safely""",
        "audience_fr": "Personnel soignant, préposées et préposés aux bénéficiaires, auxiliaires aux services de "
        "santé et sociaux.",
        "audience_en": "Care staff, patient attendants and home support workers.",
        "training_hours": 14,
        "price_cents": 295_00,
    },
    {
        "slug": "prevenir-le-harcelement-au-travail",
        "category": "equipes",
        "title_fr": "Prévenir le harcèlement au travail",
        "title_en": "Preventing harassment at work",
        "summary_fr": "Distinguer le conflit, l’exercice normal du droit de gestion et le harcèlement, puis savoir "
        "quoi faire, que l’on soit visé, témoin ou gestionnaire.",
        "summary_en": "Tell apart conflict, the normal exercise of management rights and harassment, then know what "
        "to do as a target, a witness or a manager.",
        "programme_fr": """
            Reconnaître le harcèlement psychologique et les violences à caractère sexuel
            Comprendre les obligations de l’employeur et la politique de prévention
            Intervenir comme témoin sans envenimer la situation
            Accueillir un signalement avec écoute et discrétion
            Utiliser les recours, à l’interne et à l’externe""",
        "programme_en": """
            Recognize psychological harassment and sexual violence
            Understand the employer’s obligations and the prevention policy
            Step in as a witness without making things worse
            Receive a report with care and discretion
            Use the internal and external recourses""",
        "audience_fr": "Tout le personnel; une partie s’adresse aux gestionnaires.",
        "audience_en": "All staff; one part is for managers.",
        "training_hours": 3,
        "price_cents": 125_00,
    },
    {
        "slug": "desamorcer-l-agressivite",
        "category": "equipes",
        "title_fr": "Désamorcer l’agressivité",
        "title_en": "Defusing aggressive behaviour",
        "summary_fr": "Repérer la tension qui monte, trouver les mots qui apaisent et se protéger : une journée de "
        "mises en situation tirées de votre quotidien.",
        "summary_en": "Spot rising tension, find words that calm and protect yourself: a day of role plays drawn "
        "from your daily work.",
        "programme_fr": """
            Lire les signes avant-coureurs d’une crise
            Ajuster sa voix, sa posture et sa distance
            Poser une limite sans provoquer
            Se retirer, demander de l’aide et protéger les autres
            Faire le retour d’équipe après l’incident""",
        "programme_en": """
            Read the early signs of a crisis
            Adjust your voice, posture and distance
            Set a limit without provoking
            Withdraw, ask for help and protect others
            Debrief with the team after the incident""",
        "audience_fr": "Personnel d’accueil, de soins, d’éducation et de service à la clientèle.",
        "audience_en": "Front desk, care, education and customer service staff.",
        "training_hours": 6,
        "price_cents": 185_00,
    },
    {
        "slug": "gerer-une-equipe-pour-la-premiere-fois",
        "category": "equipes",
        "title_fr": "Gérer une équipe pour la première fois",
        "title_en": "Managing a team for the first time",
        "summary_fr": "Passer de collègue à gestionnaire en restant soi-même : deux journées en petit groupe, "
        "avec des outils à utiliser dès le lendemain.",
        "summary_en": "Move from colleague to manager and stay yourself: two days in a small group, with tools to "
        "use the very next day.",
        "programme_fr": """
            Prendre sa place auprès d’anciennes et d’anciens collègues
            Fixer des attentes claires et en faire le suivi
            Déléguer sans abandonner ni surveiller
            Mener une rencontre individuelle et une réunion d’équipe utiles
            Aborder une conversation difficile""",
        "programme_en": """
            Find your place with former peers
            Set clear expectations and follow up on them
            Delegate without letting go or hovering
            Lead useful one-on-one and team meetings
            Open a difficult conversation""",
        "audience_fr": "Personnes nommées à un premier poste de gestion, ou sur le point de l’être.",
        "audience_en": "People in a first management position, or about to be.",
        "training_hours": 14,
        "price_cents": 500_00,
    },
    {
        "slug": "donner-une-retroaction-utile",
        "category": "equipes",
        "title_fr": "Donner une rétroaction qui fait progresser",
        "title_en": "Giving feedback that helps people grow",
        "summary_fr": "Dire ce qui va, dire ce qui doit changer, et le dire bien : une demi-journée d’exercices "
        "brefs, à partir de vos propres situations.",
        "summary_en": "Say what works, say what must change, and say it well: a half-day of short exercises based "
        "on your own situations.",
        "programme_fr": """
            Choisir le moment et le lieu
            Décrire un fait, son effet et l’attente
            Recevoir la réaction de l’autre
            Convenir d’un prochain pas, puis y revenir""",
        "programme_en": """
            Choose the time and the place
            Describe a fact, its effect and what is expected
            Receive the other person’s reaction
            Agree on a next step, then come back to it""",
        "audience_fr": "Gestionnaires, chefs d’équipe et personnes qui accompagnent des stagiaires.",
        "audience_en": "Managers, team leads and people who mentor trainees.",
        "training_hours": "3.5",
        "price_cents": 144_50,
    },
    {
        "slug": "l-intelligence-artificielle-au-travail",
        "category": "numerique",
        "title_fr": "L’intelligence artificielle au travail, avec discernement",
        "title_en": "Artificial intelligence at work, used wisely",
        "summary_fr": "Gagner du temps avec un assistant conversationnel, vérifier ce qu’il répond et savoir ce "
        "qu’il ne faut jamais lui confier.",
        "summary_en": "Save time with a chat assistant, check what it answers and know what never to share with it.",
        "programme_fr": """
            Comprendre ce que fait l’outil, et ce qu’il ne sait pas
            Formuler une demande précise et l’améliorer
            Rédiger, résumer et traduire en gardant sa voix
            Vérifier les faits, les sources et les biais
            Protéger les renseignements personnels et confidentiels""",
        "programme_en": """
            Understand what the tool does, and what it does not know
            Write a precise request and improve it
            Draft, summarize and translate while keeping your voice
            Check facts, sources and bias
            Protect personal and confidential information""",
        "audience_fr": "Toute personne qui écrit, classe ou cherche de l’information au travail.",
        "audience_en": "Anyone who writes, sorts or looks for information at work.",
        "training_hours": 3,
        "price_cents": 95_00,
    },
    {
        "slug": "proteger-les-renseignements-personnels",
        "category": "numerique",
        "title_fr": "Protéger les renseignements personnels au quotidien",
        "title_en": "Protecting personal information every day",
        "summary_fr": "Une heure et demie, sur l’heure du midi et sans frais, pour adopter les bons réflexes : "
        "recueillir moins, partager mieux, signaler vite.",
        "summary_en": "An hour and a half at lunchtime, free of charge, to build the right reflexes: collect less, "
        "share better, report quickly.",
        "programme_fr": """
            Reconnaître un renseignement personnel, et un renseignement sensible
            Ne recueillir que le nécessaire, avec un consentement valable
            Éviter les fuites les plus courantes : courriel, impression, mot de passe
            Signaler un incident de confidentialité sans tarder""",
        "programme_en": """
            Recognize personal information, and sensitive information
            Collect only what is needed, with valid consent
            Avoid the most common leaks: email, printing, passwords
            Report a confidentiality incident without delay""",
        "audience_fr": "Tout le personnel.",
        "audience_en": "All staff.",
        "training_hours": "1.5",
        "price_cents": 0,
    },
    {
        "slug": "francais-langue-seconde-au-travail",
        "category": "langues",
        "title_fr": "Français langue seconde : se faire comprendre au travail",
        "title_en": "French as a second language: being understood at work",
        "summary_fr": "Deux journées de conversation guidée pour prendre la parole avec l’équipe, les familles et la "
        "clientèle, niveau intermédiaire.",
        "summary_en": "Two days of guided conversation to speak up with your team, families and customers, "
        "intermediate level.",
        "programme_fr": """
            Se présenter et présenter son travail
            Donner et comprendre une consigne
            Téléphoner, laisser un message, prendre un rendez-vous
            Raconter un incident et proposer une solution
            Comprendre les accents et les tournures d’ici""",
        "programme_en": """
            Introduce yourself and your work
            Give and understand instructions
            Make a call, leave a message, book an appointment
            Describe an incident and suggest a solution
            Understand local accents and turns of phrase""",
        "audience_fr": "Personnes allophones ou anglophones qui se débrouillent déjà en français.",
        "audience_en": "Speakers of other languages who already get by in French.",
        "training_hours": 12,
        "price_cents": 210_00,
        "tax_class": TaxClass.EXEMPT,
        "tax_reason": SECOND_LANGUAGE,
    },
    {
        "slug": "anglais-langue-seconde-accueillir-la-clientele",
        "category": "langues",
        "title_fr": "Anglais langue seconde : accueillir la clientèle",
        "title_en": "English as a second language: welcoming customers",
        "summary_fr": "Accueillir, renseigner, conseiller et régler un imprévu en anglais, sans apprendre de "
        "phrases par cœur.",
        "summary_en": "Welcome, inform, advise and solve a problem in English, without learning sentences by heart.",
        "programme_fr": """
            Accueillir et comprendre une demande
            Expliquer un horaire, un prix, un trajet
            Répondre au téléphone et par courriel
            Apaiser une personne mécontente""",
        "programme_en": """
            Welcome people and understand a request
            Explain a schedule, a price, a route
            Answer by phone and by email
            Calm someone who is unhappy""",
        "audience_fr": "Personnel d’accueil, de restauration et de commerce, niveau débutant avancé.",
        "audience_en": "Front desk, restaurant and retail staff, high-beginner level.",
        "training_hours": 12,
        "price_cents": 210_00,
        "tax_class": TaxClass.EXEMPT,
        "tax_reason": SECOND_LANGUAGE,
    },
)


def open_shop(now: datetime) -> dict[str, Course]:
    """Write down the provider, its categories and its courses, published a year ago. Gives the courses by slug."""
    Provider(**PROVIDER).save()
    categories = {
        slug: Category.objects.create(slug=slug, name_fr=french, name_en=english, hue=hue)
        for slug, french, english, hue in CATEGORIES
    }
    published_at = now - timedelta(days=365)
    courses = {}
    for facts in COURSES:
        written = {field: _written(field, value) for field, value in facts.items()}
        written["category"] = categories[facts["category"]]
        courses[facts["slug"]] = Course.objects.create(**written, published_at=published_at)
    return courses


def typeset(french: str) -> str:
    """The spaces that must not break, which nobody can see in a source file."""
    return re.sub(r" (?=[:»%$])|(?<=«) |(?<=\d) (?=h\b|ans\b|\d)", NBSP, french)


def _written(field: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    lines = "\n".join(line.strip() for line in value.strip().splitlines())
    return typeset(lines) if field.endswith("_fr") or field == "tax_reason" else lines
