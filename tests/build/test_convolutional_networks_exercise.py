"""The exercise of the chapter on convolutional networks: what its visible checks tell a learner."""

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from autograder.given import given_source
from notebook_runs import Wrong

_REFERENCE = notebook_runs.reference("convolutional_networks")


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(notebook_runs.COURSE, "convolutional_networks")
    assert {stage.name: stage.points for stage in exercise.stages} == {
        "sizes": 0,
        "summary": 1.5,
        "flatten": 1.5,
        "flatten_back": 1,
        "loss": 5.5,
        "dlogits": 4.5,
        "init": 3,
        "forward": 4,
        "backward": 5.5,
        "step": 3.5,
    }
    assert (exercise.minutes, exercise.points, exercise.manual_points) == (85, 30, 3)


def test_the_network_learns_to_read_most_digits(monkeypatch):
    namespace = notebook_runs.run_answers("convolutional_networks", monkeypatch)
    losses, params = namespace["losses"], namespace["params"]
    assert losses[0] > 3
    assert np.mean(losses[-15:]) < 0.7
    assert namespace["hits"](params, *namespace["draw_digits"](np.random.default_rng(8), 100)) > 80


def test_the_network_is_built_from_layers_that_are_solved_next_door(monkeypatch, capsys):
    solved = ("gradients", "stride", "pooling")
    namespace = notebook_runs.run_answers(
        "convolutional_networks", monkeypatch, solved_next_door=solved
    )
    said = capsys.readouterr().out
    assert "stride: your own layers, conv2d_backward_im2col, conv2d_forward_im2col" in said
    assert "pooling: your own layers" in said
    assert "gradients: your own layers" in said
    assert "digits that it has never seen are right" in said
    # Twenty batches are few; but who guesses reads a tenth.
    assert np.mean(namespace["read"] == namespace["unseen"][1]) > 0.5


def test_without_solved_notebooks_next_door_the_given_layers_are_used(monkeypatch, capsys):
    notebook_runs.run_answers("convolutional_networks", monkeypatch)
    said = capsys.readouterr().out
    for slug in ("gradients", "stride", "pooling"):
        assert f"{slug}: the given layers ({slug}.ipynb is not next door)" in said


def test_without_the_files_beside_it_the_end_is_left_out(monkeypatch, capsys):
    monkeypatch.setattr(notebook_runs, "write_beside", _write_given_alone)
    notebook_runs.run_answers("convolutional_networks", monkeypatch)
    said = capsys.readouterr().out
    assert "Left out: No module named 'next_door'" in said
    assert "`autograder build` puts the files here" in said
    assert "never seen" not in said


def _write_given_alone(course, slug, folder):
    (folder / "given.py").write_text(given_source(course, slug), encoding="utf-8")


def _rows(change):
    """Change the rows of the table, by their number."""

    def lenet_summary():
        return [change(i, row) for i, row in enumerate(_REFERENCE.lenet_summary())]

    return lenet_summary


def _loss(change):
    def cross_entropy(logits, targets):
        return change(*_REFERENCE.cross_entropy(logits, targets), logits, targets)

    return cross_entropy


def _naive(logits, targets):
    """Exponentials and logarithms as they come."""
    _REFERENCE.cross_entropy(logits, targets)
    exponentials = np.exp(logits)
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(p)), targets]).mean(), None


def _over_the_batch(logits, targets):
    _, _ = _REFERENCE.cross_entropy(logits, targets)
    exponentials = np.exp(logits - logits.max())
    p = exponentials / exponentials.sum(axis=0)
    return -np.log(p[np.arange(len(p)), targets]).mean(), None


def _shifted_then_divided(logits, targets):
    _REFERENCE.cross_entropy(logits, targets)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    return -np.log(p[np.arange(len(p)), targets]).mean(), None


def _accepting(logits, targets):
    if logits.ndim == 2 and targets.shape == (len(logits),):
        targets = np.clip(targets, 0, logits.shape[1] - 1)
    return _REFERENCE.cross_entropy(logits, targets)


