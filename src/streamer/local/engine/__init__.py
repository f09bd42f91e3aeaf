"""Stands in for DynamoDB, S3 and Step Functions: moto, and what is put into it."""
