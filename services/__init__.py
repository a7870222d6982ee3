"""The three services. They never import one another; they meet in Postgres and on Kafka."""
