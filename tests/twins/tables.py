"""The two-step and the matrix games once more, one game in lists and loops: slow, and written from the rules alone."""


class TwoStepTwin:
    """branches: lists of lists, all of one shape."""

    def __init__(self, branches):
        self.branches = branches

    def reset(self, noise):
        self.branch, self.over = None, False

    def step(self, actions, noise):
        """Reward, terminated, truncated."""
        if self.over:
            return 0.0, False, False
        if self.branch is None:
            self.branch = actions[0]
            return 0.0, False, False
        self.over = True
        return self.branches[self.branch][actions[0]][actions[1]], True, False

    def state(self):
        states = [None, *range(len(self.branches))]
        return [float(state == self.branch) for state in states]

    def observation(self, agent):
        return self.state()

    def available(self, agent):
        rows, columns = len(self.branches[0]), len(self.branches[0][0])
        widest = max(len(self.branches), rows, columns)
        own = columns if agent == 1 else rows if self.branch is not None else len(self.branches)
        return [True] * own + [False] * (widest - own)


class MatrixTwin:
    """rewards: joint action (a tuple) -> reward; counts: how many actions each agent has."""

    def __init__(self, rewards, counts, rounds):
        self.rewards, self.counts, self.rounds = rewards, counts, rounds

    def reset(self, noise):
        self.round = 0

    def step(self, actions, noise):
        """Reward, terminated, truncated."""
        if self.round == self.rounds:
            return 0.0, False, False
        self.round += 1
        return self.rewards[tuple(actions)], self.round == self.rounds, False

    def state(self):
        return [float(k == min(self.round, self.rounds - 1)) for k in range(self.rounds)]

    def observation(self, agent):
        return self.state()

    def available(self, agent):
        return [k < self.counts[agent] for k in range(max(self.counts))]
