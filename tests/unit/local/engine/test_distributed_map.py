"""A distributed Map in the engine: Express children, and a list in S3."""

import json
import time
from typing import Any

import boto3
import pytest
from moto import mock_aws

from streamer.local.engine import backend as engine

ROLE = "arn:aws:iam::123456789012:role/x"
ITEMS = 20
MACHINE = {
    "QueryLanguage": "JSONata",
    "StartAt": "Each item",
    "States": {
        "Each item": {
            "Type": "Map",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON"},
                "Arguments": {"Bucket": "data", "Key": "{% $states.input.key %}"},
            },
            "MaxConcurrency": "{% $number('3') %}",
            "ToleratedFailurePercentage": 100.0,
            "ItemSelector": {
                "key": "{% $states.input.key %}",
                "item": "{% $states.context.Map.Item.Value %}",
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Look",
                "States": {"Look": {"Type": "Pass", "End": True}},
            },
            "Output": "{% [$states.input.key, $count($states.result), $states.result[-1]] %}",
            "End": True,
        }
    },
}


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> Any:
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        engine._patch()
        monkeypatch.setattr(engine, "_task_client", lambda service: boto3.client(service))
        boto3.client("s3").create_bucket(Bucket="data")
        yield boto3.client("stepfunctions", region_name="us-east-1")


def test_a_map_reads_its_items_from_s3(states: Any) -> None:
    body = json.dumps([{"n": n} for n in range(ITEMS)])
    boto3.client("s3").put_object(Bucket="data", Key="items.json", Body=body)
    machine = states.create_state_machine(name="map", definition=json.dumps(MACHINE), roleArn=ROLE)
    execution = states.start_execution(
        stateMachineArn=machine["stateMachineArn"], name="one", input='{"key": "items.json"}'
    )
    deadline = time.monotonic() + 30
    while (found := states.describe_execution(executionArn=execution["executionArn"]))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    last = {"key": "items.json", "item": {"n": ITEMS - 1}}
    assert (found["status"], json.loads(found["output"])) == ("SUCCEEDED", ["items.json", ITEMS, last])
    events = states.get_execution_history(executionArn=execution["executionArn"])["events"]
    (run,) = [
        event["mapRunStartedEventDetails"]["mapRunArn"] for event in events if "mapRunStarted" in str(event)
    ]
    counted = states.describe_map_run(mapRunArn=run)  # also when the execution has ended
    assert (counted["status"], counted["itemCounts"]["succeeded"]) == ("SUCCEEDED", ITEMS)
