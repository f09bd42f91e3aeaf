"""`streamer dev`: the template's whole application on this machine, until Ctrl-C.

Three servers on the loopback: the WebSocket API, beside it one HTTP endpoint that stands for AWS, and the
console.
"""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from socket import socket
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
from streamer.local.cloudformation import parameters, template
from streamer.local.cloudformation.apis import api_of
from streamer.local.cloudformation.creating import allowed_origins, create
from streamer.local.cloudformation.event_rules import rules_of
from streamer.local.cloudformation.lambda_functions import functions_of
from streamer.local.cloudformation.resources import Stack
from streamer.local.cloudformation.state_machines import state_machines_of
from streamer.local.endpoint import Endpoint
from streamer.local.engine.loading import load_engine
from streamer.local.errors import LocalError
from streamer.local.eventbridge.bus import Bus, Event
from streamer.local.ports import HOST, listen
from streamer.local.recent_lines import RecentLines
from streamer.local.reload.keeping import Kept
from streamer.local.reload.reloading import Reloader
from streamer.local.state import StateFolder
from streamer.local.try_it import TryIt
from streamer.local.web_pages import Pages

_TOKEN_SECONDS = 24 * 3600
_WARM_SECONDS = 30


class Runner:
    """One application, running from `start` to `stop`; also an async context manager.

    The WebSocket API listens on `port`, the HTTP endpoint and the console on the two above it; 0 takes any
    that are free. `overrides` are template parameters. `state_dir` keeps the signing key and, while the
    application runs, `dev.json`: `ws_url`, `endpoint_url`, `console_url`, `jobs_table`, `token`, and the
    template's `outputs` and `resources`; no other runner can have it meanwhile. There is no console where
    the template has no jobs table. Schedules run `schedule_speed` times as fast as declared. One runner at a
    time in a process, since moto is one.
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
        self._state, self._limits = StateFolder(state_dir), limits or Limits()
        self._schedule_speed = schedule_speed
        self._console = console or Console()
        self._sockets: list[socket] = []
        self._gateway: Gateway | None = None
        self._front: Any = None
        self._engine: Any = None
        self._bus: Bus | None = None
        self._kept = Kept(state_dir / "code")
        self._reloading: asyncio.Task[None] | None = None
        self._lines = RecentLines()
        self._log = self._lines.kept(logs.printer(self._console))
        self._place: Place | None = None
        self._listed: list[dict[str, str]] = []
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
        self._state.withdraw()
        if self._reloading:
            self._reloading.cancel()
        if self._bus:
            self._bus.close()
        if self._inspector:
            await asyncio.to_thread(self._inspector.close)
        if self._gateway:
            await self._gateway.close()
        if self._engine:
            await asyncio.to_thread(self._engine.stop_executions)
        await asyncio.to_thread(self.lambdas.close)
        if self._front:
            self._front.close()
        for sock in self._sockets:
            sock.close()
        self._kept.remove()
        self._state.release()

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
        self,
        tenant: str = "demo",
        user: str = "you",
        permissions: str = "",
        expires_in_seconds: float = _TOKEN_SECONDS,
    ) -> str:
        """Return a token that the template's authorizer takes."""
        return identity.mint(self._state.path, tenant, user, expires_in_seconds, permissions)

    async def _start(self) -> None:
        self._state.take()
        self.lambdas.start()
        ws_socket, http_socket, console_socket = self._sockets = listen(self._port)
        ws_base = f"ws://{HOST}:{ws_socket.getsockname()[1]}"
        http_port = http_socket.getsockname()[1]
        self.endpoint_url = f"http://{HOST}:{http_port}"
        await asyncio.to_thread(identity.make_key, self._state.path)

        # What takes long overlaps: the translator (a process of its own), the engine, the first workers.
        engine_loads = load_engine()
        read = partial(self._read, ws_base)
        stack = await asyncio.to_thread(read)
        await asyncio.to_thread(identity.remember_shape, self._state.path, stack.parameters)
        api, rules, machines = api_of(stack), rules_of(stack), state_machines_of(stack)
        reloader = Reloader(
            self._template.resolve(),
            stack,
            read,
            self.lambdas,
            lambda service: self._engine.client(service),
            self.endpoint_url,
            self._kept,
            partial(self._log, "reload"),
        )
        self.lambdas.declare(functions_of(stack), self.endpoint_url)
        first = self.lambdas.warm(api.first_functions)
        await asyncio.to_thread(reloader.keep)

        self._engine = await engine_loads
        self._bus = Bus(rules, self.lambdas, self._schedule_speed, self._keep)
        from streamer.local.front import Front  # moto's handlers come with it

        moto = self._engine.prepare(self.endpoint_url, self._on_status, self.lambdas.invoke)
        gateway = Gateway(api, self.lambdas, self._limits)
        pages = Pages(http_port, allowed_origins(stack), partial(self._log, "endpoint"))
        endpoint = Endpoint(identity.jwk_set(self._state.path), moto, pages)
        self._front = Front(http_socket, gateway, self.lambdas, endpoint)
        await self._front.start()
        await asyncio.to_thread(create, stack, machines, self._engine.client)
        self.lambdas.keep = self._keep
        await asyncio.to_thread(_await_ready, first)
        await gateway.start(ws_socket)
        self._gateway = gateway
        self._listed = stack.listed
        self.ws_url, self.outputs = f"{ws_base}/{api.stage}", stack.outputs
        self._bus.start()
        router = api.routes["$default"].function if "$default" in api.routes else ""
        self._place = dev_console.place_of(functions_of(stack), self.endpoint_url, router)
        if self._place:
            trial = TryIt(self._template.resolve(), self.ws_url, self.endpoint_url, self.token, self.lambdas)
            self._inspector = dev_console.serve(console_socket, self._place, self._lines, trial)
        self._announce()
        for rule in rules:
            if rule.note:
                self._console.print(f"{rule.name}: {rule.note}.", soft_wrap=True)
        self._reloading = asyncio.create_task(reloader.run())

    def _keep(self, queue: str, letter: str, attributes: Mapping[str, str] | None = None) -> None:
        """Put what a function failed at, or could not be given, into its queue, an ARN."""
        sqs = self._engine.client("sqs")
        url = sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        told: Any = {
            name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()
        }
        sqs.send_message(QueueUrl=url, MessageBody=letter, MessageAttributes=told)

    def _on_status(self, event: Event) -> None:
        detail = event["detail"]
        if line := logs.ending(detail):
            self._log(detail["stateMachineArn"].split(":")[6], line)
        if self._bus:
            self._bus.publish(event)

    def _read(self, ws_base: str) -> Stack:
        """Return what the template declares, with the parameters that were given. Raises LocalError."""
        offered = {
            "JwksUrl": f"{self.endpoint_url}/.well-known/jwks.json",
            "JwtIssuer": identity.ISSUER,
            "JwtAudience": identity.AUDIENCE,
            **self._overrides,
            "AllowedOrigins": self._allowed_origins(),
        }
        transformed = template.load(self._template, offered)
        declared = transformed.get("Parameters", {})
        unknown = sorted(set(self._overrides) - set(declared))
        if unknown:
            raise LocalError(f"{self._template} has no parameter {', '.join(unknown)}.")
        given = {name: value for name, value in offered.items() if name in declared}
        parameters.check(declared, given)
        return Stack(transformed, given, endpoint_url=self.endpoint_url, ws_url=ws_base)

    def _allowed_origins(self) -> str:
        """Return the parameter's value: what was given, and the console, whose page uploads and previews."""
        console = f"http://{HOST}:{self._sockets[2].getsockname()[1]}"
        return ",".join(filter(None, [self._overrides.get("AllowedOrigins", ""), console]))

    def _announce(self) -> None:
        addresses = {"ws_url": self.ws_url, "endpoint_url": self.endpoint_url, "token": self.token()}
        if self._inspector:
            addresses["console_url"] = self._inspector.url
        table = {"jobs_table": self._place.jobs_table} if self._place else {}
        self._state.publish({**addresses, **table, "outputs": self.outputs, "resources": self._listed})
        shown = {**addresses, **self.outputs}
        width = max(map(len, shown))
        for name, value in shown.items():
            self._console.print(Text.assemble((f"{name:<{width}}  ", "bold"), value), soft_wrap=True)
        for line in (
            f"Ready. Addresses and token are in {self._state.dev_file}. Ctrl-C ends it.",
            "Records, jobs and files are in memory: a restart begins without them. Edits need none.",
        ):
            self._console.print(line, soft_wrap=True, highlight=False)


def _await_ready(workers: Iterable[Worker]) -> None:
    for worker in workers:
        worker.ready.wait(_WARM_SECONDS)
