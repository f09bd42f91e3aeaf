"""State machines' definitions, parsed once.

moto 5.2.5 parses a machine at each start of it, which is most of what a short execution costs; its parser
keeps state between machines and threads; and its grammar has no Express children for a distributed Map.
"""

import functools
import pickle
import re
from threading import Lock
from typing import Any

from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

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
    parse = parser_class.parse
    programs: dict[str, bytes] = {}

    def parse_alone(definition: str) -> Any:
        # The stack is shared by all parsers, and a failed one leaves it full.
        with _lock:
            Preprocessor._query_language_per_scope.clear()  # noqa: SLF001
            program, tree = parse(_EXPRESS_CHILDREN.sub('"ExecutionType": "STANDARD"', definition))
            if len(programs) >= _MOST_DEFINITIONS:
                programs.clear()
            programs[definition] = pickle.dumps(program, pickle.HIGHEST_PROTOCOL)
            return program, tree

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
