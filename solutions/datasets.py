"""Pictures to train on: a small set of digits that lies here, and three sets to be fetched.

Every set comes as a `Dataset` of bytes, and is compared with checksums. Nothing is ever unpickled.
"""

import gzip
import hashlib
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from solutions.download import (
    ChecksumError,
    DataError,
    DownloadError,
    FormatError,
    cache_folder,
    check_file,
    fetch,
)

__all__ = [
    "ChecksumError",
    "DataError",
    "Dataset",
    "DownloadError",
    "FormatError",
    "load_cifar10",
    "load_digits_subset",
    "load_fashion_mnist",
    "load_mnist",
]

_DIGITS = Path(__file__).resolve().parent.parent / "data" / "digits.npz"
_NAMES = ("x_train", "y_train", "x_test", "y_test")
# Of the bytes of the arrays, so that they hold for every kind of file.
_DIGITS_SHA256 = {
    "x_train": "74a26a5fdbf76a66552a1cab44d53c8da313822f44bf04a00e4b95dda2d216e3",
    "y_train": "7b3f67f91a3ac02cb752698829cfad6bf636fd5656f0827255050084d84f29bb",
    "x_test": "fad5c94a2ba71782cf4ce750802e7b460c902c32721d42fcac5c729912cb75de",
    "y_test": "c049b9b4daf39f2130a90889fcc7dac65c616fa98572efa09866b05a6c80b13b",
}
_MNIST_SHA256 = {
    "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
}
_MNIST_URL = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_MNIST_FILES = {
    "train-images-idx3-ubyte.gz": "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte.gz": "md5:d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte.gz": "md5:9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte.gz": "md5:ec29112dd5afa0611ce80d1b7f02629c",
}
_FASHION_URL = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_FASHION_FILES = {
    "train-images-idx3-ubyte.gz": "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "train-labels-idx1-ubyte.gz": "md5:25c81989df183df01b3e8a0aad5dffbe",
    "t10k-images-idx3-ubyte.gz": "md5:bef4ecab320f06d8554ea6380940ec79",
    "t10k-labels-idx1-ubyte.gz": "md5:bb300cfdad3c16e7a12a480ee83cd310",
}
_CIFAR_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
_CIFAR_CHECKSUM = "md5:c32a1d4ab5d03f1284b67883e8d87530"
_CIFAR_FILES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")
_CIFAR_RECORD = 1 + 3 * 32 * 32  # a label, then the pixels: red, green, blue, each row by row


