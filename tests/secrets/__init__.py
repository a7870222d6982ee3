"""What must stay secret, sent through everything and looked for everywhere."""
