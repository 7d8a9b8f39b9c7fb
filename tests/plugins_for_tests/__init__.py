"""Small plugin modules and small suites for the tests that run suites."""
