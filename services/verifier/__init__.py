"""The verifier: asks gateways how sessions are, and is the only one to write it."""
