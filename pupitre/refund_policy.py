"""The refund policy of a provider, in words: one sentence per step."""

from collections.abc import Sequence

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pupitre import formats

# [hours before the session, percentage given back]: [[168, 100], [24, 50]] gives all back until a week before.
Steps = Sequence[list[int]]


def in_words(steps: Steps) -> list[str]:
    """« 100 % jusqu’à 7 jours avant la session », « 50 % jusqu’à 24 heures avant la session », « rien ensuite ».
    Nothing at all without a policy.
    """
    if not steps:
        return []
    told = [_step(hours, percent) for hours, percent in sorted(steps, reverse=True) if percent]
    return [*told, _("nothing after that")] if told else [_("no refund")]


def _step(hours: int, percent: int) -> str:
    language = get_language() or "fr-ca"
    share = formats.whole_percent(percent, language)
    if not hours:
        return _("{percent} until the session starts").format(percent=share)
    days, rest = divmod(hours, 24)
    if rest or days < 2:
        sentence = ngettext(
            "{percent} until {n} hour before the session", "{percent} until {n} hours before the session", hours
        )
        return sentence.format(percent=share, n=formats.number(hours, language))
    sentence = ngettext(
        "{percent} until {n} day before the session", "{percent} until {n} days before the session", days
    )
    return sentence.format(percent=share, n=formats.number(days, language))
