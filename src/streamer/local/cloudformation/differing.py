"""What one template declares otherwise than another, of that which cannot change while it runs."""

from streamer.local.cloudformation.resources import Stack

_FIXED = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::RouteResponse",
    "AWS::ApiGatewayV2::Stage",
    "AWS::DynamoDB::Table",
    "AWS::Events::Rule",
    "AWS::S3::Bucket",
    "AWS::Scheduler::Schedule",
}


def fixed_changes(old: Stack, new: Stack) -> list[str]:
    """Return the logical ids of tables, buckets, routes and rules that were added, changed or removed."""
    before, after = (
        {
            name: resource.get("Properties")
            for name, resource in stack.resources.items()
            if resource["Type"] in _FIXED and stack.resolver.exists(name)
        }
        for stack in (old, new)
    )
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
