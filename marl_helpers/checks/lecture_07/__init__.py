"""The checks of lecture 07's exercises, a file for each."""
