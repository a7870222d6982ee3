"""`make sbom`: looks over the lists of what Truesend is made of."""
