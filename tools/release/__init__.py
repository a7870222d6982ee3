"""What has to agree before something is released."""
