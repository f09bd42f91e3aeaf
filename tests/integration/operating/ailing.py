"""A small stack on moto, in the shape in which CloudFormation lists it, whose parts tests break."""

import io
import json
import time
import zipfile
from typing import Any

import boto3

from jobs.clients import data_bucket, jobs_table
from jobs.job import Job
from router.claiming import claim
from streamer.console.reading.place import Place
from streamer.operating.doctor.examining import examine
from streamer.operating.doctor.finding import Finding
from streamer.operating.doctor.patient import Patient
from streamer.operating.stack_parts import Parts
from tests.support.stack import ENVIRONMENT

FUNCTIONS = ("AuthorizerFunction", "MessageFunction", "SweepFunction", "ReceiveFunction")
RULE, LOGS = "app-SweepFunctionEveryFiveMinutes-X1", "/aws/lambda/app"


def archive(code: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        opened.writestr("app.py", code)
    return made.getvalue()


def definition(function: str) -> str:
    return json.dumps(
        {"StartAt": "Receive", "States": {"Receive": {"Type": "Task", "Resource": function, "End": True}}}
    )


class Ailing:
    """The stack; `examined` is what the doctor finds, by check."""

    def __init__(self, jwks_url: str) -> None:
        self.listed: list[dict[str, str]] = []
        self._make_api()
        role = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        for logical in FUNCTIONS:
            self._make_function(logical, role, jwks_url)
        self.machine = self._make_machine("echo_async")
        boto3.client("events").put_rule(Name=RULE, ScheduleExpression="rate(5 minutes)")
        target = {"Id": "one", "Arn": self.arn("SweepFunction")}
        boto3.client("events").put_targets(Rule=RULE, Targets=[target])
        boto3.client("logs").create_log_group(logGroupName=LOGS)
        boto3.client("logs").create_log_stream(logGroupName=LOGS, logStreamName="one")
        for logical, kind, name in (
            ("JobsTable", "AWS::DynamoDB::Table", jobs_table().name),
            ("ConnectionsTable", "AWS::DynamoDB::Table", "ConnectionsTable"),
            ("DataBucket", "AWS::S3::Bucket", data_bucket()),
            ("SweepFunctionEveryFiveMinutes", "AWS::Events::Rule", RULE),
            ("FunctionLogs", "AWS::Logs::LogGroup", LOGS),
        ):
            self.add(logical, kind, name)
        self.measure("AWS/Lambda", "Invocations", 1, FunctionName=self.name("SweepFunction"))

    def add(self, logical: str, kind: str, name: str) -> None:
        self.listed.append({"LogicalResourceId": logical, "ResourceType": kind, "PhysicalResourceId": name})

    def name(self, logical: str) -> str:
        return f"app-{logical}"

    def arn(self, logical: str) -> str:
        return f"arn:aws:lambda:us-east-1:123456789012:function:{self.name(logical)}"

    def place(self) -> Place:
        return Place("app", jobs_table().name, data_bucket(), lambda: boto3.DEFAULT_SESSION)

    def examined(self, token: str = "", ahead: float = 0) -> dict[str, list[Finding]]:
        """Examine the stack, at a time that is `ahead` of now by so many seconds."""
        patient = Patient(self.place(), Parts(self.listed), token, lambda: time.time() + ahead)
        return {looked.name: looked.findings for _, looked in examine(patient) if looked.findings}

    def measure(self, namespace: str, name: str, value: float, **dimensions: str) -> None:
        given = [{"Name": key, "Value": each} for key, each in dimensions.items()]
        datum = {"MetricName": name, "Value": value, "Dimensions": given}
        boto3.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])

    def log(self, line: Any) -> None:
        event = {"timestamp": int(time.time() * 1000), "message": json.dumps(line)}
        boto3.client("logs").put_log_events(logGroupName=LOGS, logStreamName="one", logEvents=[event])

    def accept(self, request_id: str, *, start: bool, tenant: str = "acme") -> str:
        """Claim a job, and start its execution or not; return the execution's ARN."""
        claimed = claim(
            Job(tenant, "ada", request_id, "echo_async", {}), {}, 1, self.machine, "c", time.time()
        )
        from jobs.keys import execution_name

        name = execution_name(tenant, request_id, claimed.accepted_at)
        if start:
            boto3.client("stepfunctions").start_execution(stateMachineArn=self.machine, name=name, input="{}")
        return f"{self.machine.replace(':stateMachine:', ':execution:')}:{name}"

    def _make_function(self, logical: str, role: str, jwks_url: str) -> None:
        variables = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("AWS_")}
        variables["CONNECTIONS_URL"] = f"https://{self.api}.execute-api.us-east-1.amazonaws.com/live"
        if logical == "AuthorizerFunction":
            from tests.support.identity_provider import ISSUER, environment

            variables |= environment(JwksUrl=jwks_url, JwtIssuer=ISSUER)
            variables = {key: value for key, value in variables.items() if key in _OF_AUTHORIZER}
        boto3.client("lambda").create_function(
            FunctionName=self.name(logical),
            Runtime="python3.11",
            Role=role,
            Handler="app.handler",
            Code={"ZipFile": archive()},
            Environment={"Variables": variables},
        )
        self.add(logical, "AWS::Lambda::Function", self.name(logical))
        version = self.publish(logical)
        boto3.client("lambda").create_alias(
            FunctionName=self.name(logical), Name="live", FunctionVersion=version
        )
        self.add(f"{logical}Aliaslive", "AWS::Lambda::Alias", f"{self.arn(logical)}:live")

    def publish(self, logical: str, code: str = "") -> str:
        """Give a function this code, and publish it; return the version."""
        client, name = boto3.client("lambda"), self.name(logical)
        client.update_function_code(FunctionName=name, ZipFile=archive(code))
        return str(client.publish_version(FunctionName=name)["Version"])

    def point(self, logical: str, version: str, beside: str = "") -> None:
        """Point a function's alias at a version, and at another one for a tenth of the calls."""
        weights: Any = {"AdditionalVersionWeights": {beside: 0.1} if beside else {}}
        boto3.client("lambda").update_alias(
            FunctionName=self.name(logical), Name="live", FunctionVersion=version, RoutingConfig=weights
        )

    def define(self, function: str) -> str:
        """Have the machine call a function, by its version or not, and publish that; return its version."""
        made = boto3.client("stepfunctions").update_state_machine(
            stateMachineArn=self.machine, definition=definition(function), publish=True
        )
        return made["stateMachineVersionArn"]

    def route(self, **weights: int) -> None:
        """Point the machine's alias at versions: `v1=90, v2=10`."""
        routes = [
            {"stateMachineVersionArn": f"{self.machine}:{version[1:]}", "weight": weight}
            for version, weight in weights.items()
        ]
        boto3.client("stepfunctions").update_state_machine_alias(
            stateMachineAliasArn=f"{self.machine}:live",
            routingConfiguration=routes,  # type: ignore[arg-type]
        )

    def _make_machine(self, action: str) -> str:
        client = boto3.client("stepfunctions")
        made = client.create_state_machine(
            name=f"streamer-{action}",
            definition=definition(f"{self.arn('ReceiveFunction')}:1"),
            roleArn="arn:aws:iam::123456789012:role/r",
            publish=True,
        )
        machine = made["stateMachineArn"]
        route: Any = {"stateMachineVersionArn": made["stateMachineVersionArn"], "weight": 100}
        client.create_state_machine_alias(name="live", routingConfiguration=[route])
        self.add("EchoAsync", "AWS::StepFunctions::StateMachine", machine)
        self.add("EchoAsyncAliaslive", "AWS::StepFunctions::StateMachineAlias", f"{machine}:live")
        return machine

    def _make_api(self) -> None:
        client = boto3.client("apigatewayv2")
        made = client.create_api(
            Name="app", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
        )
        self.api, self.routes = made["ApiId"], {}
        for key in ("$connect", "$disconnect", "$default"):
            kind = "CUSTOM" if key == "$connect" else "NONE"
            route = client.create_route(ApiId=self.api, RouteKey=key, AuthorizationType=kind)
            self.routes[key] = route["RouteId"]
        self.route_responses = [{"RouteResponseKey": "$default"}]
        self.add("WebSocketApi", "AWS::ApiGatewayV2::Api", self.api)


_OF_AUTHORIZER = {
    *("JWKS_URL", "JWT_ISSUER", "JWT_AUDIENCE", "AUDIENCE_CLAIM", "TENANT_CLAIM", "USER_CLAIM"),
    *("PERMISSIONS_CLAIM", "ALLOWED_TENANTS"),
}
