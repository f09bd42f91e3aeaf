"""docs/operate.md has only commands that exist, and its programs do what they say."""

import re
import shlex
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name

from scripts.environment import read
from streamer.cli import COMMANDS
from tests.support.stack import ROOT, template

PAGE = (ROOT / "docs/operate.md").read_text()
GLOBAL = {"query", "output", "endpoint-url"}
# The CLI's own, which are no operations of a service.
S3 = {"rm": {"recursive"}, "rb": {"force"}}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[list[str]]:
    """Yield each command of the page, split: of a loop or a pipe, each of its parts."""
    for block in blocks("sh"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.partition("   #")[0].replace(";", " ; "))
            while words and words[0] not in {"aws", "make", "streamer", "sam", "git"}:
                words.pop(0)
            if words:
                yield words[: words.index(";") if ";" in words else None]


AWS = [words[1:] for words in commands() if words[0] == "aws"]


@pytest.mark.parametrize("words", AWS, ids=" ".join)
def test_a_command_of_aws_exists(words: list[str]) -> None:
    service, operation, *rest = words
    given = {word[2:] for word in rest if word.startswith("--")} - GLOBAL
    if service == "s3":
        assert given <= S3[operation]
        return
    model = botocore.session.get_session().get_service_model(service)
    if operation == "wait":
        waiters = botocore.session.get_session().get_waiter_model(service)
        assert rest[0] in {xform_name(name, "-") for name in waiters.waiter_names}
        return
    (name,) = (each for each in model.operation_names if xform_name(each, "-") == operation)
    shape: Any = model.operation_model(name).input_shape
    assert given <= {xform_name(each, "-") for each in shape.members}
    assert {xform_name(each, "-") for each in shape.required_members} <= given


def test_the_others_exist_too() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    made = {words[1] for words in commands() if words[0] == "make"} | set(re.findall(r"`make ([a-z]+)", PAGE))
    assert {"deploy", "smoke", "setup"} <= made <= targets
    assert set(re.findall(r"`?streamer ([a-z]+) ", PAGE)) <= set(COMMANDS)
    assert {read(name).stack for name in re.findall(r"\bENV=([a-z]+)", PAGE) if name != "local"} == {
        "streamer-dev",
        "streamer-prod",
    }


def test_every_parameter_that_is_named_is_the_templates() -> None:
    declared = template()["Parameters"].keys()
    named = set(re.findall(r"\b([A-Z]\w+)=", " ".join(re.findall(r"`[^`\n]+`|PARAMETERS=\"[^\"]+\"", PAGE))))
    assert {"AlarmTopicArn", "DomainName"} <= named - {"PARAMETERS", "ENV", "STREAMER_TOKEN"} <= declared
    for name in ("dev", "prod"):
        assert {each.partition("=")[0] for each in read(name).parameters} <= declared


@pytest.fixture
def program(aws: list[str]) -> Callable[[str, dict[str, str]], None]:
    """Return what runs one of the page's programs, its names filled in."""

    def run(marker: str, names: dict[str, str]) -> None:
        (code,) = (block for block in blocks("python") if marker in block)
        for name, value in names.items():
            code = code.replace(f'"{name}"', f'"{value}"')
        exec(code, {})

    return run


def test_what_a_table_lost_is_put_back_and_what_is_there_now_stays(
    program: Callable[[str, dict[str, str]], None],
) -> None:
    resource = boto3.resource("dynamodb")
    jobs = resource.Table("JobsTable")
    restored = resource.create_table(
        TableName="JobsTable-restored",
        KeySchema=jobs.key_schema,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    for sk in ("frame#1", "job"):
        restored.put_item(Item={"pk": "acme#r1", "sk": sk, "text": "old"})
    jobs.put_item(Item={"pk": "acme#r1", "sk": "job", "text": "new"})
    program("TABLE-restored", {"TABLE-restored": "JobsTable-restored", "TABLE": "JobsTable"})
    found = {item["sk"]: item["text"] for item in jobs.scan()["Items"]}
    assert found == {"frame#1": "old", "job": "new"}
