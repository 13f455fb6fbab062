"""What exists."""

from pupitre.models.catalogue import Category, Course, CourseSession, Delivery, Provider, Province, TaxClass
from pupitre.models.documents import (
    CreditNote,
    CreditNoteLine,
    CreditNoteTax,
    Edition,
    Invoice,
    IssuedCopy,
    NumberSeries,
)
from pupitre.models.jobs import Attempts, Job
from pupitre.models.journal import Deed
from pupitre.models.lists import PeopleList
from pupitre.models.mail import Letter
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
from pupitre.models.people import Establishment, Membership, Participant, Right, Role, User
from pupitre.models.prices import EstablishmentGroup, MemberPrice, PromoCode, PromoUse
from pupitre.models.seats import Assignment, Seat
from pupitre.models.terms import TermsVersion

__all__ = [
    "Assignment",
    "Attempts",
    "BalanceEntry",
    "Cart",
    "CartLine",
    "Category",
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
    "Invoice",
    "IssuedCopy",
    "Job",
    "Letter",
    "MemberPrice",
    "Membership",
    "NumberSeries",
    "Order",
    "OrderLine",
    "OrderTax",
    "Participant",
    "Payment",
    "PaymentLink",
    "PeopleList",
    "PromoCode",
    "PromoUse",
    "Provider",
    "ProviderCall",
    "ProviderEvent",
    "Province",
    "Refund",
    "Right",
    "Role",
    "Seat",
    "StrayPayment",
    "TaxClass",
    "TermsVersion",
    "User",
]
