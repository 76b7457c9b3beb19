"""What Python's onnxruntime answers for each operator and each of its attributes, on rows at thresholds, next to them,
not finite and missing: test/unit/shared/executor/operators.test.ts compares the executor with it. Run where
requirements.txt is installed:

    /tmp/golden/bin/python test/golden/executor/make-operators.py

Seeded. One thread: sums over trees depend on how many there are.
"""

import base64
import gzip
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ML = "ai.onnx.ml"
rng = np.random.default_rng(7)
cases = []

KINDS = {
    np.dtype(np.float32): ("FP32", TensorProto.FLOAT),
    np.dtype(np.float64): ("FP64", TensorProto.DOUBLE),
    np.dtype(np.int64): ("INT64", TensorProto.INT64),
    np.dtype(np.int32): ("INT32", TensorProto.INT32),
    np.dtype(np.bool_): ("BOOL", TensorProto.BOOL),
    np.dtype(object): ("BYTES", TensorProto.STRING),
}


def f32(*values):
    return np.array(values, dtype=np.float32)


def encoded(array):
    array = np.asarray(array)
    if array.dtype.kind in "OU":
        return {"datatype": "BYTES", "shape": list(array.shape), "texts": [str(one) for one in array.ravel()]}
    kind = KINDS[array.dtype][0]
    raw = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"datatype": kind, "shape": list(array.shape), "data": raw}


def options():
    chosen = onnxruntime.SessionOptions()
    chosen.intra_op_num_threads = 1
    chosen.log_severity_level = 4
    return chosen


def case(name, nodes, inputs, constants=(), outputs=("y",), opset=21, ml=3, single=True):
    """`inputs`: name → rows. The whole batch is run, and its first row alone."""
    infos = [
        helper.make_tensor_value_info(key, KINDS[np.asarray(rows).dtype][1], ["n", *np.asarray(rows).shape[1:]])
        for key, rows in inputs.items()
    ]
    graph = helper.make_graph(
        nodes, "g", infos, [onnx.ValueInfoProto(name=one) for one in outputs], list(constants)
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(ML, ml)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="")
    text = model.SerializeToString(deterministic=True)
    try:
        session = onnxruntime.InferenceSession(text, options(), providers=["CPUExecutionProvider"])
    except Exception as fault:  # noqa: BLE001
        raise SystemExit(f"{name}: {str(fault)[-400:]}") from fault
    runs = []
    for batch in [inputs, {key: rows[:1] for key, rows in inputs.items()}] if single else [inputs]:
        given = {key: encoded(rows) for key, rows in batch.items()}
        try:
            answers = session.run(list(outputs), batch)
            wanted = {key: encoded(answer) for key, answer in zip(outputs, answers)}
            runs.append({"inputs": given, "outputs": wanted})
        except Exception as fault:  # noqa: BLE001
            print(f"{name}: refuses: {str(fault)[:200]}")
            runs.append({"inputs": given, "refuses": True})
    cases.append({"name": name, "model": base64.b64encode(text).decode(), "runs": runs})


def node(op, inputs, outputs=("y",), domain="", **attributes):
    return helper.make_node(op, list(inputs), list(outputs), domain=domain, **attributes)


def ml(op, inputs=("x",), outputs=("y",), **attributes):
    return node(op, inputs, outputs, ML, **attributes)


