"""What onnxruntime's Python binding, which can carry sequences of maps, answers for the demo's wine model as uploaded.

usage: python test/golden/onnx/make-zipmap.py      in a virtual environment with onnxruntime and numpy
"""

import json
from pathlib import Path

import onnxruntime

ROOT = Path(__file__).parents[3]
listing = next(one for one in json.loads((ROOT / "local/demo/models.json").read_text()) if one["name"] == "acme.wine")
tensor = listing["example"]["inputs"][0]


def main():
    import numpy as np

    rows = np.array(tensor["data"], dtype=np.float32).reshape(tensor["shape"])
    session = onnxruntime.InferenceSession(ROOT / "local/demo/models/wine.onnx")
    labels, maps = session.run(["output_label", "output_probability"], {tensor["name"]: rows})
    golden = {
        "onnxruntime": onnxruntime.__version__,
        "input": {"shape": tensor["shape"], "data": tensor["data"]},
        "labels": labels.tolist(),
        "probabilities": [[float(row[label]) for label in sorted(row)] for row in maps],
    }
    (Path(__file__).parent / "zipmap.json").write_text(json.dumps(golden, indent=2) + "\n")


if __name__ == "__main__":
    main()
