"""What a worker process runs: AWS's own runtime client, for as long as the runner lives.

Started by path, so that nothing of this package is on the functions' import path.
"""

import os
import sys
import threading
from typing import Any, NoReturn

from awslambdaric.__main__ import main


def _end_with_the_runner(pipe: int) -> None:
    # It ends when the runner does, however that happened.
    while os.read(pipe, 1):
        pass
    os._exit(1)


def _take_standard_input() -> int:
    """Return the pipe from the runner that is standard input; who reads from there now is at its end."""
    pipe = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return pipe


def _refuse_breakpoint(*_: Any, **__: Any) -> NoReturn:
    raise RuntimeError(
        "breakpoint(): a worker has no terminal. Call the step from a test (`pytest --pdb`), "
        "or start `streamer dev` with PYTHONBREAKPOINT naming a debugger that takes connections."
    )


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_runner, args=[_take_standard_input()], daemon=True).start()
    if "PYTHONBREAKPOINT" not in os.environ:
        sys.breakpointhook = _refuse_breakpoint
    main(sys.argv)  # type: ignore[no-untyped-call]
