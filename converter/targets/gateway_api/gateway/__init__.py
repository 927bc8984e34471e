"""Gateway, ListenerSet and their listeners."""
