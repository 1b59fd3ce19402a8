"""Predator-prey once more, one game in lists and loops: slow, and written from the rules alone."""

STEPS = {0: (0, 1), 1: (1, 0), 2: (0, -1), 3: (-1, 0)}  # right, down, left, up as (row, column)
STAY, CATCH = 4, 5


class Twin:
    """One game; whoever has left stands at None. Feed it with the same random numbers as the environment."""

    def __init__(self, n_agents, n_prey, size, view, limit, penalty, diagonal):
        self.n_agents, self.n_prey, self.size, self.view = n_agents, n_prey, size, view
        self.limit, self.penalty, self.diagonal = limit, penalty, diagonal

    def reset(self, noise):
        cells = [(row, column) for row in range(self.size) for column in range(self.size)]
        for k in range(self.n_agents + self.n_prey):
            other = k + int(noise[k] * (len(cells) - k))
            cells[k], cells[other] = cells[other], cells[k]
        self.agents = cells[: self.n_agents]
        self.prey = cells[self.n_agents : self.n_agents + self.n_prey]
        self.time, self.over = 0, False

    def on_grid(self, cell):
        return 0 <= cell[0] < self.size and 0 <= cell[1] < self.size

    def free(self, cell):
        return self.on_grid(cell) and cell not in self.agents and cell not in self.prey

    def neighbours(self, cell):
        return [(cell[0] + rows, cell[1] + columns) for rows, columns in STEPS.values()]

    def reach(self, cell):
        most = 2 if self.diagonal else 1  # how far a corner is, step by step
        around = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]
        return [(cell[0] + row, cell[1] + column) for row, column in around if 0 < abs(row) + abs(column) <= most]

    def step(self, actions, noise):
        """Reward, terminated, truncated."""
        if self.over:
            return 0.0, False, False
        first, second = self.n_agents, self.n_agents + self.n_prey
        turns, orders, choices = noise[:first], noise[first:second], noise[second:]
        for agent in sorted(range(self.n_agents), key=lambda agent: turns[agent]):
            if self.agents[agent] is not None and actions[agent] in STEPS:
                target = self.neighbours(self.agents[agent])[actions[agent]]
                if self.free(target):
                    self.agents[agent] = target
        reward = 0.0
        for turn, prey in enumerate(sorted(range(self.n_prey), key=lambda prey: orders[prey])):
            if self.prey[prey] is not None:
                reward += self.hunt(prey, actions, choices[turn])
        left = sum(cell is not None for cell in self.agents)
        terminated = left < 2 or all(cell is None for cell in self.prey)
        self.time += 1
        truncated = not terminated and self.time == self.limit
        self.over = terminated or truncated
        return reward, terminated, truncated

    def hunt(self, prey, actions, choice):
        reach = self.reach(self.prey[prey])
        hunters = [agent for agent in range(self.n_agents) if self.agents[agent] in reach and actions[agent] == CATCH]
        if len(hunters) >= 2:
            self.prey[prey] = None
            for agent in hunters:
                self.agents[agent] = None
            return 10.0
        exits = [cell for cell in self.neighbours(self.prey[prey]) if self.free(cell)]
        if exits:
            self.prey[prey] = exits[int(choice * len(exits))]
        return self.penalty if hunters else 0.0

    def available(self, agent):
        cell = self.agents[agent]
        if cell is None:
            return [action == STAY for action in range(6)]
        moves = [self.on_grid(target) for target in self.neighbours(cell)]
        return [*moves, True, any(target in self.prey for target in self.reach(cell))]

    def state(self):
        cells = [(row, column) for row in range(self.size) for column in range(self.size)]
        return [float(cell in group) for group in (self.agents, self.prey) for cell in cells]

    def observation(self, agent):
        home = self.agents[agent]
        if self.view is None:
            cells = [(row, column) for row in range(self.size) for column in range(self.size)]
            seen = self.state() + [float(cell == home) for cell in cells]
        else:
            reach = range(-(self.view // 2), self.view // 2 + 1)
            row, column = home or (0, 0)
            square = [(row + down, column + right) for down in reach for right in reach]
            seen = [float(cell in group) for group in (self.agents, self.prey) for cell in square]
        return [0.0] * len(seen) if home is None else seen
