"""What an operator may do to jobs from a console, where its user has allowed it."""