def _start(spread=1.0, bias=0.0, draws=None, dtype=None):
    def lenet_init(rng, *, dtype=dtype or np.float32):
        params = _REFERENCE.lenet_init(draws or rng, dtype=dtype)
        return {
            name: each * np.float32(spread) if "weight" in name else each + np.float32(bias)
            for name, each in params.items()
        }

    return lenet_init


def _logits(change):
    def lenet_forward(x, params):
        logits, cache = _REFERENCE.lenet_forward(x, params)
        return change(logits, cache, params), cache

    return lenet_forward


def _without_hidden_relu(logits, cache, params):
    # The linear layer's cache holds what came in; the ReLU's holds what it was given.
    return cache[8] @ params["linear2_weight"] + params["linear2_bias"]


def _grads(change):
    def lenet_backward(dlogits, cache):
        return change(_REFERENCE.lenet_backward(dlogits, cache), dlogits)

    return lenet_backward


def _in_place(params, grads, velocity, *, lr, momentum):
    _REFERENCE.sgd_step(params, grads, velocity, lr=lr, momentum=momentum)
    for name in params:
        velocity[name] = momentum * velocity[name] + grads[name]
        params[name] -= lr * velocity[name]
    return params, velocity


def _step(change):
    def sgd_step(params, grads, velocity, *, lr, momentum):
        new, speed = _REFERENCE.sgd_step(params, grads, velocity, lr=lr, momentum=momentum)
        return change(params, grads, velocity, new, speed, lr, momentum)

    return sgd_step


