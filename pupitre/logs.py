"""What the processes write down, and what they must not."""

import logging


class WithoutAddresses(logging.Filter):
    """The address of a page may carry an access code: a log says which page it was, never its address."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        path = getattr(request, "path", "")
        if path and isinstance(record.args, tuple):
            match = getattr(request, "resolver_match", None)
            page = match.route if match else "an address that is no page of the shop"
            record.args = tuple(page if argument == path else argument for argument in record.args)
        return True
