"""Exports the models that test/contract/executor-models.test.ts proves the executor on: scikit-learn by skl2onnx,
LightGBM and XGBoost by onnxmltools, trained on data that scikit-learn ships or that is made up here. Run where
requirements.txt is installed:

    python -m venv /tmp/golden && /tmp/golden/bin/pip install -r test/golden/executor/requirements.txt
    /tmp/golden/bin/python test/golden/executor/make-models.py

Seeded: the same versions make the same models.
"""

import warnings
from pathlib import Path

import numpy as np
import onnx
import skl2onnx.common._container as container
from lightgbm import LGBMClassifier, LGBMRegressor
from onnxmltools.convert import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as ToolsFloat
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

warnings.filterwarnings("ignore")
OUT = Path(__file__).parent / "models"
TARGET_OPSET = {"": 21, "ai.onnx.ml": 3}
SEED = 7
R = {"random_state": SEED}

iris = load_iris(return_X_y=True)
cancer = load_breast_cancer(return_X_y=True)
diabetes = load_diabetes(return_X_y=True)
cancer8 = (cancer[0][:, :8], cancer[1])
named = (iris[0], np.array(["setosa", "versicolor", "virginica"])[iris[1]])
named2 = (cancer8[0], np.array(["malignant", "benign"])[cancer[1]])
counts = ((iris[0] * 10).round(), iris[1])


def with_holes(data):
    x, y = data
    holes = np.random.default_rng(SEED).random(x.shape) < 0.1
    return np.where(holes, np.nan, x), y


def two_targets(data):
    return data[0], np.stack([data[1], -2 * data[1] + 3], axis=1)


SKLEARN = {
    "tree": (iris, DecisionTreeClassifier(max_depth=4, **R)),
    "tree-named": (named2, DecisionTreeClassifier(max_depth=3, **R)),
    "forest": (iris, RandomForestClassifier(8, max_depth=4, **R)),
    "forest-binary": (cancer8, RandomForestClassifier(8, max_depth=4, **R)),
    "forest-named": (named, RandomForestClassifier(6, max_depth=4, **R)),
    "forest-regressor": (diabetes, RandomForestRegressor(6, max_depth=4, **R)),
    "forest-deep": (cancer8, RandomForestClassifier(5, **R)),
    "forest-two-targets": (two_targets(diabetes), RandomForestRegressor(4, max_depth=3, **R)),
    "extra-trees": (iris, ExtraTreesClassifier(8, max_depth=4, **R)),
    "extra-trees-regressor": (diabetes, ExtraTreesRegressor(6, max_depth=4, **R)),
    "hist-boosting": (with_holes(cancer8), HistGradientBoostingClassifier(max_iter=5, max_leaf_nodes=8, **R)),
    "hist-boosting-multiclass": (with_holes(iris), HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=6, **R)),
    "hist-boosting-regressor": (with_holes(diabetes), HistGradientBoostingRegressor(max_iter=8, max_leaf_nodes=8, **R)),
    "boosting": (cancer8, GradientBoostingClassifier(n_estimators=10, **R)),
    "boosting-multiclass": (iris, GradientBoostingClassifier(n_estimators=5, **R)),
    "boosting-regressor": (diabetes, GradientBoostingRegressor(n_estimators=10, **R)),
    "adaboost": (iris, AdaBoostClassifier(n_estimators=4, **R)),
    "bagging": (iris, BaggingClassifier(n_estimators=3, **R)),
    "logistic": (iris, LogisticRegression(max_iter=500)),
    "logistic-binary": (cancer8, LogisticRegression(max_iter=900)),
    "logistic-named": (named2, LogisticRegression(max_iter=900)),
    "linear": (diabetes, LinearRegression()),
    "linear-two-targets": (two_targets(diabetes), LinearRegression()),
    "ridge": (diabetes, Ridge()),
    "ridge-classifier": (iris, RidgeClassifier()),
    "sgd": (iris, SGDClassifier(loss="log_loss", **R)),
    "poisson": (diabetes, PoissonRegressor()),
    "linear-svc": (iris, LinearSVC(**R)),
    "svc": (iris, SVC(probability=True, **R)),
    "svr": ((diabetes[0][:80], diabetes[1][:80]), SVR()),
    "gaussian-bayes": (iris, GaussianNB()),
    "multinomial-bayes": (counts, MultinomialNB()),
    "bernoulli-bayes": (iris, BernoulliNB(binarize=2.0)),
    "complement-bayes": (counts, ComplementNB()),
    "nearest": ((iris[0][::5], iris[1][::5]), KNeighborsClassifier(3)),
    "mlp": (iris, make_pipeline(StandardScaler(), MLPClassifier((16, 8), max_iter=200, **R))),
    "mlp-tanh": (cancer8, make_pipeline(StandardScaler(), MLPClassifier((9,), activation="tanh", max_iter=200, **R))),
    "mlp-regressor": (diabetes, make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(12,), activation="logistic", max_iter=200, **R))),
    "pca": (iris, make_pipeline(StandardScaler(), PCA(2), LogisticRegression())),
    "select-normalize": (iris, make_pipeline(MinMaxScaler(), SelectKBest(k=2), Normalizer(), LogisticRegression())),
    "impute-polynomial": (
        with_holes(iris),
        make_pipeline(SimpleImputer(), RobustScaler(), PolynomialFeatures(2), LogisticRegression(max_iter=300)),
    ),
    "binarize": (iris, make_pipeline(MaxAbsScaler(), Binarizer(threshold=0.5), LogisticRegression())),
    "bins": (iris, make_pipeline(KBinsDiscretizer(4, encode="ordinal"), DecisionTreeClassifier(max_depth=3, **R))),
    "power": (diabetes, make_pipeline(PowerTransformer(), Ridge())),
    "quantile": (
        (diabetes[0][:, :3], diabetes[1]),
        make_pipeline(QuantileTransformer(n_quantiles=8, **R), Ridge()),
    ),
    "lda": (iris, LinearDiscriminantAnalysis()),
    "qda": (iris, QuadraticDiscriminantAnalysis()),
    "voting": (
        iris,
        VotingClassifier(
            [("a", LogisticRegression(max_iter=300)), ("b", DecisionTreeClassifier(max_depth=3, **R))],
            voting="soft",
            flatten_transform=False,
        ),
    ),
    "voting-regressor": (diabetes, VotingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor(max_depth=3, **R))])),
    "stacking": (
        iris,
        StackingClassifier([("a", LogisticRegression(max_iter=300)), ("b", DecisionTreeClassifier(max_depth=3, **R))]),
    ),
    "calibrated": (iris, CalibratedClassifierCV(LogisticRegression(max_iter=300), cv=2)),
    "isolation": (iris, IsolationForest(n_estimators=2, max_samples=16, **R)),
}

BOOSTED = {
    "lightgbm": (with_holes(cancer8), LGBMClassifier(n_estimators=6, num_leaves=8, verbose=-1, **R)),
    "lightgbm-multiclass": (with_holes(iris), LGBMClassifier(n_estimators=4, num_leaves=6, verbose=-1, **R)),
    "lightgbm-regressor": (with_holes(diabetes), LGBMRegressor(n_estimators=8, num_leaves=8, verbose=-1, **R)),
    "lightgbm-forest": (
        diabetes,
        LGBMRegressor(
            boosting_type="rf", bagging_freq=1, bagging_fraction=0.6, n_estimators=4, num_leaves=8, verbose=-1, **R
        ),
    ),
    "xgboost": (with_holes(cancer8), XGBClassifier(n_estimators=6, max_depth=3, **R)),
    "xgboost-multiclass": (with_holes(iris), XGBClassifier(n_estimators=4, max_depth=3, **R)),
    "xgboost-regressor": (with_holes(diabetes), XGBRegressor(n_estimators=8, max_depth=3, **R)),
    "xgboost-poisson": (diabetes, XGBRegressor(n_estimators=5, max_depth=3, objective="count:poisson", **R)),
    "xgboost-logistic": (cancer8, XGBRegressor(n_estimators=5, max_depth=3, objective="reg:logistic", **R)),
}


def plain_numbers():
    """skl2onnx hands numpy's own integers and booleans on, which onnx's helper refuses."""
    make = container.make_node

    def plain(value):
        if isinstance(value, np.ndarray):
            return value.tolist()
        if not isinstance(value, list):
            return value
        plain_values = [one.item() if isinstance(one, np.generic) else one for one in value]
        return [int(one) if isinstance(one, bool) else one for one in plain_values]

    container.make_node = lambda *args, **attributes: make(*args, **{k: plain(v) for k, v in attributes.items()})


def save(name, model):
    model.ir_version = 10
    # The converters list operator sets in an order of chance, some twice.
    opsets = sorted({(opset.domain, opset.version) for opset in model.opset_import})
    del model.opset_import[:]
    model.opset_import.extend(onnx.helper.make_opsetid(domain, version) for domain, version in opsets)
    model.doc_string = ""
    path = OUT / f"{name}.onnx"
    path.write_bytes(model.SerializeToString(deterministic=True))
    print(f"{name}: {path.stat().st_size} bytes")


def final_of(estimator):
    return estimator[-1] if hasattr(estimator, "steps") else estimator


def export_sklearn(name, data, estimator, initial_types=None):
    x, y = data
    if initial_types is None:
        x = np.asarray(x, dtype=np.float32)
        initial_types = [("X", FloatTensorType([None, x.shape[1]]))]
    estimator.fit(x, y)
    final = final_of(estimator)
    options = {id(final): {"zipmap": False}} if hasattr(final, "classes_") and not isinstance(final, LinearSVC) else None
    save(name, to_onnx(estimator, initial_types=initial_types, options=options, target_opset=TARGET_OPSET))


def export_boosted(name, data, estimator):
    x, y = data
    estimator.fit(np.asarray(x, dtype=np.float32), y)
    convert = convert_lightgbm if "LGBM" in type(estimator).__name__ else convert_xgboost
    options = {"zipmap": False} if convert is convert_lightgbm else {}
    types = [("X", ToolsFloat([None, x.shape[1]]))]
    save(name, convert(estimator, initial_types=types, target_opset=15, **options))


def export_columns():
    """Columns of kinds: numbers to impute and scale, texts and whole numbers to encode."""
    import pandas

    rng = np.random.default_rng(SEED)
    rows = 200
    table = pandas.DataFrame(
        {
            "age": rng.normal(40, 10, rows).astype(np.float32),
            "income": np.where(rng.random(rows) < 0.1, np.nan, rng.normal(3, 1, rows)).astype(np.float32),
            "city": rng.choice(["Bern", "Genève", "Zürich"], rows),
            "rooms": rng.integers(1, 5, rows),
        }
    )
    y = (table["age"] / 10 + (table["city"] == "Bern") * 2 + table["rooms"] + rng.normal(0, 1, rows) > 7).astype(int)
    types = [
        ("age", FloatTensorType([None, 1])),
        ("income", FloatTensorType([None, 1])),
        ("city", StringTensorType([None, 1])),
        ("rooms", Int64TensorType([None, 1])),
    ]
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    for name, encoder, final in (
        ("columns-one-hot", OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=500)),
        ("columns-one-hot-strict", OneHotEncoder(), GradientBoostingClassifier(n_estimators=5, **R)),
        ("columns-ordinal", OrdinalEncoder(), RandomForestClassifier(5, max_depth=3, **R)),
    ):
        prepare = ColumnTransformer(
            [("numbers", numbers, ["age", "income"]), ("city", encoder, ["city"]), ("rooms", encoder.__class__(**encoder.get_params()), ["rooms"])]
        )
        export_sklearn(name, (table, y), make_pipeline(prepare, final), types)


def export_categorical():
    """LightGBM with columns it takes as categories: nodes that ask for equality."""
    rng = np.random.default_rng(SEED)
    x = np.stack([rng.integers(0, 12, 300), rng.integers(0, 5, 300), rng.normal(size=300)], axis=1).astype(np.float32)
    y = (np.isin(x[:, 0], [1, 3, 7, 8]) * 2 + (x[:, 1] == 2) + x[:, 2] + rng.normal(0, 0.3, 300) > 1).astype(int)
    model = LGBMClassifier(n_estimators=5, num_leaves=8, min_data_per_group=5, cat_smooth=1, verbose=-1, **R)
    model.fit(x, y, categorical_feature=[0, 1])
    types = [("X", ToolsFloat([None, 3]))]
    save("lightgbm-categories", convert_lightgbm(model, initial_types=types, target_opset=15, zipmap=False))


def main():
    plain_numbers()
    OUT.mkdir(exist_ok=True)
    for old in OUT.glob("*.onnx"):
        old.unlink()
    for name, (data, estimator) in SKLEARN.items():
        attempt(name, lambda: export_sklearn(name, data, estimator))
    for name, (data, estimator) in BOOSTED.items():
        attempt(name, lambda: export_boosted(name, data, estimator))
    attempt("columns", export_columns)
    attempt("categorical", export_categorical)
    double = [("X", DoubleTensorType([None, 10]))]
    attempt("ridge-double", lambda: export_sklearn("ridge-double", diabetes, make_pipeline(StandardScaler(), Ridge()), double))


def attempt(name, export):
    try:
        export()
    except Exception as fault:  # noqa: BLE001
        print(f"{name}: FAILED {type(fault).__name__}: {str(fault)[:300]}")


if __name__ == "__main__":
    main()
