"""Threads that take shares, with this one, until none is left: for compiled work, which needs no lock of Python's.

Nothing is copied from one to the other, as between processes, so they gain more; work in Python would gain nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Condition, Thread
from typing import Any

AHEAD = 8
"""Shares a thread, from the one wanted next, that may be begun: whoever stops taking results stops the work."""


class Desk:
    """Where shares are claimed, in order, and results left."""

    def __init__(self, count: int, ahead: int) -> None:
        self.count = count
        self.ahead = ahead
        self.following = 0
        self.wanted = 0
        self.results: dict[int, Any] = {}
        self.error: BaseException | None = None
        self.is_closed = False
        self.changed = Condition()

    def claim(self) -> int | None:
        """A share for another thread, as soon as there is one; None at the end."""
        with self.changed:
            while not self._is_over() and self.following >= self.wanted + self.ahead:
                self.changed.wait()
            return None if self._is_over() else self._next()

    def claim_or_wait(self, place: int) -> int | None:
        """A share for the thread that wants the result `place`; None when that is there. Raises what another met."""
        with self.changed:
            self.wanted = place
            self.changed.notify_all()
            while place not in self.results and self.error is None:
                if self.following < self.count:
                    return self._next()
                self.changed.wait()
            if self.error is not None:
                raise self.error
            return None

    def leave(self, place: int, result: Any) -> None:
        """The result of a share."""
        with self.changed:
            self.results[place] = result
            self.changed.notify_all()

    def close(self, error: BaseException | None = None) -> None:
        """No share is claimed from here on."""
        with self.changed:
            self.error, self.is_closed = self.error or error, True
            self.changed.notify_all()

    def _next(self) -> int:
        self.following += 1
        return self.following - 1

    def _is_over(self) -> bool:
        return self.is_closed or self.following >= self.count


def results(workers: int, work: Callable[[Any], Any], shares: Sequence[Any]) -> Iterator[Any]:
    """work(share) for every share, in order, by so many threads, this one among them; raises what any of them met."""
    desk = Desk(len(shares), AHEAD * workers)
    for _ in range(workers - 1):
        Thread(target=_serve, args=(desk, work, shares), daemon=True).start()
    try:
        for place in range(len(shares)):
            while (own := desk.claim_or_wait(place)) is not None:
                desk.leave(own, work(shares[own]))
            yield desk.results.pop(place)
    finally:
        desk.close()


def _serve(desk: Desk, work: Callable[[Any], Any], shares: Sequence[Any]) -> None:
    """Shares until none is left, the desk is closed, or one fails."""
    while (place := desk.claim()) is not None:
        try:
            desk.leave(place, work(shares[place]))
        except BaseException as error:  # it is raised again where results are taken
            desk.close(error)
            return
