"""The engine's import, which takes long, beside the event loop."""

import asyncio
import gc
from concurrent.futures import Future
from importlib import import_module
from threading import Thread
from typing import Any


def load_engine() -> asyncio.Future[Any]:
    """Import the engine in a thread; the result is the module `backend`."""
    loaded: Future[Any] = Future()
    loaded.set_running_or_notify_cancel()

    def load() -> None:
        # So many modules at once are a quarter faster without a collector that looks at them again and again.
        gc.disable()
        try:
            loaded.set_result(import_module("streamer.local.engine.backend"))
        except BaseException as error:
            loaded.set_exception(error)
        finally:
            gc.freeze()
            gc.enable()

    # A daemon: an import cannot be cancelled, and Ctrl-C must not wait for it.
    Thread(target=load, name="engine", daemon=True).start()
    return asyncio.wrap_future(loaded)
