"""What a team on call does to a stack: find out what ails it, and what else is not an action on one job."""
