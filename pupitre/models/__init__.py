"""What exists."""

from pupitre.models.catalogue import Category, Course, CourseSession, Delivery, Provider, Province, TaxClass
from pupitre.models.jobs import Attempts, Job
from pupitre.models.journal import Deed
from pupitre.models.mail import Letter
from pupitre.models.orders import Cart, CartLine, Order, OrderLine, OrderTax
from pupitre.models.payments import Payment, ProviderCall, ProviderEvent, Refund
from pupitre.models.people import Establishment, Membership, Participant, Role, User
from pupitre.models.seats import Assignment, Seat

__all__ = [
    "Assignment",
    "Attempts",
    "Cart",
    "CartLine",
    "Category",
    "Course",
    "CourseSession",
    "Deed",
    "Delivery",
    "Establishment",
    "Job",
    "Letter",
    "Membership",
    "Order",
    "OrderLine",
    "OrderTax",
    "Participant",
    "Payment",
    "Provider",
    "ProviderCall",
    "ProviderEvent",
    "Province",
    "Refund",
    "Role",
    "Seat",
    "TaxClass",
    "User",
]
