"""Row 63: the artefact is made for Lambda, wherever it is built."""

from pathlib import Path

from scripts.artefact.reading import Artefact
from scripts.artefact.target import Target
from tests.deploy.sam_cli import sam
from tests.support.stack import template

LAMBDA = Target("python3.13", "arm64")


def test_a63_what_is_built_is_for_lambda_whatever_the_builder_has(tmp_path: Path) -> None:
    """With no word of what is wanted, as the template has it; read and found whole."""
    sam("build", "--build-dir", tmp_path)

    artefact = Artefact(tmp_path, LAMBDA)
    assert list(artefact.faults()) == []
    assert len(artefact.functions) == sum(
        resource["Type"] == "AWS::Lambda::Function" for resource in template()["Resources"].values()
    )
    # It is no other target's.
    other = Artefact(tmp_path, Target("python3.12", "x86_64"))
    told = "\n".join(other.faults())
    for fault in ("pydantic-core is made for cp313-cp313-", "_rust.abi3.so is of EM_AARCH64"):
        assert fault in told
    assert ("would not be used" in told or "has its" in told) == artefact.has_byte_code()


def test_a63_the_template_is_for_what_is_built() -> None:
    functions = [each for each in template()["Resources"].values() if each["Type"] == "AWS::Lambda::Function"]
    for each in functions:
        assert each["Properties"]["Runtime"] == {"Ref": "PythonRuntime"}
        assert each["Properties"]["Architectures"] == [{"Ref": "Architecture"}]
    given = template()["Parameters"]
    assert Target(given["PythonRuntime"]["Default"], given["Architecture"]["Default"]) == LAMBDA
