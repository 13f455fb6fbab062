"""Money given back, by the shop or from PayPal's site. PayPal keeps its fee, and says nothing when a refund fails."""

from pupitre.sandbox.paypal import captures, disputes
from pupitre.sandbox.paypal.objects import find, link, moment, new_name, public, tell, value
from pupitre.sandbox.paypal.refusals import OF_A_REFUND, Refusal, refuse_if_asked, refused
from pupitre.sandbox.state import Document, state

REFUNDABLE = ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")


def give_back(made: Document, asked: Document) -> Document:
    """Give back an amount of a capture, or all that is left of it."""
    refuse_if_asked("refund", OF_A_REFUND)
    amount = _amount(made, asked)
    given_back = _new_refund(made, amount)
    given_back |= {field: asked[field] for field in ("custom_id", "invoice_id", "note_to_payer") if field in asked}
    if made.get("_refunds_wait"):
        given_back |= {"status": "PENDING", "status_details": {"reason": "ECHECK"}}
    _store(made, given_back)
    tell("PAYMENT.CAPTURE.REFUNDED", "refund", "A capture payment was refunded", public(given_back))
    return given_back


def reverse(made: Document) -> Document:
    """PayPal itself takes back what is left, without asking the shop."""
    given_back = _new_refund(made, _amount(made, {}))
    _store(made, given_back)
    tell("PAYMENT.CAPTURE.REVERSED", "refund", "A capture payment was reversed", public(given_back))
    return given_back


def _amount(made: Document, asked: Document) -> Document:
    left = captures.left_of(made)
    amount = asked.get("amount") or made["amount"] | {"value": str(left)}
    if made["status"] == "PENDING":
        raise refused("PENDING_CAPTURE")
    if made["status"] not in REFUNDABLE:
        raise refused("REFUND_NOT_ALLOWED")
    if amount["currency_code"] != made["amount"]["currency_code"]:
        raise refused("REFUND_CAPTURE_CURRENCY_MISMATCH")
    if left == 0:
        raise refused("CAPTURE_FULLY_REFUNDED")
    if not 0 < value(amount) <= left:
        raise refused("REFUND_AMOUNT_EXCEEDED")
    if disputes.was_lost(made):
        raise refused("REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK")
    if value(amount) < left and disputes.is_open_on(made):
        raise refused("TRANSACTION_DISPUTED")
    return amount


def _new_refund(made: Document, amount: Document) -> Document:
    name = new_name()
    return {
        "id": name,
        "status": "COMPLETED",
        "amount": amount,
        "seller_payable_breakdown": {
            "gross_amount": amount,
            "paypal_fee": amount | {"value": "0.00"},
            "net_amount": amount,
            "total_refunded_amount": amount | {"value": str(captures.given_back_of(made) + value(amount))},
        },
        "create_time": moment(),
        "update_time": moment(),
        "links": [
            link("self", "GET", f"/v2/payments/refunds/{name}"),
            link("up", "GET", f"/v2/payments/captures/{made['id']}"),
        ],
        "_capture": made["id"],
    }


def _store(made: Document, given_back: Document) -> None:
    state.put("paypal_refund", given_back)
    made = made | {"status": _standing(made)}
    captures.store(made)
    if made["status"] == "REFUNDED":
        disputes.close_for_a_refund(made)


def _standing(made: Document) -> str:
    if captures.left_of(made) == 0:
        return "REFUNDED"
    return "PARTIALLY_REFUNDED" if captures.given_back_of(made) else "COMPLETED"


def end(given_back: Document, status: str) -> Document:
    """A pending refund is COMPLETED; a pending or a COMPLETED one is FAILED: the money is the shop’s again."""
    allowed = {"COMPLETED": ("PENDING",), "FAILED": ("PENDING", "COMPLETED")}[status]
    if given_back["status"] not in allowed:
        raise Refusal("RESOURCE_CONFLICT")
    given_back = given_back | {"status": status, "update_time": moment()}
    given_back.pop("status_details", None)
    _store(find("capture", given_back["_capture"]), given_back)
    return given_back
