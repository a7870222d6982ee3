"""What keeps a service running: its loops, and its orderly end."""
