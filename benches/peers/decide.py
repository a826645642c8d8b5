"""One decision of a loaded policy: 32 inputs, 2 x 64 tanh, 3 outputs, batch 1. Unit: microseconds.

From a fresh NumPy observation to a NumPy answer. `p50` and `p99` are of 20 000 single calls.
"""

import time

import common
import numpy as np

parser = common.arguments(__doc__)
parser.add_argument("--peer", choices=["numba", "onnxruntime"], required=True)
args = parser.parse_args()

rng = np.random.default_rng(args.seed)
sizes = [32, 64, 64, 3]
weights = [(rng.standard_normal(s) / np.sqrt(s[0])).astype(np.float32) for s in zip(sizes, sizes[1:])]
biases = [np.zeros(n, np.float32) for n in sizes[1:]]
observations = rng.standard_normal((256, 1, 32)).astype(np.float32)
turn = [0]


def fresh():
    turn[0] = (turn[0] + 1) % 256
    return observations[turn[0]]


def numba_policy():
    import numba

    @numba.njit(fastmath=True)
    def forward(x, w0, b0, w1, b1, w2, b2):
        return np.dot(np.tanh(np.dot(np.tanh(np.dot(x, w0) + b0), w1) + b1), w2) + b2

    flat = [tensor for layer in zip(weights, biases) for tensor in layer]
    return lambda: forward(fresh(), *flat)


def onnx_policy():
    import os

    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    nodes, name = [], "x"
    for i in range(3):
        nodes.append(helper.make_node("Gemm", [name, f"w{i}", f"b{i}"], [f"z{i}"]))
        name = f"z{i}"
        if i < 2:
            nodes.append(helper.make_node("Tanh", [name], [f"y{i}"]))
            name = f"y{i}"
    tensor = lambda name, width: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, width])
    stored = [numpy_helper.from_array(w, f"w{i}") for i, w in enumerate(weights)]
    stored += [numpy_helper.from_array(b, f"b{i}") for i, b in enumerate(biases)]
    graph = helper.make_graph(nodes, "policy", [tensor("x", 32)], [tensor(name, 3)], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"x": fresh()})[0]


decide = numba_policy() if args.peer == "numba" else onnx_policy()
turn[0] = -1
hidden = np.tanh(np.tanh(observations[0] @ weights[0] + biases[0]) @ weights[1] + biases[1])
assert np.allclose(decide(), hidden @ weights[2] + biases[2], atol=1e-4), "the peer computes another network"
for _ in range(2000):
    decide()
median = 1e6 * common.seconds_per_call(decide, args)
times = []
for _ in range(20_000):
    start = time.perf_counter()
    decide()
    times.append(time.perf_counter() - start)
times.sort()
common.report("us", median, p50=1e6 * times[10_000], p99=1e6 * times[19_800])
