"""Pupitre sells places in training sessions to establishments."""

__version__ = "0.1.0"
