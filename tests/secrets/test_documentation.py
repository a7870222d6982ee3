"""The page on privacy knows every place there is."""

from pathlib import Path

from tests.harness.databases import Database
from tests.secrets.places import OURS
from truesend.contracts.topics import TOPICS

PAGE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text()


async def test_every_table_and_topic_is_in_the_documentation(database: Database) -> None:
    connection = await database.connect()
    tables = [row["name"].rsplit(".", 1)[-1] for row in await connection.fetch(OURS)]
    await connection.close()

    assert len(tables) > 20
    assert [name for name in (*tables, *(topic.name for topic in TOPICS)) if f"`{name}`" not in PAGE] == []
