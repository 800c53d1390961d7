"""Mesh from Python: one file, standard library only, Python 3.8 or newer.

Every job of the mesh finds this module on its PYTHONPATH. Elsewhere, put the file beside your
script (`mesh functions helper > mesh.py`) and set MESH_API, MESH_TOKEN and MESH_PROJECT: the
first thing that is logged then begins a run, which ends with the script.

    import mesh

    lr = mesh.param("lr", 0.1)              # a param of the job, as a float; 0.1 without one
    data = mesh.inputs["data"]              # path of an input of the job
    for epoch in range(10):
        mesh.log_metric("loss", train(data, lr), epoch)
    mesh.log_artifact("model.pkl", kind="model")
    mesh.set_tag("team", "red")

Metrics leave in the background, within a second, and at the end of the script. Without MESH_API
nothing is tracked and nothing fails, so that a script runs anywhere.
"""

import atexit
import hashlib
import json
import math
import mimetypes
import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

__all__ = [
    "MeshError", "params", "param", "inputs", "start", "run_id", "in_job", "log_param", "log_params", "log_metric",
    "log_metrics", "log_artifact", "log_model", "set_tag", "set_tags", "flush", "finish",
]

_BATCH = 1000
_MOST_WAITING = 1_000_000
_INTERVAL = 1.0


class MeshError(Exception):
    """The mesh refused. `code` is stable and for programs, `status` the HTTP status; 0 when it did not answer."""

    def __init__(self, message, code="", status=0):
        super().__init__(message)
        self.code = code
        self.status = status


def _variable(name):
    return os.environ.get(name) or None


def in_job():
    """Whether the mesh started this process."""
    return _variable("MESH_RUN_ID") is not None


def _read_params():
    try:
        return {str(key): str(value) for key, value in json.loads(os.environ.get("MESH_PARAMS") or "{}").items()}
    except (ValueError, AttributeError):
        return {}


#: Params of the job by name, as texts. Empty outside a job.
params = _read_params()


class _Inputs(dict):
    def __missing__(self, name):
        known = ", ".join(sorted(self)) or "none"
        raise KeyError(f"This job has no input '{name}' (it has: {known}). Give it one: mesh run ... --input {name}=mesh://project/dataset/key")

    def __contains__(self, name):
        return super().__contains__(name) or super().__contains__(_plain(name))

    def __getitem__(self, name):
        return super().__getitem__(name) if super().__contains__(name) else super().__getitem__(_plain(name))

    def get(self, name, default=None):
        return self[name] if name in self else default


def _plain(name):
    return "".join(c.lower() if c.isascii() and c.isalnum() else "_" for c in name)


#: Paths of the inputs of the job by name; `train-data` is `train_data` too.
inputs = _Inputs(
    (key[len("MESH_INPUT_"):].lower(), value) for key, value in os.environ.items() if key.startswith("MESH_INPUT_"))


def param(name, default=None, type=None):
    """A param of the job, in the type that is named or that the default has; the default where the job has none."""
    wanted = type or (default.__class__ if default is not None else str)
    if name not in params:
        if default is not None:
            log_param(name, default)
        return default
    text = params[name]
    if wanted is bool:
        if text.strip().lower() in ("true", "1", "yes"):
            return True
        if text.strip().lower() in ("false", "0", "no"):
            return False
        raise ValueError(f"The param '{name}' is '{text}', where true or false is needed.")
    try:
        return wanted(text)
    except (TypeError, ValueError) as error:
        raise ValueError(f"The param '{name}' is '{text}', where a value of type {wanted.__name__} is needed.") from error


