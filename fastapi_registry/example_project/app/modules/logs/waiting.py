"""The entries that wait to be written. Putting one there never waits itself."""

from collections import deque
from collections.abc import Sequence
from threading import Lock

from app.modules.logs.models import LogEntry


class WaitingEntries:
    """Any thread puts, one writer takes. What is too many is counted instead of kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: deque[LogEntry] = deque()
        self._dropped = 0
        self._lock = Lock()

    def put(self, entry: LogEntry) -> None:
        """The oldest are kept: the first error of many says why."""
        with self._lock:
            if len(self._entries) < self._most:
                self._entries.append(entry)
            else:
                self._dropped += 1

    def first(self, most: int) -> Sequence[LogEntry]:
        with self._lock:
            return [self._entries[place] for place in range(min(most, len(self._entries)))]

    def forget_first(self, count: int) -> None:
        with self._lock:
            for _ in range(count):
                self._entries.popleft()

    def count_dropped(self, count: int) -> None:
        with self._lock:
            self._dropped += count

    @property
    def dropped(self) -> int:
        """How many, since they were last forgotten."""
        return self._dropped

    def forget_dropped(self, count: int) -> None:
        with self._lock:
            self._dropped -= count
