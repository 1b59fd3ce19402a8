"""Trainings of a moment, for tests of what is around them."""

from dataclasses import replace

from marl_helpers.training.learner import PYMARL
from marl_helpers.training.runs import Plan

SMALL = Plan(updates=6, parallel=4, batch=4, capacity=8, anneal=40, test_every=2, test_episodes=4)  # replay overflows
LITTLE = replace(PYMARL, hidden=8, width=4, target_every=8)
QUICK = {"mixer": "qmix", "seeds": 2, "device": "cpu", "plan": SMALL, "settings": LITTLE}
QUICK |= {"checkpoint_every": 0}  # one at every test
