"""AWS's list prices in us-east-1, in dollars, without any free tier; and where and when they were read.

They were read in stored copies of these pages, so look there before you sign anything.
"""

from dataclasses import dataclass

READ = "2026-11-24"
REGION = "us-east-1"

MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """What one `unit` costs."""

    dollars: float
    unit: str
    source: str


STEP_FUNCTIONS = "https://aws.amazon.com/step-functions/pricing/"
LAMBDA = "https://aws.amazon.com/lambda/pricing/"
DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
API_GATEWAY = "https://aws.amazon.com/api-gateway/pricing/"
S3 = "https://aws.amazon.com/s3/pricing/"

TRANSITION = Price(25.00 / MILLION, "Standard state transition", STEP_FUNCTIONS)
EXPRESS_REQUEST = Price(1.00 / MILLION, "Express execution", STEP_FUNCTIONS)
EXPRESS_GB_SECOND = Price(0.00001667, "Express GB-second, the first tier", STEP_FUNCTIONS)
LAMBDA_REQUEST = Price(0.20 / MILLION, "Lambda request", LAMBDA)
LAMBDA_GB_SECOND = Price(0.0000133334, "Lambda GB-second, Arm, the first tier", LAMBDA)
# Halved in November 2024.
WRITE_UNIT = Price(0.625 / MILLION, "DynamoDB on-demand write request unit", DYNAMODB)
READ_UNIT = Price(0.125 / MILLION, "DynamoDB on-demand read request unit", DYNAMODB)
MESSAGE = Price(1.00 / MILLION, "WebSocket message, each 32 KB of it", API_GATEWAY)
S3_PUT = Price(0.005 / 1000, "S3 Standard PUT", S3)
S3_GET = Price(0.0004 / 1000, "S3 Standard GET", S3)

ALL = (
    TRANSITION,
    EXPRESS_REQUEST,
    EXPRESS_GB_SECOND,
    LAMBDA_REQUEST,
    LAMBDA_GB_SECOND,
    WRITE_UNIT,
    READ_UNIT,
    MESSAGE,
    S3_PUT,
    S3_GET,
)
