"""What exists."""

from pupitre.models.browsers import Browser
from pupitre.models.catalogue import Category, Course, CourseSession, Delivery, Provider, Province, TaxClass
from pupitre.models.certificates import Certificate
from pupitre.models.claim_links import ClaimLink, SeatClaim
from pupitre.models.documents import (
    CreditNote,
    CreditNoteLine,
    CreditNoteTax,
    Edition,
    Invoice,
    IssuedCopy,
    NumberSeries,
)
from pupitre.models.invitations import Invitation
from pupitre.models.jobs import Attempts, Job
from pupitre.models.journal import Deed
from pupitre.models.lists import PeopleList
from pupitre.models.mail import Letter
from pupitre.models.moves import MoveCredit, SeatMove
from pupitre.models.orders import Cart, CartLine, Order, OrderLine, OrderTax
from pupitre.models.payments import (
    BalanceEntry,
    Dispute,
    Payment,
    PaymentLink,
    ProviderCall,
    ProviderEvent,
    Refund,
    StrayPayment,
)
from pupitre.models.people import Establishment, Membership, Participant, PeopleGroup, Right, Role, User
from pupitre.models.prices import EstablishmentGroup, MemberPrice, PromoCode, PromoUse
from pupitre.models.reminders import Reminder
from pupitre.models.seats import Assignment, Attendance, Seat, SeatState
from pupitre.models.second_steps import SecondStep
from pupitre.models.terms import TermsVersion
from pupitre.models.waitlist import WaitlistEntry, WaitlistOffer

__all__ = [
    "Assignment",
    "Attempts",
    "Attendance",
    "BalanceEntry",
    "Browser",
    "Cart",
    "CartLine",
    "Category",
    "Certificate",
    "ClaimLink",
    "Course",
    "CourseSession",
    "CreditNote",
    "CreditNoteLine",
    "CreditNoteTax",
    "Deed",
    "Delivery",
    "Dispute",
    "Edition",
    "Establishment",
    "EstablishmentGroup",
    "Invitation",
    "Invoice",
    "IssuedCopy",
    "Job",
    "Letter",
    "MemberPrice",
    "Membership",
    "MoveCredit",
    "NumberSeries",
    "Order",
    "OrderLine",
    "OrderTax",
    "Participant",
    "Payment",
    "PaymentLink",
    "PeopleGroup",
    "PeopleList",
    "PromoCode",
    "PromoUse",
    "Provider",
    "ProviderCall",
    "ProviderEvent",
    "Province",
    "Refund",
    "Reminder",
    "Right",
    "Role",
    "Seat",
    "SeatClaim",
    "SeatMove",
    "SeatState",
    "SecondStep",
    "StrayPayment",
    "TaxClass",
    "TermsVersion",
    "User",
    "WaitlistEntry",
    "WaitlistOffer",
]
