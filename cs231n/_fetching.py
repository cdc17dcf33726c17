"""How data sets reach the disk: resumable HTTP, packages of a registry, archives, locks. What to fetch: `download`.

A source that cannot deliver raises `SourceError` with a short reason, and the next source gets its turn. Trouble
on this machine (disk full, no permission) stays the OSError that it is: no other source would mend it.
"""

import errno
import gzip
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
import zlib
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import requests
from pooch import HTTPDownloader
from requests import exceptions
from tqdm import tqdm

PROBE_SECONDS = 3  # to find out which hosts are there, for all of them together
CONNECT_SECONDS, READ_SECONDS = 5, 10  # the longest silence of a host that is there
ATTEMPTS = 5  # a download may break off; while it gains ground it goes on where it stopped
CHUNK = 1 << 14  # bytes read at a time, which is what may get lost when a connection breaks
LINE_SECONDS = 10  # between two lines about a long download where there is no terminal to draw a bar on
MAX_BYTES = 4 << 30  # of a download, and of what an archive unpacks to; the largest set needs about half
MAX_RATIO = 100  # of unpacked to packed bytes; deflated zeros reach 1000, real data seldom 20

_SILENCE = "no answer in time"
_REASONS = (  # subclasses before their parents
    (exceptions.ProxyError, "the proxy refuses (see HTTPS_PROXY)"),
    (exceptions.SSLError, "TLS certificate not accepted (behind a company's proxy, set REQUESTS_CA_BUNDLE)"),
    (exceptions.TooManyRedirects, "redirects in circles"),
    (exceptions.InvalidSchema, "redirects to an address that is not http(s)"),
    (exceptions.ChunkedEncodingError, "the download broke off"),
    (exceptions.ConnectionError, "no connection"),
)


class SourceError(Exception):
    """One source cannot deliver; the message is a short reason, to be put after its address."""


class Unreachable(SourceError):
    """Nothing answers where the source is: whatever else is there need not be tried either."""


def host_of(url):
    """Scheme, host and port of `url`: what is there or not as a whole."""
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


def unreachable_hosts(urls):
    """The hosts behind `urls` that give no answer of any kind, as {host: reason}.

    All are asked at once, through the user's proxy if there is one, and PROBE_SECONDS later whatever has not
    answered counts as dead: neither a firewall that swallows packets nor a hanging name server holds us up.
    """
    hosts = {host_of(url) for url in urls}
    failures = dict.fromkeys(hosts, _SILENCE)

    def ask(host):
        try:
            requests.head(host, timeout=PROBE_SECONDS, allow_redirects=False).close()
            del failures[host]
        except (exceptions.RequestException, ValueError) as error:
            failures[host] = _reason(error)

    # Daemon threads, unlike those of a pool, do not keep a finished program waiting for a hanging name server.
    threads = [threading.Thread(target=ask, args=(host,), daemon=True) for host in hosts]
    deadline = time.monotonic() + PROBE_SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    return failures.copy()


def http_download(url, part, max_bytes=MAX_BYTES):
    """Bring the file at `url` into `part`, going on after the bytes that are already there.

    Args:
        url: http or https address; redirects are followed, to http and https only.
        part: Path of the growing file. It stays when the download fails, for the next run to go on with.
        max_bytes: where to give up on a file that does not end.
    """
    for _ in range(ATTEMPTS):
        with _Transfer(part, max_bytes) as transfer:
            before = transfer.size
            fetch = HTTPDownloader(
                chunk_size=CHUNK,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                headers={"Accept-Encoding": "identity"} | ({"Range": f"bytes={before}-"} if before else {}),
                hooks={"response": transfer.start},
            )
            try:
                fetch(url, transfer, None)
                if transfer.size and transfer.total in (None, transfer.size):
                    return
                reason = "the download broke off"
            except exceptions.HTTPError as error:
                reason = f"answers {error.response.status_code} {error.response.reason}"
                if error.response.status_code != 416 or not before:
                    raise SourceError(reason) from None
                if transfer.total == before:  # no bytes beyond ours: an earlier run had got them all
                    return
                transfer.truncate(0)  # ours are of another file
                continue
            except (exceptions.RequestException, ValueError) as error:
                reason = _reason(error)
                if transfer.size <= before:  # no ground gained: no use in going on
                    silent = isinstance(error, (exceptions.ConnectionError, exceptions.Timeout))
                    raise (Unreachable if silent else SourceError)(reason) from None
    raise SourceError(reason)


class _Transfer:
    """The `.part` file of one HTTP answer: put at the place where the answer's bytes begin, bounded, counted."""

    def __init__(self, part, max_bytes):
        self.part, self.max_bytes, self.total = part, max_bytes, None
        self.bar, self.next_line = None, time.monotonic() + LINE_SECONDS

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

    def start(self, response, **_):
        """Called by requests before a body is read, for redirects and errors too."""
        content_range = response.headers.get("Content-Range", "")
        if response.status_code == 200:  # the server knows nothing of ranges: from the start
            self.truncate(0)
            self.total = int(response.headers["Content-Length"]) if "Content-Length" in response.headers else None
        elif response.status_code == 206:
            match = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", content_range)
            if not match or int(match[1]) != self.size:
                self.truncate(0)  # ask for all of it next time
                raise SourceError(f"answers with another range than asked, {content_range!r}")
            self.total = int(match[2])
        elif response.status_code == 416:
            match = re.fullmatch(r"bytes \*/(\d+)", content_range)
            self.total = int(match[1]) if match else None
            return
        else:
            return
        self.bar = tqdm(
            total=self.total,
            initial=self.size,
            unit="B",
            unit_scale=True,
            desc=self.part.stem,
            disable=not sys.stderr.isatty(),
        )

    def truncate(self, size):
        self.size = self.file.seek(size)
        self.file.truncate()

    def write(self, chunk):
        if self.size + len(chunk) > self.max_bytes:
            self.truncate(0)
            raise SourceError(f"sends more than the {self.max_bytes:,} bytes it should have")
        self.size += self.file.write(chunk)
        self.bar.update(len(chunk))
        if self.bar.disable and time.monotonic() > self.next_line:
            self.next_line = time.monotonic() + LINE_SECONDS
            of_total = f" of {self.total / 1e6:,.0f}" if self.total else ""
            print(f"{self.part.stem}: {self.size / 1e6:,.0f}{of_total} MB", file=sys.stderr, flush=True)

    def flush(self):
        """Asked for by pooch after each chunk; an unbuffered file has nothing to flush."""


