"""Find the catalogued mistake behind failed tests.

A mistake is found by what it does: the same test is run on the reference with one function written
wrongly, on the same random numbers. It explains the learner's failure if it fails at the same
check, in the same way, with an equal judged value. The learner's source is never looked at.

A mistake is ruled out when the learner passes a test of the same function that the mistake fails.
"""

import time
from collections import Counter, OrderedDict

import numpy as np

from autograder.grading.hidden import replay
from autograder.testing import mistakes_of
from autograder.testing.compare import is_zero_everywhere, same_value
from autograder.testing.learner import LocalLearner
from autograder.testing.signature import forward_name

__all__ = ["name_mistakes"]

# Faults that hold no answer which a mistake could be told by.
_NOTHING_TO_COMPARE = frozenset(
    {"load", "missing", "cpu", "wall", "memory", "output", "crash", "protocol"}
)
# Replays are a few milliseconds each; this is a guard against a catalogue that is not.
_CPU_SECONDS = 60.0
_REMEMBERED = 5_000
_memory = OrderedDict()

_EQUAL, _ALIKE = "equal", "alike"


def _outcome(chapter, test, entries, seed):
    """Replay a test on the reference with these misconceptions in it; remember the outcome."""
    key = (test.run, tuple(entry.implementation for entry in entries), chapter.reference, seed)
    if key not in _memory:
        mistake = mistakes_of(chapter.reference, entries)
        _memory[key] = replay(chapter, test, LocalLearner(mistake.functions), seed=seed)
        if len(_memory) > _REMEMBERED:
            _memory.popitem(last=False)
    return _memory[key]


def _is_empty(judged):
    """Tell whether a judged value holds arrays, and all of them are empty."""
    if isinstance(judged, tuple):
        members = [each for each in judged if each is not None]
        return bool(members) and all(map(_is_empty, members))
    return isinstance(judged, np.ndarray) and judged.size == 0


def _likeness(failure, other):
    """Compare two failures of one test: equal, alike (weaker evidence), or None."""
    if other is None or (failure.step, failure.kind) != (other.step, other.kind):
        return None
    if failure.fault != other.fault:
        return None
    if same_value(failure.judged, other.judged):
        # Zeros are what many mistakes give, and no answer at all. An empty array is none of them.
        zeros = is_zero_everywhere(failure.judged) and not _is_empty(failure.judged)
        return _ALIKE if zeros else _EQUAL
    # NumPy's texts name shapes: another text is another operation, and weaker evidence.
    if failure.fault == "exception" and failure.judged[0] == other.judged[0]:
        return _ALIKE
    return None


class _Search:
    """The search for the mistakes in one submission."""

    def __init__(self, chapter, outcomes, seed):
        self.chapter = chapter
        self.outcomes = outcomes
        self.seed = seed
        self.ends = time.process_time() + _CPU_SECONDS
        self.failed = [
            test
            for test in chapter.tests
            if (failure := outcomes[test.id].failure) and failure.fault not in _NOTHING_TO_COMPARE
        ]
        self._ruled_out = {}

    def outcome(self, test, entries):
        if time.process_time() > self.ends:
            return None
        return _outcome(self.chapter, test, entries, self.seed)

    def likeness(self, test, entries):
        outcome = self.outcome(test, entries)
        return outcome and _likeness(self.outcomes[test.id].failure, outcome.failure)

    def ruled_out(self, entry):
        if entry.id not in self._ruled_out:
            self._ruled_out[entry.id] = any(
                self.outcomes[test.id].passed
                and (outcome := self.outcome(test, [entry]))
                and outcome.failure is not None
                for test in self.chapter.tests
                if test.function == entry.function
            )
        return self._ruled_out[entry.id]

    def mismatches(self, entry):
        """Count the tests that the mistake fails otherwise than the learner does."""
        return sum(
            bool((outcome := self.outcome(test, [entry])) and outcome.failure)
            and not self.likeness(test, [entry])
            for test in self.failed
            if test.function == entry.function
        )

    def candidates(self, test):
        """Yield the mistakes that may be named at a test, and what they are replayed with."""
        forward = forward_name(test.function)
        for entry in self.chapter.entries:
            if entry.function in (test.function, forward):
                yield entry, [entry]

    def pairs(self, test, forwards):
        """Yield mistakes of a backward pass beside the learner's own mistake in the forward one."""
        forward = forward_name(test.function)
        for entry in self.chapter.entries:
            if entry.function == test.function:
                for other in forwards:
                    if other.function == forward:
                        yield entry, [other, entry]


def name_mistakes(chapter, outcomes, *, seed):
    """Name the catalogued mistakes that explain failed tests.

    Where several do, the one that explains most failed tests of the submission is named, then the
    one that fails no test in another way than the learner, then the first of the catalogue.

    Parameters
    ----------
    chapter : Chapter
        The tests, the reference and the catalogue.
    outcomes : dict of str to Outcome
        What the learner's submission gave, by test.
    seed : int
        The run's seed.

    Returns
    -------
    names : dict of str to Misconception
        By test; tests without an explanation are not in it.
    """
    search = _Search(chapter, outcomes, seed)
    found = {test.id: {} for test in search.failed}  # test -> entry's id -> how alike
    entries = {entry.id: entry for entry in chapter.entries}

    def collect(candidates, test):
        for entry, together in candidates:
            if search.ruled_out(entry):  # first, since it is cheaper for mistakes of forward passes
                continue
            alike = search.likeness(test, together)
            if alike and found[test.id].get(entry.id) != _EQUAL:
                found[test.id][entry.id] = alike

    for test in search.failed:
        collect(search.candidates(test), test)
    sure = {name for each in found.values() for name, alike in each.items() if alike == _EQUAL}
    forwards = [entries[name] for name in entries if name in sure]
    for test in search.failed:
        if not any(alike == _EQUAL for alike in found[test.id].values()):
            collect(search.pairs(test, forwards), test)
    sure = {name for each in found.values() for name, alike in each.items() if alike == _EQUAL}
    # Weaker evidence alone is not enough: the mistake has to be sure elsewhere.
    found = {test: [name for name in each if name in sure] for test, each in found.items()}
    explained = Counter(name for each in found.values() for name in each)
    order = list(entries)

    def rank(name):
        return -explained[name], search.mismatches(entries[name]), order.index(name)

    return {test: entries[min(each, key=rank)] for test, each in found.items() if each}
