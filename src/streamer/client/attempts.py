"""Which progress still counts: what an attempt says that another has replaced is superseded. Pure."""

from streamer.client.frames import Progress


class Attempts:
    """The stage that a job is in, and the newest attempt at each."""

    def __init__(self) -> None:
        self._stage = ""
        self._newest: dict[str, int] = {}

    def counts(self, frame: Progress) -> bool:
        """Take a job's next progress; say whether no later attempt, or stage, has spoken before it."""
        newest = self._newest.get(frame["stage"], 0)
        if frame["stage"] == self._stage and frame["attempt"] == newest:
            return True
        if frame["attempt"] <= newest:
            return False
        self._stage, self._newest[frame["stage"]] = frame["stage"], frame["attempt"]
        return True