def _reason(error):
    if "timed out" in str(error):  # of several types, depending on how far the answer had come
        return _SILENCE
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), f"answers nonsense ({error})")


def pip_download(requirement, folder):
    """The wheel of `requirement` ("name==version"), through this Python's own pip and its settings, as a Path."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--dest", str(folder), requirement]
    # What pip would wait without being told, a minute and a half, is too long where there is no internet.
    patience = {"PIP_DEFAULT_TIMEOUT": "5", "PIP_RETRIES": "1"}
    shown = sys.stderr.isatty()  # then pip draws its own progress bar
    result = subprocess.run(
        command if shown else [*command, "--quiet"],
        stdout=sys.stderr if shown else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**patience, **os.environ},
        stdin=subprocess.DEVNULL,
    )
    if result.returncode == 0:
        return next(folder.glob("*.whl"))
    if "No module named pip" in result.stderr:
        raise SourceError(f"{sys.executable} has no pip (mend with: python -m ensurepip)")
    if "connection broken by" in result.stderr:
        raise Unreachable("pip gets no connection")
    if f"[Errno {errno.ENOSPC}]" in result.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    # pip's first complaint is to the point; below a traceback it is the last line that is.
    complaints = re.findall(r"^ERROR: (?!Exception:)(.+)", result.stderr, re.MULTILINE)
    complaint = [*complaints, *result.stderr.splitlines()[-1:], f"exit code {result.returncode}"][0]
    raise SourceError(f"pip says {complaint!r}")


def npm_download(package, folder):
    """The tarball of `package` ("name@version"), through the user's own npm and its settings, as a Path."""
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError("npm is not installed")
    patience = {"npm_config_fetch_timeout": "10000", "npm_config_fetch_retries": "0"}
    result = subprocess.run(
        [npm, "pack", "--silent", "--ignore-scripts", package],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**patience, **os.environ},
        stdin=subprocess.DEVNULL,
    )
    if result.returncode:
        raise SourceError("npm cannot get it")
    return next(folder.glob("*.tgz"))


def unpack(archive, wanted, folder):
    """Copy some members of a zip file or gzipped tar file into `folder`.

    Members are found by their base name, whatever folder of the archive they are in, and written under names of
    ours, so that no name in the archive decides where a byte goes. An archive that tries is refused as a whole
    all the same, as is one with links or with more in it than MAX_BYTES and MAX_RATIO allow.

    Args:
        archive: Path of the archive.
        wanted: {base name of a member: file name in `folder`}.
    """
    with _damage_as_source_error():
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                _copy_members(archive, _zip_members(opened), wanted, folder)
        else:
            with tarfile.open(archive, "r:gz") as opened:
                _copy_members(archive, _tar_members(opened), wanted, folder)


def is_sound_zip(path):
    """Whether `path` is a zip file all of whose members fit their checksums."""
    try:
        with _damage_as_source_error(), zipfile.ZipFile(path) as opened:
            return opened.testzip() is None
    except SourceError:
        return False


@contextmanager
def _damage_as_source_error():
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise SourceError(f"damaged archive ({error})") from None
    except (NotImplementedError, RuntimeError, ValueError, IndexError) as error:  # odd compression, offsets, names
        raise SourceError(f"unusable archive ({error})") from None
    except OSError as error:
        if error.errno == errno.EINVAL:  # an offset before the beginning of the file
            raise SourceError(f"damaged archive ({error})") from None
        raise


def _zip_members(opened):
    """(name, unpacked size, is it a plain file, function that opens it) of each member that is not a folder."""
    for info in opened.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if not info.is_dir():
            # What a member unpacks to is cut at its stated size by zipfile itself, so that the size can be believed.
            yield info.orig_filename, info.file_size, kind in (0, stat.S_IFREG), partial(opened.open, info)


def _tar_members(opened):
    for info in opened:
        if not info.isdir():
            yield info.name, info.size, info.isreg(), partial(opened.extractfile, info)


def _copy_members(archive, members, wanted, folder):
    found, total, bound = {}, 0, min(MAX_BYTES, MAX_RATIO * archive.stat().st_size)
    for name, size, is_file, opener in members:
        if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
            raise SourceError(f"refused, it wants to write to {name!r}")
        if not is_file:
            raise SourceError(f"refused, {name!r} is a link or a device")
        total += size
        if total > bound:
            raise SourceError(f"refused, it unpacks to more than {bound:,} bytes")
        base_name = name.rsplit("/", 1)[-1]
        if base_name in wanted:
            if base_name in found:
                raise SourceError(f"refused, it holds {base_name!r} twice")
            found[base_name] = opener
    if missing := wanted.keys() - found:
        raise SourceError(f"{', '.join(sorted(missing))} not in it")
    for base_name, file_name in wanted.items():
        with found[base_name]() as source, open(folder / file_name, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
