"""VMAS's scenario `simple_speaker_listener` with the rules of the original (Lowe et al. 2017). Needs VMAS."""

import torch
from torch import Tensor
from vmas.scenarios.mpe.simple_speaker_listener import Scenario as Vmas

FORCE = 5.0


class Scenario(Vmas):
    """What VMAS has otherwise, and why it matters here:

    - one goal for the whole batch, kept when a single game starts again: here every game has its own;
    - the distance: here its square, for each of the two agents, as the published returns have it;
    - a force of 1, with which the listener hardly arrives in 25 steps: here the original's 5.
    """

    def reset_world_at(self, env_index: int | None = None) -> None:
        world = self.world
        for entity in (*world.agents, *world.landmarks):
            entity.set_pos(torch.empty(world.batch_dim, world.dim_p, device=world.device).uniform_(-1, 1), env_index)
        self.goal = (torch.rand(world.batch_dim, device=world.device) * len(world.landmarks)).long()

    def process_action(self, agent) -> None:
        agent.action.u = FORCE * agent.action.u

    def _ways(self) -> Tensor:
        """From the listener to every landmark, [games, landmarks, 2]."""
        places = torch.stack([landmark.state.pos for landmark in self.world.landmarks], 1)
        return places - self.world.agents[1].state.pos.unsqueeze(1)

    def reward(self, agent) -> Tensor:
        """Minus the squared distance to the goal, once for each agent; the team shares the sum."""
        squares = self._ways().square().sum(-1).gather(-1, self.goal.unsqueeze(-1)).squeeze(-1)
        return -len(self.world.agents) * squares

    def observation(self, agent) -> Tensor:
        """The speaker sees the goal's colour; the listener its velocity, the ways to the landmarks and the word."""
        speaker, listener = self.world.agents
        if agent is speaker:
            return 0.15 + 0.5 * torch.eye(len(self.world.landmarks), device=self.world.device)[self.goal]
        return torch.cat([listener.state.vel, self._ways().flatten(1), speaker.state.c], -1)
