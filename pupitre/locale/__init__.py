"""The words of the two languages (catalogues beside) and the formats of Django's own filters and forms."""
