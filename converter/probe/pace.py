"""How fast and how much: at most so many requests a second to one address, and so many in all."""

from __future__ import annotations

import asyncio


class Pace:
    """Start times of the requests to one address.

    Args:
        rate: Requests a second.
        spare: Requests beyond the planned ones: redirects, repetitions, shared connections.
    """

    def __init__(self, rate: float, spare: int) -> None:
        self._interval, self._next = 1 / rate, 0.0
        self.spare, self.sent = spare, 0

    async def turn(self, requests: int = 1, *, extra: bool = False) -> bool:
        """Wait until so many requests may start; False where the spare ones do not suffice."""
        needed = requests if extra else requests - 1
        if needed > self.spare:
            return False
        self.spare -= needed
        self.sent += requests
        now = asyncio.get_running_loop().time()
        start = max(now, self._next)
        self._next = start + requests * self._interval
        await asyncio.sleep(start - now)
        return True
