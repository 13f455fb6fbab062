"""What happens by itself when time passes: sessions close, refunds end, fees become known."""

from pupitre.sandbox.stripe import balance, refunds, sessions


def time_passes() -> None:
    sessions.expire_what_is_over()
    refunds.finish_what_is_due()
    balance.learn_fees()
