"""Who is registered in a session, whatever their establishment, and who was there."""

from pupitre.models import Assignment, CourseSession


def registered(session: CourseSession):
    """Everyone who holds a seat in a session, by name."""
    held = Assignment.objects.in_force().filter(session=session, seat__cancelled_at=None)
    return held.select_related("participant", "seat__establishment", "noted_by", "certificate").order_by(
        "participant__folded", "pk"
    )
