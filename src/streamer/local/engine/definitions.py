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

    def parse_alone(definition: str) -> Any:
        # The stack is shared by all parsers, and a failed one leaves it full.
        with _lock:
            Preprocessor._query_language_per_scope.clear()  # noqa: SLF001
            return parse(_EXPRESS_CHILDREN.sub('"ExecutionType": "STANDARD"', definition))

    @functools.lru_cache(_MOST_DEFINITIONS)
    def parsed(definition: str) -> bytes:
        return pickle.dumps(parser_class.parse(definition)[0], pickle.HIGHEST_PROTOCOL)

    def make_program(worker: Any) -> Any:
        # Each execution gets one of its own, so that none can leave anything in another's.
        return pickle.loads(parsed(worker._evaluation_details.state_machine_details.definition))  # noqa: S301, SLF001

    parser_class.parse = staticmethod(parse_alone)
    worker_class._get_evaluation_entrypoint = make_program  # noqa: SLF001
