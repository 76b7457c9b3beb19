"""What the checks share: Triton's own HTTP client, unmodified, and calls with it."""

import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

API_URL, KEY, MODEL, TEXTS, EVERY = sys.argv[1:6]
ROWS = np.array([[5.1, 3.5, 1.4, 0.2], [6.2, 2.9, 4.3, 1.3], [7.7, 3.0, 6.1, 2.3]], dtype=np.float32)
MANY_ROWS = np.tile(ROWS, (500, 1))

client = triton.InferenceServerClient(API_URL.removeprefix("http://"), network_timeout=60.0)
checks = []


def check(run):
    checks.append(run)
    return run


def key(value=KEY):
    # A fresh dictionary for each call: the client writes its own headers into it.
    return {"authorization": f"Bearer {value}"}


def metadata():
    return client.get_model_metadata(MODEL, headers=key())


# Asked for once: every check calls the model by them.
INPUT = metadata()["inputs"][0]["name"]
FLOATS = next(one["name"] for one in metadata()["outputs"] if one["datatype"] == "FP32")


def tensor(values=ROWS, datatype="FP32", name=None, binary=True):
    made = triton.InferInput(name or INPUT, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def wanted(name=FLOATS, **more):
    return triton.InferRequestedOutput(name, **more)


def infer(inputs, **more):
    return client.infer(more.pop("model", MODEL), inputs, headers=more.pop("headers", key()), **more)


def refused(status, part, call):
    try:
        call()
    except InferenceServerException as refusal:
        assert str(refusal.status()) == str(status), f"status {refusal.status()}: {refusal.message()}"
        assert part in refusal.message(), f"{part!r} is not in {refusal.message()!r}"
        return
    raise AssertionError(f"it was not refused: {part}")
