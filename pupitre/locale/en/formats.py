"""Formats for Django's own filters, widgets and admin: those of Canada, where Django's `en` has American ones."""

DATE_FORMAT = "F j, Y"
TIME_FORMAT = "g:i\u00a0a"
DATETIME_FORMAT = "F j, Y, g:i\u00a0a"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "F j"
SHORT_DATE_FORMAT = "Y-m-d"
SHORT_DATETIME_FORMAT = "Y-m-d, g:i\u00a0a"
FIRST_DAY_OF_WEEK = 0

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
