"""Checks for lecture 09, teams of any size: rows and how they are pooled (rows.py), and mixers (values.py)."""
