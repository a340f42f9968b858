"""Isolation forests of other libraries, driven line by line: a JSON command in, a JSON answer out.

{"do": "start"}                                     -> versions of what is installed, and why the rest isn't
{"do": "fit", "rows": path, "width": n}             -> seconds each library took on all rows
{"do": "load", "rows": path, "width": n}            -> the rows that are scored from now on
{"do": "score", "peer": name, "threads": n}         -> seconds of one pass
Rows are float64, row by row. Every forest has 200 trees of 256 rows.
"""

import importlib.metadata
import json
import sys
import time

import numpy

TREES, SUBSAMPLE, SEED = 200, 256, 42
models = {}
rows = None


def start(_):
    versions, absent = {}, {}
    for peer, needs in {
        "scikit-learn": ["sklearn"],
        "isotree": ["isotree"],
        "onnxruntime": ["onnxruntime", "skl2onnx"],
    }.items():
        try:
            for module in needs:
                __import__(module)
            versions[peer] = importlib.metadata.version(peer)
        except Exception as error:
            absent[peer] = f"{type(error).__name__}: {error}"
    return {"versions": versions, "absent": absent}


def read(command):
    return numpy.fromfile(command["rows"], dtype=numpy.float64).reshape(-1, command["width"])


def fit(command):
    seconds, training = {}, read(command)
    versions = start(None)["versions"]
    if "scikit-learn" in versions:
        from sklearn.ensemble import IsolationForest

        began = time.perf_counter()
        forest = IsolationForest(n_estimators=TREES, max_samples=SUBSAMPLE, random_state=SEED).fit(training)
        seconds["scikit-learn"] = time.perf_counter() - began
        models["scikit-learn"] = forest
        if "onnxruntime" in versions:
            models["onnx"] = to_onnx(forest, training)
    if "isotree" in versions:
        import isotree

        began = time.perf_counter()
        models["isotree"] = isotree.IsolationForest(
            ntrees=TREES, sample_size=SUBSAMPLE, ndim=1, random_seed=SEED, missing_action="fail", nthreads=1
        ).fit(training)
        seconds["isotree"] = time.perf_counter() - began
    return {"seconds": seconds}


def to_onnx(forest, training):
    from skl2onnx import to_onnx as convert

    return convert(
        forest, training[:1].astype(numpy.float32), target_opset={"": 15, "ai.onnx.ml": 3}
    ).SerializeToString()


def load(command):
    global rows
    rows = read(command)
    return {"rows": len(rows)}


def score(command):
    run = scorer(command["peer"], command["threads"])
    began = time.perf_counter()
    cpu = time.process_time()
    run()
    return {"seconds": time.perf_counter() - began, "cpuSeconds": time.process_time() - cpu}


def scorer(peer, threads):
    if peer == "scikit-learn":
        return lambda: models[peer].score_samples(rows)
    if peer == "isotree":
        models[peer].set_params(nthreads=threads)
        return lambda: models[peer].predict(rows)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(models["onnx"], options, providers=["CPUExecutionProvider"])
    singles = rows.astype(numpy.float32)
    return lambda: session.run(["scores"], {session.get_inputs()[0].name: singles})


for line in sys.stdin:
    command = json.loads(line)
    answer = {"start": start, "fit": fit, "load": load, "score": score}[command["do"]](command)
    print(json.dumps(answer), flush=True)
