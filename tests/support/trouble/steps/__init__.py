"""An action for fault tests."""
