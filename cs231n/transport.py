"""Downloads: files over HTTP, packages through pip; and the unpacking of zip archives.

A source that cannot deliver raises `SourceError` with a short reason, so that the next source can be tried. Trouble
on this machine (disk full, no permission) stays an OSError, because no other source would help.
"""

import contextlib
import errno
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
import zipfile
import zlib

import requests
import urllib3
from requests import exceptions
from tqdm import tqdm

from cs231n.data_sets import host_of

PROBE_SECONDS = 3  # to find out which hosts answer, for all of them together
CONNECT_SECONDS, READ_SECONDS = 5, 10  # the longest silence of a host that answers
ATTEMPTS = 5  # a download that breaks off continues where it stopped, as long as each attempt brings bytes
CHUNK_BYTES = 1 << 16  # read at most at a time
LINE_SECONDS = 10  # between two lines about a long download where there is no terminal to draw a bar on
MAX_BYTES = 4 << 30  # of a download, and of what an archive unpacks to; the largest set needs about half
MAX_RATIO = 100  # of unpacked to packed bytes; deflated zeros reach 1000, real data seldom 20

_SILENCE = "no answer in time"
_REASONS = (  # subclasses before their parents
    (exceptions.ProxyError, "the proxy refuses (see HTTPS_PROXY)"),
    (exceptions.SSLError, "TLS certificate not accepted (behind a company's proxy, set REQUESTS_CA_BUNDLE)"),
    (exceptions.TooManyRedirects, "redirects in circles"),
    ((exceptions.InvalidSchema, exceptions.MissingSchema), "only addresses with http:// or https:// are followed"),
    (urllib3.exceptions.ProtocolError, "the download broke off"),
    (exceptions.ConnectionError, "no connection"),
)
_ERRORS = (exceptions.RequestException, urllib3.exceptions.HTTPError, ValueError)  # of a bad address or answer
_NO_ANSWER = (exceptions.ConnectionError, exceptions.Timeout, urllib3.exceptions.TimeoutError)


class SourceError(Exception):
    """One source cannot deliver; the message is a short reason, to be put after its address."""


class Unreachable(SourceError):
    """The host of a source does not answer, so its other sources need not be tried either."""


# ---------------------------------------------------------------- HTTP


def unreachable_hosts(urls):
    """The hosts of `urls` that give no answer of any kind, as {host: reason}.

    All are asked at the same time, through the user's proxy if there is one. A host without an answer after
    PROBE_SECONDS counts as unreachable, so neither a firewall that drops packets nor a hanging name server costs
    more time.
    """
    hosts = {host_of(url) for url in urls}
    failures = dict.fromkeys(hosts, _SILENCE)

    def ask(host):
        try:
            requests.head(host, timeout=PROBE_SECONDS, allow_redirects=False).close()
            del failures[host]
        except _ERRORS as error:
            failures[host] = _reason(error)

    # Daemon threads, unlike those of a pool, do not keep a finished program waiting for a hanging name server.
    threads = [threading.Thread(target=ask, args=(host,), daemon=True) for host in hosts]
    deadline = time.monotonic() + PROBE_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    return failures.copy()


def http_bytes(url, max_bytes, seconds):
    """The bytes at an address, in memory.

    Args:
        url: http or https address; redirects are followed, to http and https only.
        max_bytes: bound on the length; seconds: longest wait for the answer, and then for all of the data.

    Raises:
        SourceError: if the address is not for http or https, or does not deliver within the bounds.
    """
    data = bytearray()
    try:
        with _answer(url, seconds) as response:
            deadline = time.monotonic() + seconds
            if response.status_code != 200:
                raise SourceError(f"answers {response.status_code} {response.reason}")
            while piece := response.raw.read1(CHUNK_BYTES):
                data += piece
                if len(data) > max_bytes:
                    raise SourceError(f"it has more than {max_bytes:,} bytes")
                if time.monotonic() > deadline:
                    raise SourceError(f"it did not arrive within {seconds:g} s")
    except _ERRORS as error:
        raise SourceError(_reason(error)) from None
    return bytes(data)


