"""Calls published models with Triton's own HTTP client, unmodified, and prints one JSON line per check.

usage: tritonclient_checks.py <apiUrl> <key> <model> <texts> <every>
  model   one FP32 input of shape [-1, 4], among its outputs one of FP32 [-1, 3]
  texts   gives back its BYTES [-1]: x -> y
  every   gives back a tensor [-1] of each datatype: in_FP32 -> out_FP32 and so on
"""

import json
import traceback

import numpy as np
import tritonclient.http as triton
from tritonclient_harness import (
    API_URL,
    EVERY,
    FLOATS,
    MODEL,
    ROWS,
    check,
    checks,
    client,
    infer,
    key,
    metadata,
    refused,
    tensor,
    wanted,
)


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
    out = infer([tensor(binary=False)], outputs=[wanted(binary_data=False)])
    assert out.as_numpy(FLOATS).shape[0] == 3
    assert "data" in out.get_output(FLOATS)


@check
def binary_in_binary_out_gives_the_same():
    as_json = infer([tensor(binary=False)], outputs=[wanted(binary_data=False)])
    as_bytes = infer([tensor()], outputs=[wanted(binary_data=True)])
    assert "binary_data_size" in as_bytes.get_output(FLOATS)["parameters"]
    np.testing.assert_array_equal(as_json.as_numpy(FLOATS), as_bytes.as_numpy(FLOATS))


@check
def all_outputs_come_when_none_is_asked_for():
    out = infer([tensor()])
    for one in metadata()["outputs"]:
        assert out.as_numpy(one["name"]) is not None, one


@check
def only_the_requested_output_comes():
    out = infer([tensor()], outputs=[wanted()])
    assert [one["name"] for one in out.get_response()["outputs"]] == [FLOATS]


@check
def one_version_can_be_called():
    latest = infer([tensor()]).as_numpy(FLOATS)
    out = infer([tensor()], model_version="1.0.0")
    assert out.get_response()["model_version"] == "1.0.0"
    np.testing.assert_array_equal(out.as_numpy(FLOATS), latest)


@check
def request_id_comes_back():
    assert infer([tensor()], request_id="mine-7").get_response()["id"] == "mine-7"


@check
def calls_can_be_made_at_once():
    several = triton.InferenceServerClient(API_URL.removeprefix("http://"), concurrency=4, network_timeout=60.0)
    counts = [1, 2, 3, 1, 2, 3]
    asked = [several.async_infer(MODEL, [tensor(ROWS[:count].copy())], headers=key()) for count in counts]
    assert [one.get_result().as_numpy(FLOATS).shape[0] for one in asked] == counts
    several.close()


@check
def an_id_of_any_letters_comes_back():
    assert infer([tensor()], request_id="日本-é-🦜").get_response()["id"] == "日本-é-🦜"


@check
def hints_and_parameters_of_ones_own_change_nothing():
    out = infer([tensor()], priority=1, timeout=1000, parameters={"mine": "x"}, query_params={"trace": 1})
    np.testing.assert_array_equal(out.as_numpy(FLOATS), infer([tensor()]).as_numpy(FLOATS))
    assert "parameters" not in out.get_response(), out.get_response()


@check
def statistics_count_our_calls():
    def total():
        told = client.get_inference_statistics(MODEL, headers=key())["model_stats"]
        assert [one["name"] for one in told] == [MODEL], told
        return told[0]

    infer([tensor()])
    before = total()
    infer([tensor()])
    refused(400, "FP64", lambda: infer([tensor(ROWS.astype(np.float64), "FP64")]))
    after = total()
    assert after["version"] == "1.0.0" and after["last_inference"] >= before["last_inference"] > 0, after
    assert after["inference_count"] == before["inference_count"] + 3, (before, after)
    assert after["execution_count"] == before["execution_count"] + 1, (before, after)
    for name in ("success", "fail", "queue", "compute_input", "compute_infer", "compute_output"):
        one, two = before["inference_stats"][name], after["inference_stats"][name]
        assert two["count"] == one["count"] + 1 and two["ns"] > one["ns"], (name, one, two)
    assert any(one["batch_size"] == 3 for one in after["batch_stats"]), after
    assert client.get_inference_statistics(MODEL, "1.0.0", headers=key())["model_stats"] == [after]
    assert after in client.get_inference_statistics(headers=key())["model_stats"]


@check
def configuration_is_the_signature_in_tritons_words():
    config = client.get_model_config(EVERY, headers=key())
    assert config["name"] == EVERY and config["max_batch_size"] == 0 and config["backend"] == "onnxruntime", config
    types = {one["name"].removeprefix("in_"): one["data_type"] for one in config["input"]}
    assert all(told == ("TYPE_STRING" if one == "BYTES" else f"TYPE_{one}") for one, told in types.items()), types
    assert len(types) == 13 and all(one["dims"] == [-1] for one in config["input"] + config["output"]), config
    versions = client.get_model_config(MODEL, "1.0.0", headers=key())["version_policy"]
    assert versions == {"specific": {"versions": ["1.0.0"]}}, versions


@check
def repository_index_lists_our_models():
    index = client.get_model_repository_index(headers=key())
    assert {"name": MODEL, "version": "1.0.0", "state": "READY", "reason": ""} in index, index


# Each adds its own to the list.
import tritonclient_forms  # noqa: E402, F401
import tritonclient_refusals  # noqa: E402, F401

for run in checks:
    try:
        run()
        outcome = {"check": run.__name__, "fault": None}
    except Exception:
        outcome = {"check": run.__name__, "fault": traceback.format_exc()}
    print(json.dumps(outcome), flush=True)
client.close()
