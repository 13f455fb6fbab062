"""The back office: courses, sessions and prices are made here; everything else can be looked up, and is changed
elsewhere.

What was bought, paid and assigned is only read: actions write it, with their letters and their line in the journal.
"""

from pupitre.office.admin import catalogue, claim_links, journal, payments, people, prices, purchases, terms, waitlist

__all__ = ["catalogue", "claim_links", "journal", "payments", "people", "prices", "purchases", "terms", "waitlist"]
