"""Stands in for CloudFormation: what a template declares, resolved and made."""
