"""Why a table cannot be read, and what to do about it."""

from django.utils.translation import gettext_lazy as _

from pupitre.refusals import Refused


class CannotRead(Refused):
    """What was given holds no list of people that we can read. Nothing was kept of it."""

    code = "cannot_read_table"
    message = _("This list cannot be read. Save it as an Excel (.xlsx) or CSV file, or copy and paste its cells.")


class FileTooLarge(CannotRead):
    code = "table_file_too_large"
    message = _(
        "This file is too large: {most} MB at most. Keep only the sheet and the columns of names and email addresses."
    )


class TooMuchInIt(CannotRead):
    """A small file that unfolds into an enormous one, or whose cells are scattered over millions of rows."""

    code = "too_much_in_table"
    message = _("There is too much in this file. Copy the columns of names and email addresses into a new sheet.")


class TooManyRows(CannotRead):
    code = "too_many_rows"
    message = _("This list has {n} lines, and {most} at most can be read at once. Divide it into several lists.")

    def __init__(self, n: int, most: int):
        super().__init__(n=n, most=most)


class NotATable(CannotRead):
    code = "not_a_table"
    message = _("This file is not a table. Choose an Excel, LibreOffice or CSV file, or copy and paste the list.")


class Protected(CannotRead):
    code = "table_protected"
    message = _("A password protects this file. Save a copy without a password, or copy and paste the list.")


class Damaged(CannotRead):
    code = "table_damaged"
    message = _("This file is damaged. Open it in your spreadsheet, save it under another name, and try again.")


class NothingInIt(CannotRead):
    code = "nothing_in_table"
    message = _("No one was found in this list. It needs a column of names, of email addresses, or both.")