class Dataset(NamedTuple):
    """Images to learn from and images to be tested with, as bytes.

    Attributes
    ----------
    x_train, x_test : ndarray of uint8, shape (N, H, W) or (N, C, H, W)
        The images, from 0 to 255.
    y_train, y_test : ndarray of uint8, shape (N,)
        The class of each, from 0 to 9.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def load_digits_subset(path=None):
    """Load the digits that lie in the repository: 1,000 of each to learn from, 200 to test with.

    Parameters
    ----------
    path : path-like, optional
        The file, if it is not ``data/digits.npz``.

    Returns
    -------
    Dataset
        Images of 28 x 28, white on black.

    Raises
    ------
    FormatError
        If the file is not there or is damaged.
    ChecksumError
        If it holds other images.
    """
    path = Path(path or _DIGITS)
    arrays = _read_npz(path)
    _check_arrays(path, arrays, _DIGITS_SHA256)
    return Dataset(**arrays)


def load_mnist(source=None):
    """Load the digits of MNIST: 60,000 to learn from, 10,000 to test with.

    Parameters
    ----------
    source : path-like or str, optional
        A file ``.npz`` with the arrays x_train, y_train, x_test and y_test; a folder with the four
        files of the original format, with or without ``.gz``; or the address where they are, which
        ends in a slash. By default they are downloaded, once.

    Returns
    -------
    Dataset
        Images of 28 x 28, white on black.

    Raises
    ------
    DataError
        If they cannot be had, are damaged, or are other images.
    """
    if source is not None and Path(source).suffix == ".npz":
        arrays = _read_npz(Path(source))
    else:
        arrays = _read_idx_files(source or _MNIST_URL, "mnist", _MNIST_FILES)
    _check_arrays(source or _MNIST_URL, arrays, _MNIST_SHA256)
    return Dataset(**arrays)


def load_fashion_mnist(source=None):
    """Load Fashion-MNIST, clothes in the format of MNIST.

    Parameters
    ----------
    source : path-like or str, optional
        A folder with the four files, with or without ``.gz``, or the address where they are, which
        ends in a slash. By default they are downloaded, once. On Debian the package
        dataset-fashion-mnist brings a folder.

    Returns
    -------
    Dataset
        Images of 28 x 28: 60,000 to learn from, 10,000 to test with.

    Raises
    ------
    DataError
        If they cannot be had or are damaged; downloads are compared with checksums, too.
    """
    return Dataset(**_read_idx_files(source or _FASHION_URL, "fashion-mnist", _FASHION_FILES))


def load_cifar10(source=None):
    """Load CIFAR-10, small photographs of ten kinds of things, from its binary version.

    Parameters
    ----------
    source : path-like or str, optional
        The archive ``cifar-10-binary.tar.gz``, a folder with the six files from it, or an address
        of the archive. By default it is downloaded, once.

    Returns
    -------
    Dataset
        Images of 3 x 32 x 32: 50,000 to learn from, 10,000 to test with.

    Raises
    ------
    DataError
        If they cannot be had or are damaged; the archive is compared with its checksum.
    """
    source = source or _CIFAR_URL
    if _is_address(source):
        source = fetch(source, cache_folder() / "cifar-10", checksum=_CIFAR_CHECKSUM)
    source = Path(source)
    if source.is_dir():
        batches = [_cifar_batch(source / name, _read(source / name)) for name in _CIFAR_FILES]
    else:
        batches = _cifar_archive(source)
    images, labels = zip(*batches, strict=True)
    x_train, y_train = np.concatenate(images[:-1]), np.concatenate(labels[:-1])
    return Dataset(x_train, y_train, images[-1], labels[-1])


def _is_address(source):
    return str(source).startswith(("http://", "https://"))


def _read(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror}") from None


def _read_npz(path):
    try:
        # Opened here: of a damaged file, NumPy forgets to close what it has opened itself.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in _NAMES}
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise FormatError(
            f"{path} is damaged, or no file of {', '.join(_NAMES)}: {error}"
        ) from None


def _check_arrays(where, arrays, checksums):
    for name, array in arrays.items():
        came = hashlib.sha256(np.ascontiguousarray(array)).hexdigest()
        if array.dtype != np.uint8 or came != checksums[name]:
            raise ChecksumError(
                f"{where}: {name} is not the one that was expected (sha256 {checksums[name]}), "
                f"got {array.dtype} {array.shape} with {came}"
            )


def _read_idx_files(source, kept_as, files):
    """Read the four files of MNIST's format, from a folder or from the web."""
    if _is_address(source):
        folder = cache_folder() / kept_as
        paths = [fetch(f"{source}{name}", folder, checksum=files[name]) for name in files]
    else:
        packed = [Path(source) / name for name in files]
        paths = [path if path.is_file() else path.with_suffix("") for path in packed]
    arrays = dict(zip(_NAMES, map(_read_idx, paths), strict=True))
    for images, labels in (_NAMES[:2], _NAMES[2:]):
        if arrays[images].ndim != 3 or arrays[labels].shape != arrays[images].shape[:1]:
            raise FormatError(
                f"{source}: expected images (N, H, W) and labels (N,), "
                f"got {arrays[images].shape} and {arrays[labels].shape}"
            )
    return arrays


def _read_idx(path):
    """Read one file: two zeros, 8 for bytes, the number of axes, the sizes, the bytes."""
    data = _read(path)
    try:
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError(f"{path} is damaged: {error}") from None
    if data[:3] != b"\0\0\x08" or len(data) < 4 + 4 * data[3]:
        raise FormatError(f"{path} is no file of bytes in the format of MNIST")
    begin = 4 + 4 * data[3]
    shape = tuple(np.frombuffer(data[4:begin], dtype=">u4").tolist())
    if len(data) != begin + int(np.prod(shape)):
        raise FormatError(
            f"{path} is damaged: {len(data) - begin:,} bytes for an array of the shape {shape}"
        )
    return np.frombuffer(data, dtype=np.uint8, offset=begin).reshape(shape).copy()


def _cifar_archive(path):
    if not path.is_file():
        raise FormatError(f"{path} is no file and no folder")
    check_file(path, _CIFAR_CHECKSUM)
    try:
        with tarfile.open(path) as archive:
            # By their last name, and read in place: nothing is unpacked to the disk.
            members = {Path(member.name).name: member for member in archive if member.isfile()}
            return [
                _cifar_batch(f"{path}: {name}", archive.extractfile(members[name]).read())
                for name in _CIFAR_FILES
            ]
    except KeyError as error:
        raise FormatError(f"{path} holds no {error.args[0]}") from None
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise FormatError(f"{path} is damaged: {error}") from None


def _cifar_batch(where, data):
    """Read records of a label and 3072 pixels."""
    if not data or len(data) % _CIFAR_RECORD:
        raise FormatError(
            f"{where} is damaged: {len(data):,} bytes are no whole number of records of "
            f"{_CIFAR_RECORD:,}"
        )
    records = np.frombuffer(data, dtype=np.uint8).reshape(-1, _CIFAR_RECORD)
    if records[:, 0].max() > 9:
        raise FormatError(f"{where} is damaged: a label of {records[:, 0].max()}, expected 0 to 9")
    return records[:, 1:].reshape(-1, 3, 32, 32).copy(), records[:, 0].copy()
