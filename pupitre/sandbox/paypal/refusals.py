"""How PayPal says no. The descriptions are its own words for its codes: programs compare them."""

import secrets

from pupitre.sandbox.state import Document, state

OF_AN_ORDER = {
    "AMOUNT_MISMATCH": "Should equal item_total + tax_total + shipping + handling + insurance - shipping_discount -"
    " discount.",
    "DECIMAL_PRECISION": "If the currency supports decimals, only two decimal place precision is supported.",
    "ITEM_TOTAL_MISMATCH": "Should equal sum of (unit_amount * quantity) across all items for a given purchase_unit.",
}
OF_A_CAPTURE = {
    "COMPLIANCE_VIOLATION": "Transaction is declined due to compliance violation.",
    "DUPLICATE_INVOICE_ID": "Duplicate Invoice ID detected. To avoid a potential duplicate transaction your account"
    " setting requires that Invoice Id be unique for each transaction.",
    "INSTRUMENT_DECLINED": "The instrument presented  was either declined by the processor or bank, or it can't be"
    " used for this payment.",
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": "You have exceeded the maximum number of payment attempts.",
    "ORDER_ALREADY_CAPTURED": "Order already captured.If 'intent=CAPTURE' only one capture per order is allowed.",
    "ORDER_NOT_APPROVED": "Payer has not yet approved the Order for payment. Please redirect the payer to the"
    " 'rel':'approve' url returned as part of the HATEOAS links within the Create Order call or provide a valid"
    " `payment_source` in the request.",
    "PAYEE_BLOCKED_TRANSACTION": "The Fraud settings for this seller are such that this payment cannot be executed.",
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": "The payer account cannot be used for this transaction.",
    "PAYER_ACCOUNT_RESTRICTED": "PAYER_ACCOUNT_RESTRICTED",
    "PAYER_ACTION_REQUIRED": "Transaction cannot complete successfully, instruct the buyer to return to PayPal.",
    "PAYER_CANNOT_PAY": "Payer cannot pay for this transaction. Please contact the payer to find other ways to pay"
    " for this transaction.",
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": "Transaction failed. Redirect the payer to select another funding source.",
    "TRANSACTION_BLOCKED_BY_PAYEE": "Transaction blocked by Payee’s Fraud Protection settings.",
    "TRANSACTION_LIMIT_EXCEEDED": "Total payment amount exceeded transaction limit.",
    "TRANSACTION_RECEIVING_LIMIT_EXCEEDED": "The transaction exceeds the receiver's receiving limit.",
    "TRANSACTION_REFUSED": "The request was refused.",
}
OF_A_REFUND = {
    "CAPTURE_FULLY_REFUNDED": "The capture has already been fully refunded",
    "PARTIAL_REFUND_NOT_ALLOWED": "You cannot do a refund less than the original capture amount.",
    "PENDING_CAPTURE": "Cannot initiate a refund as the capture is pending. Capture is typically pending when the"
    " payer has funded the transaction using e-check/bank funded.",
    "REFUND_AMOUNT_EXCEEDED": "The refund amount must be less than or equal to the capture amount that has not yet"
    " been refunded.",
    "REFUND_CAPTURE_CURRENCY_MISMATCH": "Refund must be in the same currency as the capture",
    "REFUND_FAILED_INSUFFICIENT_FUNDS": "Capture could not be refunded due to insufficient funds. Please check to"
    " see if you have sufficient funds in your PayPal account or if the bank account linked to your PayPal account"
    " is verified and has sufficient funds.",
    "REFUND_NOT_ALLOWED": "Capture cannot be refunded.",
    "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": "Refunds are not allowed on this capture due to a chargeback on the"
    " card or bank. Please contact the payee to resolve the chargeback.",
    "REFUND_TIME_LIMIT_EXCEEDED": "You are over the time limit to perform a refund on this capture",
    "TRANSACTION_DISPUTED": "Partial refunds cannot be offered at this time because there is an open case on this"
    " transaction. Visit the PayPal Resolution Center to review this case.",
}
ISSUES = OF_AN_ORDER | OF_A_CAPTURE | OF_A_REFUND
MESSAGES = {
    "INVALID_REQUEST": (400, "Request is not well-formed, syntactically incorrect, or violates schema."),
    "AUTHENTICATION_FAILURE": (
        401,
        "Authentication failed due to missing authorization header, or invalid authentication credentials.",
    ),
    "RESOURCE_NOT_FOUND": (404, "The specified resource does not exist."),
    "RESOURCE_CONFLICT": (409, "The server has detected a conflict while processing this request."),
    "UNPROCESSABLE_ENTITY": (
        422,
        "The requested action could not be performed, semantically incorrect, or failed business validation.",
    ),
    "RATE_LIMIT_REACHED": (429, "Too many requests. Blocked due to rate limiting."),
    "INTERNAL_SERVER_ERROR": (500, "An internal server error occurred."),
}


class Refusal(Exception):
    """An answer in PayPal's shape of errors. `kept`: the same request id gets the same refusal again."""

    def __init__(self, name: str, details: list[Document] | None = None, *, kept: bool = False):
        super().__init__(name)
        self.status, message = MESSAGES[name]
        self.kept = kept
        self.body: Document = {"name": name, "message": message, "debug_id": secrets.token_hex(7), "links": []}
        if details:
            self.body["details"] = details

    @property
    def sentence(self) -> str:
        """What the console shows."""
        return self.body.get("details", [{}])[0].get("description") or self.body["message"]


def refused(issue: str, *, kept: bool = False) -> Refusal:
    return Refusal("UNPROCESSABLE_ENTITY", [{"issue": issue, "description": ISSUES[issue]}], kept=kept)


def refuse_if_asked(call: str, known: Document) -> None:
    """The console may ask for one refusal of the next capture, or of the next refund."""
    asked = dict(state.switches()["refuse"])
    issue = asked.pop(call, "")
    if issue in known:
        state.switch({"refuse": asked})
        raise refused(issue)


def malformed(issue: str, description: str, field: str) -> Refusal:
    detail = {"field": field, "location": "body", "issue": issue, "description": description}
    return Refusal("INVALID_REQUEST", [detail])


def not_conforming(field: str) -> Refusal:
    return malformed("INVALID_PARAMETER_SYNTAX", "The value of a field does not conform to the expected format.", field)
