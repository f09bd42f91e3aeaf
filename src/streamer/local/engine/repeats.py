"""What moto works out anew each time, and need not.

moto 5.2.5 parses a JSONPath at every access to a state's value, with tables that are made anew for each. It
lists the methods of a handler's class at every request, and its own folders, and asks each traverser of an
update expression, at every node, what it is for.
"""

import functools
from typing import Any

from moto import backends
from moto.core import responses
from moto.dynamodb.parsing import ast_nodes
from moto.stepfunctions.parser.asl.utils import json_path

_MOST_PATHS = 1000


@functools.cache
def patch() -> None:
    """Patch moto; once for the process."""
    # As Any, so that functions and methods can be replaced.
    folders: Any = backends
    paths: Any = json_path
    handlers: Any = responses
    nodes: Any = ast_nodes
    traverser_class = nodes.DepthFirstTraverser
    nodes_of = traverser_class.nodes_to_be_processed

    def nodes_to_be_processed(traverser: Any) -> Any:
        known = vars(traverser)
        if "streamer_nodes" not in known:
            known["streamer_nodes"] = nodes_of(traverser)
        return known["streamer_nodes"]

    known_folders = tuple(folders.list_of_moto_modules())
    folders.list_of_moto_modules = lambda: known_folders
    paths.parse = functools.lru_cache(_MOST_PATHS)(paths.parse)
    handlers.method_names_from_class = functools.cache(handlers.method_names_from_class)
    traverser_class.nodes_to_be_processed = nodes_to_be_processed
