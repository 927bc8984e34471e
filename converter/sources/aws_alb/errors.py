"""What stops the controller: an error anywhere in a group means that nothing of the group is built."""

from __future__ import annotations

from converter.model import Origin


class Refused(Exception):  # noqa: N818  (a verdict of the controller, not a fault of ours)
    """The controller refuses the group; the message is the controller's own."""

    def __init__(self, message: str, origin: Origin | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.origin = origin

    def within(self, member: str) -> Refused:
        """The same, said of a member of the group."""
        return Refused(f"ingress: {member}: {self.message}", self.origin)
