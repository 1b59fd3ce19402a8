"""How long a test may wait: so long that a machine thirty times slower than an idle one passes, and a hang ends."""

HANG = 3600  # seconds, of a program that a test starts, or a cell of a notebook
PAGE = 180_000  # milliseconds, of what is to come on a page: one that never does is a fault, and not worth an hour
