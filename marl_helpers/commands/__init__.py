"""The command line: a file for each command, whose `run` carries it out, and the options of them all."""
