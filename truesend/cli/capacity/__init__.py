"""`truesend capacity`: the model, for people."""
