"""What must be refused, each as an exception of the client that names the tensor, what came and what is allowed."""

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException
from tritonclient_forms import NOTHING, echo_texts
from tritonclient_harness import EVERY, INPUT, MODEL, ROWS, check, client, infer, key, refused, tensor, wanted


@check
def unknown_model_is_refused_in_tritons_words():
    refused(404, f"Request for unknown model: '{MODEL}-not' is not found", lambda: infer([tensor()], model=f"{MODEL}-not"))


@check
def unknown_version_is_refused():
    refused(404, "9.9.9", lambda: infer([tensor()], model_version="9.9.9"))


@check
def wrong_shape_is_refused():
    refused(400, INPUT, lambda: infer([tensor(ROWS[:, :3].copy())]))


@check
def wrong_datatype_is_refused():
    refused(400, "FP64", lambda: infer([tensor(ROWS.astype(np.float64), "FP64")]))


@check
def missing_input_is_refused():
    refused(400, INPUT, lambda: infer([tensor(name="not_an_input")]))


@check
def unknown_output_is_refused():
    refused(400, "no_such_output", lambda: infer([tensor()], outputs=[wanted("no_such_output")]))


@check
def bad_key_is_refused():
    made_up = "aim_01JDA8Z5V4W1T4E5R6T7Y8V9P0_" + "a" * 43
    refused(401, "key", lambda: infer([tensor()], headers=key(made_up)))


@check
def bytes_that_are_no_text_are_refused():
    refused(400, "input 'x' BYTES element 1 must be UTF-8", lambda: echo_texts([b"a", b"\xff"]))
    refused(400, "input 'x' BYTES element 0 must not hold a zero byte", lambda: echo_texts([b"a\0b"]))


class Crafted(triton.InferInput):
    """An input whose JSON and bytes are as given, where the client's own would be right."""

    def __init__(self, described, raw=None):
        super().__init__(described["name"], [], "")
        self.described, self.raw = described, raw

    def _get_tensor(self):
        return self.described

    def _get_binary_data(self):
        return self.raw


def crafted(raw=None, drop=(), **change):
    described = {"name": INPUT, "datatype": "FP32", "shape": [1, 4], "data": [1, 2, 3, 4], **change}
    return Crafted({name: one for name, one in described.items() if name not in drop}, raw)


@check
def malformed_tensors_are_refused_by_name():
    for part, *inputs in (
        (f"input '{INPUT}' must be given once", crafted(), crafted()),
        ("input 'extra' is not one of the model's", crafted(), crafted(name="extra")),
        (f"input '{INPUT}' 'data' must be an array, got null", crafted(data=None)),
        (f"input '{INPUT}' must have 'data' or the parameter 'binary_data_size'", crafted(drop=["data"])),
        (f"input '{INPUT}' FP32 element 1 must be a number", crafted(data=[1, "2", 3, 4])),
        (f"input '{INPUT}' FP32 element 0 must be within FP32's range, got 1e+39", crafted(data=[1e39, 2, 3, 4])),
        (f"input '{INPUT}' of shape [1,4] must have 4 elements in 'data', got 3", crafted(data=[1, 2, 3])),
        (f"input '{INPUT}' nested 'data' must be arrays of 4", crafted(data=[[1, 2, 3]])),
        (f"input '{INPUT}' must have shape [-1,4] (-1 is any size), got [4]", crafted(shape=[4])),
        (f"input '{INPUT}' must have shape [-1,4] (-1 is any size), got [2,2]", crafted(shape=[2, 2])),
        (f"input '{INPUT}' 'shape' entry 0 must be a whole number from 0", crafted(shape=[-1, 4])),
        (f"input '{INPUT}' 'shape' entry 0 must be a whole number from 0", crafted(shape=[2**31, 2**31])),
        (f"input '{INPUT}' must have sizes that multiply to at most", crafted(shape=[2**31 - 1, 4])),
        (f"input '{INPUT}' must have datatype FP32, got 'FP33'", crafted(datatype="FP33")),
        (f"input '{INPUT}' 'shape' must be an array", crafted(drop=["shape"])),
    ):
        refused(400, part, lambda: infer(inputs))


@check
def wrong_numbers_of_bytes_are_refused_by_name():
    row = ROWS[:1].tobytes()
    for part, size, raw in (
        (f"input '{INPUT}' has 'binary_data_size' 17, but of the 16 bytes after the JSON 16 are left", 17, row),
        (f"input '{INPUT}' of 4 FP32 elements must have 16 bytes of data, got 12", 12, row),
        ("must add up to the 20 bytes after the JSON, got 16", 16, row + b"more"),
        (f"input '{INPUT}' 'binary_data_size' must be a whole number of bytes, got -16", -16, row),
        (f"input '{INPUT}' 'binary_data_size' must be a whole number of bytes, got 1.5", 1.5, row),
        (f"input '{INPUT}' 'binary_data_size' must be a whole number of bytes, got '16'", "16", row),
    ):
        one = crafted(raw=raw, drop=["data"], parameters={"binary_data_size": size})
        refused(400, part, lambda: infer([one]))
    both = crafted(raw=row, parameters={"binary_data_size": 16})
    refused(400, f"input '{INPUT}' must have 'data' or 'binary_data_size', got both", lambda: infer([both]))


def echo_wrong(datatype, raw=None, **described):
    others = [tensor(one, name, f"in_{name}") for name, one in NOTHING.items() if name != datatype]
    wrong = Crafted({"name": f"in_{datatype}", "datatype": datatype, "shape": [1], **described}, raw)
    return infer([*others, wrong], model=EVERY)


