"""What a worker process runs: AWS's own runtime client, for as long as the runner lives.

Started by path, so that nothing of this package is on the functions' import path.
"""

import os
import sys
import threading

from awslambdaric.__main__ import main


def _end_with_the_runner() -> None:
    # Standard input is a pipe from the runner: it ends when the runner does, however that happened.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_runner, daemon=True).start()
    main(sys.argv)  # type: ignore[no-untyped-call]
