"""The loop in which a network learns: small batches, momentum, checkpoints, and a live curve.

It knows nothing of layers: forward pass, backward pass, loss and step come in as a `Network`. It
needs NumPy alone, so that it works as a file beside a notebook.
"""

import json
import math
import os
import sys
import time
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

__all__ = [
    "CheckpointError",
    "LiveCurve",
    "Network",
    "Progress",
    "ProgressBar",
    "Result",
    "accuracy",
    "as_input",
    "predict",
    "seconds_per_batch",
    "train",
]

_SAVE_SECONDS = 10  # between two checkpoints within an epoch


class CheckpointError(Exception):
    """A checkpoint cannot be gone on with: it is damaged, or of another run."""


class Network(NamedTuple):
    """The four functions that a network learns with.

    Attributes
    ----------
    forward : callable
        ``forward(x, params)`` returns ``(logits, cache)``.
    backward : callable
        ``backward(dlogits, cache)`` returns the gradients, under the names of the parameters.
    loss : callable
        ``loss(logits, targets)`` returns ``(loss, dlogits)``.
    step : callable
        ``step(params, grads, velocity, lr=..., momentum=...)`` returns new parameters and a new
        velocity.
    """

    forward: object
    backward: object
    loss: object
    step: object


class Progress(NamedTuple):
    """What is known after a step of training.

    Attributes
    ----------
    step, steps : int
        The steps taken, and how many there will be.
    epoch, epochs : int
        The epoch that the step belongs to, from 1, and how many there will be.
    losses : list of float
        The loss of each step so far.
    accuracies : list of float
        The share of right answers after each epoch so far; empty without held-out images.
    seconds : float
        Since the run began, or was gone on with.
    seconds_left : float
        An estimate.
    epoch_done : bool
        Whether this was the epoch's last step.
    """

    step: int
    steps: int
    epoch: int
    epochs: int
    losses: list
    accuracies: list
    seconds: float
    seconds_left: float
    epoch_done: bool


class Result(NamedTuple):
    """What a run has come to.

    Attributes
    ----------
    params : dict of str to ndarray
        The parameters after the last step.
    losses : list of float
        The loss of each step.
    accuracies : list of float
        The share of right answers on the held-out images after each epoch.
    """

    params: dict
    losses: list
    accuracies: list


def as_input(images):
    """Turn images of bytes into what a network takes.

    Parameters
    ----------
    images : ndarray, shape (N, H, W) or (N, C, H, W)
        Bytes from 0 to 255, or fractions, which are left as they are.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        Bytes become float32 from 0 to 1.

    Examples
    --------
    >>> as_input(np.array([[[0, 255]]], dtype=np.uint8))
    array([[[[0., 1.]]]], dtype=float32)
    """
    if images.ndim == 3:
        images = images[:, np.newaxis]  # (N, H, W) -> (N, 1, H, W)
    return images.astype(np.float32) / np.float32(255) if images.dtype == np.uint8 else images


def predict(forward, params, images, *, batch_size=250):
    """Return the class with the largest logit for each image.

    Parameters
    ----------
    forward : callable
        As in `Network`.
    params : dict of str to ndarray
        The parameters.
    images : ndarray, shape (N, H, W) or (N, C, H, W)
        The images, as for `as_input`.
    batch_size : int, optional
        How many go through the network at a time: so memory does not run out.

    Returns
    -------
    ndarray of int, shape (N,)
    """
    starts = range(0, len(images), batch_size)
    batches = (as_input(images[start : start + batch_size]) for start in starts)
    return np.concatenate([forward(batch, params)[0].argmax(axis=1) for batch in batches])


def accuracy(forward, params, images, labels, *, batch_size=250):
    """Return the share of images that are read right, from 0 to 1; arguments as for `predict`."""
    return float(np.mean(predict(forward, params, images, batch_size=batch_size) == labels))


def seconds_per_batch(network, params, images, labels, *, patience=30.0):
    """Time one step of training, without the step's result.

    Parameters
    ----------
    network : Network
        What learns.
    params : dict of str to ndarray
        The parameters; they stay what they are.
    images, labels : ndarray
        One batch.
    patience : float, optional
        Where a single image shows that the batch would take more seconds than this, that estimate
        is returned, and the batch is not run.

    Returns
    -------
    float
        Seconds.
    """
    velocity = {name: np.zeros_like(each) for name, each in params.items()}
    shortest = math.inf
    # A single image first, which warms up; then the better of two, as other programs run, too.
    for count in (1, len(images), len(images)):
        begin = time.perf_counter()
        logits, cache = network.forward(as_input(images[:count]), params)
        _, dlogits = network.loss(logits, labels[:count])
        grads = network.backward(dlogits, cache)
        network.step(params, grads, velocity, lr=0.01, momentum=0.9)
        seconds = (time.perf_counter() - begin) * len(images) / count
        if seconds > patience:
            return seconds
        if count == len(images):
            shortest = min(shortest, seconds)
    return shortest


