"""How fast it is: `python -m tests.bench`. Times are printed, never asserted; counts are, in tests/test_budgets.py."""
