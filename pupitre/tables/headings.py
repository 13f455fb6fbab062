"""What the headings of a list mean, in French and in English, however they are written."""

import re
from collections.abc import Sequence

from pupitre.tables import addresses
from pupitre.tables.names import folded

FIRST, LAST, FULL, LAST_THEN_FIRST = "first name", "last name", "full name", "last name, then first name"
NAME = "name"  # the last name beside a column of first names, the full name otherwise
EMAIL, LANGUAGE, DEPARTMENT = "email", "language", "department"

EXACT = {
    FIRST: "prenom prenoms firstname first given givenname givennames forename prenomusuel",
    LAST: "nomdefamille nomfamille lastname last surname familyname family nomusuel patronyme",
    NAME: "nom noms name names",
    FULL: """nomcomplet fullname prenomnom prenometnom firstandlastname firstnamelastname displayname nomaffiche
        employe employee employes employees employees participant participante participants participantes personne
        personnes person people salarie salariee collaborateur collaboratrice etudiant etudiante eleve student
        apprenant apprenante learner membre member stagiaire trainee enseignant enseignante teacher contact attendee
        personnel staff employeename nomemploye nomdelemploye nomduparticipant nomdelaparticipante participantname
        attendeename""",
    LAST_THEN_FIRST: "nomprenom nometprenom nomprenoms nomfamilleprenom nomdefamilleprenom lastnamefirstname lastfirst",
    EMAIL: """courriel courriels email emails mail mails adressecourriel adresseemail adressemail emailaddress
        mailaddress courrierelectronique adresseelectronique adressedecourriel
        adressedecourrierelectronique adresseecourriel ecourriel""",
    LANGUAGE: """langue language langues lang langage preferredlanguage languepreferee languedecorrespondance
        correspondencelanguage languecorrespondance languedecommunication""",
    DEPARTMENT: """service departement department dept services direction unite division equipe team unit
        departmentname serviceunite secteur""",
}
MEANINGS = {word: kind for kind, words in EXACT.items() for word in words.split()}
# Looked for inside longer headings, in this order.
INSIDE = (
    ("nomprenom", LAST_THEN_FIRST),
    ("nometprenom", LAST_THEN_FIRST),
    ("prenometnom", FULL),
    ("courriel", EMAIL),
    ("email", EMAIL),
    ("courrierelectronique", EMAIL),
    ("prenom", FIRST),
    ("firstname", FIRST),
    ("givenname", FIRST),
    ("nomdefamille", LAST),
    ("lastname", LAST),
    ("surname", LAST),
    ("familyname", LAST),
    ("nomcomplet", FULL),
    ("fullname", FULL),
    ("languede", LANGUAGE),
    ("department", DEPARTMENT),
    ("departement", DEPARTMENT),
)
# Somebody else, or something else, than the person of the line.
ABOUT_OTHERS = re.compile(
    "superviseu|supervisor|gestionnaire|manager|superieur|responsable|urgence|emergency|parent|conjoint"
    "|label|display|domain|phonetic|middle|deuxieme|second|yomi|company|compagnie|entreprise|etablissement|ecole|school"
    "|utilisateur|user|usage|naissance|birth|pere|mere|cours|course|numero|number|envoye|sent|statut|status|type|date"
    "|telephone|phone|poste|extension"
)
# A phrase above the columns is no heading.
LONGEST_HEADING = 60


def meaning(heading: str) -> str:
    """What a column holds, by its heading; nothing when it is something else, or unknown."""
    word = folded(heading)
    if word in MEANINGS:
        return MEANINGS[word]
    if len(heading) > LONGEST_HEADING or ABOUT_OTHERS.search(word):
        return ""
    return next((kind for inside, kind in INSIDE if inside in word), "")


def understood(cells: Sequence[str]) -> int:
    """How many different things these headings announce; none when one of them is an address."""
    if any(addresses.seems_in(cell) for cell in cells):
        return 0
    return len({meaning(cell) for cell in cells} - {""})


def are_plain(cells: Sequence[str]) -> bool:
    """Whether one of these is a heading and nothing else. « Enseignante » or « Direction » may also be what a person
    does, or where; « Lang » is a last name.
    """
    return any(
        (kind := meaning(cell)) in {FIRST, LAST, NAME, LAST_THEN_FIRST, EMAIL} or (kind == FULL and _says_name(cell))
        for cell in cells
    )


def _says_name(heading: str) -> bool:
    return "nom" in (word := folded(heading)) or "name" in word


LANGUAGES = {
    "fr-ca": "fr fra fre frca frfr francais francaise french f",
    "en": "en eng enca enus engb ang anglais anglaise english a e",
}
SPOKEN = {word: language for language, words in LANGUAGES.items() for word in words.split()}


def language_of(cell: str) -> str:
    """The language a cell names: "fr-ca", "en", or "" when it names another one, or two."""
    return SPOKEN.get(folded(cell), "")
