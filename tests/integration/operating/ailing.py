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


class Ailing:
    """The stack; `examined` is what the doctor finds, by check."""

    def __init__(self, jwks_url: str) -> None:
        self.listed: list[dict[str, str]] = []
        self._make_api()
        role = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        for logical in FUNCTIONS:
            self._make_function(logical, role, jwks_url)
        self.machine = self._make_machine("echo_async", self.arn("ReceiveFunction"))
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
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("app.py", "")
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
            Code={"ZipFile": code.getvalue()},
            Environment={"Variables": variables},
        )
        self.add(logical, "AWS::Lambda::Function", self.name(logical))

    def _make_machine(self, action: str, function: str) -> str:
        task = {"Type": "Task", "Resource": function, "End": True}
        made = boto3.client("stepfunctions").create_state_machine(
            name=f"streamer-{action}",
            definition=json.dumps({"StartAt": "Receive", "States": {"Receive": task}}),
            roleArn="arn:aws:iam::123456789012:role/r",
        )["stateMachineArn"]
        self.add("EchoAsync", "AWS::StepFunctions::StateMachine", made)
        return made

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
