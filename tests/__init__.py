"""The suite; CONTRIBUTING.md has the table of its tiers."""
