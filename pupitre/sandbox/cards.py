"""The published test cards of Stripe, and what each one does. No other number is accepted, kept or written anywhere."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    number: str
    brand: str
    does: str  # a key of words.py
    country: str = "US"
    code: str = ""  # why it is declined
    decline_code: str = ""
    asks_three_d_secure: bool = False
    disputed: str = ""  # the reason of the dispute that follows
    available_at_once: bool = False
    refund: tuple[str, ...] = ("succeeded",)  # the states its refunds go through

    @property
    def shown(self) -> str:
        return " ".join(self.number[place : place + 4] for place in range(0, 16, 4))


def _declined(number: str, does: str, code: str, decline_code: str = "", *, three_d_secure: bool = False) -> Card:
    return Card(number, "visa", does, code=code, decline_code=decline_code, asks_three_d_secure=three_d_secure)


CARDS = {
    card.number: card
    for card in [
        Card("4242424242424242", "visa", "card_succeeds"),
        Card("5555555555554444", "mastercard", "card_succeeds"),
        Card("4000001240000000", "visa", "card_succeeds_canada", country="CA"),
        _declined("4000000000000002", "card_declined", "card_declined", "generic_decline"),
        _declined("4000000000009995", "card_insufficient", "card_declined", "insufficient_funds"),
        _declined("4000000000009987", "card_lost", "card_declined", "lost_card"),
        _declined("4000000000009979", "card_stolen", "card_declined", "stolen_card"),
        _declined("4000000000000069", "card_expired", "expired_card"),
        _declined("4000000000000127", "card_cvc", "incorrect_cvc"),
        _declined("4000000000000119", "card_processing", "processing_error"),
        Card("4000002760003184", "visa", "card_three_d_secure", country="DE", asks_three_d_secure=True),
        Card("4000000000003220", "visa", "card_three_d_secure_2", asks_three_d_secure=True),
        _declined(
            "4000008400001629", "card_three_d_secure_declined", "card_declined", "generic_decline", three_d_secure=True
        ),
        Card("4000000000000259", "visa", "card_disputed_fraud", disputed="fraudulent"),
        Card("4000000000002685", "visa", "card_disputed_not_received", disputed="product_not_received"),
        Card("4000000000007726", "visa", "card_refund_pending", refund=("pending", "succeeded")),
        Card("4000000000005126", "visa", "card_refund_fails", refund=("succeeded", "failed")),
        Card("4000000000000077", "visa", "card_available", available_at_once=True),
    ]
}
