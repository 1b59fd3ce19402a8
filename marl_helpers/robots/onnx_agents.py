"""One agent's network as an ONNX file, which runs wherever onnxruntime does. NumPy only, besides onnx itself."""

from collections.abc import Mapping

import numpy as np

# Operators of 2021: a robot's onnxruntime may be years old. The equations are those of agents.Agents,
# entity_agents.EntityAgents and layers.GRU. SEE says what is seen besides the last action.
MODEL = """
<ir_version: 8, opset_import: ["" : 17]>
agent (float[{obs}] obs, int64 last_action, bool[{n_actions}] available, float[{hidden}] memory)
    => (int64 action, float[{n_actions}] utilities, float[{hidden}] new_memory)
{{
    is_last = Equal (last_action, every_action)
    before = Cast <to = 1> (is_last)
    {see}
    seen_weighed = MatMul (seen, encode_weight)
    encoded = Add (seen_weighed, encode_bias)
    x = Relu (encoded)

    x_weighed = MatMul (x, remember_input_weight)
    x_gates = Add (x_weighed, remember_input_bias)
    x_r, x_z, x_n = Split <axis = 0> (x_gates, thirds)
    h_weighed = MatMul (memory, remember_hidden_weight)
    h_gates = Add (h_weighed, remember_hidden_bias)
    h_r, h_z, h_n = Split <axis = 0> (h_gates, thirds)
    sum_r = Add (x_r, h_r)
    r = Sigmoid (sum_r)
    sum_z = Add (x_z, h_z)
    z = Sigmoid (sum_z)
    kept = Mul (r, h_n)
    sum_n = Add (x_n, kept)
    n = Tanh (sum_n)
    change = Sub (memory, n)
    held = Mul (z, change)
    new_memory = Add (n, held)

    value = MatMul (new_memory, value_weight)
    utilities = Add (value, value_bias)
    playable = Where (available, utilities, never)
    action = ArgMax <axis = 0, keepdims = 0, select_last_index = 0> (playable)
}}
"""

SEE = "seen = Concat <axis = 0> (obs, before)"
SEE_ROWS = """
    table = Reshape (obs, row_by_row)
    own_row = Slice (table, at_0, at_1, at_0)
    own = Reshape (own_row, flat)
    others = Slice (table, at_1, end, at_0)
    {pool}
    seen = Concat <axis = 0> (own, before{pooled})
"""
MEET = """
    present = Slice (others, at_0, at_1, at_1)
    others_shape = Shape (others)
    owns = Expand (own_row, others_shape)
    pairs = Concat <axis = 1> (owns, others)
    pairs_weighed = MatMul (pairs, meet_weight)
    pairs_sum = Add (pairs_weighed, meet_bias)
    pairs_relu = Relu (pairs_sum)
    met = Mul (pairs_relu, present)
    total = ReduceSum <keepdims = 0> (met, at_0)
"""
MEAN = """
    there = ReduceSum <keepdims = 0> (present, at_0)
    count = Max (there, one)
    mean = Div (total, count)
"""
ATTEND = """
    asked_weighed = MatMul (own_row, ask_weight)
    asked = Add (asked_weighed, ask_bias)
    question = Transpose <perm = [1, 0]> (asked)
    answers_weighed = MatMul (others, answer_weight)
    answers = Add (answers_weighed, answer_bias)
    products = MatMul (answers, question)
    scores = Div (products, root)
    is_present = Cast <to = 9> (present)
    known = Where (is_present, scores, lowest)
    share = Softmax <axis = 0> (known)
    parts = Mul (share, met)
    attended = ReduceSum <keepdims = 0> (parts, at_0)
"""
POOL = {  # by the agents' pooling: how the set of other rows becomes vectors, and which
    "none": ("", ""),
    "sum": (MEET, ", total"),
    "mean": (MEET + MEAN, ", mean"),
    "both": (MEET + MEAN, ", total, mean"),
    "attention": (MEET + ATTEND, ", attended"),
}


def write(weights: Mapping[str, np.ndarray], sizes: Mapping[str, int], agent: int) -> bytes:
    """The ONNX model of one agent; agent: its place among them, 0 for the first.

    weights: the shared network's, one seed's, by their names in agents.Agents. sizes: n_actions, obs_dim and hidden.
    Inputs: obs [obs_dim] float32, last_action int64 (-1 before the first step), available [n_actions] bool, memory
    [hidden] float32 (zeros before the first step). Outputs: action int64, the first of the available ones with the
    highest utility; utilities [n_actions] and new_memory [hidden], float32. Sums are rounded in another order than
    PyTorch's: utilities were within 3e-6 of its in 100 episodes, so actions can differ only in ties as close as that.
    """
    seen = sizes["obs_dim"] + sizes["n_actions"]
    constants = _constants(weights, sizes)
    # An agent's number never changes: its row of the weights joins the bias, and the others' rows stay at home.
    constants["encode_bias"] = constants["encode_bias"] + constants["encode_weight"][seen + agent]
    constants["encode_weight"] = constants["encode_weight"][:seen]
    return _model(MODEL.format(see=SEE, obs=sizes["obs_dim"], **_fixed(sizes)), constants)


def write_any(weights: Mapping[str, np.ndarray], sizes: Mapping[str, int], pooling: str) -> bytes:
    """The ONNX model of an agent for teams of any size: whoever it is, and whatever the number of rows.

    weights: one seed's, by their names in entity_agents.EntityAgents. sizes: n_actions, entity_dim and hidden. Inputs
    and outputs as in `write`, but for obs [rows * entity_dim], its own row first, for any number of rows; rows that
    begin with 0 are of absent ones. Utilities were within 1e-5 of PyTorch's for 2 to 12 rows.
    """
    pool, pooled = POOL[pooling]
    see = SEE_ROWS.format(pool=pool, pooled=pooled)
    constants = _constants(weights, sizes) | {
        "row_by_row": np.array([-1, sizes["entity_dim"]]),
        "flat": np.array([-1]),
        "at_0": np.array([0]),
        "at_1": np.array([1]),
        "end": np.array([np.iinfo(np.int64).max]),
        "one": np.array(1, np.float32),
        "root": np.array(np.sqrt(sizes["hidden"]), np.float32),
        "lowest": np.array(np.finfo(np.float32).min),
    }
    text = MODEL.format(see=see, obs="size", **_fixed(sizes))
    return _model(text, {name: x for name, x in constants.items() if name in text})


def _fixed(sizes: Mapping[str, int]) -> dict[str, int]:
    return {name: sizes[name] for name in ("n_actions", "hidden")}


def _constants(weights: Mapping[str, np.ndarray], sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """The weights by their names in MODEL, and what else stands there."""
    constants = {name.replace(".", "_"): x[0] if name.endswith("bias") else x for name, x in weights.items()}
    constants["every_action"] = np.arange(sizes["n_actions"])
    constants["thirds"] = np.array([sizes["hidden"]] * 3)
    constants["never"] = np.array(-np.inf, np.float32)
    return constants


def _model(text: str, constants: Mapping[str, np.ndarray]) -> bytes:
    import onnx.checker
    import onnx.numpy_helper
    import onnx.parser

    model = onnx.parser.parse_model(text)
    tensors = [onnx.numpy_helper.from_array(np.ascontiguousarray(x), name) for name, x in constants.items()]
    model.graph.initializer.extend(tensors)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)