class _Connection:
    """Speaks HTTP; repeats what the mesh could not answer for a while."""

    def __init__(self):
        self.api = _variable("MESH_API").rstrip("/")
        self.token = _variable("MESH_TOKEN")
        self.project = _variable("MESH_PROJECT")
        if not self.project:
            raise MeshError("No project is named: set MESH_PROJECT.")
        self.patience = 120.0 if in_job() else 15.0
        host = urllib.parse.urlsplit(self.api).hostname or ""
        handlers = [urllib.request.ProxyHandler({})] if host in ("localhost", "::1") or host.startswith("127.") else []
        self.opener = urllib.request.build_opener(*handlers)

    def call(self, method, path, body=None, headers=None, file=None, patience=None):
        url = f"{self.api}/api/v1/projects/{urllib.parse.quote(self.project, safe='')}/{path}"
        sent = {"Accept": "application/json", **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body, allow_nan=False).encode("utf-8")
        until = time.monotonic() + (self.patience if patience is None else patience)
        pause = 0.2
        while True:
            try:
                return self._once(method, url, data, sent, file)
            except MeshError as error:
                if error.status not in (0, 429, 502, 503, 504) or time.monotonic() + pause > until:
                    raise
            time.sleep(pause)
            pause = min(pause * 2, 5.0)

    def _once(self, method, url, data, headers, file):
        if file is None:
            return self._open(urllib.request.Request(url, data=data, headers=headers, method=method))
        with open(file, "rb") as content:
            length = str(os.fstat(content.fileno()).st_size)
            sent = {**headers, "Content-Type": "application/octet-stream", "Content-Length": length}
            return self._open(urllib.request.Request(url, data=content if length != "0" else b"", headers=sent, method=method))

    def _open(self, request):
        try:
            with self.opener.open(request, timeout=100) as answer:
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error) from None
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise MeshError(f"The mesh at {self.api} does not answer: {reason}", "connection.failed") from None

    @staticmethod
    def _refusal(error):
        try:
            problem = json.loads(error.read())
            faults = " ".join(f"{fault['field']} {fault['message']}" for fault in problem.get("errors") or [])
            text = problem.get("detail") or problem.get("title") or str(error)
            return MeshError(f"{text} {faults}".strip(), problem.get("code") or "", error.code)
        except (ValueError, OSError, AttributeError, KeyError, TypeError):
            return MeshError(str(error), "", error.code)


class _Metrics:
    """Points that wait, and the thread that sends them."""

    def __init__(self, run):
        self.run = run
        self.waiting = []
        self.steps = {}
        self.refusal = None
        self.wake = threading.Condition()
        self.sending = threading.Lock()
        self.batch = None
        threading.Thread(target=self._work, name="mesh-metrics", daemon=True).start()

    def add(self, name, value, step):
        with self.wake:
            if len(self.waiting) >= _MOST_WAITING:
                raise MeshError(f"{_MOST_WAITING} values wait for a mesh that does not take them.", "metrics.waiting")
            if step is None:
                step = self.steps.get(name, -1) + 1
            self.steps[name] = step = int(step)
            moment = time.time()
            self.waiting.append({
                "name": name, "value": _number(value), "step": step,
                "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{int(moment % 1 * 1e6):06d}Z",
            })
            if len(self.waiting) >= _BATCH:
                self.wake.notify()

    def _work(self):
        while True:
            with self.wake:
                self.wake.wait(_INTERVAL)
            try:
                self.send(patience=0)
            except MeshError as error:
                if 400 <= error.status < 500 and error.status != 429:
                    _warn(f"Values of metrics were refused: {error}")
                    self.refusal = error

    def send(self, patience=None):
        """Sends all that waits. A batch that was perhaps taken is sent again under the same id, and counts once."""
        with self.sending:
            while True:
                if self.batch is None:
                    with self.wake:
                        points, self.waiting = self.waiting[:_BATCH], self.waiting[_BATCH:]
                    if not points:
                        return
                    self.batch = {"points": points, "batchId": str(uuid.uuid4()), **self.run.attempt_field()}
                try:
                    self.run.connection.call("POST", f"runs/{self.run.id}/metrics", self.batch, patience=patience)
                except MeshError as error:
                    if 400 <= error.status < 500 and error.status != 429:
                        self.batch = None
                    raise
                self.batch = None


