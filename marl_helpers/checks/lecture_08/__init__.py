"""The checks of lecture 08's exercises, a file for each."""
