import os
import stat

import pytest

from autograder.errors import SandboxError
from autograder.sandbox import root


@pytest.fixture
def as_user(monkeypatch):
    monkeypatch.setattr(root, "dropped_uid", lambda: None)


def test_the_cache_is_where_it_is_asked_to_be(monkeypatch, tmp_path, as_user):
    monkeypatch.setenv("CNN_SANDBOX_CACHE", str(tmp_path / "a" / "b"))
    assert root.cache_folder() == tmp_path / "a" / "b"


def test_a_users_cache_lies_in_their_home(monkeypatch, tmp_path, as_user):
    monkeypatch.delenv("CNN_SANDBOX_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert root.cache_folder() == tmp_path / "cnn-by-hand"


def test_a_folder_that_others_may_write_is_refused(monkeypatch, tmp_path, as_user):
    tmp_path.chmod(0o777)
    monkeypatch.setenv("CNN_SANDBOX_CACHE", str(tmp_path))
    with pytest.raises(SandboxError, match="others may write there") as caught:
        root.cache_folder()
    assert "CNN_SANDBOX_CACHE" in caught.value.remedy


def test_a_link_in_place_of_the_folder_is_refused(monkeypatch, tmp_path, as_user):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "cache").symlink_to("elsewhere")
    monkeypatch.setenv("CNN_SANDBOX_CACHE", str(tmp_path / "cache"))
    with pytest.raises(SandboxError, match="not a folder"):
        root.cache_folder()


def test_for_root_a_folder_that_the_dropped_user_cannot_enter_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(root, "dropped_uid", lambda: 65534)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("CNN_SANDBOX_CACHE", str(closed / "cache"))
    with pytest.raises(SandboxError, match="cannot be entered"):
        root.cache_folder()


def test_the_workers_files_are_kept_by_their_contents(monkeypatch, tmp_path, as_user):
    monkeypatch.setenv("CNN_SANDBOX_CACHE", str(tmp_path))
    folder = root.worker_files()
    assert folder == root.worker_files()
    assert sorted(os.listdir(folder)) == sorted(root._WORKER_FILES)
    assert all(stat.S_IMODE((folder / n).stat().st_mode) == 0o644 for n in os.listdir(folder))
    monkeypatch.setattr(root, "_WORKER_FILES", root._WORKER_FILES[:-1])
    assert root.worker_files() != folder


def test_a_build_that_fails_leaves_nothing_behind(monkeypatch, tmp_path, as_user):
    monkeypatch.setenv("CNN_SANDBOX_CACHE", str(tmp_path))

    def build(folder):
        (folder / "half").write_text("x")
        raise OSError(28, "No space left on device")

    with pytest.raises(SandboxError, match="No space left"):
        root._once("thing", build)
    assert os.listdir(tmp_path) == []


def test_a_build_that_another_process_finished_first_is_taken(monkeypatch, tmp_path, as_user):
    monkeypatch.setenv("CNN_SANDBOX_CACHE", str(tmp_path))

    def build(folder):
        (folder / "file").write_text("ours")
        (tmp_path / "thing").mkdir()
        (tmp_path / "thing" / "file").write_text("theirs")

    assert (root._once("thing", build) / "file").read_text() == "theirs"
    assert os.listdir(tmp_path) == ["thing"]


def test_the_packaged_bwrap_is_copied_with_its_library_when_it_cannot_be_reached(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(root, "dropped_uid", lambda: 65534)
    cache, closed = tmp_path / "cache", tmp_path / "closed"
    program = closed / "package" / "_bin" / "bwrap"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (closed / "package.libs").mkdir()
    (closed / "package.libs" / "libcap.so.2").write_text("library")
    closed.chmod(0o700)
    cache.mkdir()
    monkeypatch.setattr(root, "cache_folder", lambda: cache)
    copy = root.reachable_bwrap(program)
    assert copy != program
    assert os.access(copy, os.X_OK)
    assert (copy.parents[2] / "package.libs" / "libcap.so.2").read_text() == "library"


@pytest.mark.sandbox
def test_the_root_holds_the_library_and_numpy_and_no_other_package(bubblewrap):
    folder = root.worker_root()
    assert sorted(os.listdir(folder / "py" / "site"))[0] == "numpy"
    assert all(name.startswith("numpy") for name in os.listdir(folder / "py" / "site"))
    library = next((folder / "py" / "lib").iterdir())
    assert not (library / "site-packages").exists()
    writable = [
        path for path, _, _ in os.walk(folder) if stat.S_IMODE(os.stat(path).st_mode) & 0o022
    ]
    assert writable == []
