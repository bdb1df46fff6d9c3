"""The digits are those that the README promises; other data is read, or refused with a reason."""

import gzip
import hashlib
import io
import os
import re
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest

from autograder.course import find_course
from solutions import datasets
from solutions.datasets import (
    ChecksumError,
    DataError,
    FormatError,
    load_cifar10,
    load_digits_subset,
    load_fashion_mnist,
    load_mnist,
)

_COURSE = find_course(__file__)
_DIGITS = _COURSE.root / "data" / "digits.npz"
_MAKER = _COURSE.module(_COURSE.root / "tools" / "make_digits.py")


def sha256(array):
    return hashlib.sha256(np.ascontiguousarray(array)).hexdigest()


@pytest.fixture
def rng():
    return np.random.default_rng(5)


# The digits that lie here -------------------------------------------------------------------


def test_the_digits_are_balanced_bytes_of_the_size_of_mnist():
    digits = load_digits_subset()
    assert {each.dtype for each in digits} == {np.dtype(np.uint8)}
    assert (digits.x_train.shape, digits.x_test.shape) == ((10_000, 28, 28), (2_000, 28, 28))
    assert np.bincount(digits.y_train).tolist() == [1000] * 10
    assert np.bincount(digits.y_test).tolist() == [200] * 10
    assert digits.x_train.min() == 0
    assert digits.x_train.max() == 255


def test_no_digit_is_there_twice():
    digits = load_digits_subset()
    images = np.concatenate([digits.x_train, digits.x_test])
    assert len({image.tobytes() for image in images}) == 12_000


def test_the_first_images_are_of_all_classes():
    digits = load_digits_subset()
    assert (np.bincount(digits.y_train[:1000]) > 60).all()


def test_the_file_is_small_and_its_checksums_stand_in_the_readme():
    assert _DIGITS.stat().st_size < 3_000_000
    readme = (_DIGITS.parent / "README.md").read_text(encoding="utf-8")
    for name, array in load_digits_subset()._asdict().items():
        assert re.search(rf"`{name}` \|.*`{sha256(array)}`", readme), name
    assert f"seed {_MAKER.SEED}" in readme


def test_the_file_says_where_it_comes_from():
    with np.load(_DIGITS, allow_pickle=False) as stored:
        assert str(stored["about"]) == _MAKER.ABOUT
    for said in ("MNIST", "LeCun", "Cortes", "Burges", "CC BY-SA 3.0"):
        assert said in _MAKER.ABOUT


@pytest.mark.skipif("CNN_COURSE_MNIST" not in os.environ, reason="CNN_COURSE_MNIST names no MNIST")
def test_the_digits_come_again_from_the_whole_of_mnist(tmp_path):
    target = tmp_path / "digits.npz"
    assert _MAKER.main([os.environ["CNN_COURSE_MNIST"], "--output", str(target)]) == 0
    for came, kept in zip(load_digits_subset(target), load_digits_subset(), strict=True):
        np.testing.assert_array_equal(came, kept)


def test_the_same_images_are_drawn_each_time_and_kept_in_their_order(rng):
    count = 1100 * 10
    labels = np.tile(np.arange(10, dtype=np.uint8), 1100)
    images = np.arange(count).reshape(count, 1, 1)
    dataset = datasets.Dataset(images, labels, images, labels)
    first, second = _MAKER.draw(dataset), _MAKER.draw(dataset)
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name])
    assert (np.diff(first["x_train"].ravel()) > 0).all()
    assert np.bincount(first["y_test"]).tolist() == [200] * 10


def test_the_maker_refuses_what_is_not_mnist(tmp_path, capsys):
    assert _MAKER.main([str(_DIGITS), "--output", str(tmp_path / "new.npz")]) == 2
    assert "x_train is not the one that was expected" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# Files that are not what they should be -------------------------------------------------------


def test_other_digits_are_refused(tmp_path):
    arrays = load_digits_subset()._asdict()
    arrays["y_test"] = arrays["y_test"][::-1]
    np.savez(tmp_path / "digits.npz", **arrays)
    with pytest.raises(ChecksumError, match=r"digits\.npz: y_test is not the one"):
        load_digits_subset(tmp_path / "digits.npz")
    np.savez(tmp_path / "digits.npz", **arrays | {"x_train": arrays["x_train"].astype("i1")})
    with pytest.raises(ChecksumError, match=r"got int8 \(10000, 28, 28\)"):
        load_digits_subset(tmp_path / "digits.npz")


