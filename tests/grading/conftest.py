"""A small course of one chapter, a layer y = x * gain + shift, made anew for each session."""

from textwrap import dedent

import numpy as np
import pytest

from autograder.course import Course
from autograder.grading import load_chapter
from autograder.sandbox import Cell, Plain, Program
from autograder.testing import Check, CheckFailure
from autograder.testing.learner import LocalLearner

FILES = {
    "_toc.yml": """
        format: jb-book
        root: book/index
        chapters:
          - file: book/affine
        """,
    "LICENSE": "code\n",
    "LICENSE-text": "text\n",
    "pyproject.toml": "[project]\nname = 'toy'\n",
    "book/affine.md": """
        # Affine

        (affine-forward)=
        ## Forward

        (affine-backward)=
        ## Backward
        """,
    "solutions/affine.py": '''
        """A gain and a shift for each column."""

        import numpy as np


        def mean_square(x):
            """Average the squares.

            Parameters
            ----------
            x : ndarray, shape (N, D)
                Numbers.

            Returns
            -------
            float
                Their mean square.
            """
            # 1. Average the squares.
            return float((x * x).mean())


        def affine_forward(x, gain, shift):
            """Scale and shift each column.

            Parameters
            ----------
            x : ndarray, shape (N, D)
                Rows.
            gain, shift : ndarray, shape (D,)
                One number for each column.

            Returns
            -------
            out : ndarray, shape (N, D)
                The rows, scaled and shifted.
            cache : object
                What the backward pass needs.

            Raises
            ------
            ValueError
                If the gain does not fit.
            """
            # 1. Refuse what does not fit.
            if gain.shape != x.shape[1:]:
                raise ValueError(f"expected {x.shape[1]} gains, got {gain.shape}")
            # 2. Scale and shift.
            return x * gain + shift, (x, gain)


        def affine_backward(dout, cache):
            """Send the gradient back.

            Parameters
            ----------
            dout : ndarray, shape (N, D)
                The gradient with respect to `out`.
            cache : object
                What `affine_forward` returned.

            Returns
            -------
            dx : ndarray, shape (N, D)
                With respect to `x`.
            dgain, dshift : ndarray, shape (D,)
                With respect to `gain` and `shift`.
            """
            # 1. Take out what was kept.
            x, gain = cache
            # 2. The three gradients.
            return dout * gain, (dout * x).sum(axis=0), dout.sum(axis=0)
        ''',
    "autograder/hidden_tests/test_affine.py": '''
        import numpy as np

        from autograder.testing import graded

        FORWARD = {"stage": "forward", "section": "affine-forward", "hint": "Look at one column."}
        BACKWARD = {"stage": "backward", "section": "affine-backward", "hint": "Look at one row."}


        def _layer(rng, dtype=np.float64):
            # Numbers that would be known again in a message.
            x = 7654.0 + rng.standard_normal((5, 3))
            return x.astype(dtype), (2.5 + rng.random(3)).astype(dtype), np.full(3, 31.25, dtype)


        @graded("mean_square", points=1, **FORWARD)
        def test_mean_square(check, rng):
            """The squares are averaged."""
            check.returns("mean_square", _layer(rng)[0])


        @graded("affine_forward", points=3, **FORWARD)
        def test_forward(check, rng):
            """Each column is scaled and shifted."""
            check.returns("affine_forward", *_layer(rng))


        @graded("affine_forward", points=1, **FORWARD)
        def test_forward_of_zeros(check, rng):
            """Rows of zeros leave the shift."""
            x, gain, shift = _layer(rng)
            check.returns("affine_forward", x * 0, gain, shift)


        @graded("affine_forward", points=1, **FORWARD)
        def test_forward_dtype(check, rng):
            """A layer of float32 gives float32."""
            check.keeps_dtype("affine_forward", *_layer(rng, np.float32))


        @graded("affine_forward", points=1, **FORWARD)
        def test_forward_refuses(check, rng):
            """A gain that does not fit is refused."""
            x, gain, shift = _layer(rng)
            check.raises(ValueError, "affine_forward", x, gain[:2], shift, mentions=("3", "2"))


        @graded("affine_forward", points=1, **FORWARD)
        def test_forward_leaves_alone(check, rng):
            """The arguments stay as they were."""
            check.leaves_arguments_alone("affine_forward", *_layer(rng))


        @graded("affine_backward", points=2, **BACKWARD)
        def test_dx(check, rng):
            """The gradient of the rows is right."""
            check.backward("affine_forward", *_layer(rng), wrt="dx")


        @graded("affine_backward", points=2, **BACKWARD)
        def test_dgain(check, rng):
            """The gradient of the gain is that of central differences."""
            check.gradient("affine_forward", *_layer(rng), wrt="dgain")


        @graded("affine_backward", points=2, **BACKWARD)
        def test_dshift(check, rng):
            """The gradient of the shift is right."""
            check.backward("affine_forward", *_layer(rng), wrt="dshift")


        @graded("affine_backward", points=1, **BACKWARD)
        def test_backward_leaves_alone(check, rng):
            """A second call gives the same gradients."""
            check.backward_leaves_arguments_alone("affine_forward", *_layer(rng))
        ''',
    "autograder/misconceptions/affine.py": """
        import numpy as np

        from autograder.testing import misconception

        SEEN = ["https://example.org/thread"]


        def _squares(x):
            return x + x


        @misconception(
            "mean_square",
            section="affine-forward",
            cites=SEEN,
            message="Your numbers are doubled: a square is a number times itself.",
        )
        def doubled(x):
            return float(_squares(x).mean())


        @misconception(
            "affine_forward",
            section="affine-forward",
            cites=SEEN,
            message="The shift is never added: every column lacks its own.",
        )
        def shift_forgotten(x, gain, shift):
            if gain.shape != x.shape[1:]:
                raise ValueError(f"expected {x.shape[1]} gains, got {gain.shape}")
            return x * gain, (x, gain)


        @misconception(
            "affine_forward",
            section="affine-forward",
            cites=SEEN,
            message="The gain is squared: it is there once only.",
        )
        def gain_squared(x, gain, shift):
            if gain.shape != x.shape[1:]:
                raise ValueError(f"expected {x.shape[1]} gains, got {gain.shape}")
            return (x * gain**2 + shift).astype(float), (x, gain)


        @misconception(
            "affine_forward",
            section="affine-forward",
            cites=SEEN,
            message="The last row is lost: there is one for each row of x.",
        )
        def row_lost(x, gain, shift):
            if gain.shape != x.shape[1:]:
                raise ValueError(f"expected {x.shape[1]} gains, got {gain.shape}")
            return (x * gain + shift)[:-1], (x[:-1], gain)


        @misconception(
            "affine_forward",
            section="affine-forward",
            cites=SEEN,
            message="Your layer works on x itself: take a copy.",
        )
        def in_place(x, gain, shift):
            if gain.shape != x.shape[1:]:
                raise ValueError(f"expected {x.shape[1]} gains, got {gain.shape}")
            kept = x.copy()
            x *= gain
            x += shift
            return x, (kept, gain)


        @misconception(
            "affine_backward",
            section="affine-backward",
            cites=SEEN,
            message="Your gradients are averaged over the rows: they have to be summed.",
        )
        def averaged(dout, cache):
            x, gain = cache
            return dout * gain, (dout * x).mean(axis=0), dout.mean(axis=0)
        """,
    "autograder/alternatives/affine/einsum.py": """
        # %% [markdown]
        # By einsum, with a helper in a cell of its own.

        # %%
        import numpy as xp

        def spread(a, n):
            return xp.repeat(a[xp.newaxis], n, axis=0)

        # %%
        def mean_square(x):
            return xp.einsum("ij,ij->", x, x) / x.size

        # %%
        def affine_forward(x, gain, shift):
            if len(gain) != x.shape[1]:
                raise ValueError(f"{len(gain)} gains for {x.shape[1]} columns")
            out = xp.einsum("nd,d->nd", x, gain) + spread(shift, len(x))
            return out, {"x": x, "gain": gain}

        # %%
        def affine_backward(dout, cache):
            dgain = xp.einsum("nd,nd->d", dout, cache["x"])
            return dout * cache["gain"], dgain, xp.ones(len(dout), dout.dtype) @ dout
        """,
    "exercises/affine.md": """
        ---
        title: Affine
        minutes: 6
        given: []
        ---

        You write a layer.

        +++ {"overview": true}

        ## The way through

        +++

        ```{code-cell} ipython3
        import numpy as np
        ```

        +++ {"stage": "forward", "minutes": 4}

        ## Forward

        Scale and shift.

        +++ {"hints": true}

        1. A nudge.
        2. More.
        3. Nearly all.

        ```{code-cell} ipython3
        :answer: mean_square
        ```

        ```{code-cell} ipython3
        :answer: affine_forward
        ```

        ```{code-cell} ipython3
        :check: forward

        assert mean_square(np.full((2, 3), 2.0)) == 4.0
        ```

        +++ {"stage": "backward", "minutes": 2}

        ## Backward

        Send it back.

        +++ {"hints": true}

        1. A nudge.
        2. More.
        3. Nearly all.

        ```{code-cell} ipython3
        :answer: affine_backward
        ```

        ```{code-cell} ipython3
        :check: backward

        assert len(affine_backward(np.ones((2, 3)), (np.ones((2, 3)), np.ones(3)))) == 3
        ```
        """,
}