# What a learner may write, the check that has to stop it, and what its message has to say.
WRONG = {
    "table without its last layer": Wrong(
        "lenet_summary",
        lambda: _REFERENCE.lenet_summary()[:-1],
        "check_summary",
        ("list of 10", "a list of 11 tuples"),
    ),
    "a name written otherwise": Wrong(
        "lenet_summary",
        _rows(lambda i, row: ("Linear(500 -> 10)", *row[1:]) if i == 10 else row),
        "check_summary",
        ("lenet_summary()[10]", "'Linear (500 -> 10)'", "spaces count"),
    ),
    "padding left out": Wrong(
        "lenet_summary",
        _rows(lambda i, row: (row[0], (20, 24, 24), row[2]) if i == 1 else row),
        "check_summary",
        ("output_size of Conv", "came: (20, 24, 24)", "15,680 numbers"),
    ),
    "a row as a number": Wrong(
        "lenet_summary",
        _rows(lambda i, row: (row[0], 2450, row[2]) if i == 7 else row),
        "check_summary",
        ("output_size of Flatten", "the size (500,)"),
    ),
    "weights of a ReLU": Wrong(
        "lenet_summary",
        _rows(lambda i, row: (*row[:2], ()) if i == 2 else row),
        "check_summary",
        ("weight_size of ReLU", "expected: None"),
    ),
    "filters without depth": Wrong(
        "lenet_summary",
        _rows(lambda i, row: (*row[:2], (50, 5, 5)) if i == 4 else row),
        "check_summary",
        ("weight_size of Conv", "25,000 numbers", "as deep as what comes in"),
    ),
    "images flattened too": Wrong(
        "flatten_forward",
        lambda x: (x.reshape(-1), x.shape),
        "check_flatten",
        ("came: shape (16,)", "expected: shape (2, 8)"),
    ),
    "channels side by side": Wrong(
        "flatten_forward",
        lambda x: (np.moveaxis(x, 1, -1).reshape(len(x), -1), x.shape),
        "check_flatten",
        ("its first channel row by row",),
    ),
    "flattened in place": Wrong(
        "flatten_forward",
        lambda x: (x, x.shape, setattr(x, "shape", (len(x), x.size // len(x))))[:2],
        "check_flatten",
        ("changed the shape of x to (2, 8)", "x.reshape(...) gives a new array"),
    ),
    "one axis accepted": Wrong(
        "flatten_forward",
        lambda x: (x.reshape(len(x), -1), x.shape),
        "check_flatten",
        ("flatten_forward(x) with x (7,)", "expected: a ValueError"),
    ),
    "gradient left flat": Wrong(
        "flatten_backward",
        lambda dout, cache: dout,
        "check_flatten_back",
        ("expected: shape (3, 2, 4, 5)", "the shape of x is all that is needed"),
    ),
    "loss alone": Wrong(
        "cross_entropy",
        _loss(lambda loss, dlogits, *_: loss),
        "check_loss",
        ("expected: a tuple of two things", "it may be None"),
    ),
    "a loss for each image": Wrong(
        "cross_entropy",
        _loss(lambda loss, dlogits, *_: (np.full(len(dlogits), loss), dlogits)),
        "check_loss",
        ("expected: a single number", "the mean over the images"),
    ),
    "minus forgotten": Wrong(
        "cross_entropy",
        _loss(lambda loss, dlogits, *_: (-loss, dlogits)),
        "check_loss",
        ("came: -1.38629", "minus the logarithm of 1/4"),
    ),
    "loss summed": Wrong(
        "cross_entropy",
        _loss(lambda loss, dlogits, *_: (loss * len(dlogits), dlogits)),
        "check_loss",
        ("logits (4, 3)", "the mean of the four, not their sum"),
    ),
    "softmax over the batch": Wrong("cross_entropy", _over_the_batch, "check_loss", ("1/4",)),
    "exponentials not shifted": Wrong(
        "cross_entropy", _naive, "check_loss", ("came: nan", "exp(1000) is too large")
    ),
    "logarithm of zero": Wrong(
        "cross_entropy", _shifted_then_divided, "check_loss", ("came: inf", "without p")
    ),
    "scores changed": Wrong(
        "cross_entropy",
        _loss(lambda loss, dlogits, logits, targets: (loss, np.subtract(logits, 1, logits))),
        "check_loss",
        ("changed its argument logits",),
    ),
    "targets that are no class": Wrong(
        "cross_entropy",
        _accepting,
        "check_loss",
        ("cross_entropy(logits, [0, 4, 1]) with logits (3, 4)", "expected: a ValueError"),
    ),
    "dlogits not written yet": Wrong(
        "cross_entropy",
        _loss(lambda loss, dlogits, *_: (loss, None)),
        "check_dlogits",
        ("dlogits", "came: None"),
    ),
    "one not subtracted": Wrong(
        "cross_entropy",
        _loss(
            lambda loss, dlogits, logits, targets: (
                loss,
                dlogits + np.eye(logits.shape[1])[targets] / len(logits),
            )
        ),
        "check_dlogits",
        ("at the right class 1 less",),
    ),
    "dlogits not averaged": Wrong(
        "cross_entropy",
        _loss(lambda loss, dlogits, *_: (loss, dlogits * len(dlogits))),
        "check_dlogits",
        ("each image's share is divided by 2",),
    ),
    "sign of dlogits": Wrong(
        "cross_entropy",
        _loss(lambda loss, dlogits, *_: (loss, -dlogits)),
        "check_dlogits",
        ("[[ 0.75 -0.75]]", "1/4 and 3/4"),
    ),
    "names forgotten": Wrong(
        "lenet_init",
        lambda rng, *, dtype=np.float32: list(_REFERENCE.lenet_init(rng, dtype=dtype).values()),
        "check_init",
        ("came: list", "a dict with the names"),
    ),
    "float64 parameters": Wrong(
        "lenet_init",
        lambda rng, *, dtype=np.float64: _REFERENCE.lenet_init(rng, dtype=np.float64),
        "check_init",
        ("came: weight float64", "expected: float32"),
    ),
    "spread of another rule": Wrong(
        "lenet_init",
        _start(spread=0.7071),
        "check_init",
        ("conv1_weight", "expected: about 0.2828", "sqrt(2 / fan_in)"),
    ),
    "biases of one": Wrong(
        "lenet_init", _start(bias=1.0), "check_init", ("numbers other than 0", "expected: zeros")
    ),
    "generator of its own": Wrong(
        "lenet_init",
        lambda rng, *, dtype=np.float32: _REFERENCE.lenet_init(
            np.random.default_rng(5), dtype=dtype
        ),
        "check_init",
        ("generators of the seeds 0 and 1", "do not make one of your own"),
    ),
    "global random numbers": Wrong(
        "lenet_init",
        lambda rng, *, dtype=np.float32: _REFERENCE.lenet_init(
            np.random.default_rng(), dtype=dtype
        ),
        "check_init",
        ("two different networks", "not from np.random"),
    ),
    "logits alone": Wrong(
        "lenet_forward",
        lambda x, params: _REFERENCE.lenet_forward(x, params)[0],
        "check_forward",
        ("came: ndarray", "logits and cache"),
    ),
    "ReLU after the logits": Wrong(
        "lenet_forward",
        _logits(lambda logits, *_: np.maximum(logits, 0)),
        "check_forward",
        ("came: [7, 0]", "a ReLU after the last layer"),
    ),
    "ReLU forgotten": Wrong(
        "lenet_forward",
        _logits(_without_hidden_relu),
        "check_forward",
        ("came: [0, -14]", "without a ReLU between the two linear layers"),
    ),
    "softmax at the end": Wrong(
        "lenet_forward",
        _logits(lambda logits, *_: np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)),
        "check_forward",
        ("for the image by hand", "expected:\n[[ 7. -7.]]"),
    ),
    "gradients named with a d": Wrong(
        "lenet_backward",
        _grads(lambda grads, dlogits: {f"d{name}": each for name, each in grads.items()}),
        "check_backward",
        ("'dconv1_weight'", "without a d before them"),
    ),
    "averaged once more": Wrong(
        "lenet_backward",
        _grads(lambda grads, dlogits: {name: g / len(dlogits) for name, g in grads.items()}),
        "check_backward",
        ("'linear2_bias'", "against central differences"),
    ),
    "linear gradients transposed": Wrong(
        "lenet_backward",
        _grads(lambda grads, dlogits: grads | {"linear1_weight": grads["linear1_weight"].T}),
        "check_backward",
        ("linear1_weight has the shape (54, 11), its gradient the shape (11, 54)",),
    ),
    "weights and biases swapped": Wrong(
        "lenet_backward",
        _grads(
            lambda grads, dlogits: (
                grads | {"conv1_weight": grads["conv1_bias"], "conv1_bias": grads["conv1_weight"]}
            )
        ),
        "check_backward",
        ("'conv1_bias'", "came: shape (1, 1, 5, 5)"),
    ),
    "changed in place": Wrong(
        "sgd_step", _in_place, "check_step", ("changed its argument params['weight']",)
    ),
    "uphill": Wrong(
        "sgd_step",
        _step(
            lambda params, grads, velocity, new, speed, lr, m: (
                {name: 2 * params[name] - new[name] for name in new},
                speed,
            )
        ),
        "check_step",
        ("params['weight']", "parameter - lr * new velocity"),
    ),
    "gradient damped": Wrong(
        "sgd_step",
        _step(
            lambda params, grads, velocity, new, speed, lr, m: (
                new,
                {name: m * velocity[name] + (1 - m) * grads[name] for name in new},
            )
        ),
        "check_step",
        ("velocity['weight']", "0.5 * 10 + 2 = 7"),
    ),
    "misfits accepted": Wrong(
        "sgd_step",
        lambda params, grads, velocity, *, lr, momentum: (
            {
                name: params[name] - lr * (momentum * velocity[name] + grads.get(name, 0.0))
                for name in params
            },
            {name: momentum * velocity[name] + grads.get(name, 0.0) for name in params},
        ),
        "check_step",
        ("where grads lacks the bias", "expected: a ValueError"),
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    notebook_runs.assert_stopped("convolutional_networks", monkeypatch, WRONG[mistake])
