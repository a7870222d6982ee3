"""`make audit`: asks what is known to be wrong with the packages that we lock."""
