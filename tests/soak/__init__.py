"""The soak: hours under a steady load, and a judge who says whether anything grows."""
