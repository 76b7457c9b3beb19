"""Makes the demo's models from data sets that scikit-learn ships. Run where requirements.txt is installed:

    python -m venv /tmp/demo && /tmp/demo/bin/pip install -r local/demo/requirements.txt
    /tmp/demo/bin/python local/demo/make-models.py

Seeded: the same versions make the same models. Prints the held-out quality that models.json quotes.
"""

from pathlib import Path

import numpy as np
from onnx.helper import make_opsetid
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
TARGET_OPSET = {"": 21, "ai.onnx.ml": 3}
SEED = 7

CASES = {
    # name: (data, estimator, keep the ZipMap that scikit-learn's converter adds by default)
    "iris": (load_iris, make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)), False),
    "wine": (load_wine, RandomForestClassifier(n_estimators=40, max_depth=6, random_state=SEED), True),
    "breast-cancer": (
        load_breast_cancer,
        make_pipeline(StandardScaler(), MLPClassifier((16,), alpha=0.1, max_iter=2000, random_state=SEED)),
        False,
    ),
    "diabetes": (load_diabetes, make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 3, 20))), False),
}


def make(name):
    load, estimator, keep_zipmap = CASES[name]
    x, y = load(return_X_y=True)
    x = x.astype(np.float32)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=SEED)
    estimator.fit(x_train, y_train)
    print(f"{name}: held-out score {estimator.score(x_test, y_test):.3f} on {len(y_test)} rows")
    final = estimator[-1] if hasattr(estimator, "steps") else estimator
    options = {id(final): {"zipmap": keep_zipmap}} if hasattr(final, "classes_") else None
    model = to_onnx(estimator, x_train[:1], options=options, target_opset=TARGET_OPSET)
    model.ir_version = 10
    # The converter lists operator sets in an order of chance, some twice.
    opsets = sorted({(opset.domain, opset.version) for opset in model.opset_import})
    del model.opset_import[:]
    model.opset_import.extend(make_opsetid(domain, version) for domain, version in opsets)
    model.doc_string = f"AI Mass demo: {name}, trained by local/demo/make-models.py"
    (HERE / "models" / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


for each in CASES:
    make(each)
