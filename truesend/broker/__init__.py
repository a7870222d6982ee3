"""Kafka: the broker, publishing, consuming in batches, dead letters, topics."""
