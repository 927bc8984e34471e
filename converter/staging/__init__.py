"""A second set of Gateways and routes under another domain, for tests before the names of clients lead there."""