class _Run:
    def __init__(self, name, experiment, tags):
        self.connection = _Connection()
        self.attempt = None
        self.ended = False
        self.failure = None
        if in_job():
            self.id = _variable("MESH_RUN_ID")
            self.attempt = int(_variable("MESH_ATTEMPT") or "1")
            self.own = False
        else:
            self.id = str(uuid.uuid4())
            self.own = True
            script = os.path.basename(sys.argv[0]) if sys.argv and sys.argv[0] not in ("", "-c") else "python"
            body = {"name": name or script, "kind": "script", "id": self.id}
            if experiment or _variable("MESH_EXPERIMENT"):
                body["experiment"] = experiment or _variable("MESH_EXPERIMENT")
            if tags:
                body["tags"] = {key: str(value) for key, value in tags.items()}
            self.connection.call("POST", "runs", body)
            self.attempt = 1
            self.connection.call("POST", f"runs/{self.id}/start", {"attempt": 1, "worker": f"{socket.gethostname()}/{os.getpid()}"[:250]})
            self._watch()
        self.metrics = _Metrics(self)
        atexit.register(self._at_exit)

    def attempt_field(self):
        return {} if self.attempt is None else {"attempt": self.attempt}

    def _watch(self):
        """A script that ends with an exception, or a code other than 0, has failed: it must not look completed."""
        hook, leave = sys.excepthook, sys.exit

        def failed(kind, value, trace):
            text = str(value).strip()
            self.failure = f"{kind.__name__}: {text}" if text else kind.__name__
            hook(kind, value, trace)

        def left(code=None):
            if code is not None and code != 0 and code is not False:
                self.failure = code if isinstance(code, str) else f"The script ended with exit code {code}."
            leave(code)

        sys.excepthook, sys.exit = failed, left

    def _at_exit(self):
        try:
            self.finish(self.failure)
        except MeshError as error:
            _warn(f"Not everything was tracked: {error}")

    def finish(self, failure=None):
        if self.ended:
            return
        self.ended = True
        try:
            self.metrics.send()
        finally:
            if self.own and failure:
                self.connection.call("POST", f"runs/{self.id}/fail", {"cause": failure[:5000], **self.attempt_field()})
            elif self.own:
                self.connection.call("POST", f"runs/{self.id}/complete", self.attempt_field())


_lock = threading.RLock()
_run = None
_silent = False


def _warn(text):
    print(f"[mesh] {text}", file=sys.stderr)


def _current():
    global _silent
    with _lock:
        if _run is not None and not _run.ended:
            return _run
        if _variable("MESH_API") is None:
            if not _silent:
                _silent = True
                _warn("MESH_API is not set: nothing is tracked.")
            return None
        return _begin(None, None, None)


def _begin(name, experiment, tags):
    global _run
    _run = _Run(name, experiment, tags)
    return _run


def start(name=None, experiment=None, tags=None):
    """Begins a run under a name and returns its id. In a job the run is there already and goes on."""
    with _lock:
        if _variable("MESH_API") is None:
            return run_id()
        if not in_job() and _run is not None and not _run.ended:
            _run.finish()
        if not in_job() or _run is None:
            _begin(name, experiment, tags)
        if in_job() and tags:
            set_tags(tags)
        return _run.id


def run_id():
    """Id of the run; begins one where there is none. None when nothing is tracked."""
    run = _current()
    return None if run is None else run.id


def log_param(name, value):
    """Logs a param: once, for ever. The same value again is taken, another one refused."""
    log_params({name: value})


def log_params(values):
    """Logs params, all or none."""
    run = _current()
    if run is not None and values:
        run.connection.call("POST", f"runs/{run.id}/params", {"params": {str(key): _text(value) for key, value in values.items()}, **run.attempt_field()})


def log_metric(name, value, step=None):
    """Logs a value of a metric. Returns at once. Without a step it counts on from the last one of that name."""
    run = _current()
    if run is not None:
        run.metrics.add(str(name), value, step)


def log_metrics(values, step=None):
    """Logs values of several metrics at a step."""
    for name, value in values.items():
        log_metric(name, value, step)


def set_tag(name, value):
    """Sets a tag of the run; an empty value removes it."""
    set_tags({name: value})


def set_tags(values):
    """Sets tags of the run."""
    run = _current()
    if run is not None and values:
        run.connection.call("POST", f"runs/{run.id}/tags", {"tags": {str(key): _text(value) for key, value in values.items()}})