def const(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


# --- trees -----------------------------------------------------------------------------------------------------------

GRID = f32(-1, -0.5, 0, 0.25, 1, 3)
MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
FEATURES = 3


def edge_rows(dtype=np.float32, rows=14):
    values = [*GRID, *np.nextafter(GRID, np.float32(-np.inf)), *np.nextafter(GRID, np.float32(np.inf))]
    values += [-0.0, np.nan, np.inf, -np.inf, np.float32(1e-45), 2, 7, 0.5]
    picked = np.array(values, dtype=np.float32)[rng.integers(0, len(values), (rows, FEATURES))]
    picked[0] = [-1, np.nan, 0.25]
    if np.dtype(dtype).kind == "i":
        return np.nan_to_num(picked, posinf=9, neginf=-9).round().astype(dtype)
    return picked.astype(dtype)


def trees(prefix, modes, targets, ids=None, count=3, depth=2, weights=None, missing=True, dtype=np.float32):
    made = {f"nodes_{key}": [] for key in "treeids nodeids featureids values modes truenodeids falsenodeids".split()}
    tracks = []
    leaf = {f"{prefix}_{key}": [] for key in "treeids nodeids ids weights".split()}
    for tree in range(count):
        for index in range(2 ** (depth + 1) - 1):
            is_leaf = index >= 2**depth - 1
            made["nodes_treeids"].append(tree)
            made["nodes_nodeids"].append(index)
            made["nodes_featureids"].append(0 if is_leaf else int(rng.integers(FEATURES)))
            made["nodes_values"].append(0.0 if is_leaf else float(rng.choice(GRID)))
            made["nodes_modes"].append("LEAF" if is_leaf else str(rng.choice(modes)))
            made["nodes_truenodeids"].append(0 if is_leaf else 2 * index + 1)
            made["nodes_falsenodeids"].append(0 if is_leaf else 2 * index + 2)
            tracks.append(0 if is_leaf else int(rng.integers(2)))
            for target in (ids if ids is not None else range(targets)) if is_leaf else ():
                leaf[f"{prefix}_treeids"].append(tree)
                leaf[f"{prefix}_nodeids"].append(index)
                leaf[f"{prefix}_ids"].append(target)
                value = np.float32(weights() if weights else rng.normal())
                leaf[f"{prefix}_weights"].append(float(value))
    if missing:
        made["nodes_missing_value_tracks_true"] = tracks
    if dtype == np.float64:
        for key in ("nodes_values", f"{prefix}_weights"):
            held = made if key in made else leaf
            array = np.array(held.pop(key), dtype=np.float64) + 1e-12
            held[f"{key}_as_tensor"] = numpy_helper.from_array(array, key)
    return {**made, **leaf}


def regressor(name, modes=("BRANCH_LEQ",), targets=1, dtype=np.float32, missing=True, **attributes):
    built = trees("target", modes, targets, missing=missing, dtype=dtype)
    case(
        f"TreeEnsembleRegressor {name}",
        [ml("TreeEnsembleRegressor", n_targets=targets, **built, **attributes)],
        {"x": edge_rows(dtype)},
    )


def classifier(name, labels, ids=None, dtype=np.float32, weights=None, **attributes):
    built = trees("class", ("BRANCH_LEQ", "BRANCH_GT"), len(labels), ids=ids, weights=weights)
    named = {"classlabels_strings": labels} if isinstance(labels[0], str) else {"classlabels_int64s": labels}
    case(
        f"TreeEnsembleClassifier {name}",
        [ml("TreeEnsembleClassifier", outputs=("label", "y"), **built, **named, **attributes)],
        {"x": edge_rows(dtype)},
        outputs=("label", "y"),
    )


def tree_cases():
    for mode in [*MODES, "mixed"]:
        modes = MODES if mode == "mixed" else [mode]
        for missing in (False, True):
            regressor(f"{mode}{' missing' if missing else ''}", modes, missing=missing)
    for aggregate in ("SUM", "AVERAGE", "MIN", "MAX"):
        for targets in (1, 3):
            for base in (None, [0.5, -0.25, 1.5][:targets]):
                extra = {} if base is None else {"base_values": base}
                regressor(f"{aggregate} {targets} targets base {base}", targets=targets, aggregate_function=aggregate, **extra)
    for post in ("SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"):
        for targets in (1, 3):
            regressor(f"{post} {targets} targets", targets=targets, post_transform=post)
    regressor("double", MODES, dtype=np.float64)
    regressor("double 3 targets", MODES, targets=3, dtype=np.float64)
    posts = ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")
    for post in posts:
        for base in ([], [0.5, -0.25, 1.5]):
            extra = {"base_values": base} if base else {}
            classifier(f"three classes {post} base {base}", [4, 2, 9], post_transform=post, **extra)
        for base in ([], [0.5, -0.25]):
            extra = {"base_values": base} if base else {}
            if base or post != "PROBIT":
                classifier(f"two classes {post} base {base}", [5, 7], post_transform=post, **extra)
        for base in ([], [0.25], [0.5, -0.25]):
            extra = {"base_values": base} if base else {}
            if post == "PROBIT" and len(base) != 2:
                continue
            for kind, weights in (("mixed", None), ("positive", lambda: rng.random() / 3)):
                classifier(f"binary {kind} {post} base {base}", [5, 7], ids=[0], weights=weights, post_transform=post, **extra)
    classifier("binary by the second class", ["no", "yes"], ids=[1], weights=lambda: rng.random() / 3)
    classifier("texts", ["a", "bé", "c"])
    for dtype in (np.float64, np.int64, np.int32):
        classifier(f"of {np.dtype(dtype).name}", [0, 1, 2], dtype=dtype)


def ensemble(name, modes=(0,), dtype=np.float32, targets=1, sets=None, **attributes):
    """TreeEnsemble (5): two trees of three branches and four leaves each."""
    branches, leaves = {k: [] for k in "features splits modes yes yes_leaf no no_leaf missing".split()}, []
    members = []
    roots = []
    for _ in range(2):
        root, first = len(branches["features"]), len(leaves)
        roots.append(root)
        for index in range(3):
            branches["features"].append(int(rng.integers(FEATURES)))
            mode = int(rng.choice(modes))
            branches["modes"].append(mode)
            branches["splits"].append(float(rng.choice(GRID)))
            if mode == 6:
                members += [*sets[int(rng.integers(len(sets)))], np.nan]
            branches["yes"].append(root + 1 if index == 0 else first + 2 * (index - 1))
            branches["no"].append(root + 2 if index == 0 else first + 2 * (index - 1) + 1)
            branches["yes_leaf"].append(int(index > 0))
            branches["no_leaf"].append(int(index > 0))
            branches["missing"].append(int(rng.integers(2)))
        leaves += [(int(rng.integers(targets)), rng.normal()) for _ in range(4)]
    tensor = lambda key, values: numpy_helper.from_array(np.array(values, dtype=dtype), key)
    extra = {"membership_values": tensor("membership_values", members)} if members else {}
    made = ml(
        "TreeEnsemble",
        n_targets=targets,
        tree_roots=roots,
        nodes_featureids=branches["features"],
        nodes_splits=tensor("splits", branches["splits"]),
        nodes_modes=numpy_helper.from_array(np.array(branches["modes"], dtype=np.uint8), "modes"),
        nodes_truenodeids=branches["yes"],
        nodes_trueleafs=branches["yes_leaf"],
        nodes_falsenodeids=branches["no"],
        nodes_falseleafs=branches["no_leaf"],
        nodes_missing_value_tracks_true=branches["missing"],
        leaf_targetids=[target for target, _ in leaves],
        leaf_weights=tensor("weights", [weight for _, weight in leaves]),
        **extra,
        **attributes,
    )
    case(f"TreeEnsemble {name}", [made], {"x": edge_rows(dtype)}, ml=5)


def ensemble_cases():
    for dtype in (np.float32, np.float64):
        kind = np.dtype(dtype).name
        for mode in range(6):
            ensemble(f"{kind} mode {mode}", [mode], dtype)
        ensemble(f"{kind} small sets", [6], dtype, sets=[[0, 3], [1, 2, 7], [0.25, 3]])
        ensemble(f"{kind} other sets", [6, 0], dtype, sets=[[-1, 3, 1000], [-1], [40, 1, 2]])
        for aggregate in range(4):
            for targets in (1, 3):
                ensemble(f"{kind} aggregate {aggregate} of {targets}", range(6), dtype, targets, aggregate_function=aggregate)
    for post in range(1, 5):
        for targets in (1, 3):
            ensemble(f"transform {post} of {targets}", targets=targets, post_transform=post)


# --- products --------------------------------------------------------------------------------------------------------


def product_cases():
    for inner, columns in ((1, 1), (7, 3), (13, 8), (33, 20), (300, 5)):
        x = rng.normal(size=(6, inner)).astype(np.float32)
        x[1, 0] = np.nan
        x[2, :1] = np.inf
        w = rng.normal(size=(inner, columns)).astype(np.float32)
        b = rng.normal(size=columns).astype(np.float32)
        shape = f"{inner} x {columns}"
        case(f"MatMul {shape}", [node("MatMul", ("x", "w"))], {"x": x}, [const("w", w)])
        case(f"Gemm {shape}", [node("Gemm", ("x", "w", "b"), transB=1)], {"x": x}, [const("w", w.T.copy()), const("b", b)])
        chain = [node("MatMul", ("x", "w"), ("z",)), node("Add", ("z", "b"), ("a",)), node("Relu", ("a",))]
        case(f"MatMul Add Relu {shape}", chain, {"x": x}, [const("w", w), const("b", b)])
        case(
            f"LinearRegressor {shape}",
            [ml("LinearRegressor", coefficients=w.T.ravel().tolist(), intercepts=b.tolist(), targets=columns)],
            {"x": x},
        )
    w = rng.normal(size=(7, 3))
    x = rng.normal(size=(4, 7))
    case("MatMul double", [node("MatMul", ("x", "w"))], {"x": x}, [const("w", w)])
    case("Gemm one bias", [node("Gemm", ("x", "w", "b"))], {"x": x.astype(np.float32)}, [const("w", w.astype(np.float32)), const("b", f32(0.5))])
    for post in ("SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"):
        for targets in (1, 3):
            case(
                f"LinearRegressor {post} {targets}",
                [ml("LinearRegressor", coefficients=(w.T[:targets].ravel() / 9).tolist(), intercepts=[0.5] * targets, targets=targets, post_transform=post)],
                {"x": x.astype(np.float32)},
            )
    for post in ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"):
        for classes, labels in ((1, ["no", "yes"]), (1, [3, 5]), (2, [3, 5]), (3, ["a", "b", "c"])):
            if post == "PROBIT" and classes == 1:
                continue  # half of the runtime's answer is whatever the memory was
            named = {"classlabels_strings": labels} if isinstance(labels[0], str) else {"classlabels_ints": labels}
            case(
                f"LinearClassifier {post} {classes} {labels}",
                [ml("LinearClassifier", outputs=("label", "y"), coefficients=(w.T[:classes].ravel() / 9).tolist(), intercepts=[0.1, 0.4, 0.2][:classes], post_transform=post, **named)],
                {"x": x.astype(np.float32)},
                outputs=("label", "y"),
            )
    whole = rng.integers(-5, 5, (4, 7))
    case(
        "LinearClassifier of integers",
        [ml("LinearClassifier", outputs=("label", "y"), coefficients=w.T.ravel().tolist(), intercepts=[0.0, 0.1, 0.2], classlabels_ints=[0, 1, 2])],
        {"x": whole},
        outputs=("label", "y"),
    )


# --- elements --------------------------------------------------------------------------------------------------------

SPECIAL = f32(0, -0.0, 1, -1, 0.5, -2.5, 3.7, 1e-45, -1e-40, 88, -88, 1e10, 3.4e38, np.inf, -np.inf, np.nan)


def element_cases():
    x = np.concatenate([SPECIAL, rng.normal(size=16).astype(np.float32)]).reshape(8, 4)
    for op in "Relu Sigmoid Tanh LeakyRelu Elu Selu HardSigmoid Softplus Softsign Erf Exp Log Sqrt Abs Neg Reciprocal Floor Ceil Sign IsNaN Identity".split():
        case(op, [node(op, ("x",))], {"x": x}, single=False)
    case("LeakyRelu alpha", [node("LeakyRelu", ("x",), alpha=0.3)], {"x": x}, single=False)
    case("Elu alpha", [node("Elu", ("x",), alpha=0.3)], {"x": x}, single=False)
    for approximate in ("none", "tanh"):
        case(f"Gelu {approximate}", [node("Gelu", ("x",), approximate=approximate)], {"x": np.clip(x, -9, 9)}, single=False)
    case("Clip", [node("Clip", ("x", "a", "b"))], {"x": x}, [const("a", np.float32(-1)), const("b", np.float32(2))], single=False)
    case("Clip below", [node("Clip", ("x", "a"))], {"x": x}, [const("a", np.float32(-1))], single=False)
    case("Clip 6", [node("Clip", ("x",), min=-1.0, max=0.7)], {"x": x}, opset=8, single=False)
    other = rng.permutation(x.ravel()).reshape(8, 4)
    case("Dropout", [node("Dropout", ("x",))], {"x": x}, single=False)
    for op in "Add Sub Mul Div Pow".split():
        case(op, [node(op, ("x", "z"))], {"x": np.abs(x) if op == "Pow" else x, "z": np.clip(other, -3, 3)}, single=False)
    for op in "Less LessOrEqual Greater GreaterOrEqual Equal Max Min Sum PRelu".split():
        case(op, [node(op, ("x", "z"))], {"x": x, "z": other}, single=False)
    for shape in ((4,), (1, 4), (8, 1)[1:], ()):
        case(f"Add of shape {shape}", [node("Add", ("x", "c"))], {"x": x}, [const("c", rng.normal(size=shape).astype(np.float32))])
    case("Sub of a column", [node("Sub", ("x", "z"))], {"x": x, "z": other[:, :1].copy()})
    case("Sub from a constant", [node("Sub", ("c", "x"))], {"x": x}, [const("c", rng.normal(size=(1, 4)).astype(np.float32))])
    case("Mul into three dimensions", [node("Mul", ("x", "c"))], {"x": x.reshape(8, 1, 4)}, [const("c", rng.normal(size=(3, 4)).astype(np.float32))])
    whole = rng.integers(-9, 9, (5, 3))
    for op in "Add Sub Mul Div Equal Less".split():
        case(f"{op} of integers", [node(op, ("x", "c"))], {"x": whole}, [const("c", np.array([2, -3, 4]))])
    flags, others = rng.random((4, 3)) < 0.5, rng.random((4, 3)) < 0.5
    for op in "And Or Xor Equal".split():
        case(f"{op} of flags", [node(op, ("x", "z"))], {"x": flags, "z": others})
    case("Not", [node("Not", ("x",))], {"x": flags})
    case("Where", [node("Where", ("c", "x", "z"))], {"c": x > 0, "x": x, "z": other})
    case("Where by row", [node("Where", ("c", "x", "k"))], {"c": x[:, :1] > 0, "x": x}, [const("k", np.float32(7))])
    texts = np.array([["a", "b"], ["", "é"], ["a", "a"]], dtype=object)
    case("Equal of texts", [node("Equal", ("x", "c"))], {"x": texts}, [helper.make_tensor("c", TensorProto.STRING, [2], ["a", "é"])])
    for source, dtype in (("float", np.float32), ("double", np.float64), ("int64", np.int64), ("int32", np.int32), ("bool", np.bool_)):
        held = np.nan_to_num(x, posinf=9, neginf=-9).clip(-1e6, 1e6).astype(dtype)
        for target in (1, 6, 7, 9, 11):
            if KINDS[np.dtype(dtype)][1] != target:
                case(f"Cast {source} to {target}", [node("Cast", ("x",), to=target)], {"x": held}, single=False)
    case("Cast int64 to text", [node("Cast", ("x",), to=8)], {"x": whole})
    case("Binarizer", [ml("Binarizer", threshold=0.5)], {"x": np.nan_to_num(x)})
    case("Binarizer of NaN", [ml("Binarizer", threshold=0.5)], {"x": x})


# --- shapes, pieces, reductions --------------------------------------------------------------------------------------


def shape_cases():
    x = rng.normal(size=(4, 6)).astype(np.float32)
    i64 = lambda name, *values: const(name, np.array(values, dtype=np.int64))
    for shape in ((-1, 3), (0, 2, 3), (0, -1), (-1,), (0, 6, 1)):
        case(f"Reshape {shape}", [node("Reshape", ("x", "s"))], {"x": x}, [i64("s", *shape)])
    case("Flatten", [node("Flatten", ("x",))], {"x": x.reshape(4, 2, 3)})
    case("Flatten 0", [node("Flatten", ("x",), axis=0)], {"x": x})
    case("Squeeze", [node("Squeeze", ("x", "a"))], {"x": x.reshape(4, 1, 6)}, [i64("a", 1)])
    case("Squeeze 11", [node("Squeeze", ("x",), axes=[1])], {"x": x.reshape(4, 1, 6)}, opset=11)
    case("Unsqueeze", [node("Unsqueeze", ("x", "a"))], {"x": x}, [i64("a", 1, -1)])
    case("Transpose", [node("Transpose", ("x",))], {"x": x})
    case("Transpose 3", [node("Transpose", ("x",), perm=[0, 2, 1])], {"x": x.reshape(4, 2, 3)})
    case("Concat", [node("Concat", ("x", "z", "x"), axis=1)], {"x": x, "z": x[:, :2] * 2})
    case("Concat of texts", [node("Concat", ("x", "x"), axis=-1)], {"x": np.array([["a"], ["b"]], dtype=object)})
    case("Gather columns", [node("Gather", ("x", "k"), axis=1)], {"x": x}, [i64("k", 4, -1, 0)])
    case("Gather one column", [node("Gather", ("x", "k"), axis=1)], {"x": x}, [const("k", np.array(2))])
    case("Gather from a table", [node("Gather", ("t", "x"))], {"x": np.array([[1], [0], [-1]])}, [const("t", f32(3, 5, 7))])
    case("ArrayFeatureExtractor", [ml("ArrayFeatureExtractor", ("x", "k"))], {"x": x}, [i64("k", 4, 1)])
    case("ArrayFeatureExtractor of labels", [ml("ArrayFeatureExtractor", ("t", "x"))], {"x": np.array([2, 0, 1])}, [i64("t", 10, 20, 30)])
    for name, bounds in (("Slice", ([1], [4], [1], [1])), ("Slice by 2", ([0], [6], [1], [2])), ("Slice back", ([-1], [-7], [1], [-2]))):
        case(name, [node("Slice", ("x", "s", "e", "a", "t"))], {"x": x}, [i64(k, *v) for k, v in zip("seat", bounds)])
    case("Slice 9", [node("Slice", ("x",), starts=[2], ends=[5], axes=[1])], {"x": x}, opset=9)
    case("Split", [node("Split", ("x",), ("y", "z"), axis=1, num_outputs=2)], {"x": x}, outputs=("y", "z"))
    case("Split by sizes", [node("Split", ("x", "s"), ("y", "z"), axis=1)], {"x": x}, [i64("s", 1, 5)], outputs=("y", "z"))
    case("Expand", [node("Expand", ("x", "s"))], {"x": x[:, :1].copy()}, [i64("s", 1, 3)])
    shaped = [
        node("Shape", ("x",), ("s",)),
        node("Gather", ("s", "zero"), ("n",)),
        node("Concat", ("n", "two"), ("t",), axis=0),
        node("ConstantOfShape", ("t",), ("ones",), value=numpy_helper.from_array(f32(1), "v")),
        node("Concat", ("ones", "x"), axis=1),
    ]
    case("Shape ConstantOfShape", shaped, {"x": x}, [i64("zero", 0), i64("two", 2)])
    folded = [node("Cast", ("k",), ("f",), to=1), node("Mul", ("f", "f"), ("g",)), node("Add", ("x", "g"))]
    case("constants folded", folded, {"x": x}, [i64("k", 1, 2, 3, 4, 5, 6)])
    case("Constant", [node("Constant", (), ("c",), value=numpy_helper.from_array(f32(2, 3), "v")), node("Gather", ("c", "x"))], {"x": np.array([1, 0])})
    case("FeatureVectorizer", [ml("FeatureVectorizer", ("x", "z"), inputdimensions=[6, 2])], {"x": x, "z": x[:, :2].copy()})
    wide = rng.normal(size=(5, 11)).astype(np.float32)
    for op in "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum ReduceLogSumExp".split():
        held = np.abs(wide) if op == "ReduceLogSum" else wide
        case(f"{op} along columns", [node(op, ("x", "a"), keepdims=0)], {"x": held}, [i64("a", 1)])
        case(f"{op} along the middle", [node(op, ("x", "a"))], {"x": np.tile(held[:, :10].reshape(5, 5, 2), 1)}, [i64("a", 1)])
    case("ReduceSum 11", [node("ReduceSum", ("x",), axes=[1])], {"x": wide}, opset=11)
    tied = f32(1, 3, 3, 2, np.nan, 5, 5, 5, 1, -np.inf, -np.inf, -np.inf).reshape(3, 4)
    for op in ("ArgMax", "ArgMin"):
        for last in (0, 1):
            case(f"{op} last {last}", [node(op, ("x",), axis=1, select_last_index=last)], {"x": tied})
    case("ArgMax flat", [node("ArgMax", ("x",), axis=-1, keepdims=0)], {"x": wide})
    for op in ("Softmax", "LogSoftmax"):
        case(op, [node(op, ("x",), axis=1)], {"x": wide})
        case(f"{op} 11", [node(op, ("x",), axis=1)], {"x": wide[:, :10].reshape(5, 2, 5)}, opset=11)
        case(f"{op} inner", [node(op, ("x",), axis=1)], {"x": wide[:, :10].reshape(5, 2, 5)})


# --- pipelines -------------------------------------------------------------------------------------------------------


def prepare_cases():
    x = np.concatenate([SPECIAL, rng.normal(size=8).astype(np.float32)]).reshape(6, 4)
    case("Scaler", [ml("Scaler", offset=[1.0, 0.1, -2.0, 3e-5], scale=[0.3, 2.0, 1e3, 0.1])], {"x": x})
    case("Scaler of one", [ml("Scaler", offset=[0.7], scale=[0.3])], {"x": x})
    case("Scaler of integers", [ml("Scaler", offset=[0.7], scale=[0.3])], {"x": rng.integers(-9, 9, (4, 3))})
    zero = x.copy()
    zero[1] = 0
    for norm in ("MAX", "L1", "L2"):
        case(f"Normalizer {norm}", [ml("Normalizer", norm=norm)], {"x": np.nan_to_num(zero, posinf=4, neginf=-3).clip(-1e3, 1e3)})
    case("Imputer NaN", [ml("Imputer", imputed_value_floats=[1.0, 2.0, 3.0, 4.0], replaced_value_float=float("nan"))], {"x": x})
    case("Imputer number", [ml("Imputer", imputed_value_floats=[9.0], replaced_value_float=-1.0)], {"x": x})
    case("Imputer of integers", [ml("Imputer", imputed_value_int64s=[5], replaced_value_int64=0)], {"x": rng.integers(-2, 2, (4, 3))})
    texts = np.array([["a"], ["c"], ["é"], ["zzz"]], dtype=object)
    for zeros in (0, 1):
        case(f"OneHotEncoder of texts zeros {zeros}", [ml("OneHotEncoder", cats_strings=["a", "é", "c"], zeros=zeros)], {"x": texts})
        case(f"OneHotEncoder of integers zeros {zeros}", [ml("OneHotEncoder", cats_int64s=[3, -1, 7], zeros=zeros)], {"x": np.array([[7, 3], [-1, 7], [3, 3]])})
    case("OneHotEncoder of floats", [ml("OneHotEncoder", cats_int64s=[3, -1, 0], zeros=1)], {"x": f32(3, 3.7, -0.5, -1, 9, 0).reshape(3, 2)})
    case("OneHotEncoder unknown", [ml("OneHotEncoder", cats_strings=["a", "b"], zeros=0)], {"x": np.array([["a"], ["b"]], dtype=object)})
    case("LabelEncoder text to int", [ml("LabelEncoder", keys_strings=["a", "c"], values_int64s=[5, 6], default_int64=-7)], {"x": texts})
    case("LabelEncoder int to text", [ml("LabelEncoder", keys_int64s=[1, 2], values_strings=["x", "y"])], {"x": np.array([[1], [2], [3]])})
    case("LabelEncoder int to float", [ml("LabelEncoder", keys_int64s=[1, 2], values_floats=[0.5, 0.7], default_float=0.1)], {"x": np.array([[1], [2], [3]])})
    case("LabelEncoder float to int", [ml("LabelEncoder", keys_floats=[1.0, float("nan"), -0.5], values_int64s=[5, 6, 7])], {"x": f32(1, np.nan, -0.5, 0, 2).reshape(5, 1)})
    case("LabelEncoder int to int", [ml("LabelEncoder", keys_int64s=[1, 2], values_int64s=[20, 10])], {"x": np.array([[1], [2], [3]])})
    keyed = {"keys_tensor": const("k", np.array([1.5, 2.5], dtype=np.float64)), "values_tensor": const("v", np.array([7, 8], dtype=np.int64)), "default_tensor": const("d", np.array([-5], dtype=np.int64))}
    case("LabelEncoder by tensors", [ml("LabelEncoder", **keyed)], {"x": np.array([[1.5], [2.5], [0.0]])}, ml=4)
    case("LabelEncoder 1", [ml("LabelEncoder", classes_strings=["a", "c"], default_int64=-3)], {"x": texts}, ml=1)
    case("LabelEncoder 1 back", [ml("LabelEncoder", classes_strings=["a", "c"], default_string="?")], {"x": np.array([[0], [1], [4]])}, ml=1)
    params = [const(k, np.abs(rng.normal(size=4)).astype(np.float32)) for k in ("s", "b", "m", "v")]
    case("BatchNormalization", [node("BatchNormalization", ("x", "s", "b", "m", "v"), epsilon=1e-3)], {"x": np.nan_to_num(x).clip(-9, 9)}, params)


def main():
    tree_cases()
    ensemble_cases()
    product_cases()
    element_cases()
    shape_cases()
    prepare_cases()
    names = [one["name"] for one in cases]
    assert len(set(names)) == len(names)
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in cases)
    golden = f'{{"onnxruntime":"{onnxruntime.__version__}","cases":[\n{lines}\n]}}\n'
    path = Path(__file__).parent / "operators.json.gz"
    path.write_bytes(gzip.compress(golden.encode(), mtime=0))
    print(f"{len(cases)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
