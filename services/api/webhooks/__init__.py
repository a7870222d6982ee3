"""Webhooks: from the gateway to Kafka, and on to the CRM."""
