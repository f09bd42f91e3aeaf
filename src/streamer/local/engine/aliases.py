"""State machines by their aliases.

moto 5.2.5 keeps aliases and starts nothing by them. An execution that an alias starts is the machine's own,
on AWS too: neither its ARN nor the `stateMachineArn` of its status events has the alias in it.
"""

import functools
from typing import Any

from moto.stepfunctions.models import StepFunctionBackend


@functools.cache
def patch() -> None:
    """Patch moto; once for the process."""
    backend_class: Any = StepFunctionBackend
    describe = backend_class.describe_state_machine

    def describe_by_alias(backend: Any, arn: str) -> Any:
        whole, _, alias = arn.rpartition(":")
        machine = next((each for each in backend.state_machines if each.arn == whole), None)
        return machine if machine and alias in machine.aliases else describe(backend, arn)

    backend_class.describe_state_machine = describe_by_alias
