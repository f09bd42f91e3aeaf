"""What moto does that the engine's room mends: seen in 5.2.5, on moto as it comes, in a process of its own.

A test here fails when moto has mended it. Then the patch that its name points at can go.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

_SCRIPT = '''
import collections, inspect, json, sys, threading, time
import boto3
from moto import mock_aws

found = {}

def faulty(name):
    def run(check):
        try:
            found[name] = bool(check())
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"
    return run

def count(owner, name):
    """Count the calls of a function."""
    calls, old = [], getattr(owner, name)
    def counted(*args, **options):
        calls.append(args)
        return old(*args, **options)
    setattr(owner, name, staticmethod(counted) if inspect.isclass(owner) and not args_of(old) else counted)
    return calls

def args_of(function):
    return list(inspect.signature(function).parameters)[:1] == ["self"]

with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
    states = boto3.client("stepfunctions", region_name="us-east-1")
    dynamodb = boto3.client("dynamodb", region_name="us-east-1")
    role = "arn:aws:iam::123456789012:role/x"
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser as Parser
    from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends
    from moto.stepfunctions.parser import utils
    from moto.stepfunctions.parser.asl.jsonata import jsonata
    from moto.stepfunctions.parser.asl.utils import boto_client, json_path
    from moto.dynamodb.models.table import Table
    from moto.dynamodb.models import dynamodb_backends

    passing = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}

    def create(name, definition):
        made = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)
        return made["stateMachineArn"]

    machine = create("m", passing)

    def run(machine, name):
        arn = states.start_execution(stateMachineArn=machine, name=name, input="{}")["executionArn"]
        while states.describe_execution(executionArn=arn)["status"] == "RUNNING":
            time.sleep(0.01)
        return arn

    @faulty("definitions: a machine is parsed at each start")
    def _():
        calls = count(Parser, "parse")
        run(machine, "one"), run(machine, "two")
        return len(calls) == 2

    @faulty("definitions: a failed parse leaves its stack full")
    def _():
        bad = {"QueryLanguage": "JSONata", "StartAt": "A",
               "States": {"A": {"Type": "Pass", "End": True, "QueryLanguage": "JSONPath"}}}
        try:
            create("bad", bad)
        except states.exceptions.ClientError:
            pass
        left = bool(Preprocessor._query_language_per_scope)
        Preprocessor._query_language_per_scope.clear()
        return left

    @faulty("definitions: no Express children")
    def _():
        mode = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
        each = {"Type": "Map", "ItemProcessor": {"ProcessorConfig": mode, **passing}, "End": True}
        try:
            create("map", {"StartAt": "E", "States": {"E": each}})
        except states.exceptions.ClientError:
            return True
        finally:
            Preprocessor._query_language_per_scope.clear()

    @faulty("expressions: nothing evaluates JSONata")
    def _():
        try:
            return jsonata.eval_jsonata_expression("1 + 1") != 2
        except TypeError:
            return True

    @faulty("expressions: values are written into the text, without escapes")
    def _():
        return jsonata.encode_jsonata_variable_declarations({"$v": 'a "quote"'}) == '$v:="a "quote"";'

    @faulty("invoking: a client for each task")
    def _():
        a, b = (boto_client.boto_client_for("us-east-1", "lambda") for _ in range(2))
        return a is not b

    @faulty("finished: an execution keeps its environment")
    def _():
        execution = stepfunctions_parser_backends["123456789012"]["us-east-1"].state_machines[0].executions[0]
        return execution.exec_worker.env.variable_store is not None and len(utils.TMP_THREADS) > 3

    @faulty("aliases: nothing is started by one")
    def _():
        made = states.create_state_machine(
            name="aliased", definition=json.dumps(passing), roleArn=role, publish=True)
        route = {"stateMachineVersionArn": made["stateMachineVersionArn"], "weight": 100}
        states.create_state_machine_alias(name="live", routingConfiguration=[route])
        try:
            states.start_execution(stateMachineArn=made["stateMachineArn"] + ":live", name="one", input="{}")
        except states.exceptions.StateMachineDoesNotExist:
            return True

    @faulty("repeats: a path is parsed at each access")
    def _():
        calls = count(json_path, "parse")
        json_path.extract_json("$.a", {"a": 1}), json_path.extract_json("$.a", {"a": 1})
        return len(calls) == 2 and not hasattr(json_path.parse, "cache_info")

    @faulty("repeats: each request lists moto's folders")
    def _():
        import os
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
        application = DomainDispatcherApplication(create_backend_app)
        calls = count(os, "listdir")
        application.get_backend_for_host("dynamodb"), application.get_backend_for_host("dynamodb")
        return len(calls) == 2

    @faulty("executions: a stop's error and cause are dropped")
    def _():
        wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
        started = states.start_execution(stateMachineArn=create("w", wait), name="one", input="{}")
        arn = started["executionArn"]
        time.sleep(0.2)
        states.stop_execution(executionArn=arn, error="CANCELLED", cause="by hand")
        told = states.describe_execution(executionArn=arn)
        return told["status"] == "RUNNING" or "error" not in told

    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    dynamodb.create_table(TableName="T", KeySchema=keys, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")])
    for number in range(3):
        dynamodb.put_item(TableName="T", Item={"pk": {"S": str(number)}, "sk": {"S": "x"}})

    @faulty("partitions: a query goes through the whole table")
    def _():
        calls = count(Table, "all_items")
        values = {":v": {"S": "1"}}
        dynamodb.query(TableName="T", KeyConditionExpression="pk = :v", ExpressionAttributeValues=values)
        return bool(calls)

    @faulty("tables: a cancelled transaction replaces the table")
    def _():
        tables = dynamodb_backends["123456789012"]["us-east-1"].tables
        before = tables["T"]
        taken = {"TableName": "T", "Item": {"pk": {"S": "1"}, "sk": {"S": "x"}},
                 "ConditionExpression": "attribute_not_exists(pk)"}
        try:
            dynamodb.transact_write_items(TransactItems=[{"Put": taken}])
        except dynamodb.exceptions.TransactionCanceledException:
            return tables["T"] is not before

    @faulty("tables: an update changes the item in place")
    def _():
        table = dynamodb_backends["123456789012"]["us-east-1"].tables["T"]
        item = table.all_items()[0]
        dynamodb.update_item(TableName="T", Key={"pk": {"S": "0"}, "sk": {"S": "x"}},
            UpdateExpression="SET n = :v", ExpressionAttributeValues={":v": {"S": "1"}})
        return "n" in item.attrs

    @faulty("dynamodb: an answer goes through a serialiser that guesses at names")
    def _():
        from moto.core import serialize
        calls = count(serialize.AttributePicker, "__call__")
        dynamodb.get_item(TableName="T", Key={"pk": {"S": "0"}, "sk": {"S": "x"}})
        return bool(calls)

    @faulty("callbacks: a second answer replaces the first")
    def _():
        from moto.stepfunctions.parser.asl.eval.callback import callback
        pool = callback.CallbackPoolManager(activity_store={})
        endpoint = pool.add("token")
        for output in ("first", "second"):
            pool.notify("token", callback.CallbackOutcomeSuccess("token", output))
        return endpoint.get_outcome().output == "second"

    @faulty("histories: a page is the whole history, the oldest event first")
    def _():
        arn = run(machine, "paged")
        asked = dict(maxResults=1, reverseOrder=True, includeExecutionData=False)
        told = states.get_execution_history(executionArn=arn, **asked)["events"]
        return len(told) > 1 and told[0]["id"] == 1 and "input" in told[0]["executionStartedEventDetails"]

    @faulty("executions: two starts of a name at once are two executions")
    def _():
        from moto.stepfunctions.models import StateMachine
        find, looked = StateMachine._handle_name_input_idempotency, threading.Barrier(2, timeout=10)
        def find_together(*args):
            found = find(*args)
            looked.wait()
            return found
        StateMachine._handle_name_input_idempotency = find_together
        start = lambda: states.start_execution(stateMachineArn=machine, name="twice", input="{}")
        threads = [threading.Thread(target=start) for _ in range(2)]
        [thread.start() for thread in threads], [thread.join() for thread in threads]
        executions = states.list_executions(stateMachineArn=machine)["executions"]
        return [each["name"] for each in executions].count("twice") == 2

print(json.dumps(found))
'''

FAULTS = (
    "histories: a page is the whole history, the oldest event first",
    "definitions: a machine is parsed at each start",
    "definitions: a failed parse leaves its stack full",
    "definitions: no Express children",
    "expressions: nothing evaluates JSONata",
    "expressions: values are written into the text, without escapes",
    "invoking: a client for each task",
    "finished: an execution keeps its environment",
    "aliases: nothing is started by one",
    "repeats: a path is parsed at each access",
    "repeats: each request lists moto's folders",
    "executions: a stop's error and cause are dropped",
    "partitions: a query goes through the whole table",
    "tables: a cancelled transaction replaces the table",
    "tables: an update changes the item in place",
    "callbacks: a second answer replaces the first",
    "executions: two starts of a name at once are two executions",
    "dynamodb: an answer goes through a serialiser that guesses at names",
)


@pytest.fixture(scope="module")
def found() -> Any:
    """Return what moto does, by name."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("fault", FAULTS)
def test_moto_still_does_it(found: Any, fault: str) -> None:
    assert found[fault] is True, f"{fault}: no more. The patch of that name can go."


def test_every_fault_is_looked_for(found: Any) -> None:
    assert sorted(found) == sorted(FAULTS)
