"""What tools/make_kit.py makes the instructor's kit of."""
