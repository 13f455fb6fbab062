"""Stripe, played: what it would do with the money, its programming interface and its page."""
