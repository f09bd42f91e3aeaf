"""The bucket of tokens that stands for a rate."""

TICK = 0.1  # seconds


class Bucket:
    """A bucket of tokens that refills."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._most = rate, max(burst, rate * TICK)
        self._tokens = self._most

    def refill(self) -> None:
        """Let a tick pass."""
        self._tokens = min(self._most, self._tokens + self._rate * TICK)

    def take(self, wanted: float) -> float:
        """Take as much of what is wanted as there is."""
        taken = min(wanted, self._tokens)
        self._tokens -= taken
        return taken
