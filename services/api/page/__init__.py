"""The operators' page, built from web/: where its files are, and how they are served."""
