"""What an action and its stages may be called, and what is made of that."""

import re

import pytest

from streamer.scaffold.naming import Refused, another, parse


@pytest.mark.parametrize(
    ("stage", "state", "function"),
    [
        ("fetch", "Fetch the items", "FetchFunction"),
        ("fetch_orders", "Fetch orders", "FetchOrdersFunction"),
        ("a", "Stage a", "AFunction"),
        ("copy_to_s3_now", "Copy to s3 now", "CopyToS3NowFunction"),
    ],
)
def test_a_stage_is_a_phrase_to_clients_and_a_function_to_the_template(
    stage: str, state: str, function: str
) -> None:
    (made,) = parse("import_orders", stage).stages
    assert (made.state, made.function) == (state, function)
    assert re.fullmatch(r"[A-Z][a-z]+( [a-z0-9]+)+", made.state)  # as tests/asl wants it


def test_an_action_is_named_in_many_places() -> None:
    action = parse("import_orders", " fetch_orders , check_orders")
    assert (action.title, action.machine, action.model, action.shapes) == (
        "Import orders",
        "ImportOrders",
        "ImportOrdersRequest",
        "import_orders_request",
    )
    assert action.logical_ids == ["ImportOrders", "FetchOrdersFunction", "CheckOrdersFunction"]


@pytest.mark.parametrize(
    "name",
    ["", "a", "A", "Import", "import-orders", "1st", "_a", "a_", "a__b", "import", "a" * 40, "é_e", "a/b"],
)
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(Refused, match="cannot be an action's name") as refused:
        parse(name, "fetch_orders")
    assert refused.value.option == "NAME"


@pytest.mark.parametrize(
    ("stages", "text"),
    [
        ("", "cannot be a stage's name"),
        ("fetch,", "cannot be a stage's name"),
        ("a_b", "cannot be a stage's name"),
        ("s3_copy", "cannot be a stage's name"),
        ("Fetch", "cannot be a stage's name"),
        ("x" * 41, "cannot be a stage's name"),
        ("return", "Python's own; say 'return_orders'"),
        ("filter", "Python's own; say 'filter_orders'"),
        ("queue", "Python's own; say 'queue_orders'"),
        ("progress", "means something else"),
        ("request", "means something else"),
        ("fetch,fetch", "'fetch' would be there twice"),
        ("fetch,fetch_the_items", "'Fetch the items' would be there twice"),
        ("orders_request", "'orders_request' would be there twice"),
        ("fail_the_job", "its own state 'Fail the job'"),
        (",".join(f"stage_{n}" for n in range(11)), "11 stages are too many"),
    ],
)
def test_stages_that_are_refused(stages: str, text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse("orders", stages)
    assert text in str(refused.value)
    assert refused.value.option == "--stages"


def test_two_logical_ids_that_would_be_one() -> None:
    with pytest.raises(Refused, match="'FetchFunction' would be there twice"):
        parse("fetch_function", "fetch")


@pytest.mark.parametrize("stage", ["a", "fetch", "x" * 40])
def test_the_name_that_is_proposed_instead_is_taken(stage: str) -> None:
    proposed = another(stage, "import_orders")
    assert parse("import_orders", proposed).stages[0].name == proposed
