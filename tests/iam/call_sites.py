"""Where functions/ asks AWS for something, as its text says."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name

from tests.iam.calls import FUNCTIONS, Site

# What boto3 makes of several operations, or of one that is called later.
_MADE_OF_MANY = {
    "batch_writer",
    "download_file",
    "download_fileobj",
    "generate_presigned_post",
    "generate_presigned_url",
    "get_paginator",
    "get_waiter",
    "upload_file",
    "upload_fileobj",
}


def asked() -> set[Site]:
    """Return every place in functions/ that names an operation of a service which is used there."""
    trees = {path: ast.parse(path.read_text()) for path in sorted(Path(FUNCTIONS).rglob("*.py"))}
    operations = _operations({name for tree in trees.values() for name in _services(tree)})
    return {
        Site(str(path.relative_to(FUNCTIONS)), function, name)
        for path, tree in trees.items()
        for function, name in methods(tree)
        if name in operations
    }


def unplayed(asked: set[Site], played: set[Site]) -> list[Site]:
    """Return the places that no scene came by."""
    places = {(site.file, site.function) for site in played}
    return sorted(
        (
            site
            for site in asked - played
            if site.operation not in _MADE_OF_MANY or (site.file, site.function) not in places
        ),
        key=str,
    )


def methods(tree: ast.AST, place: str = "", *, inside: bool = False) -> Iterator[tuple[str, str]]:
    """Yield every attribute's name with the outermost function, or method, that it stands in."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Attribute):
            yield place, node.attr
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not inside:
            named = f"{place}.{node.name}".lstrip(".")
            yield from methods(node, named, inside=isinstance(node, ast.FunctionDef))
        else:
            yield from methods(node, place, inside=inside)


def _services(tree: ast.AST) -> Iterator[str]:
    """Yield the services that clients are made of."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(attr="client" | "resource"), [ast.Constant(str(name)), *_]):
                yield name


@cache
def _names(service: str) -> set[str]:
    model = botocore.session.get_session().get_service_model(service)
    return {xform_name(operation) for operation in model.operation_names}


def _operations(services: set[str]) -> set[str]:
    assert services == {"apigatewaymanagementapi", "dynamodb", "s3", "stepfunctions"}, services
    return _MADE_OF_MANY.union(*map(_names, services))
