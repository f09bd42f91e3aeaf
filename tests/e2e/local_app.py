"""A small SAM application for the local runner's tests, written into a folder of theirs."""

from pathlib import Path

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: live}
  Greeting: {Type: String, Default: hello}
  JwksUrl: {Type: String}
Globals:
  Function:
    CodeUri: code/
    Runtime: python3.11
    Timeout: 10
    Environment:
      Variables:
        TABLE: !Ref Seen
        GREETING: !Ref Greeting
        JWKS_URL: !Ref JwksUrl
        CONNECTIONS_URL: !Sub "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      StageName: !Ref Stage
      Auth: {AuthType: CUSTOM, AuthArn: !GetAtt Authorizer.Arn}
      Routes:
        $connect: {FunctionArn: !GetAtt Connect.Arn}
        $disconnect: {FunctionArn: !GetAtt Disconnect.Arn}
        $default: {FunctionArn: !GetAtt Message.Arn, RouteResponseSelectionExpression: $default}
        silent: {FunctionArn: !GetAtt Message.Arn}
  DefaultRouteResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Api, RouteId: !Ref ApiDefaultRoute, RouteResponseKey: $default}
  Authorizer: {Type: AWS::Serverless::Function, Properties: {Handler: app.authorizer}}
  Connect: {Type: AWS::Serverless::Function, Properties: {Handler: app.connect}}
  Disconnect: {Type: AWS::Serverless::Function, Properties: {Handler: app.disconnect}}
  Message: {Type: AWS::Serverless::Function, Properties: {Handler: app.message}}
  Work: {Type: AWS::Serverless::Function, Properties: {Handler: app.work, Timeout: 1}}
  Notice:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.notice
      Events:
        Status: {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.states]}}}
        Rule: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}
        Schedule: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute)}}
        Given: {Type: Schedule, Properties: {Schedule: rate(1 minute), Input: '{"source": "given"}'}}
        Disabled:
          Type: Schedule
          Properties: {Schedule: rate(1 minute), Input: '{"source": "off"}', State: DISABLED}
        Cron: {Type: Schedule, Properties: {Schedule: "cron(* * * * ? *)", Input: '{"source": "cron"}'}}
  NotLet: # no permission lets it call the function
    Type: AWS::Events::Rule
    Properties:
      ScheduleExpression: rate(1 minute)
      Targets: [{Id: Notice, Arn: !GetAtt Notice.Arn, DeadLetterConfig: {Arn: !GetAtt Letters.Arn}}]
  Letters: {Type: AWS::SQS::Queue}
  Broken: {Type: AWS::Serverless::Function, Properties: {Handler: nothing.here}}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: machine.asl.json
      DefinitionSubstitutions: {Work: !GetAtt Work.Arn}
  Seen:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      TimeToLiveSpecification: {AttributeName: gone_at, Enabled: true}
  Data: {Type: AWS::S3::Bucket}
Outputs:
  Url: {Value: !Sub "wss://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"}
  Bucket: {Value: !Ref Data}
  Machine: {Value: !Ref Machine}
"""

MACHINE = """{
  "QueryLanguage": "JSONata",
  "StartAt": "Work",
  "States": {
    "Work": {
      "Type": "Task",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "${Work}", "Payload": "{% $states.input %}"},
      "Assign": {"said": "{% $states.result.Payload.said %}"},
      "Output": "{% $states.result.Payload %}",
      "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "Fail"}],
      "Next": "Tell"
    },
    "Tell": {"Type": "Pass", "Output": {"said": "{% $said %}"}, "End": true},
    "Fail": {"Type": "Fail", "Error": "{% $states.input.Error %}", "Cause": "{% $states.input.Cause %}"}
  }
}"""

CODE = """
import json, os, time
import boto3

def connections():
    return boto3.client("apigatewaymanagementapi", endpoint_url=os.environ["CONNECTIONS_URL"])

def seen(**item):
    boto3.resource("dynamodb").Table(os.environ["TABLE"]).put_item(Item=item)

def authorizer(event, context):
    token = event["queryStringParameters"].get("token")
    if not token:
        raise Exception("Unauthorized")
    if token == "crash":
        raise ValueError("a secret")
    if token == "slow":
        time.sleep(60)
    effect = "Deny" if token == "deny" else "Allow"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
            "context": {"tenant": "acme", "level": 5, "admin": True}}

def connect(event, context):
    query = event["queryStringParameters"]
    if query.get("connect") == "crash":
        raise ValueError("a secret")
    if "quick" in query:
        return {"statusCode": 200}
    client = connections()
    try:
        client.post_to_connection(ConnectionId=event["requestContext"]["connectionId"], Data=b"too early")
    except client.exceptions.GoneException:
        seen(id=f"early {event['requestContext']['connectionId']}")
    headers = {"sec-websocket-protocol": query["protocol"]} if "protocol" in query else {}
    return {"statusCode": int(query.get("connect", 200)), "headers": headers}

def disconnect(event, context):
    seen(id=event["requestContext"]["connectionId"], code=event["requestContext"]["disconnectStatusCode"])

def message(event, context):
    try:
        request = json.loads(event["body"])
    except ValueError:
        request = {}
    match request.get("action"):
        case "pid":
            body = {"pid": os.getpid()}
        case "sleep":
            time.sleep(request["seconds"])
            body = {"slept": request["seconds"]}
        case "linger":
            seen(id=request["id"])
            time.sleep(60)
        case "crash":
            os._exit(3)
        case "answer":
            body = answer(request["token"])
        case "wait":
            body = {}
        case "fail":
            raise ValueError("a secret")
        case _:
            body = {"event": event, "greeting": os.environ["GREETING"], "jwks": os.environ["JWKS_URL"],
                    "key": os.environ["AWS_ACCESS_KEY_ID"], "arn": context.invoked_function_arn}
    return {"statusCode": 200, "body": json.dumps(body)}

def answer(token):
    client = boto3.client("stepfunctions")
    client.send_task_heartbeat(taskToken=token)
    client.send_task_success(taskToken=token, output='{"said": "first"}')
    for late in (
        lambda: client.send_task_success(taskToken=token, output='{"said": "second"}'),
        lambda: client.send_task_heartbeat(taskToken=token),
    ):
        try:
            late()
        except client.exceptions.TaskTimedOut:
            continue
        raise ValueError("a second answer was taken")

def notice(event, context):
    seen(id=f"notice {context.aws_request_id}", source=event["source"], event=json.dumps(event))

def work(event, context):
    match event.get("mode"):
        case "sleep":
            time.sleep(60)
        case "crash":
            os._exit(3)
        case "raise":
            raise KeyError("missing")
        case "breakpoint":
            breakpoint()
        case "debugger":
            import pdb
            pdb.set_trace()
    return {"said": event["say"], "left": context.get_remaining_time_in_millis()}
"""


def write(folder: Path) -> Path:
    """Write the application into `folder`; return its template."""
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "app.py").write_text(CODE)
    (folder / "machine.asl.json").write_text(MACHINE)
    template = folder / "template.yaml"
    template.write_text(TEMPLATE)
    return template
