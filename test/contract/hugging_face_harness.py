"""What the checks share: the Hugging Face Hub's own client, unmodified, with nothing but HF_ENDPOINT set."""

import json
import os
import sys
import tempfile

import huggingface_hub
from huggingface_hub import HfApi

# A model that everybody may have, one that is sold, one that is gated, one that is private; the keys of their publisher,
# of an account that was let in to the gated one, and of a stranger; the SHA-256s of versions.
OPEN, SOLD, GATED, PRIVATE, KEY, ADMITTED, STRANGER, HASHES = sys.argv[1:9]
SHA256 = json.loads(HASHES)

api = HfApi()
checks = []


def check(run):
    checks.append(run)
    return run


def fresh():
    """A cache that knows nothing."""
    return tempfile.mkdtemp(dir=os.environ["HF_HOME"])


def raises(kind, call, *parts):
    try:
        call()
    except kind as refusal:
        for part in parts:
            assert part in str(refusal), f"{part!r} is not in {refusal}"
        return refusal
    raise AssertionError(f"{kind.__name__} was not raised")
