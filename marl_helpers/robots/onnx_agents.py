"""One agent's network as an ONNX file, which runs wherever onnxruntime does. NumPy only, besides onnx itself."""

from collections.abc import Mapping

import numpy as np

# Operators of 2021: a robot's onnxruntime may be years old. The equations are those of agents.Agents and layers.GRU.
MODEL = """
<ir_version: 8, opset_import: ["" : 17]>
agent (float[{obs_dim}] obs, int64 last_action, bool[{n_actions}] available, float[{hidden}] memory)
    => (int64 action, float[{n_actions}] utilities, float[{hidden}] new_memory)
{{
    is_last = Equal (last_action, every_action)
    before = Cast <to = 1> (is_last)
    seen = Concat <axis = 0> (obs, before)
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


def write(weights: Mapping[str, np.ndarray], sizes: Mapping[str, int], agent: int) -> bytes:
    """The ONNX model of one agent; agent: its place among them, 0 for the first.

    weights: the shared network's, one seed's, by their names in agents.Agents. sizes: n_actions, obs_dim and hidden.
    Inputs: obs [obs_dim] float32, last_action int64 (-1 before the first step), available [n_actions] bool, memory
    [hidden] float32 (zeros before the first step). Outputs: action int64, the first of the available ones with the
    highest utility; utilities [n_actions] and new_memory [hidden], float32. Sums are rounded in another order than
    PyTorch's: utilities were within 3e-6 of its in 100 episodes, so actions can differ only in ties as close as that.
    """
    import onnx.checker
    import onnx.numpy_helper
    import onnx.parser

    seen = sizes["obs_dim"] + sizes["n_actions"]
    constants = {name.replace(".", "_"): x[0] if name.endswith("bias") else x for name, x in weights.items()}
    # An agent's number never changes: its row of the weights joins the bias, and the others' rows stay at home.
    constants["encode_bias"] = constants["encode_bias"] + constants["encode_weight"][seen + agent]
    constants["encode_weight"] = constants["encode_weight"][:seen]
    constants["every_action"] = np.arange(sizes["n_actions"])
    constants["thirds"] = np.array([sizes["hidden"]] * 3)
    constants["never"] = np.array(-np.inf, np.float32)
    model = onnx.parser.parse_model(MODEL.format(**sizes))
    tensors = [onnx.numpy_helper.from_array(np.ascontiguousarray(x), name) for name, x in constants.items()]
    model.graph.initializer.extend(tensors)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)
