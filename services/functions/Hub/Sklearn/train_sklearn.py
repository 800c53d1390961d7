"""Fits an estimator of scikit-learn: reads task.json and rows.csv of the folder that is named, writes answer.json and model.joblib there.

Exit codes: 0 done, 2 what was asked for cannot be done; the last line of the errors says why.
"""
import csv
import difflib
import json
import os
import sys

import joblib
import numpy as np
from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import all_estimators

# Row by row: the fold (-1 for held back), the target, numbers, categories.
FOLD, TARGET, FIRST = 0, 1, 2
HELD = -1


def refuse(sentence):
    print(sentence.replace("\n", " "), file=sys.stderr)
    sys.exit(2)


def read(folder, task):
    with open(os.path.join(folder, "rows.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    numbers = len(task["numbers"])
    folds = np.array([int(row[FOLD]) for row in rows])
    target = np.array([float(row[TARGET]) if task["regression"] else row[TARGET] for row in rows])
    values = np.array([[float(v) if v else np.nan for v in row[FIRST:FIRST + numbers]] for row in rows], dtype=float).reshape(len(rows), numbers)
    if not task["categories"]:
        return folds, target, values
    texts = np.array([row[FIRST + numbers:] for row in rows], dtype=object)
    return folds, target, np.hstack([values.astype(object), texts])


def estimator(task):
    kind = "regressor" if task["regression"] else "classifier"
    known = dict(all_estimators(type_filter=kind))
    name = task["estimator"]
    if name not in known:
        near = difflib.get_close_matches(name, known, 3, 0.4)
        refuse(f"scikit-learn has no {kind} '{name}'" + (f"; there is {', '.join(near)}." if near else "."))
    try:
        made = known[name]()
    except TypeError as e:
        refuse(f"'{name}' cannot be made of params alone: {e}.")
    takes = made.get_params(deep=False)
    for param in task["params"]:
        if param not in takes:
            refuse(f"'{name}' has no param '{param}'; it has {', '.join(sorted(takes))}.")
    if "random_state" in takes and "random_state" not in task["params"]:
        made.set_params(random_state=task["seed"])
    return made.set_params(**task["params"])


def pipeline(task):
    numbers, categories = len(task["numbers"]), len(task["categories"])
    parts = []
    if numbers:
        parts.append(("numbers", Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())]), list(range(numbers))))
    if categories:
        parts.append(("categories", OneHotEncoder(handle_unknown="ignore"), list(range(numbers, numbers + categories))))
    # Some estimators take no sparse rows.
    return Pipeline([("features", ColumnTransformer(parts, sparse_threshold=0)), ("estimator", estimator(task))])


def predict(model, rows):
    said = model.predict(rows)
    if not is_classifier(model):
        return {"values": [float(v) for v in said]}
    answer = {"labels": [str(v) for v in said], "classes": [str(c) for c in model.classes_]}
    if hasattr(model, "predict_proba"):
        answer["probabilities"] = model.predict_proba(rows).tolist()
    return answer


def fit(model, rows, target):
    try:
        return model.fit(rows, target)
    except (ValueError, TypeError) as e:
        refuse(f"The estimator cannot be fitted: {e}")


def main(folder):
    with open(os.path.join(folder, "task.json"), encoding="utf-8") as file:
        task = json.load(file)
    folds, target, rows = read(folder, task)
    answers = []
    for fold in range(task["folds"]):
        test = folds == fold
        train = ~test & (folds != HELD)
        answers.append(predict(fit(pipeline(task), rows[train], target[train]), rows[test]))
        print(f"fold {fold + 1} of {task['folds']}: {train.sum()} rows learnt from")
    train, held = folds != HELD, folds == HELD
    place = os.path.join(folder, "model.joblib")
    joblib.dump(fit(pipeline(task), rows[train], target[train]), place)
    # Measured is the file and not the object that made it.
    model = joblib.load(place)
    with open(os.path.join(folder, "answer.json"), "w", encoding="utf-8") as file:
        json.dump({"folds": answers, "held": predict(model, rows[held])}, file)


if __name__ == "__main__":
    main(sys.argv[1])
