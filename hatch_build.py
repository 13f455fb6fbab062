"""Compiles the translations while the wheel is built, so that an installation needs no translation tool."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileTranslations(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from pupitre.translations import compile_catalogues
        finally:
            sys.path.remove(str(root))
        compile_catalogues(root / "pupitre" / "locale")
