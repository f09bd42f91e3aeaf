"""Pushes frames to the connections that follow a job. A push may fail; the log is the truth."""

from aws_lambda_powertools import Logger

from jobs.clients import connections_api, connections_table, jobs_table
from jobs.keys import ROW
from jobs.log import JobLog

logger = Logger()


class Sender:
    """Sends to everyone in the job's row, as it was read when the step began."""

    def __init__(self, log: JobLog) -> None:
        self._log = log

    def push(self, text: str, but: str | None = None) -> None:
        """Send one frame to every follower `but` one. Never raises: the job goes on in every case."""
        for connection in sorted(set(self._log.row.get("connections", ())) - {but}):
            try:
                self._post(connection, text.encode())
            except Exception as error:  # whatever it is, the job goes on; the follower has the log
                # boto3's own retries (429, 5xx, network) are over.
                logger.warning("push failed", extra={"connection": connection, "error": type(error).__name__})

    def _post(self, connection: str, data: bytes) -> None:
        api = connections_api()
        try:
            api.post_to_connection(ConnectionId=connection, Data=data)
        except api.exceptions.GoneException:
            self._forget(connection)

    def _forget(self, connection: str) -> None:
        """Drop a connection that is gone, and read who follows the job now."""
        row = jobs_table().update_item(
            Key={"pk": self._log.key, "sk": ROW},
            UpdateExpression="DELETE connections :gone",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":gone": {connection}},
            ReturnValues="ALL_NEW",
        )["Attributes"]
        self._log.row["connections"] = row.get("connections", set())
        connections_table().delete_item(Key={"connection_id": connection})
