"""French of Québec."""