def train(
    network,
    params,
    images,
    labels,
    *,
    rng,
    epochs,
    batch_size=32,
    lr=0.03,
    momentum=0.9,
    held_out=None,
    patience=None,
    checkpoint=None,
    watch=(),
):
    """Let a network learn from images, by stochastic gradient descent with momentum.

    In each epoch every image is seen once, in an order drawn anew. The learning rate falls from
    `lr` to 0 along half a cosine: large steps to get somewhere, small ones to settle.

    Parameters
    ----------
    network : Network
        What learns.
    params : dict of str to ndarray
        The parameters to begin with. They are not changed.
    images : ndarray, shape (N, H, W) or (N, C, H, W)
        The images, as for `as_input`.
    labels : ndarray of int, shape (N,)
        Their classes.
    rng : numpy.random.Generator
        Where the order of the images comes from: the same state gives the same numbers.
    epochs : int
        How often every image is seen.
    batch_size : int, optional
        How many images a step is made from; the last batch of an epoch may be smaller.
    lr : float, optional
        The learning rate of the first step.
    momentum : float, optional
        How much of the velocity is kept from step to step.
    held_out : tuple of (ndarray, ndarray), optional
        Images and labels that are not learned from; how many are read right is measured after
        each epoch.
    patience : int, optional
        Stop early when so many epochs in a row brought nothing better: more held-out images read
        right, or without these a lower mean loss. Images that end the training are not unseen
        anymore, so do not report their accuracy as that of a test.
    checkpoint : path-like, optional
        A file that the run is saved to, now and then and after each epoch. Where it is there
        already the run goes on from it, with the numbers that it would have had if it had never
        been stopped.
    watch : sequence of callable, optional
        Each is called with a `Progress` after every step.

    Returns
    -------
    Result
        The parameters after the last step, and what was measured.

    Raises
    ------
    CheckpointError
        If the checkpoint is damaged, or of a run with other arguments or another generator.
    """
    per_epoch = math.ceil(len(images) / batch_size)
    steps = epochs * per_epoch
    # What has to be the same for a checkpoint to be gone on with.
    run = {
        "images": list(images.shape),
        "labels": zlib.crc32(np.ascontiguousarray(labels)),
        "steps": steps,
        "batch_size": batch_size,
        "lr": lr,
        "momentum": momentum,
        "params": {name: list(each.shape) for name, each in sorted(params.items())},
        "held_out": len(held_out[1]) if held_out else 0,
    }
    velocity = {name: np.zeros_like(each) for name, each in params.items()}
    losses, accuracies, order = [], [], np.arange(len(images))
    if checkpoint is not None and Path(checkpoint).exists():
        params, velocity, losses, accuracies, order = _load(checkpoint, run, rng)
    begin = saved = time.perf_counter()
    first = len(losses)
    while len(losses) < steps and not _plateau(losses, accuracies, per_epoch, patience):
        step = len(losses)
        epoch, batch = divmod(step, per_epoch)
        if batch == 0:
            order = rng.permutation(len(images))
        chosen = order[batch * batch_size : (batch + 1) * batch_size]
        logits, cache = network.forward(as_input(images[chosen]), params)
        loss, dlogits = network.loss(logits, labels[chosen])
        grads = network.backward(dlogits, cache)
        rate = lr * (1 + math.cos(math.pi * step / steps)) / 2
        params, velocity = network.step(params, grads, velocity, lr=rate, momentum=momentum)
        losses.append(float(loss))
        epoch_done = batch == per_epoch - 1
        if epoch_done and held_out:
            accuracies.append(accuracy(network.forward, params, *held_out))
        now = time.perf_counter()
        if checkpoint is not None and (epoch_done or now - saved > _SAVE_SECONDS):
            _save(checkpoint, run, rng, params, velocity, losses, accuracies, order)
            saved = now
        left = (now - begin) / (step + 1 - first) * (steps - step - 1)
        progress = Progress(
            *(step + 1, steps, epoch + 1, epochs, losses, accuracies, now - begin, left, epoch_done)
        )
        for each in watch:
            each(progress)
    return Result(params, losses, accuracies)


def _plateau(losses, accuracies, per_epoch, patience):
    """Tell whether, at the end of an epoch, the last `patience` epochs brought nothing better."""
    if patience is None or not losses or len(losses) % per_epoch:
        return False
    scores = accuracies or [
        -np.mean(losses[start : start + per_epoch]) for start in range(0, len(losses), per_epoch)
    ]
    return len(scores) > patience and max(scores[-patience:]) <= max(scores[:-patience])


# Checkpoints --------------------------------------------------------------------------------