def http_download(url, part, max_bytes=MAX_BYTES):
    """Download the file at `url` to `part`, continuing after the bytes that are already there.

    Args:
        url: http or https address; redirects are followed, to http and https only.
        part: Path of the growing file. It stays if the download fails, so that the next run can continue.
        max_bytes: bound on the length, for files that do not end.

    Raises:
        SourceError: if the address does not deliver; `Unreachable` if its host does not answer at all.
    """
    for _ in range(ATTEMPTS):
        with _Transfer(part, max_bytes) as transfer:
            before = transfer.size
            try:
                with _answer(url, (CONNECT_SECONDS, READ_SECONDS), before) as response:
                    if transfer.receive(response):
                        return
                reason = "the download broke off"
            except _ERRORS as error:
                reason = _reason(error)
                if transfer.size <= before:  # nothing gained: continuing is of no use
                    raise (Unreachable if isinstance(error, _NO_ANSWER) else SourceError)(reason) from None
    raise SourceError(reason)


def _answer(url, timeout, begin=0):
    """The open answer to a request for the bytes of `url` from `begin` on."""
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={begin}-"} if begin else {})
    return requests.get(url, headers=headers, timeout=timeout, stream=True)


def _reason(error):
    if "timed out" in str(error):  # of several types, depending on how far the answer had come
        return _SILENCE
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), f"no usable answer ({error})")


class _Transfer:
    """The `.part` file of one HTTP answer, written from the byte at which the answer begins."""

    def __init__(self, part, max_bytes):
        self.part, self.max_bytes, self.total, self.bar = part, max_bytes, None, None
        self.next_line = time.monotonic() + LINE_SECONDS

    def __enter__(self):
        self.part.touch()
        self.file = open(self.part, "r+b", buffering=0)
        self.size = self.file.seek(0, os.SEEK_END)
        return self

    def __exit__(self, *_):
        self.file.close()
        if not self.size:
            self.part.unlink()
        if self.bar is not None:
            self.bar.close()

    def receive(self, response):
        """Append the body of an answer; returns whether the file is complete now."""
        before = self.size
        self._position(response)
        if response.status_code == 416 and before:  # our bytes are all there are, or of another file
            if self.total != before:
                self._truncate(0)
            return self.total == before
        if response.status_code not in (200, 206):
            raise SourceError(f"answers {response.status_code} {response.reason}")
        self.bar = tqdm(
            total=self.total,
            initial=self.size,
            unit="B",
            unit_scale=True,
            desc=self.part.stem,
            disable=not sys.stderr.isatty(),
        )
        while piece := response.raw.read1(CHUNK_BYTES):
            self.write(piece)
        return self.size > 0 and self.total in (None, self.size)

    def _position(self, response):
        """Take the total size from an answer's headers, and go to the byte at which its body begins."""
        content_range = response.headers.get("Content-Range", "")
        if response.status_code == 200:  # the server ignores ranges: from the start
            self._truncate(0)
            self.total = int(response.headers["Content-Length"]) if "Content-Length" in response.headers else None
        elif response.status_code == 206:
            match = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", content_range)
            if not match or int(match[1]) != self.size:
                self._truncate(0)  # ask for all of it next time
                raise SourceError(f"answers with another range than asked, {content_range!r}")
            self.total = int(match[2])
        elif response.status_code == 416:
            match = re.fullmatch(r"bytes \*/(\d+)", content_range)
            self.total = int(match[1]) if match else None

    def _truncate(self, size):
        self.size = self.file.seek(size)
        self.file.truncate()

    def write(self, piece):
        if self.size + len(piece) > self.max_bytes:
            self._truncate(0)
            raise SourceError(f"sends more than the {self.max_bytes:,} bytes it should have")
        self.size += self.file.write(piece)
        self.bar.update(len(piece))
        if self.bar.disable and time.monotonic() > self.next_line:
            self.next_line = time.monotonic() + LINE_SECONDS
            of_total = f" of {self.total / 1e6:,.0f}" if self.total else ""
            print(f"{self.part.stem}: {self.size / 1e6:,.0f}{of_total} MB", file=sys.stderr, flush=True)


