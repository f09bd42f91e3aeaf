"""The doctor's checklist, and how it is gone through."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from streamer.operating.doctor import (
    jobs_check,
    limits_check,
    parts_check,
    releases_check,
    token_check,
    watchmen_check,
)
from streamer.operating.doctor.finding import Check, Finding, Looked
from streamer.operating.doctor.patient import Patient

CHECKLIST = {
    "A request is not processed": (
        Check("clocks", watchmen_check.clock),
        Check("identity provider", token_check.keys),
        Check("token", token_check.token),
        Check("routes", parts_check.routes, deployed=True),
        Check("failing functions", limits_check.failing, deployed=True),
        Check("throttled", limits_check.throttled, deployed=True),
        Check("concurrency", limits_check.concurrency, deployed=True),
        Check("tenants' quotas", limits_check.tenants),
    ),
    "Updates do not arrive": (
        Check("jobs", jobs_check.look),
        Check("sweep", watchmen_check.sweep, deployed=True),
        Check("alarms", watchmen_check.alarms, deployed=True),
    ),
    "Parts do not fit together": (
        Check("functions", parts_check.functions),
        Check("state machines", parts_check.machines),
        Check("releases", releases_check.look, deployed=True),
        Check("rights", watchmen_check.rights, deployed=True),
    ),
}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
NOT_HERE = "the local runner has none"


def examine(patient: Patient) -> Iterator[tuple[str, Looked]]:
    """Make every check, and yield each with the heading that it stands under.

    What one may not look at is a finding, and stops no other check.

    Raises:
        BotoCoreError: the endpoint does not answer.
    """
    for heading, checks in CHECKLIST.items():
        for check in checks:
            looked = Looked(check.name)
            if check.deployed and patient.place.local:
                looked.skipped = NOT_HERE
            elif check.look is token_check.token and not patient.token:
                looked.skipped = "no --token was given"
            else:
                _look(check, patient, looked)
            yield heading, looked


def _look(check: Check, patient: Patient, looked: Looked) -> None:
    try:
        looked.findings.extend(check.look(patient))
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        mend = (
            "Have the policy of the profile that you use allow it; it only reads."
            if code in _DENIED
            else ("Look whether that part is there; then ask again.")
        )
        problem = "You may not look at this" if code in _DENIED else "This could not be looked at"
        evidence = f"{error.operation_name}: {code}: {message}"
        looked.findings.append(Finding(f"{problem}: {check.name}", evidence, mend))
