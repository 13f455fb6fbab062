"""Formats for Django's own filters, widgets and admin.

Django 5.2 leaves the `h` of its French Canadian times unescaped, and `h` is its code for the hour on twelve: half past
one in the afternoon is written « 13 01 30 ». Our pages use `pupitre.formats`, which also knows « 1er » and « 17 h ».
"""

DATE_FORMAT = "j\u00a0F\u00a0Y"
TIME_FORMAT = "G\u00a0\\h\u00a0i"
DATETIME_FORMAT = "j\u00a0F\u00a0Y, G\u00a0\\h\u00a0i"
YEAR_MONTH_FORMAT = "F\u00a0Y"
MONTH_DAY_FORMAT = "j\u00a0F"
SHORT_DATE_FORMAT = "Y-m-d"
SHORT_DATETIME_FORMAT = "Y-m-d, G\u00a0\\h\u00a0i"
FIRST_DAY_OF_WEEK = 0

DECIMAL_SEPARATOR = ","
THOUSAND_SEPARATOR = "\u00a0"
NUMBER_GROUPING = 3
