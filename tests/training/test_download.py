"""Files are fetched once, whole, and from where they were cut off; the server is the test's own."""

import hashlib
import http.server
import re
import threading
from pathlib import Path

import pytest

from solutions.download import ChecksumError, DownloadError, cache_folder, check_file, fetch

_CONTENT = bytes(range(256)) * 1000
_CHECKSUM = "sha256:" + hashlib.sha256(_CONTENT).hexdigest()


class _Server(http.server.ThreadingHTTPServer):
    """A server of one file, which a test can make worse.

    Attributes
    ----------
    ranges : bool
        Whether it understands ranges.
    cuts : list of int
        For each answer to come, after how many bytes it breaks off.
    asked : list of str
        The ranges that were asked for, "" for the whole file.
    """

    daemon_threads = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.ranges, self.cuts, self.asked = True, [], []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/folder/file.bin?version=1"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked = self.headers.get("Range", "")
        self.server.asked.append(asked)
        if "file.bin" not in self.path:
            self.send_error(404)
            return
        begin = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and self.server.ranges else 0
        if begin >= len(_CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(_CONTENT) - begin))
        self.end_headers()
        cut = self.server.cuts.pop(0) if self.server.cuts else len(_CONTENT)
        self.wfile.write(_CONTENT[begin : begin + cut])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_file_is_fetched_once(server, tmp_path):
    for _ in range(2):
        path = fetch(server.url, tmp_path / "new" / "folder", checksum=_CHECKSUM)
        assert path.read_bytes() == _CONTENT
    assert path == tmp_path / "new" / "folder" / "file.bin"
    assert server.asked == [""]
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_was_cut_off_is_asked_for_from_there(server, tmp_path):
    server.cuts = [100_000, 50_000]
    path = fetch(server.url, tmp_path, checksum=_CHECKSUM)
    assert path.read_bytes() == _CONTENT
    assert server.asked == ["", "bytes=100000-", "bytes=150000-"]


def test_after_three_cuts_the_next_call_goes_on(server, tmp_path):
    server.cuts = [1000, 2000, 3000]
    with pytest.raises(DownloadError, match=r"cut off 3 times .*from byte 6000"):
        fetch(server.url, tmp_path, checksum=_CHECKSUM)
    assert [path.name for path in tmp_path.iterdir()] == ["file.bin.part"]
    assert fetch(server.url, tmp_path, checksum=_CHECKSUM).read_bytes() == _CONTENT
    assert server.asked[-1] == "bytes=6000-"


def test_a_server_without_ranges_sends_the_file_again(server, tmp_path):
    server.ranges, server.cuts = False, [100_000]
    assert fetch(server.url, tmp_path, checksum=_CHECKSUM).read_bytes() == _CONTENT
    assert server.asked == ["", "bytes=100000-"]


def test_half_a_file_from_another_day_is_completed(server, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(_CONTENT[:777])
    assert fetch(server.url, tmp_path, checksum=_CHECKSUM).read_bytes() == _CONTENT
    assert server.asked == ["bytes=777-"]


def test_a_whole_file_that_was_not_renamed_is_kept(server, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(_CONTENT)
    assert fetch(server.url, tmp_path, checksum=_CHECKSUM).read_bytes() == _CONTENT
    assert server.asked == [f"bytes={len(_CONTENT)}-"]


def test_half_of_another_file_is_found_out_and_not_built_on(server, tmp_path):
    (tmp_path / "file.bin.part").write_bytes(b"x" * 777)
    with pytest.raises(ChecksumError, match="another file"):
        fetch(server.url, tmp_path, checksum=_CHECKSUM)
    assert list(tmp_path.iterdir()) == []
    assert fetch(server.url, tmp_path, checksum=_CHECKSUM).read_bytes() == _CONTENT


def test_another_file_is_not_kept(server, tmp_path):
    with pytest.raises(ChecksumError, match=r"another file: .*expected the md5 checksum 0123"):
        fetch(server.url, tmp_path, checksum="md5:0123")
    assert list(tmp_path.iterdir()) == []


def test_a_kept_file_that_was_damaged_is_named(server, tmp_path):
    (tmp_path / "file.bin").write_bytes(b"x")
    with pytest.raises(ChecksumError, match=r"file\.bin: expected .* Remove the file"):
        fetch(server.url, tmp_path, checksum=_CHECKSUM)
    assert server.asked == []


def test_a_missing_file_is_named_with_what_the_server_says(server, tmp_path):
    with pytest.raises(DownloadError, match=r"nothing.*: the server says 404 Not Found"):
        fetch(server.url.replace("file.bin", "nothing"), tmp_path, checksum=_CHECKSUM)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_named(server, tmp_path):
    with _Server() as gone:
        url = gone.url
    with pytest.raises(DownloadError, match="cannot be reached"):
        fetch(url, tmp_path, checksum=_CHECKSUM)


def test_a_checksum_is_of_the_kind_that_its_name_says(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(_CONTENT)
    for name in ("md5", "sha256"):
        check_file(path, f"{name}:{hashlib.new(name, _CONTENT).hexdigest()}")
        with pytest.raises(ChecksumError, match=name):
            check_file(path, f"{name}:00")


def test_downloads_are_kept_where_the_user_says(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    monkeypatch.delenv("CNN_COURSE_CACHE", raising=False)
    assert cache_folder() == Path("/caches/cnn-by-hand")
    monkeypatch.setenv("CNN_COURSE_CACHE", "/elsewhere")
    assert cache_folder() == Path("/elsewhere")
