"""Calls a published model with Triton's own HTTP client, unmodified, and prints one JSON line per check.

usage: tritonclient_checks.py <apiUrl> <key> <model>, a model with one FP32 input of shape [-1, 4]
"""

import json
import sys
import traceback

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

API_URL, KEY, MODEL = sys.argv[1:4]
ROWS = np.array([[5.1, 3.5, 1.4, 0.2], [6.2, 2.9, 4.3, 1.3], [7.7, 3.0, 6.1, 2.3]], dtype=np.float32)

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


def input_name():
    return metadata()["inputs"][0]["name"]


def float_output():
    return next(one["name"] for one in metadata()["outputs"] if one["datatype"] == "FP32")


def tensor(values=ROWS, datatype="FP32", name=None, binary=True):
    made = triton.InferInput(name or input_name(), list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def infer(inputs, **more):
    return client.infer(more.pop("model", MODEL), inputs, headers=more.pop("headers", key()), **more)


def refused(status, part, call):
    try:
        call()
    except InferenceServerException as refusal:
        assert str(refusal.status()) == str(status), f"status {refusal.status()}: {refusal.message()}"
        assert part in refusal.message(), refusal.message()
        return
    raise AssertionError("it was not refused")


@check
def server_is_live_and_ready():
    assert client.is_server_live() and client.is_server_ready()


@check
def server_metadata_names_the_binary_extension():
    assert "binary_tensor_data" in client.get_server_metadata(headers=key())["extensions"]


@check
def model_metadata_is_the_signature():
    told = metadata()
    assert told["name"] == MODEL and "1.0.0" in told["versions"], told
    assert told["inputs"][0]["datatype"] == "FP32" and told["inputs"][0]["shape"] == [-1, 4], told


@check
def model_is_ready():
    assert client.is_model_ready(MODEL, headers=key())
    assert client.is_model_ready(MODEL, "1.0.0", headers=key())
    assert not client.is_model_ready(MODEL + "-not", headers=key())


@check
def json_in_json_out():
    name = float_output()
    out = infer([tensor(binary=False)], outputs=[triton.InferRequestedOutput(name, binary_data=False)])
    assert out.as_numpy(name).shape[0] == 3
    assert "data" in out.get_output(name)


@check
def binary_in_binary_out_gives_the_same():
    name = float_output()
    as_json = infer([tensor(binary=False)], outputs=[triton.InferRequestedOutput(name, binary_data=False)])
    as_bytes = infer([tensor()], outputs=[triton.InferRequestedOutput(name, binary_data=True)])
    assert "binary_data_size" in as_bytes.get_output(name)["parameters"]
    np.testing.assert_array_equal(as_json.as_numpy(name), as_bytes.as_numpy(name))


@check
def all_outputs_come_when_none_is_asked_for():
    out = infer([tensor()])
    for one in metadata()["outputs"]:
        assert out.as_numpy(one["name"]) is not None, one


@check
def only_the_requested_output_comes():
    name = float_output()
    out = infer([tensor()], outputs=[triton.InferRequestedOutput(name)])
    assert [one["name"] for one in out.get_response()["outputs"]] == [name]


@check
def one_version_can_be_called():
    name = float_output()
    latest = infer([tensor()]).as_numpy(name)
    out = infer([tensor()], model_version="1.0.0")
    assert out.get_response()["model_version"] == "1.0.0"
    np.testing.assert_array_equal(out.as_numpy(name), latest)


@check
def request_id_comes_back():
    assert infer([tensor()], request_id="mine-7").get_response()["id"] == "mine-7"


@check
def compressed_requests_are_read():
    name = float_output()
    plain = infer([tensor()]).as_numpy(name)
    for algorithm in ("gzip", "deflate"):
        packed = infer([tensor()], request_compression_algorithm=algorithm)
        np.testing.assert_array_equal(packed.as_numpy(name), plain)


@check
def unknown_model_is_refused_in_tritons_words():
    refused(404, f"Request for unknown model: '{MODEL}-not' is not found", lambda: infer([tensor()], model=f"{MODEL}-not"))


@check
def unknown_version_is_refused():
    refused(404, "9.9.9", lambda: infer([tensor()], model_version="9.9.9"))


@check
def wrong_shape_is_refused():
    refused(400, input_name(), lambda: infer([tensor(ROWS[:, :3].copy())]))


@check
def wrong_datatype_is_refused():
    refused(400, "FP64", lambda: infer([tensor(ROWS.astype(np.float64), "FP64")]))


@check
def missing_input_is_refused():
    refused(400, input_name(), lambda: infer([tensor(name="not_an_input")]))


@check
def unknown_output_is_refused():
    refused(400, "no_such_output", lambda: infer([tensor()], outputs=[triton.InferRequestedOutput("no_such_output")]))


@check
def bad_key_is_refused():
    made_up = "aim_01JDA8Z5V4W1T4E5R6T7Y8V9P0_" + "a" * 43
    refused(401, "key", lambda: infer([tensor()], headers=key(made_up)))


for run in checks:
    try:
        run()
        outcome = {"check": run.__name__, "fault": None}
    except Exception:
        outcome = {"check": run.__name__, "fault": traceback.format_exc()}
    print(json.dumps(outcome), flush=True)
client.close()
