import pytest

from autograder.errors import SandboxError
from autograder.sandbox import Bubblewrap, Cell, Landlock, Limits, Plain, Program, Session
from autograder.sandbox.backends import find_bwrap

# Short, so that a program that must be stopped is stopped soon; long enough for a busy machine.
SHORT = Limits(cpu_seconds=0.4, wall_seconds=8.0, load_seconds=0.8)


def program(*sources, functions=("attack", "good"), given=""):
    cells = tuple(Cell(f"cell_{i}", source, "answer") for i, source in enumerate(sources))
    return Program(cells, functions, given)


@pytest.fixture(scope="session")
def plain():
    return Plain()


def _bubblewrap():
    programs = find_bwrap()
    if not programs:
        pytest.skip("no bwrap on this machine")
    return Bubblewrap.prepare(programs[0])


def _landlock():
    try:
        return Landlock.prepare()
    except SandboxError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session", params=[_bubblewrap, _landlock], ids=["bubblewrap", "landlock"])
def isolated(request):
    """Each way of isolation that this machine has."""
    return request.param()


@pytest.fixture(scope="session")
def bubblewrap():
    return _bubblewrap()


@pytest.fixture(scope="session")
def confined():
    """Landlock alone."""
    return _landlock()


@pytest.fixture
def run(plain):
    """Open sessions over the plain backend; they are closed in the end."""
    opened = []

    def start(*sources, limits=SHORT, backend=plain, cells=None, **more):
        given = Program(tuple(cells), **more) if cells else program(*sources, **more)
        opened.append(Session(backend, given, limits=limits))
        return opened[-1]

    yield start
    for session in opened:
        session.close()