# ---------------------------------------------------------------- packages


def pip_download(requirement, folder):
    """The wheel of `requirement` ("name==version"), through this Python's own pip and its settings, as a Path."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--dest", str(folder), requirement]
    # pip's own default, a minute and a half of waiting, is too long where there is no internet.
    patience = {"PIP_DEFAULT_TIMEOUT": "5", "PIP_RETRIES": "1"}
    in_terminal = sys.stderr.isatty()  # then pip draws its own progress bar
    result = subprocess.run(
        command if in_terminal else [*command, "--quiet"],
        stdout=sys.stderr if in_terminal else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**patience, **os.environ},
        stdin=subprocess.DEVNULL,
    )
    if result.returncode == 0:
        return next(folder.glob("*.whl"))
    if "No module named pip" in result.stderr:
        raise SourceError(f"{sys.executable} has no pip (install it with: python -m ensurepip)")
    if "connection broken by" in result.stderr:
        raise Unreachable("pip gets no connection")
    if f"[Errno {errno.ENOSPC}]" in result.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    # pip's first complaint is to the point; below a traceback it is the last line that is.
    complaints = re.findall(r"^ERROR: (?!Exception:)(.+)", result.stderr, re.MULTILINE)
    complaint = [*complaints, *result.stderr.splitlines()[-1:], f"exit code {result.returncode}"][0]
    raise SourceError(f"pip says {complaint!r}")


# ---------------------------------------------------------------- archives


def unpack(archive, members, folder):
    """Copy some members of a zip file into `folder`.

    Members are found by their base names, in any folder of the archive, and written under the names in `members`. So no
    name in the archive decides where something is written. The whole archive is refused if a name in it leads out of
    the folder, if it holds a link, or if it unpacks to more than MAX_BYTES and MAX_RATIO allow.

    Args:
        archive: Path of the zip file.
        members: {base name of a member: file name in `folder`}.

    Raises:
        SourceError: if the archive is damaged, refused, or lacks a member.
    """
    max_bytes = min(MAX_BYTES, MAX_RATIO * archive.stat().st_size)
    with _damage_as_source_error(), zipfile.ZipFile(archive) as opened:
        infos = _checked_members(opened, max_bytes, members)
        for base_name, file_name in members.items():
            with opened.open(infos[base_name]) as source, open(folder / file_name, "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)


def _checked_members(opened, max_bytes, members):
    """{base name: ZipInfo} of the wanted members, after a look at all; SourceError if one of them is refused."""
    infos, total = {}, 0
    for info in opened.infolist():
        name = info.orig_filename
        if info.is_dir():
            continue
        if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
            raise SourceError(f"refused, it wants to write to {name!r}")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            raise SourceError(f"refused, {name!r} is a link or a device")
        total += info.file_size  # zipfile cuts what a member unpacks to at this size, so it can be believed
        if total > max_bytes:
            raise SourceError(f"refused, it unpacks to more than {max_bytes:,} bytes")
        base_name = name.rsplit("/", 1)[-1]
        if base_name in members:
            if base_name in infos:
                raise SourceError(f"refused, it holds {base_name!r} twice")
            infos[base_name] = info
    if missing := members.keys() - infos:
        raise SourceError(f"{', '.join(sorted(missing))} not in it")
    return infos


@contextlib.contextmanager
def _damage_as_source_error():
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceError(f"damaged archive ({error})") from None
    except (NotImplementedError, RuntimeError, ValueError, IndexError) as error:  # odd compression, offsets, names
        raise SourceError(f"unusable archive ({error})") from None
    except OSError as error:
        if error.errno == errno.EINVAL:  # an offset before the beginning of the file
            raise SourceError(f"damaged archive ({error})") from None
        raise
