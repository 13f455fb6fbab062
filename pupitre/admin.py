"""Where Django looks for an app's part of the back office: ours is in `office/`."""

from pupitre.office import admin

__all__ = ["admin"]
