"""How stylesheets, scripts, fonts and drawings are served: compressed, under names that change with their content."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    """Names with a fingerprint, kept a year by browsers. Before `collectstatic`, the plain names."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        # Without a manifest (on a laptop, in the tests) the collected copy may be missing or older than the source.
        return super().stored_name(name) if self.hashed_files else name
