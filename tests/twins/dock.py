"""The shared dock once more, one game in lists and loops: slow, and written from the rules alone."""

import numpy as np


class DockTwin:
    """One shift. Feed it with the same random numbers as the environment: one for each lane, then the dock's."""

    def __init__(self, n_robots, need, pay, lanes, shelves, trucks, lookouts, limit):
        self.n_robots, self.need, self.pay, self.lanes = n_robots, need, pay, lanes
        self.shelf_chance, self.truck_chance = shelves, trucks
        self.lookouts, self.limit = lookouts, limit

    def reset(self, noise):
        self.shelves, self.docked = [False] * self.n_robots, [False] * self.n_robots
        self.truck, self.time = False, 0
        self.fill(noise)

    def fill(self, noise):
        for robot in range(self.n_robots):
            if not self.shelves[robot]:
                self.shelves[robot] = noise[robot] < self.shelf_chance
        if not self.truck:
            self.truck = noise[self.n_robots] < self.truck_chance

    def step(self, actions, noise):
        """Reward, terminated, truncated."""
        if self.time == self.limit:
            return 0.0, False, False
        reward, came = 0.0, 0
        for robot, action in enumerate(actions):
            self.docked[robot] = action == 1
            if action == 1:
                came += 1
            elif self.shelves[robot]:
                reward += self.lanes[robot]
                self.shelves[robot] = False
        if self.truck and came >= self.need:
            reward += self.pay
            self.truck = False
        self.fill(noise)
        self.time += 1
        return reward, self.time == self.limit, False

    def state(self):
        left = np.float32(self.limit - self.time) / np.float32(self.limit)
        return [*map(float, self.shelves), *map(float, self.docked), float(self.truck), float(left)]

    def observation(self, robot):
        sees = robot < self.lookouts or self.docked[robot]
        return [float(self.shelves[robot]), float(sees and self.truck), float(self.docked[robot])]

    def available(self, robot):
        return [True, True]


def twin(env):
    """One of the environment's rules."""
    names = ("n_robots", "pay", "shelves", "trucks", "lookouts", "limit")
    lanes = env.lanes if isinstance(env.lanes, list) else [env.lanes] * env.n_robots
    return DockTwin(need=env.need or env.n_robots, lanes=lanes, **{name: getattr(env, name) for name in names})
