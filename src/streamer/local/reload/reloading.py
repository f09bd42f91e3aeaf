"""Takes over a changed function, state machine or template; a broken one is told, and the old goes on."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from streamer.local.aws import STACK
from streamer.local.aws_lambda.functions import Function
from streamer.local.aws_lambda.lambdas import Lambdas
from streamer.local.cloudformation.creating import create_machine, update_machine
from streamer.local.cloudformation.differing import fixed_changes
from streamer.local.cloudformation.lambda_functions import functions_of
from streamer.local.cloudformation.resources import Stack
from streamer.local.cloudformation.state_machines import StateMachine, state_machines_of
from streamer.local.errors import LocalError
from streamer.local.reload.keeping import Kept
from streamer.local.reload.trying import Fault, faults_of, forget_compiled, from_here
from streamer.local.reload.watching import Watch

_MOST_NAMED = 3


class Reloader:
    """Keeps a running application as its files are, `template` and all that it names.

    `stack` is what runs, and `load` reads it anew; `client` makes boto3 clients of the engine, `tell` gets a
    line for the user. Where a function cannot be imported any more, its new workers run the code of before,
    of which a copy is `kept`; where the template or a state machine is refused, all stays as it is.
    """

    def __init__(
        self,
        template: Path,
        stack: Stack,
        load: Callable[[], Stack],
        lambdas: Lambdas,
        client: Callable[[str], Any],
        endpoint_url: str,
        kept: Kept,
        tell: Callable[[str], None],
    ) -> None:
        self._template, self._stack, self._load = template, stack, load
        self._lambdas, self._client, self._endpoint_url = lambdas, client, endpoint_url
        self._kept, self._tell = kept, tell
        self._functions = {each.name: each for each in functions_of(stack)}
        self._machines = {each.name: each for each in state_machines_of(stack)}
        # What has changed since everything was taken over; functions that never could be imported, and why.
        self._changed: set[Path] = set()
        self._never: dict[str, str] = {}
        self._watch = Watch(self._watched)

    def keep(self) -> None:
        """Keep the code as it is now, for a time when it is broken. Raises LocalError."""
        self._kept.keep(function.code for function in self._functions.values())

    async def run(self) -> None:
        """Take over changes until cancelled; `keep` first."""
        first = [self._kept.of(function) for function in self._functions.values()]
        faults = await asyncio.to_thread(faults_of, first, self._endpoint_url)
        self._never = {fault.function: fault.error for fault in faults}
        async for changed in self._watch.changes():
            try:
                await self._take_over(changed)
            except LocalError as error:
                self._tell(f"[ERROR] {error} What was before goes on.")
            except Exception as error:  # a file that is half written may do anything to who reads it
                what = f"{type(error).__name__}: {error}"
                self._tell(
                    f"[ERROR] {some(sorted(map(from_here, changed)))}: {what}. What was before goes on."
                )

    async def _take_over(self, changed: set[Path]) -> None:
        """Take over what was changed, and tell. Raises LocalError for what is refused as a whole."""
        self._changed |= changed
        forget_compiled(changed)
        renewed = self._template in self._changed
        stack = await asyncio.to_thread(self._load) if renewed else self._stack
        functions = [each for each in functions_of(stack) if self._differs(each)]
        await asyncio.to_thread(self._take_machines, state_machines_of(stack))
        faults = await asyncio.to_thread(faults_of, functions, self._endpoint_url)
        self._take_functions(functions, {fault.function for fault in faults})
        if fixed := fixed_changes(self._stack, stack):
            self._tell(f"[WARNING] {', '.join(fixed)}: only a restart of `streamer dev` takes this over.")
        self._stack = stack
        for line in in_words([each for each in faults if self._never.get(each.function) != each.error]):
            self._tell(line)
        broken = [fault for fault in faults if fault.function not in self._never]
        self._never |= {each.function: each.error for each in faults if each.function in self._never}
        if not broken:
            await asyncio.to_thread(self.keep)
            names = sorted(from_here(path) for path in self._changed)
            self._tell(f"[INFO] {some(names)}: taken over, the next invocations run it.")
            self._changed.clear()

    def _differs(self, function: Function) -> bool:
        edited = any(path.is_relative_to(function.code) for path in self._changed)
        return edited or function != self._functions.get(function.name)

    def _take_machines(self, machines: Iterable[StateMachine]) -> None:
        for machine in machines:
            known = self._machines.get(machine.name)
            if machine != known:
                (update_machine if known else create_machine)(machine, self._client("stepfunctions"))
                self._machines[machine.name] = machine

    def _take_functions(self, functions: Iterable[Function], broken: set[str]) -> None:
        """Have new workers run these functions; of the broken ones, the code of before."""
        sound = [function for function in functions if function.name not in broken]
        before = [self._kept.of(self._functions[name]) for name in broken & self._functions.keys()]
        self._lambdas.declare([*sound, *before], self._endpoint_url)
        self._lambdas.retire(function.name for function in sound)
        for function in sound:
            self._functions[function.name] = function
            self._never.pop(function.name, None)

    def _watched(self) -> Iterator[Path]:
        yield self._template
        yield from (function.code for function in self._functions.values())
        yield from (machine.source for machine in self._machines.values() if machine.source)


def in_words(faults: Sequence[Fault]) -> Iterator[str]:
    """Yield a line for every error; functions that share it are named in it."""
    by_error: dict[tuple[str, str], list[str]] = {}
    for fault in faults:
        by_error.setdefault((fault.place, fault.error), []).append(fault.function.removeprefix(f"{STACK}-"))
    for (place, error), functions in by_error.items():
        where = f"{place}: " if place else ""
        yield f"[ERROR] {where}{error}. The code of before goes on in {some(functions)}."


def some(names: Sequence[str]) -> str:
    """Return a few names, and how many more there are."""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
