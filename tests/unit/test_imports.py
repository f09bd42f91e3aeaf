"""A function imports what is written down, so that no cold start grows unseen."""

import pytest

from tests.support import imports

WRITTEN = dict(line.split(": ", 1) for line in imports.LIST.read_text().splitlines())


@pytest.mark.parametrize("module", imports.handlers())
def test_a_function_imports_what_is_written_down(module: str) -> None:
    assert imports.imported(module) == WRITTEN.get(module, "").split(), "`make generate` writes it down"


def test_an_echo_pays_for_no_aws_and_no_logger() -> None:
    listed = WRITTEN["actions"].split()
    assert not {"[boto3]", "[botocore]", "[aws_lambda_powertools]", "[cryptography]"} & set(listed)


def test_the_list_has_no_function_that_is_gone() -> None:
    assert sorted(WRITTEN) == imports.handlers()
