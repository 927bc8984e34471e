"""What could not be read or converted, as far as nobody has accepted the findings about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from converter.model import Fidelity, Finding, InputStatus, Location, ObjectRef, ObjectStatus


class AcceptedFailures:
    """Files and objects all of whose losses somebody has accepted; what has no finding cannot be accepted."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._by_key: dict[ObjectRef | Location | str, bool] = {}
        losses = [one for one in findings if one.fidelity.rank >= Fidelity.MANUAL.rank]
        if not any(one.accepted for one in losses):
            return
        for one in losses:
            place, ref = one.origin.location, one.origin.object
            for key in (place.path, ref or place):
                self._by_key[key] = bool(one.accepted) and self._by_key.get(key, True)

    def open_files(self, inputs: Sequence[InputStatus]) -> list[InputStatus]:
        """Those that could not be read, and count."""
        return [one for one in inputs if one.status == "failed" and not self._by_key.get(one.path, False)]

    def open_objects(self, objects: Sequence[ObjectStatus]) -> list[ObjectStatus]:
        """Those that failed, and count."""
        return [one for one in objects if one.status == "failed" and not self.covers(one)]

    def covers(self, status: ObjectStatus) -> bool:
        """An object that has no name that could be read is found by its place."""
        return self._by_key.get(status.ref, self._by_key.get(status.location, False))


def nothing_converted(objects: Sequence[ObjectStatus], findings: Iterable[Finding]) -> bool:
    """No object was converted, and nobody has accepted that of any."""
    accepted = AcceptedFailures(findings)
    return not any(one.status == "converted" or accepted.covers(one) for one in objects)
