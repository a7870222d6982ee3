"""What builds the site of docs/: its menu, its links, its generated pages."""
