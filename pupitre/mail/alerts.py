"""The words of the letters that tell the training provider of money that needs someone.

One function per letter, named like the one of `letters.py` that asks for it. The key of each letter names what it is
about.
"""

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pupitre import formats
from pupitre.mail.words import Page, Words
from pupitre.models import Dispute, Letter, Order, Payment, Refund, StrayPayment
from pupitre.models.payments import Means


def payment_to_review(letter: Letter) -> Words:
    payment = Payment.objects.select_related("order").get(uuid=_key(letter))
    return Words(
        subject=_("A payment to review: order {number}").format(number=payment.order.number),
        paragraphs=[
            _("Hello. What was paid for this order is not what was asked for. The seats stay held meanwhile."),
            _("Someone must decide: accept the payment and deliver the order, or give the money back."),
        ],
        page=Page("admin:review", (payment.pk,)),
        button=_("See the payment"),
        facts=[
            (_("Order number"), payment.order.number),
            (_("Asked for"), _money(payment.amount_cents, payment.currency)),
            (_("Received"), _money(payment.received_cents or 0, payment.received_currency)),
        ],
    )


def stray_payment(letter: Letter) -> Words:
    stray = StrayPayment.objects.get(pk=_key(letter))
    return Words(
        subject=_("A payment that no order explains"),
        paragraphs=[
            _("Hello. The payment service holds money for us that our database knows nothing about."),
            _("Find out whose it is, deliver the order again or give the money back, then write down what was done."),
        ],
        page=Page("admin:pupitre_straypayment_change", (stray.pk,)),
        button=_("See the payment"),
        facts=[
            (_("Order number"), stray.order_number),
            (_("Received"), _money(stray.amount_cents, stray.currency)),
            (_("Payment method"), stray.get_means_display()),
            (_("Reference at the payment service"), stray.provider_reference),
        ],
    )


def dispute_opened(letter: Letter) -> Words:
    dispute = _dispute(letter)
    return Words(
        subject=_("A payment is disputed: order {number}").format(number=_order(dispute).number),
        paragraphs=[
            _("Hello. The buyer contests this payment at the bank. The money is taken back while the bank decides."),
            _("Answer at the payment service before the date below. Until then, refunds of this order are frozen."),
            _("The registrations stay as they are."),
        ],
        page=_order_in_the_office(dispute.payment),
        button=_("See the order"),
        facts=_about_dispute(dispute),
    )


def dispute_closed(letter: Letter) -> Words:
    dispute = _dispute(letter)
    if dispute.status == Dispute.Status.WON:
        subject = _("A dispute was won: order {number}")
        outcome = _("Hello. The bank decided for you: the money comes back, and refunds are possible again.")
    elif dispute.amount_cents:
        subject = _("A dispute was lost: order {number}")
        outcome = _("Hello. The bank decided for the buyer: the money does not come back. The invoice stays owed.")
    else:
        subject = _("A dispute is closed: order {number}")
        outcome = _("Hello. You refunded this payment in full: the dispute takes nothing more from you.")
    return Words(
        subject=subject.format(number=_order(dispute).number),
        paragraphs=[outcome, _("The registrations stay as they are.")],
        page=_order_in_the_office(dispute.payment),
        button=_("See the order"),
        facts=_about_dispute(dispute),
    )


def refund_failed(letter: Letter) -> Words:
    refund = _refund(letter)
    amount = _money(refund.amount_cents, refund.payment.currency)
    told = _("Hello. A refund of {amount} did not go through: this money is owed again to {establishment}.")
    if refund.failure_code == Refund.DISPUTED:
        told = _("Hello. A refund of {amount} to {establishment} was given up: the bank decided for the buyer.")
    return Words(
        subject=_("A refund failed: order {number}").format(number=letter.order.number),
        paragraphs=[
            told.format(amount=amount, establishment=letter.establishment.name),
            _("Try again in the back office, or give the money back by other means and record it there."),
        ],
        page=_order_in_the_office(refund.payment),
        button=_("See the order"),
        facts=[*_about_refund(refund), (_("Answer of the payment service"), refund.failure_code)],
    )


def refund_found(letter: Letter) -> Words:
    refund = _refund(letter)
    told = _("Hello. A refund of {amount} to {establishment} was made at the payment service’s own site.")
    return Words(
        subject=_("A refund made at the payment service: order {number}").format(number=letter.order.number),
        paragraphs=[
            told.format(
                amount=_money(refund.amount_cents, refund.payment.currency), establishment=letter.establishment.name
            ),
            _what_it_is_for(refund),
        ],
        page=_order_in_the_office(refund.payment),
        button=_("See the order"),
        facts=_about_refund(refund),
    )


def notice_of_another_mode(letter: Letter) -> Words:
    means, _colon, _date = _key(letter).partition(":")
    return Words(
        subject=_("Test payments and real payments are mixed up"),
        paragraphs=[
            _("Hello. {service} sent a notice of another mode than the shop’s. It was kept and refused.").format(
                service=Means(means).label
            ),
            _("Check the keys and the webhooks: pupitre payments check says what is wrong."),
        ],
        page=Page("admin:pupitre_providerevent_changelist"),
        button=_("See the notices"),
    )


ALERTS = {
    letter.__name__: letter
    for letter in (
        payment_to_review,
        stray_payment,
        dispute_opened,
        dispute_closed,
        refund_failed,
        refund_found,
        notice_of_another_mode,
    )
}


def _key(letter: Letter) -> str:
    return letter.key.removeprefix(f"{letter.kind}:")


def _dispute(letter: Letter) -> Dispute:
    pk, _colon, _moment = _key(letter).partition(":")
    return Dispute.objects.select_related("payment__order").get(pk=pk)


def _order(dispute: Dispute) -> Order:
    return dispute.payment.order


def _about_dispute(dispute: Dispute) -> list[tuple[str, str]]:
    known = [
        (_("Order number"), _order(dispute).number),
        (_("Amount"), _money(dispute.amount_cents, dispute.payment.currency)),
        (_("Reason"), dispute.reason),
        (_("Answer before"), _moment_of(dispute)),
        (_("Reference at the payment service"), dispute.provider_reference),
    ]
    return [(label, value) for label, value in known if value]


def _moment_of(dispute: Dispute) -> str:
    if dispute.answer_by is None:
        return ""
    return formats.moment(dispute.answer_by, _language(), settings.TIME_ZONE)


def _refund(letter: Letter) -> Refund:
    return Refund.objects.select_related("payment__order", "credit_note").get(uuid=_key(letter))


def _about_refund(refund: Refund) -> list[tuple[str, str]]:
    return [
        (_("Order number"), refund.payment.order.number),
        (_("Payment method"), refund.payment.get_means_display()),
        (_("Reference at the payment service"), refund.provider_reference or refund.payment.charge_reference),
    ]


def _what_it_is_for(refund: Refund) -> str:
    if refund.credit_note:
        told = _("It is recorded under credit note {number}. The seats stay as they are.")
        return told.format(number=refund.credit_note.number)
    if refund.payment.disposition == Payment.Disposition.SURPLUS:
        return _("It gives back a payment that its order did not need.")
    return _("No credit note goes with it: nothing is left to credit on this order. Please check it.")


def _order_in_the_office(payment: Payment) -> Page:
    return Page("admin:pupitre_order_change", (payment.order_id,))


def _money(cents: int, currency: str) -> str:
    amount = formats.money(cents, _language())
    return amount if currency == "CAD" else f"{amount} ({currency})"


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE
