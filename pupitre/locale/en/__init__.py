"""English of Canada."""
