"""Recordings like those of scenes.record, of random numbers."""

import numpy as np

MOVES = ["right", "down", "left", "up", "stay", "catch"]
KINDS = ["grid", "plane", "tables", "dock", "none"]


def scene(kind, n, rng):
    if kind == "grid":
        cells = rng.permutation(36)[: n + 2]
        places = [[int(k) // 6, int(k) % 6] if rng.random() < 0.8 else None for k in cells]
        return {"kind": "grid", "size": 6, "agents": places[:n], "prey": places[n:]}
    if kind == "plane":
        agents, landmarks = (rng.uniform(-2, 2, (k, 2)).round(3).tolist() for k in (n, 3))
        return {"kind": "plane", "agents": agents, "landmarks": landmarks, "goal": 1, "word": None}
    if kind == "dock":
        here = {name: (rng.random(n) < 0.5).tolist() for name in ("shelves", "at_dock")}
        rules = {"worth": [3.25, *[1.0] * (n - 1)], "pay": 12.5, "need": n, "lookouts": 1}
        return {"kind": "dock", **here, "truck": bool(rng.random() < 0.5), **rules}
    titles, tables = ["first state", "branch 0", "branch 1"], [None, [[7, 7], [7, 7]], [[0, 1], [1, 8]]]
    return {} if kind == "none" else {"kind": "tables", "titles": titles, "tables": tables, "now": int(rng.integers(3))}


def recording(kind="grid", n=2, actions=6, steps=5, seed=0, scale=1.0, alike=True):
    rng = np.random.default_rng(seed)
    available = rng.random((steps, n, actions)) < 0.7
    chosen = rng.integers(actions, size=(steps, n))
    np.put_along_axis(available, chosen[..., None], True, -1)
    utilities = (scale * rng.normal(size=available.shape)).round(4).tolist()
    for t, i, a in np.argwhere(~available):
        utilities[t][i][a] = None
    names = [MOVES[:actions] if actions <= 6 else [str(a) for a in range(actions)] for _ in range(n)]
    if not alike:
        names[0] = [f"word {a}" for a in range(actions)]
    episode = {
        "scenes": [scene(kind, n, rng) for _ in range(steps + 1)],
        "actions": chosen.tolist(),
        "utilities": utilities,
        "team": (scale * rng.normal(size=steps)).round(4).tolist(),
        "reward": rng.integers(-6, 10, steps).tolist(),
        "terminated": bool(seed % 2),
    }
    agents = [f"agent {i + 1}" for i in range(n)]
    return {"env": "game", "method": "QMIX", "agents": agents, "actions": names, "episodes": [episode] * 2}