FUNCTIONS = ("mean_square", "affine_forward", "affine_backward")


def _write_course(root, changes):
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = dedent(text).lstrip("\n") if text.startswith("\n") else text
        for old, new in changes.get(name, ()):
            assert old in text, (name, old)
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    return Course(root)


@pytest.fixture
def make_course(tmp_path):
    """Write the small course anew, with (old, new) replaced in files by their path."""
    return lambda changes: _write_course(tmp_path / "course", changes)


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    return _write_course(tmp_path_factory.mktemp("toy"), {})


@pytest.fixture(scope="session")
def chapter(course):
    return load_chapter(course, "affine")


@pytest.fixture(scope="session")
def source(course):
    return course.reference_path("affine").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def plain():
    return Plain()


@pytest.fixture
def layer():
    rng = np.random.default_rng(3)
    return 7654.0 + rng.standard_normal((5, 3)), 2.5 + rng.random(3), np.full(3, 31.25)


@pytest.fixture
def ask(chapter):
    """Give a Check on the reference with some functions replaced."""

    def make(**functions):
        learner = LocalLearner(chapter.functions | functions)
        return Check(learner, chapter.functions, (1, 2), chapter.mistakes)

    return make


@pytest.fixture(scope="session")
def program(source):
    """Make a program of the reference with (old, new) replaced in it."""

    def make(*changes):
        text = source
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        return Program((Cell("answer_all", text, "answer"),), FUNCTIONS)

    return make


@pytest.fixture
def failure():
    """Call something that has to fail, and give the failure."""

    def call(function, *args, **kwargs):
        with pytest.raises(CheckFailure) as caught:
            function(*args, **kwargs)
        return caught.value

    return call
