"""The tests: unit, integration, acceptance, migration, browser, chaos, bench."""
