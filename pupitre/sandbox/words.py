"""The sentences of the sandbox's pages, in both languages. A page speaks the language of its payment."""

from typing import Any

LANGUAGES = ("fr", "en")

WORDS = {
    # the frame
    "banner": ("Bac à sable – aucun argent réel", "Sandbox – no real money"),
    "other_language": ("English", "Français"),
    # Stripe's page
    "stripe_title": ("Paiement par carte", "Card payment"),
    "stripe_intro": (
        "Cette page tient lieu de celle de Stripe. N’y entrez jamais une vraie carte.",
        "This page stands in for Stripe’s. Never enter a real card here.",
    ),
    "order": ("Votre commande", "Your order"),
    "description": ("Description", "Description"),
    "quantity": ("Quantité", "Quantity"),
    "amount": ("Montant", "Amount"),
    "total": ("Total à payer", "Total due"),
    "your_card": ("Votre carte", "Your card"),
    "email": ("Courriel", "Email"),
    "number": ("Numéro de la carte", "Card number"),
    "expiry": ("Expiration (MM/AA)", "Expiry (MM/YY)"),
    "cvc": ("Code de sécurité (3 chiffres)", "Security code (3 digits)"),
    "pay": ("Payer {amount}", "Pay {amount}"),
    "back": ("Revenir à la boutique", "Back to the shop"),
    "test_cards": ("Cartes d’essai", "Test cards"),
    "test_cards_intro": (
        "Choisissez une carte pour remplir le formulaire. Tout autre numéro est refusé et n’est pas conservé.",
        "Choose a card to fill in the form. Any other number is refused and is not kept.",
    ),
    "what_happens": ("Ce qui se passe", "What happens"),
    "card_succeeds": ("Paiement accepté", "Payment accepted"),
    "card_succeeds_canada": ("Paiement accepté, carte canadienne", "Payment accepted, Canadian card"),
    "card_declined": ("Carte refusée", "Card declined"),
    "card_insufficient": ("Refusée : fonds insuffisants", "Declined: insufficient funds"),
    "card_lost": ("Refusée : carte perdue", "Declined: lost card"),
    "card_stolen": ("Refusée : carte volée", "Declined: stolen card"),
    "card_expired": ("Refusée : carte expirée", "Declined: expired card"),
    "card_cvc": ("Refusée : code de sécurité inexact", "Declined: wrong security code"),
    "card_processing": ("Refusée : erreur de traitement", "Declined: processing error"),
    "card_three_d_secure": (
        "Confirmation de la banque (3-D Secure), toujours",
        "Confirmation by the bank (3-D Secure), always",
    ),
    "card_three_d_secure_2": ("Confirmation de la banque (3-D Secure 2)", "Confirmation by the bank (3-D Secure 2)"),
    "card_three_d_secure_declined": (
        "Confirmation de la banque, puis carte refusée",
        "Confirmation by the bank, then declined",
    ),
    "card_disputed_fraud": ("Acceptée, puis contestée comme fraude", "Accepted, then disputed as fraud"),
    "card_disputed_not_received": (
        "Acceptée, puis contestée comme non reçue",
        "Accepted, then disputed as not received",
    ),
    "card_refund_pending": (
        "Acceptée; son remboursement reste en attente, puis réussit",
        "Accepted; its refund stays pending, then succeeds",
    ),
    "card_refund_fails": (
        "Acceptée; son remboursement réussit, puis échoue",
        "Accepted; its refund succeeds, then fails",
    ),
    "card_available": ("Acceptée, fonds disponibles aussitôt", "Accepted, funds available at once"),
    "unknown_card": (
        "Ce numéro n’est pas celui d’une carte d’essai. Il n’a pas été conservé. Choisissez une carte du tableau.",
        "This number is not that of a test card. It was not kept. Choose a card from the table.",
    ),
    "wrong_email": ("Entrez une adresse courriel.", "Enter an email address."),
    "wrong_expiry": (
        "Entrez une date à venir, le mois puis l’année, par exemple {example}.",
        "Enter a date to come, month then year, for example {example}.",
    ),
    "wrong_cvc": ("Entrez les trois chiffres du code de sécurité.", "Enter the three digits of the security code."),
    "declined": (
        "Votre carte a été refusée ({reason}). Rien n’a été débité : essayez une autre carte.",
        "Your card was declined ({reason}). Nothing was charged: try another card.",
    ),
    "bank_title": ("Votre banque demande une confirmation", "Your bank asks for confirmation"),
    "bank_intro": (
        "Cette page tient lieu de celle de votre banque (3-D Secure). Autorisez-vous ce paiement de {amount}?",
        "This page stands in for your bank’s (3-D Secure). Do you authorize this payment of {amount}?",
    ),
    "confirm": ("Confirmer le paiement", "Confirm the payment"),
    "fail": ("Refuser", "Refuse"),
    "expired_title": ("Cette page de paiement n’est plus valide", "This payment page is no longer valid"),
    "expired_text": (
        "Le délai est passé ou la boutique l’a fermée. Rien n’a été débité.",
        "Its time is over, or the shop closed it. Nothing was charged.",
    ),
    "paid_title": ("Ce paiement est déjà fait", "This payment is already made"),
    "paid_text": ("Il n’y a rien d’autre à payer.", "There is nothing more to pay."),
    "unknown_title": ("Page introuvable", "Page not found"),
    "unknown_text": (
        "Le bac à sable ne connaît pas ce paiement. Retournez à la boutique et recommencez.",
        "The sandbox does not know this payment. Go back to the shop and start again.",
    ),
    "error": ("À corriger", "To correct"),
    # PayPal's page
    "paypal_title": ("Payer avec PayPal", "Pay with PayPal"),
    "paypal_intro": (
        "Cette page tient lieu de celle de PayPal. Choisissez le compte qui paie {amount} à {seller}.",
        "This page stands in for PayPal’s. Choose the account that pays {amount} to {seller}.",
    ),
    "accounts": ("Comptes d’essai", "Test accounts"),
    "account_pays": ("Un compte qui paie", "An account that pays"),
    "account_declined": ("Un compte dont la carte est refusée", "An account whose card is declined"),
    "account_pending": ("Un compte dont le paiement est vérifié par PayPal", "An account whose payment PayPal reviews"),
    "account_refund-pending": (
        "Un compte dont les remboursements restent en attente",
        "An account whose refunds stay pending",
    ),
    "account_closes": ("Accepter, puis fermer la fenêtre", "Agree, then close the window"),
    "cancel": ("Annuler et revenir à la boutique", "Cancel and go back to the shop"),
    "closed_title": ("Vous pouvez fermer cette fenêtre", "You can close this window"),
    "closed_text": (
        "L’accord est donné, mais le navigateur ne revient pas à la boutique.",
        "The agreement is given, but the browser does not return to the shop.",
    ),
    # the console
    "console_title": ("Console du bac à sable", "Sandbox console"),
    "console_intro": (
        "Ce que les deux services savent et ce qu’ils annoncent à la boutique, {site}.",
        "What the two services know, and what they tell the shop, {site}.",
    ),
    "payments": ("Paiements", "Payments"),
    "deliveries": ("Avis envoyés à la boutique", "Webhooks sent to the shop"),
    "refunds": ("Remboursements", "Refunds"),
    "faults": ("Pannes sur demande", "Faults on request"),
    "webhook_delay": ("Retard des avis", "Webhook delay"),
    "delay_0": ("aucun", "none"),
    "delay_5": ("5 secondes", "5 seconds"),
    "delay_300": ("5 minutes", "5 minutes"),
    "delay_never": ("ils ne partent jamais", "they never leave"),
    "duplicate": ("Envois de chaque avis", "Deliveries of each webhook"),
    "slow": ("Lenteur des réponses, en secondes", "Slowness of answers, in seconds"),
    "fee_later": ("Frais de Stripe connus après, en secondes", "Stripe’s fees known after, in seconds"),
    "shuffle": ("Tous les types d’avis, dans le désordre", "All types of webhooks, in random order"),
    "wrong_signature": ("Fausse signature", "Wrong signature"),
    "old_timestamp": ("Signature trop ancienne", "Signature too old"),
    "live": ("Avis qui se disent de l’argent réel (Stripe)", "Webhooks that claim real money (Stripe)"),
    "api_error": ("Service en panne (erreur 500)", "Service out of order (error 500)"),
    "error_kept": ("Erreur 500 retenue avec sa clé (Stripe)", "Error 500 remembered with its key (Stripe)"),
    "answer_lost": ("Réponses perdues après exécution", "Answers lost after execution"),
    "too_many_requests": ("Trop d’appels (erreur 429)", "Too many calls (error 429)"),
    "token_revoked": ("Révoquer maintenant les jetons de PayPal", "Revoke PayPal’s tokens now"),
    "refuse_capture": ("Prochain paiement PayPal refusé", "Next PayPal payment refused"),
    "refuse_refund": ("Prochain remboursement PayPal refusé", "Next PayPal refund refused"),
    "no": ("non", "no"),
    "save": ("Enregistrer", "Save"),
    "wrong_switches": (
        "Ces réglages ne sont pas valides. Rien n’a changé.",
        "These settings are not valid. Nothing changed.",
    ),
    "clock": ("Horloge", "Clock"),
    "clock_now": ("Avancée de {minutes} min.", "Pushed forward by {minutes} min."),
    "push_31": ("Avancer de 31 minutes", "Push 31 minutes"),
    "push_180": ("Avancer de 3 heures", "Push 3 hours"),
    "push_1440": ("Avancer de 24 heures", "Push 24 hours"),
    "reference": ("Référence", "Reference"),
    "service": ("Service", "Service"),
    "state": ("État", "State"),
    "event": ("Événement", "Event"),
    "answers": ("Réponses", "Answers"),
    "action": ("Action", "Action"),
    "open_page": ("Page de paiement", "Payment page"),
    "reason": ("Motif", "Reason"),
    "events": ("Événements", "Events"),
    "disputes": ("Contestations", "Disputes"),
    "times_sent": ("Envois", "Deliveries"),
    "delivery_waiting": ("en attente", "waiting"),
    "delivery_on_the_way": ("en route", "on the way"),
    "delivery_held": ("retenu", "held"),
    "delivery_delivered": ("reçu", "delivered"),
    "delivery_given_up": ("abandonné", "given up"),
    "intervene": ("Intervenir", "Intervene"),
    "some_amount": ("Montant, ou rien pour tout", "Amount, or nothing for all of it"),
    "give_back": ("Rembourser depuis le site du service", "Refund from the service’s site"),
    "contest": ("Contester le paiement", "Dispute the payment"),
    "take_back": ("Annuler par PayPal", "Reverse by PayPal"),
    "win": ("Donner raison à la boutique", "Decide for the shop"),
    "lose": ("Donner raison à l’acheteuse", "Decide for the buyer"),
    "end_refund": ("Terminer", "Finish"),
    "fail_refund": ("Faire échouer", "Make it fail"),
    "refused": ("Le service a refusé\u00a0: {reason}", "The service refused: {reason}"),
    "object_title": ("Objet {reference}", "Object {reference}"),
    "back_to_console": ("Revenir à la console", "Back to the console"),
    "resend": ("Envoyer de nouveau", "Send again"),
    "accept": ("Accepter", "Accept"),
    "deny": ("Refuser", "Deny"),
    "nothing": ("Rien encore.", "Nothing yet."),
    "forget": ("Tout oublier", "Forget everything"),
}


class Words:
    """The sentences of one language, as `words.total` in a template or `words("pay", amount=…)` in Python."""

    def __init__(self, language: str):
        self.language = "fr" if language.lower().startswith("fr") else "en"
        self._column = LANGUAGES.index(self.language)

    def __getitem__(self, name: str) -> str:
        return WORDS[name][self._column]

    def __call__(self, name: str, **facts: Any) -> str:
        return self[name].format(**facts)

    # A template would call the object itself before looking inside.
    do_not_call_in_templates = True

    def money(self, cents: int, currency: str = "CAD") -> str:
        amount = f"{cents / 100:,.2f}"
        other = "" if currency.upper() == "CAD" else f"\u00a0{currency.upper()}"
        if self.language == "en":
            return f"${amount}{other}"
        return amount.replace(",", "\u00a0").replace(".", ",") + f"\u00a0${other}"
