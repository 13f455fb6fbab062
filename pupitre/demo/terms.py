"""The terms of sale of the demo provider, in French and in English."""

from pupitre.actions import terms
from pupitre.models import TermsVersion

FRENCH = """
1. À qui s’adressent ces conditions
Formations Rivage vend des places dans des sessions de formation à des établissements : cliniques, écoles, \
restaurants, commerces et organismes. La personne qui passe une commande confirme qu’elle peut acheter au nom de son \
établissement.

2. Prix et taxes
Les prix sont en dollars canadiens, avant taxes. Les taxes sont celles du jour du paiement, au lieu de la formation \
ou, en ligne, à l’adresse de l’établissement. Aucuns autres frais ne s’ajoutent au total affiché avant le paiement.

3. Commande et paiement
Les places sont retenues pendant 30 minutes à partir de la commande. Le paiement se fait en entier, par carte de \
crédit ou par PayPal. La commande est confirmée par un courriel, avec la facture. Si des places ne sont plus libres \
au moment du paiement, rien n’est débité ou le montant est rendu en entier.

4. Personnes inscrites
L’établissement assigne ses places après le paiement, jusqu’au début de la session. Il peut remplacer une personne \
sans frais jusqu’à l’heure limite affichée avec chaque session, normalement 24 heures avant le début. Le code \
d’accès est personnel et cesse de fonctionner après un remplacement.

5. Annulation par l’établissement
Une place peut être rendue aux conditions de remboursement affichées au moment de la commande. La part remboursée \
comprend les taxes correspondantes. Une note de crédit est émise et le montant est versé par le mode de paiement \
d’origine.

6. Report ou annulation par Formations Rivage
Si une session est reportée, l’inscription reste valide à la nouvelle date. Si une session est annulée, \
l’établissement choisit une autre session ou un remboursement complet, taxes comprises.

7. Renseignements personnels
Les noms et les adresses courriel des personnes inscrites servent à donner la formation, à écrire à leur sujet et à \
remettre les attestations. Chaque personne peut consulter les siens et les faire corriger.

8. Droit applicable
Ces conditions sont régies par les lois en vigueur au Québec.
"""

ENGLISH = """
1. Who these terms are for
Formations Rivage sells seats in training sessions to establishments: clinics, schools, restaurants, shops and \
organizations. Whoever places an order confirms that they may buy for their establishment.

2. Prices and taxes
Prices are in Canadian dollars, before taxes. Taxes are those of the day of payment, where the training is given or, \
online, at the address of the establishment. Nothing else is added to the total shown before payment.

3. Orders and payment
Seats are held for 30 minutes from the order. Payment is made in full, by credit card or PayPal. An email confirms \
the order, with the invoice. If seats are no longer free when the payment is made, nothing is charged, or the whole \
amount is given back.

4. Registered people
The establishment assigns its seats after paying, until the session starts. It can replace a person free of charge \
until the deadline shown with each session, normally 24 hours before the start. The access code is personal and \
stops working after a replacement.

5. Cancellation by the establishment
A seat can be given back under the refund conditions shown when the order was placed. The share refunded includes \
its taxes. A credit note is issued and the amount is returned to the original payment method.

6. Sessions moved or cancelled by Formations Rivage
If a session is moved, the registration stays valid on the new date. If a session is cancelled, the establishment \
chooses another session or a full refund, taxes included.

7. Personal information
The names and email addresses of registered people are used to give the training, to write about it and to issue \
certificates. Everyone can see theirs and have them corrected.

8. Governing law
These terms are governed by the laws in force in Québec.
"""


def publish_terms() -> TermsVersion:
    """The first version, in force since the shop opened."""
    return terms.publish(terms.write(FRENCH.strip(), ENGLISH.strip(), by=None), by=None)