def test_a_file_that_is_not_there_or_damaged_is_named(tmp_path):
    path = tmp_path / "digits.npz"
    with pytest.raises(FormatError, match=r"digits\.npz cannot be read: No such file"):
        load_digits_subset(path)
    whole = _DIGITS.read_bytes()
    for content in (b"", b"no zip file", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(FormatError, match="is damaged"):
            load_digits_subset(path)
    damaged = bytearray(whole)
    damaged[5000:5100] = bytes(100)
    path.write_bytes(damaged)
    with pytest.raises(DataError):
        load_digits_subset(path)


def test_nothing_is_unpickled(tmp_path):
    trap = np.array([object()], dtype=object)
    np.savez(tmp_path / "trap.npz", x_train=trap, y_train=trap, x_test=trap, y_test=trap)
    with pytest.raises(FormatError, match="allow_pickle"):
        load_digits_subset(tmp_path / "trap.npz")
    with pytest.raises(FormatError, match="allow_pickle"):
        load_mnist(tmp_path / "trap.npz")
    sources = "".join(
        (_COURSE.root / "solutions" / f"{name}.py").read_text(encoding="utf-8")
        for name in ("datasets", "download", "training")
        if (_COURSE.root / "solutions" / f"{name}.py").is_file()
    )
    assert "import pickle" not in sources
    assert "allow_pickle=True" not in sources


def test_an_archive_without_the_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", x_train=np.zeros(3))
    with pytest.raises(FormatError, match="y_train"):
        load_mnist(tmp_path / "other.npz")


# MNIST's own format --------------------------------------------------------------------------


def idx(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def drawn(rng):
    """Draw four arrays like those of MNIST, and few of them."""
    sizes = {"train": 7, "test": 3}
    arrays = {}
    for part, count in sizes.items():
        arrays[f"x_{part}"] = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        arrays[f"y_{part}"] = rng.integers(0, 10, count, dtype=np.uint8)
    return arrays


def write_idx(folder, arrays, *, packed):
    for name, array in zip(datasets._MNIST_FILES, arrays.values(), strict=True):
        data = idx(array)
        path = folder / (name if packed else name.removesuffix(".gz"))
        path.write_bytes(gzip.compress(data) if packed else data)


@pytest.mark.parametrize("packed", [True, False])
def test_a_folder_in_the_format_of_mnist_is_read(tmp_path, monkeypatch, drawn, packed):
    write_idx(tmp_path, drawn, packed=packed)
    for name, array in drawn.items():
        monkeypatch.setitem(datasets._MNIST_SHA256, name, sha256(array))
    for load in (load_mnist, load_fashion_mnist):
        dataset = load(tmp_path)
        for name, array in drawn.items():
            np.testing.assert_array_equal(getattr(dataset, name), array)
            assert getattr(dataset, name).flags.writeable


def test_mnist_from_an_archive_is_the_same(tmp_path, monkeypatch, drawn):
    np.savez(tmp_path / "mnist.npz", **drawn)
    with pytest.raises(ChecksumError, match="x_train is not the one"):
        load_mnist(tmp_path / "mnist.npz")
    for name, array in drawn.items():
        monkeypatch.setitem(datasets._MNIST_SHA256, name, sha256(array))
    np.testing.assert_array_equal(load_mnist(tmp_path / "mnist.npz").x_test, drawn["x_test"])


def test_other_digits_in_the_format_of_mnist_are_refused(tmp_path, drawn):
    write_idx(tmp_path, drawn, packed=False)
    with pytest.raises(ChecksumError, match="x_train is not the one"):
        load_mnist(tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data[:-1], "is damaged: 5,487 bytes for an array"),
        (lambda data: b"\1" + data[1:], "is no file of bytes"),
        (lambda data: b"", "is no file of bytes"),
        (lambda data: data[:6], "is damaged|is no file"),
    ],
)
def test_a_damaged_file_of_mnists_format_is_named(tmp_path, drawn, change, said):
    write_idx(tmp_path, drawn, packed=False)
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(FormatError, match=f"train-images-idx3-ubyte.*({said})"):
        load_fashion_mnist(tmp_path)


def test_a_packed_file_that_was_cut_off_is_named(tmp_path, drawn):
    write_idx(tmp_path, drawn, packed=True)
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FormatError, match=r"t10k-images-idx3-ubyte\.gz is damaged"):
        load_fashion_mnist(tmp_path)


def test_labels_of_another_number_of_images_are_refused(tmp_path, drawn):
    write_idx(tmp_path, drawn | {"y_test": drawn["y_test"][:2]}, packed=False)
    with pytest.raises(FormatError, match=r"got \(3, 28, 28\) and \(2,\)"):
        load_fashion_mnist(tmp_path)


