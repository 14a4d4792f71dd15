"""Writes sklearn.json, what scikit-learn says of small models, for TestSklearn. Run it beside its output:

    python3 sklearn_cases.py        (Debian 12: python3-sklearn 1.2.1, python3-numpy 1.24.2)

Every case is an operator with the attributes that a trained model becomes, an input, and the outputs of scikit-learn's own
prediction. Inputs have few digits, so that float32 holds them.
"""
import json

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import Normalizer
from sklearn.svm import NuSVC, NuSVR, OneClassSVM, SVC, SVR

rnd = np.random.RandomState(1)
cases = []


def points(rows, cols):
    return np.round(rnd.randn(rows, cols) * 8) / 8


def short(v):
    return float(f"{v:.9g}") if isinstance(v, float) else v


def flat(a):
    return [short(v) for v in np.asarray(a).ravel().tolist()]


def case(name, op, attrs, x, *outputs):
    x = np.asarray(x)
    cases.append({
        "name": name, "op": op, "attrs": attrs, "dims": list(x.shape),
        "strings" if x.dtype.kind in "UO" else "numbers": flat(x),
        "outputs": [flat(o) for o in outputs],
    })


def params(m, cols):
    gamma = m.gamma if isinstance(m.gamma, float) else 1 / cols
    return [gamma, m.coef0, float(m.degree)]


kernels = [
    dict(kernel="linear"), dict(kernel="poly", gamma=0.25, coef0=0.5, degree=3),
    dict(kernel="poly", gamma=0.5, coef0=0.0, degree=2), dict(kernel="rbf", gamma=0.5),
    dict(kernel="sigmoid", gamma=0.125, coef0=0.25),
]
for k in kernels:
    for classes in (2, 3, 4) if k["kernel"] == "rbf" else (2, 3):
        for probability in (False, True):
            cols = 3
            x = points(8 * classes, cols)
            y = np.arange(len(x)) % classes
            x[:, 0] += 1.5 * y
            x[:, 1] -= np.where(y % 2 == 0, 1.0, 0.0)
            m = SVC(probability=probability, decision_function_shape="ovo", random_state=0, **k).fit(x, y * 10 + 5)
            t = points(6, cols)
            t[:, 0] += np.arange(6) % classes
            scores = m.decision_function(t)
            if probability:
                scores = m.predict_proba(t)
            elif classes == 2:
                scores = np.stack([scores, -scores], axis=1)  # the library under it has the opposite sign
            attrs = {
                "kernel_type": k["kernel"].upper(), "kernel_params": params(m, cols), "coefficients": flat(m._dual_coef_),
                "rho": flat(m._intercept_), "support_vectors": flat(m.support_vectors_),
                "vectors_per_class": m.n_support_.tolist(), "classlabels_ints": m.classes_.tolist(),
            }
            if probability:
                attrs["prob_a"], attrs["prob_b"] = flat(m.probA_), flat(m.probB_)
            case(f"SVC {k['kernel']} of {classes}, probability {probability}", "SVMClassifier", attrs, t, m.predict(t), scores)

x = points(30, 2)
y = np.where(x[:, 0] * x[:, 1] > 0, 1, 0)
m = NuSVC(nu=0.3, gamma=0.5).fit(x, y)
t = points(8, 2)
d = m.decision_function(t)
case("NuSVC", "SVMClassifier", {
    "kernel_type": "RBF", "kernel_params": [0.5, 0.0, 3.0], "coefficients": flat(m._dual_coef_), "rho": flat(m._intercept_),
    "support_vectors": flat(m.support_vectors_), "vectors_per_class": m.n_support_.tolist(), "classlabels_strings": ["no", "yes"],
}, t, [["no", "yes"][v] for v in m.predict(t)], np.stack([d, -d], axis=1))

for k in kernels:
    x = points(20, 3)
    y = x[:, 0] - x[:, 1] * x[:, 2]
    t = points(5, 3)
    for m, one in ((SVR(**k), 0), (NuSVR(**k), 0), (OneClassSVM(nu=0.4, **k), 1)):
        m.fit(x, y)
        case(f"{type(m).__name__} {k}", "SVMRegressor", {
            "kernel_type": k["kernel"].upper(), "kernel_params": params(m, 3), "coefficients": flat(m.dual_coef_),
            "rho": flat(m.intercept_), "support_vectors": flat(m.support_vectors_), "n_supports": len(m.support_vectors_),
            "one_class": one,
        }, t, m.predict(t))

for classes in (2, 3):
    x = points(30, 3)
    y = np.arange(30) % classes
    x[:, 0] += y
    m = LogisticRegression(multi_class="multinomial" if classes > 2 else "ovr").fit(x, y)
    t = points(5, 3)
    case(f"LogisticRegression of {classes}", "LinearClassifier", {
        "coefficients": flat(m.coef_), "intercepts": flat(m.intercept_), "classlabels_ints": m.classes_.tolist(),
        "post_transform": "SOFTMAX" if classes > 2 else "LOGISTIC",
    }, t, m.predict(t), m.predict_proba(t))

for norm in ("l1", "l2"):
    t = points(4, 3)
    case(f"Normalizer {norm}", "Normalizer", {"norm": norm.upper()}, t, Normalizer(norm).transform(t))

docs = [
    "the cat saw the dog and the dog saw the cat", "a dog is a dog is a dog you see now now",
    "now the cat is a cat and the dog a dog", "you see the cat and you see the dog now",
]
docs = [" ".join((d.split() + ["end"] * 12)[:12]) for d in docs]
for low, high in ((1, 1), (1, 2), (2, 3)):
    for mode, m in (("TF", CountVectorizer), ("TFIDF", TfidfVectorizer), ("IDF", TfidfVectorizer)):
        kwargs = {} if mode == "TF" else dict(norm=None)
        v = m(ngram_range=(low, high), tokenizer=str.split, token_pattern=None, **kwargs)
        z = v.fit_transform(docs).toarray()
        if mode == "IDF":
            z = (z > 0) * v.idf_
        grams = sorted(v.vocabulary_, key=lambda g: (len(g.split()), g))
        counts, pool = [], []
        for n in range(1, high + 1):
            counts.append(len(pool))
            pool += [w for g in grams if len(g.split()) == n for w in g.split()]
        attrs = {
            "mode": mode, "min_gram_length": low, "max_gram_length": high, "max_skip_count": 0, "ngram_counts": counts,
            "ngram_indexes": [int(v.vocabulary_[g]) for g in grams], "pool_strings": pool,
        }
        if mode != "TF":
            attrs["weights"] = flat(v.idf_)
        case(f"{m.__name__} {mode} {low} to {high}", "TfIdfVectorizer", attrs, np.array([d.split() for d in docs]), z)

with open("sklearn.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