def log_artifact(path, key=None, kind="file", labels=None):
    """Keeps a file, or a folder with all its files, as the next version of an artifact of the run.

    kind: file, dataset, model, plot, document, table, log or prompt. Returns the version as a dict, None when nothing
    is tracked.
    """
    path = os.fspath(path)
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no file {path} to keep.")
    run = _current()
    if run is None:
        return None
    name = os.path.basename(os.path.abspath(path))
    body = {"key": key or name, "runId": run.id, "fileName": name}
    if labels:
        body["labels"] = {str(label): _text(value) for label, value in labels.items()}
    if os.path.isdir(path):
        files = []
        for folder, _, names in sorted(os.walk(path)):
            for file in sorted(names):
                place = os.path.join(folder, file)
                files.append({"path": os.path.relpath(place, path).replace(os.sep, "/"), "digest": _send(run, place)})
        if not files:
            raise MeshError(f"There is no file in {path}.")
        body.update(kind="directory", files=files)
    else:
        body.update(kind=kind, digest=_send(run, path))
        media = mimetypes.guess_type(name)[0]
        if media:
            body["contentType"] = media
    return run.connection.call("POST", "artifacts", body, {"Idempotency-Key": str(uuid.uuid4())})


def log_model(name, path, framework=None, inputs=None, outputs=None, metrics=None, tags=None, description=None):
    """Keeps a model file as an artifact of the run (key models/NAME) and registers it as the next version of a model.

    inputs, outputs: columns by name, such as {"age": "fp64", "city": "bytes"}; types are bool, int64, fp32, fp64 and
    bytes, with a shape as ("fp32", [30]). Returns the version as a dict, None when nothing is tracked.
    """
    if not inputs or not outputs:
        raise ValueError("A model is registered with its inputs and outputs, such as inputs={'x': 'fp64'}; log_artifact(path, kind='model') keeps one without.")
    artifact = log_artifact(path, f"models/{name}", "model")
    if artifact is None:
        return None
    run = _current()
    body = {
        "artifact": artifact["key"], "artifactVersion": artifact["version"], "runId": run.id,
        "framework": framework or ("onnx" if str(path).endswith(".onnx") else "other"),
        "signature": {"inputs": _columns(inputs), "outputs": _columns(outputs)},
    }
    if metrics:
        body["metrics"] = {key: float(value) for key, value in metrics.items()}
    if tags:
        body["tags"] = {key: _text(value) for key, value in tags.items()}
    if description:
        body["description"] = description
    return run.connection.call(
        "POST", f"models/{urllib.parse.quote(name, safe='')}/versions", body, {"Idempotency-Key": str(uuid.uuid4())})


def flush():
    """Sends every value of a metric that waits; raises what the mesh refused."""
    if _run is None:
        return
    _run.metrics.send()
    refusal, _run.metrics.refusal = _run.metrics.refusal, None
    if refusal is not None:
        raise refusal


def finish(failure=None):
    """Ends the run now, badly where a cause is given. In a job it only sends what waits: the exit code says how it ended."""
    if _run is not None:
        _run.finish(failure)


def _send(run, path):
    sha = hashlib.sha256()
    with open(path, "rb") as content:
        for piece in iter(lambda: content.read(1 << 20), b""):
            sha.update(piece)
    digest = sha.hexdigest()
    if os.path.getsize(path) > 65536 and _has(run, digest):
        return digest
    run.connection.call("PUT", f"blobs/{digest}", file=path)
    return digest


def _has(run, digest):
    try:
        run.connection.call("HEAD", f"blobs/{digest}")
        return True
    except MeshError as error:
        if error.status == 404:
            return False
        raise


def _columns(columns):
    made = []
    for name, column in columns.items():
        kind, shape = column if isinstance(column, (tuple, list)) else (column, None)
        made.append({"name": name, "type": kind, **({} if shape is None else {"shape": list(shape)})})
    return made


def _number(value):
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def _text(value):
    return "true" if value is True else "false" if value is False else str(value)