@check
def numbers_that_a_datatype_has_not_are_refused():
    for datatype, value, part in (
        ("INT64", "1", "input 'in_INT64' INT64 element 0 must be a whole number"),
        ("INT64", 1.5, "got 1.5"),
        ("INT64", 2**63, "got 9223372036854775808"),
        ("UINT64", -1, "got -1"),
        ("UINT64", 2**64, "got 18446744073709551616"),
        ("INT8", 128, "a whole number from -128 to 127, got 128"),
        ("UINT32", None, "got null"),
        ("BOOL", 1, "input 'in_BOOL' BOOL element 0 must be true or false, got 1"),
        ("BYTES", 1, "input 'in_BYTES' BYTES element 0 must be a string, got 1"),
        ("FP16", 1.5, "input 'in_FP16' is FP16, which has no JSON form"),
    ):
        refused(400, part, lambda: echo_wrong(datatype, data=[value]))
    bad = lambda: echo_wrong("BOOL", b"\2", parameters={"binary_data_size": 1})
    refused(400, "input 'in_BOOL' BOOL element 0 must be the byte 0 or 1, got 2", bad)


@check
def half_floats_asked_for_in_json_are_refused():
    inputs = [tensor(one, name, f"in_{name}") for name, one in NOTHING.items()]
    call = lambda: infer(inputs, model=EVERY, outputs=[wanted("out_FP16", binary_data=False)])
    refused(400, "output 'out_FP16' is FP16, which has no JSON form", call)


@check
def an_output_asked_for_twice_is_refused():
    refused(400, "must be asked for once", lambda: infer([tensor()], outputs=[wanted(), wanted()]))


@check
def wrong_header_lengths_are_refused():
    for length, part in (
        ("-1", "inference-header-content-length"),
        ("NaN", "inference-header-content-length"),
        ("1.5", "inference-header-content-length"),
        ("99999", "must be at most the body's"),
        ("9", "the body must be JSON"),
    ):
        headers = {**key(), "Inference-Header-Content-Length": length}
        refused(400, part, lambda: infer([tensor(binary=False)], headers=headers))


@check
def codings_that_there_are_not_are_refused():
    headers = {**key(), "Content-Encoding": "br"}
    refused(400, "'content-encoding' must be gzip, deflate or identity", lambda: infer([tensor()], headers=headers))
    headers = {**key(), "Accept-Encoding": "identity;q=0"}
    refused(400, "'accept-encoding' must allow gzip, deflate or identity", lambda: infer([tensor()], headers=headers))


@check
def bodies_that_unpack_to_too_much_are_refused():
    zeros = tensor(np.zeros((2_000_000, 4), dtype=np.float32))
    for algorithm in ("gzip", "deflate"):
        call = lambda: infer([zeros], request_compression_algorithm=algorithm)
        refused(413, "the body must be at most 25165824 bytes unpacked, got more", call)


@check
def packed_bodies_sent_as_text_are_served_or_told_of():
    # A gateway may hand them on whole; where it takes them for text, the caller must learn it.
    try:
        infer([tensor()], headers={**key(), "content-type": "application/json"}, request_compression_algorithm="gzip")
    except InferenceServerException as refusal:
        assert "taken for text on its way, and lost bytes" in refusal.message(), refusal.message()


@check
def what_would_need_memory_of_ours_is_refused():
    shared = triton.InferInput(INPUT, [1, 4], "FP32")
    shared.set_shared_memory("region", 16)
    refused(400, "no memory is shared over a network", lambda: infer([shared]))
    output = wanted()
    output.set_shared_memory("region", 16)
    refused(400, "no memory is shared over a network", lambda: infer([tensor()], outputs=[output]))
    refused(400, "nothing is kept between calls", lambda: infer([tensor()], sequence_id=7, sequence_start=True))


@check
def what_steers_a_server_is_refused_with_a_reason():
    for part, call in (
        ("models are not loaded by hand", lambda: client.load_model(MODEL, headers=key())),
        ("models are not unloaded by hand", lambda: client.unload_model(MODEL, headers=key())),
        ("traces are not served", lambda: client.get_trace_settings(headers=key())),
        ("traces are not served", lambda: client.get_trace_settings(MODEL, headers=key())),
        ("traces are not served", lambda: client.update_trace_settings(MODEL, {"trace_rate": "1"}, headers=key())),
        ("log settings are not served", lambda: client.get_log_settings(headers=key())),
        ("log settings are not served", lambda: client.update_log_settings({"log_info": True}, headers=key())),
        ("no memory is shared", lambda: client.get_system_shared_memory_status(headers=key())),
        ("no memory is shared", lambda: client.register_system_shared_memory("r", "/r", 16, headers=key())),
        ("no memory is shared", lambda: client.unregister_system_shared_memory(headers=key())),
        ("no memory is shared", lambda: client.get_cuda_shared_memory_status(headers=key())),
        ("no memory is shared", lambda: client.register_cuda_shared_memory("r", b"handle", 0, 16, headers=key())),
        ("no memory is shared", lambda: client.unregister_cuda_shared_memory("r", headers=key())),
    ):
        refused(400, part, call)


@check
def statistics_of_what_there_is_not_are_refused():
    refused(404, "Request for unknown model", lambda: client.get_inference_statistics(f"{MODEL}-not", headers=key()))
