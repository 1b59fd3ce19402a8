"""The command line, a file for each command: its `arguments`, and `run`, which carries it out."""
