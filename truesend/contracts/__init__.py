"""What travels on Kafka: topics, bodies, headers. Fields are only ever added."""
