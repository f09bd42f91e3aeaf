"""The texts of a new action: the templates beside this module, filled in."""

from importlib import resources
from string import Template

from streamer.scaffold.asl import FUNCTION_SECONDS, given
from streamer.scaffold.inserting import order
from streamer.scaffold.naming import ActionName

WIDTH = 110


def package(action: ActionName) -> dict[str, str]:
    """Return the texts of the step package by file name."""
    texts = {
        "__init__.py": _filled("__init__.py.txt", name=action.name),
        f"{action.shapes}.py": _filled("request.py.txt", name=action.name, model=action.model),
    }
    return texts | {f"{stage.name}.py": _stage(action, n) for n, stage in enumerate(action.stages)}


def stages_test(action: ActionName) -> str:
    """Return the test of the stages as functions."""
    package = f"steps.{action.name}"
    modules = {f"{package}.{stage.name}": [stage.name] for stage in action.stages}
    modules[f"{package}.{action.shapes}"] = sorted([action.model, "Result"], key=str.lower)
    calls, handed = [], "request"
    for stage in action.stages:
        name = "result" if stage is action.stages[-1] else "given"
        calls.append(f"    {name} = {stage.name}({handed}, progress)")
        handed = name
    return _filled(
        "test_stages.py.txt",
        name=action.name,
        model=action.model,
        imports="\n".join(
            f"from {module} import {', '.join(modules[module])}" for module in sorted(modules, key=order)
        ),
        calls="\n".join(calls),
        stages=_listed([stage.name for stage in action.stages]),
    )


def job_test(action: ActionName) -> str:
    """Return the test of the whole job over a socket."""
    states, names = ([each.state for each in action.stages], [each.name for each in action.stages])
    return _filled("test_job.py.txt", name=action.name, states=_listed(states), stages=_listed(names))


def registration(action: ActionName) -> tuple[str, str]:
    """Return the import and the call that register the action."""
    wanted = f"from steps.{action.name}.{action.shapes} import {action.model}"
    return _wrapped(wanted), _wrapped(f'actions.add("{action.name}", {action.model}, estimate=30, job=True)')


def block(action: ActionName) -> str:
    """Return the action's part of the template."""
    head = _filled(
        "resources.yaml.txt",
        heading=f"{action.name} ".ljust(96, "-"),
        name=action.name,
        machine=action.machine,
        substitutions="\n".join(
            f"        {each.function}: !Ref {each.function}.Version" for each in action.stages
        ),
        invoked="\n".join(f'                - !Sub "${{{each.function}.Arn}}:*"' for each in action.stages),
    )
    functions = (
        _filled(
            "function.yaml.txt",
            name=action.name,
            stage=stage.name,
            function=stage.function,
            seconds=str(FUNCTION_SECONDS),
        )
        for stage in action.stages
    )
    return head + "".join(functions)


def _stage(action: ActionName, number: int) -> str:
    stage, (name, _) = action.stages[number], given(number)
    kind = action.model if number == 0 else "Worked"
    last = stage is action.stages[-1]
    returns = "Result" if last else "Worked"
    return _filled(
        "stage.py.txt",
        name=action.name,
        shapes=action.shapes,
        shapes_used=", ".join(sorted({kind, returns, "Worked"}, key=str.lower)),
        state=stage.state,
        stage=stage.name,
        given=name,
        kind=kind,
        returns=returns,
        stages_so_far="" if number == 0 else "*given.stages, ",
        result="Result(items=len(worked.items), stages=worked.stages)" if last else "worked",
    )


def _filled(template: str, **values: str) -> str:
    text = resources.files(__package__).joinpath("templates", template).read_text(encoding="utf-8")
    filled = Template(text).substitute(values)
    return filled if ".yaml" in template else "\n".join(map(_wrapped, filled.split("\n")))


def _listed(names: list[str]) -> str:
    """Return a list with a line for each: ruff leaves it as it is, however long it gets."""
    return "[\n" + "".join(f'    "{name}",\n' for name in names) + "]"


def _wrapped(line: str) -> str:
    """Return a line of code that is too long as ruff would break it."""
    if len(line) <= WIDTH:
        return line
    if line.startswith("from "):
        module, names = line.split(" import ")
        return f"{module} import (\n" + "".join(f"    {name},\n" for name in names.split(", ")) + ")"
    indent = line[: len(line) - len(line.lstrip())]
    start, end = line.index("(") + 1, line.rindex(")")
    inner = f"{indent}    {line[start:end]}"
    if len(inner) > WIDTH:
        inner = "\n".join(f"{indent}    {part.strip()}," for part in inner.split(", "))
    return f"{line[:start]}\n{inner}\n{indent}{line[end:]}"
