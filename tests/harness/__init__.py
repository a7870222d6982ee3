"""Real servers for the tests: found or started once per run, shared by its workers, isolated per test."""
