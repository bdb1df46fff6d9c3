import os
import subprocess
import sys
import zipfile

import pytest

from autograder import __version__
from autograder.bundle import bundle_files, write_bundle
from autograder.cli import main
from autograder.course import find_course
from autograder.errors import CourseError
from autograder.reference import read_functions
from autograder.testing.catalogue import misconceptions
from autograder.testing.marks import graded_tests

_COURSE = find_course(__file__)


@pytest.fixture(scope="module")
def class_bundle(tmp_path_factory):
    """Give the folder and the zip file of the real course's class bundle."""
    return write_bundle(_COURSE, _COURSE.slugs(), folder=tmp_path_factory.mktemp("class"))


@pytest.fixture(scope="module")
def self_study(tmp_path_factory):
    """Give the folder and the zip file of the real course's self-study edition."""
    folder = tmp_path_factory.mktemp("study")
    return write_bundle(_COURSE, _COURSE.slugs(), self_study=True, folder=folder)


def _texts(folder, archive):
    """Yield name and text of every file, of those inside the zip file too."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path.relative_to(folder)), _text(path.name, path.read_bytes())
    with zipfile.ZipFile(archive) as members:
        for name in members.namelist():
            yield f"zip: {name}", _text(name, members.read(name))


def _text(name, content):
    """Return a file as text; of data, what of it is text."""
    return content.decode("utf-8", "ignore" if name.endswith(".npz") else "strict")


def _plain(text):
    """Return the letters and digits: what quoting, line breaks and joined strings leave alone."""
    return "".join(character for character in text.replace("\\n", "") if character.isalnum())


def _secrets(course):
    """Yield what no student may get: lines of bodies, titles of tests, messages of mistakes."""
    for slug in course.slugs():
        for name, function in read_functions(course, slug).items():
            for line in function.body.splitlines():
                code = line.partition("  # ")[0].strip()
                if len(code) > 45 and not code.startswith("#"):
                    yield f"body of {name}", code
        for test in graded_tests(course.module(course.hidden_tests_path(slug))):
            yield "title", test.title
            yield "hint", test.hint
        for mistake in misconceptions(course.module(course.misconceptions_path(slug))):
            yield "message", mistake.message
            yield "id", mistake.id


def test_the_class_bundle_gives_nothing_away(class_bundle):
    secrets = list(_secrets(_COURSE))
    assert {kind.partition(" ")[0] for kind, _ in secrets} >= {"body", "title", "message"}
    assert len(secrets) > 60
    for name, text in _texts(*class_bundle):
        plain = _plain(text)
        for kind, secret in secrets:
            # given.py is made of earlier chapters' answers: that is what it is for.
            if name.endswith("/given.py") and kind.startswith("body"):
                continue
            # An id is a name: its words in a sentence, "border of zeros", tell nobody anything.
            held = secret in text if kind == "id" else _plain(secret) in plain
            assert not held, f"{name} holds a {kind}: {secret!r}"


def test_the_search_for_secrets_finds_them_where_they_are(self_study):
    texts = [_plain(text) for _, text in _texts(*self_study)]
    for kind, secret in _secrets(_COURSE):
        assert any(_plain(secret) in text for text in texts), f"{kind} not found: {secret!r}"


def test_the_class_bundle_holds_what_a_student_needs_and_no_more(class_bundle):
    folder, _ = class_bundle
    assert folder.name == f"convolutional-networks-by-hand-{__version__}"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    notebooks = {f"exercises/{slug}/{slug}.ipynb" for slug in _COURSE.slugs()}
    beside = {
        f"exercises/convolutional_networks/{name}"
        for name in ("digits.npz", "next_door.py", "training.py")
    }
    texts = {"LICENSE", "LICENSE-text", "README.md", "requirements.txt"}
    assert notebooks | beside | texts == {name for name in names if not name.endswith("given.py")}


def test_the_bundled_notebook_is_the_released_one(class_bundle):
    for slug in _COURSE.slugs():
        bundled = class_bundle[0] / "exercises" / slug / f"{slug}.ipynb"
        assert bundled.read_bytes() == _COURSE.notebook_path(slug).read_bytes()


def test_the_readme_tells_a_student_what_a_green_check_means(class_bundle):
    readme = (class_bundle[0] / "README.md").read_text(encoding="utf-8")
    for said in ("JupyterLab", "Visual Studio Code", "nbgrader validate", "Hand in", "75 | 24 + 3"):
        assert said in readme
    assert "$" not in readme


def test_the_zip_file_is_the_folder(class_bundle):
    folder, archive = class_bundle
    with zipfile.ZipFile(archive) as members:
        assert members.testzip() is None
        inside = {name: members.read(name) for name in members.namelist()}
    files = {
        path.relative_to(folder.parent).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert inside == files


def test_the_same_course_gives_the_same_zip_file(small_course, tmp_path):
    _, first = write_bundle(small_course, ["sums"], folder=tmp_path / "one")
    _, second = write_bundle(small_course, ["sums"], folder=tmp_path / "two")
    assert first.read_bytes() == second.read_bytes()


def test_given_is_handed_out_with_its_notebook(small_course):
    assert "exercises/means/given.py" in bundle_files(small_course, ["means"])
    assert "exercises/sums/sums.ipynb" not in bundle_files(small_course, ["means"])


def test_self_study_brings_the_chapters_that_a_chapter_is_given_layers_of(small_course):
    files = bundle_files(small_course, ["means"], self_study=True)
    for slug in ("means", "sums"):
        assert {
            f"exercises/{slug}.md",
            f"solutions/{slug}.py",
            f"autograder/hidden_tests/test_{slug}.py",
        } <= set(files)
    assert "autograder/hidden_tests/test_convolution.py" not in files
    assert not [name for name in files if "__pycache__" in name]


def test_self_study_brings_the_helpers_that_exercises_ask_for(small_course):
    assert "exercises/helpers.py" not in bundle_files(small_course, ["sums"], self_study=True)
    small_course.helpers_path.write_text('def near():\n    """Tell."""\n', encoding="utf-8")
    assert "exercises/helpers.py" in bundle_files(small_course, ["sums"], self_study=True)
    assert "exercises/helpers.py" not in bundle_files(small_course, ["sums"])


def test_a_bundle_replaces_what_was_released_before(small_course, tmp_path):
    folder, archive = write_bundle(small_course, ["sums"], folder=tmp_path)
    (folder / "old.txt").touch()
    write_bundle(small_course, ["sums"], folder=tmp_path)
    assert not (folder / "old.txt").exists()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "course") == sorted(
        [folder.name, archive.name]
    )


def test_a_missing_license_is_named(small_course):
    (small_course.root / "LICENSE").unlink()
    with pytest.raises(CourseError, match="LICENSE is missing"):
        bundle_files(small_course, ["sums"])


def test_the_command_writes_named_chapters_to_dist(small_course, monkeypatch, capsys):
    monkeypatch.setenv("CNN_COURSE_ROOT", str(small_course.root))
    assert main(["release", "sums"]) == 0
    archive = small_course.root / "dist" / f"convolutional-networks-by-hand-{__version__}.zip"
    assert str(archive) in capsys.readouterr().out
    assert main(["release", "products"]) == 2
    assert "sums, means" in capsys.readouterr().err


def test_the_self_study_edition_works_from_its_own_folder(self_study):
    folder, _ = self_study
    environment = {key: value for key, value in os.environ.items() if key != "CNN_COURSE_ROOT"}
    program = (
        "import autograder, solutions\n"
        "from autograder.course import find_course\n"
        "from autograder.exercise import load_exercise\n"
        "course = find_course()\n"
        "print(autograder.__file__, solutions.__file__, course.root)\n"
        "print(load_exercise(course, 'convolution').points)\n"
        "from autograder.testing import misconceptions\n"
        "module = course.module(course.misconceptions_path('convolution'))\n"
        "print(len(misconceptions(module)) >= 15)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    where, points, enough = done.stdout.splitlines()
    assert where.count(str(folder.resolve())) == 3
    assert (points, enough) == ("24", "True")
