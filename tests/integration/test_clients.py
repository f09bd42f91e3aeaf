"""What the functions' AWS clients send, and what they look at before they do."""

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError, ParamValidationError
from botocore.validate import ParamValidator

from jobs.clients import connections_api, data_bucket, jobs_table, s3, step_functions
from steps.bulk_operation.writes import records_table
from tests.support.bulk import records
from tests.support.connections import Connections


def test_a_requests_user_agent_is_not_composed_anew(aws: list[str], connections: Connections) -> None:
    seen: dict[str, object] = {}

    def note(request: AWSPreparedRequest, event_name: str, **_: object) -> None:
        seen[event_name.split(".")[1]] = request.headers["User-Agent"]

    assert boto3.DEFAULT_SESSION
    boto3.DEFAULT_SESSION.events.register_first("before-send", note)
    jobs_table().get_item(Key={"pk": "acme#r", "sk": "job"})
    s3().list_objects_v2(Bucket=data_bucket())
    step_functions().list_state_machines()
    connections_api().post_to_connection(ConnectionId="c1", Data=b"{}")
    assert set(seen) == {"dynamodb", "s3", "sfn", "apigatewaymanagementapi"}
    for each in seen.values():
        assert str(each.decode() if isinstance(each, bytes) else each).startswith("streamer Botocore/")


def test_dynamodb_looks_at_parameters_itself(aws: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def looked(*_: object) -> None:
        raise AssertionError("it is for DynamoDB to look")

    monkeypatch.setattr(ParamValidator, "validate", looked)
    jobs_table().get_item(Key={"pk": "acme#r", "sk": "job"})
    with records():
        records_table().get_item(Key={"tenant": "acme", "id": "1"})
    with pytest.raises(ClientError) as refused:
        jobs_table().get_item(Key={})
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_key_of_s3_is_looked_at_here(aws: list[str]) -> None:
    """An empty one would make of the read of an object a list of the bucket."""
    with pytest.raises(ParamValidationError):
        s3().get_object(Bucket=data_bucket(), Key="")
    assert aws == []