def _save(path, run, rng, params, velocity, losses, accuracies, order):
    """Write everything that the run depends on, so that the file is whole or the old one."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Some generators keep arrays in their state; JSON knows lists.
    state = json.dumps(rng.bit_generator.state, default=lambda array: array.tolist())
    arrays = {f"param {name}": each for name, each in params.items()}
    arrays |= {f"velocity {name}": each for name, each in velocity.items()}
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        np.savez(
            file,
            run=np.array(json.dumps(run)),
            rng=np.array(state),
            losses=np.array(losses),
            accuracies=np.array(accuracies),
            order=order,
            **arrays,
        )
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _load(path, run, rng):
    """Read what `_save` wrote, and put the generator where it was."""
    try:
        # Opened here: of a damaged file, NumPy forgets to close what it has opened itself.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        saved, state = json.loads(str(arrays.pop("run"))), json.loads(str(arrays.pop("rng")))
        losses, accuracies = arrays.pop("losses").tolist(), arrays.pop("accuracies").tolist()
        order = arrays.pop("order")
        params, velocity = (
            {name: arrays[f"{kind} {name}"] for name in saved["params"]}
            for kind in ("param", "velocity")
        )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise CheckpointError(f"{path} is no whole checkpoint ({error}); remove it") from None
    for key, value in run.items():
        if saved.get(key) != value:
            raise CheckpointError(
                f"{path} is a checkpoint of another run: its {key} is {saved.get(key)}, "
                f"this one's {value}. Remove it, or go on with that run"
            )
    if state["bit_generator"] != rng.bit_generator.state["bit_generator"]:
        raise CheckpointError(
            f"{path} was made with {state['bit_generator']}, and the generator handed in is "
            f"{rng.bit_generator.state['bit_generator']}"
        )
    rng.bit_generator.state = state
    return params, velocity, losses, accuracies, order


# To watch ---------------------------------------------------------------------------------------


class ProgressBar:
    """Show how far the run is: on one line of a terminal or notebook, else a line for each epoch.

    Parameters
    ----------
    display : callable, optional
        In a notebook, IPython's `display`.
    seconds : float, optional
        How long a line stands at least before it is written anew.
    """

    def __init__(self, display=None, *, seconds=0.5):
        self._display, self._seconds = display, seconds
        self._handle, self._shown = None, -math.inf

    def __call__(self, progress):
        """Show the progress, if it is time to."""
        live = self._display is not None or sys.stdout.isatty()
        if not progress.epoch_done and (not live or progress.seconds < self._shown + self._seconds):
            return
        self._shown = progress.seconds
        line = _line(progress, bar=live)
        if self._display is not None:
            data = {"text/plain": line}
            if self._handle is None:
                self._handle = self._display(data, raw=True, display_id=True)
            else:
                self._handle.update(data, raw=True)
        else:
            # Each epoch leaves its line; within it the line is written over.
            end = "\n" if progress.epoch_done else ""
            print(f"\r{line}\x1b[K" if live else line, end=end, flush=True)


def _line(progress, *, bar):
    filled = 20 * progress.step // progress.steps
    parts = [f"[{'=' * filled}{' ' * (20 - filled)}] "] if bar else []
    parts.append(f"epoch {progress.epoch} of {progress.epochs}, ")
    parts.append(f"loss {np.mean(progress.losses[-50:]):.3f}")
    if progress.accuracies:
        parts.append(f", {progress.accuracies[-1]:.2%} of the held-out images right")
    minutes, seconds = divmod(round(progress.seconds_left), 60)
    parts.append(f", {minutes}:{seconds:02} left" if progress.step < progress.steps else "")
    return "".join(parts)


class LiveCurve:
    """Draw the loss in a notebook, while it falls.

    Parameters
    ----------
    plt : module
        matplotlib.pyplot.
    display : callable
        IPython's `display`.
    seconds : float, optional
        How long a picture stands at least: to draw one takes about a tenth of a second.
    """

    def __init__(self, plt, display, *, seconds=3.0):
        self._plt, self._display, self._seconds = plt, display, seconds
        self._figure = self._handle = None
        self._shown = -math.inf

    def __call__(self, progress):
        """Draw the curve, if it is time to."""
        done = progress.step == progress.steps
        if not done and progress.seconds < self._shown + self._seconds:
            return
        self._shown = progress.seconds
        if self._figure is None:
            self._figure, self._axes = self._plt.subplots(figsize=(7, 2.8), layout="constrained")
            # Shown through the display alone: else the notebook would draw it a second time.
            self._plt.close(self._figure)
        self._draw(progress)
        if self._handle is None:
            self._handle = self._display(self._figure, display_id=True)
        else:
            self._handle.update(self._figure)

    def _draw(self, progress):
        axes = self._axes
        axes.clear()
        losses = np.array(progress.losses)
        axes.plot(np.arange(1, len(losses) + 1), losses, color="#bbbbbb", linewidth=0.8)
        width = min(50, len(losses))
        smooth = np.convolve(losses, np.ones(width) / width, mode="valid")
        axes.plot(np.arange(width, len(losses) + 1), smooth, color="#0072b2", label="mean of 50")
        axes.set(xlabel="step", ylabel="loss", xlim=(0, progress.steps), ylim=(0, 1.5))
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="upper right")
