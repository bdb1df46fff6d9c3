"""A small course of two chapters, made anew for each test that changes it."""

import json
import shutil
from textwrap import dedent

import pytest

from autograder.course import Course
from autograder.release import build_exercise, generate

_FILES = {
    "_toc.yml": """
        format: jb-book
        root: book/index
        parts:
          - caption: First
            chapters:
              - file: book/notation
              - file: book/sums
          - caption: Second
            chapters:
              - file: book/means
        """,
    "LICENSE": "code\n",
    "LICENSE-text": "text\n",
    "pyproject.toml": "[project]\nname = 'small'\n",
    "exercises/sums.md": """
        ---
        title: Sums
        minutes: 9
        given: []
        ---

        You write a sum.

        +++ {"overview": true}

        ## The way through

        +++

        ```{code-cell} ipython3
        import numpy as np
        ```

        +++ {"stage": "by_paper", "minutes": 1}

        ## On paper

        What is 1 + 2?

        ```{code-cell} ipython3
        :by_hand: by_paper

        ### BEGIN SOLUTION
        by_hand = 3
        ### END SOLUTION
        ```

        ```{code-cell} ipython3
        :check: by_paper

        assert by_hand == 3, "add them"
        ```

        +++ {"stage": "total", "minutes": 5}

        ## The total

        Add up.

        +++ {"hints": true}

        1. A nudge.
        2. More,
           on two lines.
        3. Nearly all.

        ```{code-cell} ipython3
        :answer: total_forward
        ```

        ```{code-cell} ipython3
        :check: total

        assert total_forward(np.ones(3))[0] == 6.0
        ```

        +++ {"written": "why", "points": 2, "minutes": 3}

        <!-- BEGIN SOLUTION -->
        The model answer.
        <!-- END SOLUTION -->
        """,
    "exercises/means.md": """
        ---
        title: Means
        minutes: 4
        given: [sums.total_forward]
        ---

        You write a mean, and are given the total.

        ```{code-cell} ipython3
        import numpy as np

        import given
        ```

        +++ {"stage": "mean", "minutes": 4}

        ## The mean

        Divide.

        ```{code-cell} ipython3
        :answer: mean_forward
        ```

        ```{code-cell} ipython3
        :check: mean

        assert mean_forward(np.ones(4)) == 2.0
        ```
        """,
    "solutions/sums.py": '''
        """Sums."""

        import math

        import numpy as np

        __all__ = ["total_backward", "total_forward"]

        _FACTOR = math.sqrt(4.0)


        def _doubled(x):
            """Return a helper's double."""
            return _FACTOR * np.asarray(x)


        def total_forward(x):
            """Add up, doubled.

            Parameters
            ----------
            x : ndarray
                The numbers.
            """
            # 1. Double,
            # as the helper does.
            doubled = _doubled(x)  # not a step
            # a remark, not a step
            if doubled.size:
                # 2. Add up.
                out = np.sum(doubled)
            else:
                out = 0.0
            return out, doubled.shape


        def total_backward(dout, cache):
            """Send the gradient back.

            Parameters
            ----------
            dout : float
                The gradient.
            """
            return np.full(cache, _FACTOR * dout)
        ''',
    "solutions/means.py": '''
        """Means."""

        import numpy as np

        from solutions import given_for

        given = given_for(__file__)


        def mean_forward(x):
            """Divide the total.

            Parameters
            ----------
            x : ndarray
                The numbers.
            """
            # 1. Divide.
            return given.total_forward(x)[0] / np.size(x)
        ''',
    "autograder/hidden_tests/test_sums.py": '''
        """Hidden tests of the sums."""

        from autograder.testing.marks import graded


        @graded("total_forward", stage="total", points=2.5, hint="Add all up.", section="sums")
        def test_total(check):
            """The secret total is right."""


        @graded("total_forward", stage="total", points=1.5, hint="It is nothing.", section="s")
        def test_empty(check):
            """The secret sum of nothing is 0."""
        ''',
    "autograder/hidden_tests/test_means.py": '''
        """Hidden tests of the means."""

        from autograder.testing.marks import graded


        @graded("mean_forward", stage="mean", points=1, hint="Divide by it.", section="means")
        def test_mean(check):
            """The secret mean is right."""
        ''',
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Shorten what a notebook trains: it is tested here that it runs, not what it reaches."""
    monkeypatch.setenv("CNN_COURSE_QUICK", "1")


@pytest.fixture(scope="session")
def _small_course(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def made(_small_course):
    """Give the source and the release of the exercise sums, read; tests only look at them."""
    source, release = generate(Course(_small_course), "sums")
    return json.loads(source["sums.ipynb"]), json.loads(release["sums.ipynb"])


@pytest.fixture
def small_course(_small_course, tmp_path):
    """Give a course of the chapters sums and means, which a test may break."""
    return Course(shutil.copytree(_small_course, tmp_path / "course"))


@pytest.fixture
def built(small_course, monkeypatch):
    """Give the small course with its exercises built, as the course of the command line."""
    monkeypatch.setenv("CNN_COURSE_ROOT", str(small_course.root))
    for slug in small_course.slugs():
        assert build_exercise(small_course, slug).state == "made"
    return small_course


@pytest.fixture
def edit():
    """Give a function that replaces a text, which has to be there, in a file."""

    def replace(path, old, new):
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {path}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace
