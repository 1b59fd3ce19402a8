"""The checks of lecture 07: of its exercises, and of the QMIX that it builds (built, losses)."""
