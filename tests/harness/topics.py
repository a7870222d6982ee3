"""Topics of one test, told from the others' by a prefix."""

from aiokafka.admin import AIOKafkaAdminClient


async def delete_topics(bootstrap_servers: str, prefix: str) -> None:
    """Delete every topic whose name begins with `prefix`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        topics = [topic for topic in await admin.list_topics() if topic.startswith(prefix)]
        if topics:
            await admin.delete_topics(topics)
    finally:
        await admin.close()
