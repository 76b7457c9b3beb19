"""Every form that a tensor can have: packed, texts, each datatype at its edges, classes."""

import urllib.request

import numpy as np
import tritonclient.http as triton
from tritonclient_harness import (
    API_URL,
    EVERY,
    FLOATS,
    MANY_ROWS,
    MODEL,
    TEXTS,
    check,
    infer,
    key,
    refused,
    tensor,
    wanted,
)

EDGES = {
    "BOOL": np.array([True, False, True]),
    "UINT8": np.array([0, 255, 7], dtype=np.uint8),
    "UINT16": np.array([0, 65535], dtype=np.uint16),
    "UINT32": np.array([0, 4294967295], dtype=np.uint32),
    "UINT64": np.array([0, 2**53 + 1, 2**64 - 1], dtype=np.uint64),
    "INT8": np.array([-128, 127], dtype=np.int8),
    "INT16": np.array([-32768, 32767], dtype=np.int16),
    "INT32": np.array([-(2**31), 2**31 - 1], dtype=np.int32),
    "INT64": np.array([-(2**63), 2**63 - 1, -(2**53) - 1], dtype=np.int64),
    "FP16": np.array([1.5, -0.0, np.inf, np.nan, 6e-8, 65504], dtype=np.float16),
    "FP32": np.array([0.1, -0.0, np.inf, -np.inf, np.nan, 1e-45, 3.4e38], dtype=np.float32),
    "FP64": np.array([0.1, -0.0, np.inf, np.nan, 5e-324, 1.7976931348623157e308]),
    "BYTES": np.array([b"", "é".encode()], dtype=np.object_),
}
NOTHING = {datatype: values[:0] for datatype, values in EDGES.items()}


def as_bytes(texts):
    return [one if isinstance(one, bytes) else one.encode() for one in texts.ravel()]


@check
def packed_requests_are_read():
    plain = infer([tensor(MANY_ROWS)]).as_numpy(FLOATS)
    for algorithm in ("gzip", "deflate"):
        for binary in (True, False):
            packed = infer([tensor(MANY_ROWS, binary=binary)], request_compression_algorithm=algorithm)
            np.testing.assert_array_equal(packed.as_numpy(FLOATS), plain)


@check
def packed_answers_are_read():
    plain = infer([tensor(MANY_ROWS)]).as_numpy(FLOATS)
    for algorithm in ("gzip", "deflate"):
        for binary in (True, False):
            outputs = [wanted(binary_data=binary)]
            packed = infer([tensor(MANY_ROWS)], outputs=outputs, response_compression_algorithm=algorithm)
            np.testing.assert_array_equal(packed.as_numpy(FLOATS), plain)


@check
def answers_are_packed_only_for_whoever_accepts_it():
    plain = infer([tensor(MANY_ROWS)]).as_numpy(FLOATS)
    for outputs in ([wanted(binary_data=False)], None):
        body, _ = triton.InferenceServerClient.generate_request_body([tensor(MANY_ROWS, binary=False)], outputs=outputs)
        for accepted, coding in (("gzip", "gzip"), ("deflate", "deflate"), ("gzip;q=0", None), ("identity", None)):
            headers = {**key(), "accept-encoding": accepted}
            sent = urllib.request.Request(f"{API_URL}/v2/models/{MODEL}/infer", body, headers, method="POST")
            with urllib.request.urlopen(sent) as answer:
                assert answer.headers["content-encoding"] == coding, (accepted, answer.headers.items())
                assert "accept-encoding" in answer.headers["vary"], answer.headers.items()
                length = answer.headers["inference-header-content-length"]
                content = answer.read()
            assert coding is None or len(content) < plain.nbytes, (accepted, len(content))
            result = triton.InferenceServerClient.parse_response_body(
                content, header_length=length, content_encoding=coding
            )
            np.testing.assert_array_equal(result.as_numpy(FLOATS), plain)


def echo_texts(values, binary_in=True, binary_out=True):
    made = tensor(np.array(values, dtype=np.object_), "BYTES", name="x", binary=binary_in)
    return infer([made], model=TEXTS, outputs=[wanted("y", binary_data=binary_out)]).as_numpy("y")


@check
def texts_come_back_in_every_form():
    texts = ["", "a", "grüezi", "日本語", '🦜\n\t"\\', " " * 300]
    for binary_in in (True, False):
        for binary_out in (True, False):
            got = echo_texts(texts, binary_in, binary_out)
            assert as_bytes(got) == [one.encode() for one in texts], (binary_in, binary_out, got)


@check
def one_text_can_be_the_whole_body():
    headers = {**key(), "inference-header-content-length": "0"}
    sent = urllib.request.Request(f"{API_URL}/v2/models/{TEXTS}/infer", "grüezi".encode(), headers, method="POST")
    with urllib.request.urlopen(sent) as answer:
        length = answer.headers["inference-header-content-length"]
        result = triton.InferenceServerClient.parse_response_body(answer.read(), header_length=length)
    assert as_bytes(result.as_numpy("y")) == ["grüezi".encode()], result.as_numpy("y")


def echo_all(values, binary):
    """FP16 has no JSON form: it is binary always."""
    binaries = {datatype: binary or datatype == "FP16" for datatype in values}
    inputs = [tensor(one, datatype, f"in_{datatype}", binaries[datatype]) for datatype, one in values.items()]
    outputs = [wanted(f"out_{datatype}", binary_data=binaries[datatype]) for datatype in values]
    return infer(inputs, model=EVERY, outputs=outputs)


@check
def every_datatype_comes_back_bit_for_bit():
    # What this client writes for NaN and the infinities is no JSON.
    finite = {name: one[np.isfinite(one)] if name in ("FP32", "FP64") else one for name, one in EDGES.items()}
    for binary, values in ((True, EDGES), (False, finite)):
        out = echo_all(values, binary)
        for datatype, sent in values.items():
            got = out.as_numpy(f"out_{datatype}")
            if datatype == "BYTES":
                assert as_bytes(got) == list(sent), (binary, got)
            else:
                assert got.dtype == sent.dtype and got.tobytes() == sent.tobytes(), (binary, datatype, got)


@check
def empty_tensors_come_back():
    for binary in (True, False):
        out = echo_all(NOTHING, binary)
        for datatype in EDGES:
            assert out.as_numpy(f"out_{datatype}").shape == (0,), (binary, datatype)


@check
def an_output_can_be_had_as_its_classes():
    probabilities = infer([tensor()]).as_numpy(FLOATS)
    for binary in (True, False):
        out = infer([tensor()], outputs=[wanted(binary_data=binary, class_count=2)])
        assert out.get_output(FLOATS)["datatype"] == "BYTES", out.get_output(FLOATS)
        classes = out.as_numpy(FLOATS)
        assert classes.shape == (3, 2), classes.shape
        for row, told in zip(probabilities, classes):
            highest = np.argsort(-row, kind="stable")[:2]
            told = [one.decode().split(":") for one in as_bytes(told)]
            assert [int(one[1]) for one in told] == list(highest), (row, told)
            assert [np.float32(one[0]) for one in told] == list(row[highest]), (row, told)


@check
def more_classes_than_there_are_give_all():
    out = infer([tensor()], outputs=[wanted(class_count=99)])
    assert out.as_numpy(FLOATS).shape == (3, 3), out.as_numpy(FLOATS)


@check
def classes_of_texts_are_refused():
    texts = tensor(np.array([b"a"], dtype=np.object_), "BYTES", name="x")
    call = lambda: infer([texts], model=TEXTS, outputs=[wanted("y", class_count=1)])
    refused(400, "output 'y' must be of numbers", call)