def test_a_folder_that_lacks_a_file_is_refused(tmp_path):
    with pytest.raises(FormatError, match=r"train-images-idx3-ubyte cannot be read"):
        load_mnist(tmp_path)


@pytest.mark.parametrize("load", [load_mnist, load_fashion_mnist])
def test_by_default_the_four_files_are_fetched(tmp_path, monkeypatch, drawn, load):
    write_idx(tmp_path, drawn, packed=True)
    asked = []

    def fetch(url, folder, *, checksum):
        asked.append((url, folder, checksum))
        return tmp_path / Path(url).name

    monkeypatch.setattr(datasets, "fetch", fetch)
    monkeypatch.setenv("CNN_COURSE_CACHE", "/cache")
    for name, array in drawn.items():
        monkeypatch.setitem(datasets._MNIST_SHA256, name, sha256(array))
    np.testing.assert_array_equal(load().y_train, drawn["y_train"])
    assert len({url for url, _, _ in asked}) == 4
    assert {str(folder) for _, folder, _ in asked} in ({"/cache/mnist"}, {"/cache/fashion-mnist"})
    assert all(re.fullmatch("md5:[0-9a-f]{32}", checksum) for _, _, checksum in asked)


# CIFAR-10 ---------------------------------------------------------------------------------------


@pytest.fixture
def batches(rng):
    """Draw six files of CIFAR-10's binary format with four images each."""
    made = {}
    for name in datasets._CIFAR_FILES:
        records = rng.integers(0, 256, (4, 3073), dtype=np.uint8)
        records[:, 0] %= 10
        made[name] = records
    return made


def pack(path, batches):
    with tarfile.open(path, "w:gz") as archive:
        for name, records in batches.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = records.nbytes
            archive.addfile(member, io.BytesIO(records.tobytes()))
    return "md5:" + hashlib.md5(path.read_bytes()).hexdigest()


def assert_is(dataset, batches):
    assert (dataset.x_train.shape, dataset.x_test.shape) == ((20, 3, 32, 32), (4, 3, 32, 32))
    last = batches["test_batch.bin"]
    np.testing.assert_array_equal(dataset.y_test, last[:, 0])
    # The second pixel of the second row, in green.
    np.testing.assert_array_equal(dataset.x_test[:, 1, 1, 1], last[:, 1 + 1024 + 33])
    np.testing.assert_array_equal(dataset.x_train[4:8, 0, 0, 0], batches["data_batch_2.bin"][:, 1])


def test_cifar10_is_read_from_its_archive_and_from_a_folder(tmp_path, monkeypatch, batches):
    path = tmp_path / "cifar-10-binary.tar.gz"
    monkeypatch.setattr(datasets, "_CIFAR_CHECKSUM", pack(path, batches))
    assert_is(load_cifar10(path), batches)
    for name, records in batches.items():
        (tmp_path / name).write_bytes(records.tobytes())
    assert_is(load_cifar10(tmp_path), batches)
    monkeypatch.setattr(datasets, "fetch", lambda url, folder, *, checksum: path)
    assert_is(load_cifar10(), batches)


def test_an_archive_that_is_not_cifar10_is_refused(tmp_path, monkeypatch, batches):
    path = tmp_path / "archive.tar.gz"
    pack(path, batches)
    with pytest.raises(ChecksumError, match=r"archive\.tar\.gz"):
        load_cifar10(path)
    del batches["data_batch_3.bin"]
    monkeypatch.setattr(datasets, "_CIFAR_CHECKSUM", pack(path, batches))
    with pytest.raises(FormatError, match=r"holds no data_batch_3\.bin"):
        load_cifar10(path)
    path.write_bytes(b"no archive")
    checksum = "md5:" + hashlib.md5(b"no archive").hexdigest()
    monkeypatch.setattr(datasets, "_CIFAR_CHECKSUM", checksum)
    with pytest.raises(FormatError, match="is damaged"):
        load_cifar10(path)
    with pytest.raises(FormatError, match="no file and no folder"):
        load_cifar10(tmp_path / "nothing")


def test_damaged_batches_of_cifar10_are_named(tmp_path, batches):
    for name, records in batches.items():
        (tmp_path / name).write_bytes(records.tobytes())
    path = tmp_path / "data_batch_5.bin"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FormatError, match=r"data_batch_5\.bin is damaged: 12,291 bytes"):
        load_cifar10(tmp_path)
    records = batches["data_batch_5.bin"]
    records[2, 0] = 17
    path.write_bytes(records.tobytes())
    with pytest.raises(FormatError, match=r"data_batch_5\.bin is damaged: a label of 17"):
        load_cifar10(tmp_path)
