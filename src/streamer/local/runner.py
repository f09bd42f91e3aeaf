"""`streamer dev`: the template's whole application on this machine, until Ctrl-C.

Three servers on the loopback: the WebSocket API, beside it one HTTP endpoint that stands for AWS, and the
console.
"""

import asyncio
import gc
import json
import signal
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from importlib import import_module
from pathlib import Path
from socket import create_server, socket
from threading import Thread
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.text import Text

from streamer.console.reading.place import Place
from streamer.console.serving.console_server import ConsoleServer
from streamer.local import dev_console, identity, logs
from streamer.local.api_gateway.gateway import Gateway, Limits
from streamer.local.aws_lambda.lambdas import Lambdas
from streamer.local.aws_lambda.worker import Worker
from streamer.local.cloudformation import template
from streamer.local.cloudformation.resources import Stack
from streamer.local.endpoint import Endpoint, HttpServer
from streamer.local.errors import LocalError
from streamer.local.eventbridge.bus import Bus, Event
from streamer.local.identity import owner_only
from streamer.local.recent_lines import RecentLines

HOST = "127.0.0.1"
_TOKEN_SECONDS = 24 * 3600
_WARM_SECONDS = 30


class Runner:
    """One application, running from `start` to `stop`; also an async context manager.

    The WebSocket API listens on `port`, the HTTP endpoint and the console on the two above it; 0 takes any
    that are free. `overrides` are template parameters. `state_dir` keeps the signing key and, while the
    application runs, `dev.json`: `ws_url`, `endpoint_url`, `console_url`, `jobs_table`, `token` and
    the template's `outputs`. There is no console where the template has no jobs table. Schedules
    run `schedule_speed` times as fast as declared. One runner at a time in a process, since moto is one.
    """

    ws_url: str
    endpoint_url: str
    outputs: dict[str, str]

    def __init__(
        self,
        template: Path,
        *,
        port: int = 0,
        overrides: Mapping[str, str] | None = None,
        state_dir: Path = Path(".streamer"),
        limits: Limits | None = None,
        schedule_speed: float = 1,
        console: Console | None = None,
    ) -> None:
        self._template, self._port, self._overrides = template, port, overrides or {}
        self._state_dir, self._limits = state_dir, limits or Limits()
        self._schedule_speed = schedule_speed
        self._console = console or Console()
        self._sockets: list[socket] = []
        self._gateway: Gateway | None = None
        self._http: HttpServer | None = None
        self._engine: Any = None
        self._announced = False
        self._bus: Bus | None = None
        self._lines = RecentLines()
        self._log = self._lines.kept(logs.printer(self._console))
        self._place: Place | None = None
        self._inspector: ConsoleServer | None = None
        self.lambdas = Lambdas(self._log)

    async def start(self) -> None:
        """Start everything; on return the application serves. Raises LocalError."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End everything: connections with 1001, executions aborted, workers killed."""
        self._dev_file.unlink(missing_ok=True)
        if self._bus:
            self._bus.close()
        if self._inspector:
            await asyncio.to_thread(self._inspector.close)
        if self._gateway:
            await self._gateway.close()
        if self._engine:
            await asyncio.to_thread(self._engine.stop_executions)
        await asyncio.to_thread(self.lambdas.close)
        if self._http:
            await asyncio.to_thread(self._http.close)
        for sock in self._sockets:
            sock.close()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    def token(
        self, tenant: str = "demo", user: str = "you", expires_in_seconds: float = _TOKEN_SECONDS
    ) -> str:
        """Return a token that the template's authorizer takes."""
        given = {"issuer": "JwtIssuer", "audience": "JwtAudience"}
        claims = {claim: self._overrides[name] for claim, name in given.items() if name in self._overrides}
        return identity.mint(self._state_dir, tenant, user, expires_in_seconds, **claims)

    @property
    def _dev_file(self) -> Path:
        return self._state_dir / "dev.json"

    async def _start(self) -> None:
        ws_socket = self._listen(self._port)
        http_socket = self._listen(self._port + 1 if self._port else 0)
        ws_base = f"ws://{HOST}:{ws_socket.getsockname()[1]}"
        self.endpoint_url = f"http://{HOST}:{http_socket.getsockname()[1]}"
        jwk_set = await asyncio.to_thread(identity.jwk_set, self._state_dir)

        # What takes long overlaps: the translator (a process of its own), the engine, the first workers.
        engine_loads = _load_engine()
        transformed, parameters = await asyncio.to_thread(self._transform)
        stack = Stack(transformed, parameters, endpoint_url=self.endpoint_url, ws_url=ws_base)
        api = stack.api
        rules = stack.rules
        self.lambdas.declare(stack.functions, self.endpoint_url)
        first = self.lambdas.warm(api.first_functions)

        self._engine = await engine_loads
        self._bus = Bus(rules, self.lambdas, self._schedule_speed)
        moto = self._engine.prepare(self.endpoint_url, self._on_status)
        gateway = Gateway(api, self.lambdas, self._limits)
        endpoint = Endpoint(gateway, asyncio.get_running_loop(), self.lambdas, jwk_set, moto)
        self._http = HttpServer(http_socket, endpoint)
        await asyncio.to_thread(stack.create, self._engine.client)
        await asyncio.to_thread(_await_ready, first)
        await gateway.start(ws_socket)
        self._gateway = gateway
        self.ws_url, self.outputs = f"{ws_base}/{api.stage}", stack.outputs
        self._bus.start()
        self._place = dev_console.place_of(stack.functions, self.endpoint_url)
        if self._place:
            console_socket = self._listen(self._port + 2 if self._port else 0)
            self._inspector = dev_console.serve(console_socket, self._place, self._lines)
        self._announce()
        for rule in rules:
            if rule.note:
                self._console.print(f"{rule.name}: {rule.note}.", soft_wrap=True)
        Thread(target=self._warm_others, name="warm", daemon=True).start()

    def _on_status(self, event: Event) -> None:
        detail = event["detail"]
        if line := logs.ending(detail):
            self._log(detail["stateMachineArn"].split(":")[6], line)
        if self._bus:
            self._bus.publish(event)

    def _warm_others(self) -> None:
        # One at a time: whoever is served meanwhile needs the processors more.
        for name in self.lambdas.names():
            _await_ready(self.lambdas.warm([name]))

    def _listen(self, port: int) -> socket:
        try:
            sock = create_server((HOST, port), backlog=128)
        except OSError as error:
            message = f"Port {port} is taken. Stop what uses it, or choose another with --port (0: any free)."
            raise LocalError(message) from error
        self._sockets.append(sock)
        return sock

    def _transform(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the template as CloudFormation, and its parameters' values other than defaults."""
        offered = {
            "JwksUrl": f"{self.endpoint_url}/.well-known/jwks.json",
            "JwtIssuer": identity.ISSUER,
            "JwtAudience": identity.AUDIENCE,
            **self._overrides,
        }
        transformed = template.load(self._template, offered)
        declared = transformed.get("Parameters", {})
        unknown = sorted(set(self._overrides) - set(declared))
        if unknown:
            raise LocalError(f"{self._template} has no parameter {', '.join(unknown)}.")
        return transformed, {name: value for name, value in offered.items() if name in declared}

    def _announce(self) -> None:
        addresses = {"ws_url": self.ws_url, "endpoint_url": self.endpoint_url, "token": self.token()}
        if self._inspector:
            addresses["console_url"] = self._inspector.url
        draft = self._dev_file.with_suffix(".draft")
        with owner_only(draft) as file:
            table = {"jobs_table": self._place.jobs_table} if self._place else {}
            json.dump({**addresses, **table, "outputs": self.outputs}, file, indent=2)
        draft.replace(self._dev_file)  # whoever waits for it never reads half of it
        self._announced = True
        shown = {**addresses, **self.outputs}
        width = max(map(len, shown))
        for name, value in shown.items():
            self._console.print(Text.assemble((f"{name:<{width}}  ", "bold"), value), soft_wrap=True)
        self._console.print(
            f"Ready. Addresses and token are in {self._dev_file}. Ctrl-C ends it.", soft_wrap=True
        )


def run(template: Path, port: int, overrides: dict[str, str], state_dir: Path) -> None:
    """Run `template` until SIGINT or SIGTERM; see Runner. Raises LocalError."""
    asyncio.run(_run(Runner(template, port=port, overrides=overrides, state_dir=state_dir)))


async def _run(runner: Runner) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    starting = asyncio.create_task(runner.start())
    ending = asyncio.create_task(ended.wait())
    await asyncio.wait({starting, ending}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
        return
    await starting
    await ending
    await runner.stop()


def _load_engine() -> asyncio.Future[Any]:
    """Import the engine beside the event loop."""
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


def _await_ready(workers: Iterable[Worker]) -> None:
    for worker in workers:
        worker.ready.wait(_WARM_SECONDS)
