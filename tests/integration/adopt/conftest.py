"""The CRM's database that the tests of migrations use, too."""

from tests.migration.conftest import crm, empty

__all__ = ["crm", "empty"]
