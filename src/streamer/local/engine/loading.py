"""The engine's import, which takes long, beside the event loop."""

import asyncio
import gc
import sys
from concurrent.futures import Future
from importlib import import_module
from importlib.util import find_spec
from threading import Thread
from types import ModuleType
from typing import Any


def load_engine() -> asyncio.Future[Any]:
    """Import the engine in a thread; the result is the module `backend`."""
    loaded: Future[Any] = Future()
    loaded.set_running_or_notify_cancel()

    def load() -> None:
        # So many modules at once are a quarter faster without a collector that looks at them again and again.
        gc.disable()
        try:
            _import_batch_alone()
            loaded.set_result(import_module("streamer.local.engine.backend"))
        except BaseException as error:
            loaded.set_exception(error)
        finally:
            gc.freeze()
            gc.enable()

    # A daemon: an import cannot be cancelled, and Ctrl-C must not wait for it.
    Thread(target=load, name="engine", daemon=True).start()
    return asyncio.wrap_future(loaded)


def _import_batch_alone() -> None:
    """Import the one module of moto's Batch that its state machines want, without what Batch wants.

    moto 5.2.5 imports EC2, ECS and IAM with it, for an Enum: a fifth of the engine's import. Whoever asks
    for Batch itself gets it whole.
    """
    moto = find_spec("moto")
    if moto is None or "moto.batch" in sys.modules:
        return
    package = sys.modules["moto.batch"] = ModuleType("moto.batch")
    package.__path__ = [f"{folder}/batch" for folder in moto.submodule_search_locations or ()]
    try:
        import_module("moto.batch.utils")
    finally:
        del sys.modules["moto.batch"]
