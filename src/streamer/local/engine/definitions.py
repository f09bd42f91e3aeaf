"""State machines' definitions, parsed once; what they were parsed to is kept in the user's cache.

moto 5.2.5 parses a machine at each start of it, which is most of what a short execution costs; its parser
keeps state between machines and threads; and its grammar has no Express children for a distributed Map.
"""

import base64
import functools
import hashlib
import pickle
import re
import sys
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from streamer.local.caches import kept

# Here children are parts of their parent: they send no events and may take any time, so that nothing would
# tell the one kind from the other.
_EXPRESS_CHILDREN = re.compile(r'"ExecutionType"\s*:\s*"EXPRESS"')
_MOST_DEFINITIONS = 256

_lock = Lock()


@functools.cache
def patch() -> None:
    """Patch moto; once for the process."""
    # As Any, so that methods can be replaced.
    parser_class: Any = AmazonStateLanguageParser
    worker_class: Any = ExecutionWorker
    backend_class: Any = StepFunctionsParserBackend
    parse, validate = parser_class.parse, backend_class._validate_definition  # noqa: SLF001
    programs: dict[str, bytes] = {}

    def parse_alone(definition: str) -> Any:
        # The stack is shared by all parsers, and a failed one leaves it full.
        with _lock:
            Preprocessor._query_language_per_scope.clear()  # noqa: SLF001
            program, tree = parse(_EXPRESS_CHILDREN.sub('"ExecutionType": "STANDARD"', definition))
            _keep(programs, definition, pickle.dumps(program, pickle.HIGHEST_PROTOCOL))
            return program, tree

    def validate_once(definition: str) -> None:
        """Refuse a definition. One that was not is not parsed again, in this process or in a later one."""

        def program() -> str:
            validate(definition)
            return base64.b64encode(programs[definition]).decode()

        if definition not in programs:
            _keep(programs, definition, base64.b64decode(kept("machines", _digest(definition), program)))

    def make_program(worker: Any) -> Any:
        definition = worker._evaluation_details.state_machine_details.definition  # noqa: SLF001
        packed = programs.get(definition)
        if packed is None:  # forgotten; what was created was parsed then
            parse_alone(definition)
            packed = programs[definition]
        # Each execution gets one of its own, so that none can leave anything in another's.
        return pickle.loads(packed)  # noqa: S301 - our own

    parser_class.parse = staticmethod(parse_alone)
    worker_class._get_evaluation_entrypoint = make_program  # noqa: SLF001
    backend_class._validate_definition = staticmethod(validate_once)  # noqa: SLF001


def _keep(programs: dict[str, bytes], definition: str, packed: bytes) -> None:
    if len(programs) >= _MOST_DEFINITIONS:
        programs.clear()
    programs[definition] = packed


def _digest(definition: str) -> str:
    """Return what tells one parsed definition from another: all that it depends on."""
    made_of = [definition, version("moto"), sys.version, Path(__file__).read_text()]
    return hashlib.sha256("\0".join(made_of).encode()).hexdigest()
