"""The scratch directory in a sandbox's memory, and the version's own files."""

from sandbox.tests.conftest import Agent

GRANT = {"files": {"max_bytes": 100_000, "max_files": 20}}


def run(agent: Agent, lines: str, **options: object) -> object:
    outcome = agent.body(lines, grants=GRANT, **options)
    assert outcome.success, outcome.failure
    return outcome.data


def test_open_reads_and_writes_as_anywhere(agent: Agent) -> None:
    lines = """
told = []
with open("/tmp/a.txt", "w") as file:
    file.write("one\\n")
    file.writelines(["two\\n", "drei ß\\n"])
with open("/tmp/a.txt", "a") as file:
    told.append(file.tell())
    print("four", file=file)
told.append(list(open("/tmp/a.txt")))
with open("/tmp/a.txt", "r+b") as file:
    file.seek(4)
    file.write(b"TWO")
    file.truncate()
told.append(open("/tmp/a.txt", newline="").read())
with open("/tmp/b", "wb", buffering=0) as file:
    file.seek(3)
    file.write(b"x")
told.append(list(open("/tmp/b", "rb").read()))
with open("/tmp/c", "x+", encoding="latin-1") as file:
    file.write("é")
    file.seek(0)
    told.append(file.read())
told.append(len(open("/tmp/c", "rb").read()))
return told
"""
    assert run(agent, lines) == [
        16, ["one\n", "two\n", "drei ß\n", "four\n"], "one\nTWO", [0, 0, 0, 120], "é", 1,
    ]  # fmt: skip


def test_the_library_works_on_it(agent: Agent) -> None:
    lines = """
import csv, glob, gzip, os, pathlib, shutil, tarfile, tempfile, zipfile
told = []
folder = pathlib.Path("/tmp/a/b")
folder.mkdir(parents=True)
(folder / "x.txt").write_text("hello")
told.append([str(p) for p in pathlib.Path("/tmp").rglob("*.txt")] + glob.glob("/tmp/**/*.txt", recursive=True))
shutil.copy(folder / "x.txt", "/tmp/y.txt")
shutil.move("/tmp/y.txt", "/tmp/z.txt")
told.append([[d, sorted(n), sorted(f)] for d, n, f in os.walk("/tmp")])
with zipfile.ZipFile("/tmp/a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.write("/tmp/z.txt", "z.txt")
    archive.writestr("other", "1")
with zipfile.ZipFile("/tmp/a.zip", "a") as archive:
    archive.writestr("third", "2")
told.append(zipfile.ZipFile("/tmp/a.zip").namelist())
shutil.copytree("/tmp/a", "/tmp/c")
shutil.rmtree("/tmp/a")
with open("/tmp/t.csv", "w", newline="") as file:
    csv.writer(file).writerow([1, "a,b"])
told.append(list(csv.reader(open("/tmp/t.csv", newline=""))))
with tempfile.NamedTemporaryFile("w+") as file:
    file.write("t")
    file.seek(0)
    told.append([file.read(), os.path.exists(file.name)])
told.append(os.path.exists(file.name))
with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as file:
    told.append([os.path.isdir(name), file.write(b"abc")])
with gzip.open("/tmp/g.gz", "wt") as file:
    file.write("zipped")
told.append(gzip.open("/tmp/g.gz", "rt").read())
with tarfile.open("/tmp/t.tar.gz", "w:gz") as archive:
    archive.add("/tmp/c", "c")
tarfile.open("/tmp/t.tar.gz").extractall("/tmp/out", filter="data")
told.append(pathlib.Path("/tmp/out/c/b/x.txt").read_text())
return told
"""
    assert run(agent, lines) == [
        ["/tmp/a/b/x.txt", "/tmp/a/b/x.txt"],
        [["/tmp", ["a"], ["z.txt"]], ["/tmp/a", ["b"], []], ["/tmp/a/b", [], ["x.txt"]]],
        ["z.txt", "other", "third"],
        [["1", "a,b"]],
        ["t", True],
        False,
        [True, 3],
        "zipped",
        "hello",
    ]


def test_the_functions_of_os_do_too(agent: Agent) -> None:
    lines = """
import os, stat, time
told = []
number = os.open("/tmp/raw", os.O_RDWR | os.O_CREAT)
os.write(number, b"12345")
os.lseek(number, 1, os.SEEK_SET)
told.append([os.read(number, 2).decode(), os.fstat(number).st_size])
os.ftruncate(number, 2)
os.close(number)
os.rename("/tmp/raw", "/tmp/other")
os.utime("/tmp/other", (1, 2))
os.chmod("/tmp/other", 0o444)
about = os.stat("/tmp/other")
told.append([about.st_size, about.st_mtime, about.st_mtime_ns])
told.append([stat.S_IMODE(about.st_mode), stat.S_ISREG(about.st_mode)])
os.makedirs("/tmp/d/e", exist_ok=True)
os.replace("/tmp/other", "/tmp/d/f")
told.append(sorted(entry.name + ("/" if entry.is_dir() else "") for entry in os.scandir("/tmp/d")))
os.remove("/tmp/d/f")
os.removedirs("/tmp/d/e")
told.append(os.listdir("/tmp"))
with open("/tmp/new", "w") as file:
    told.append(abs(os.stat(file.fileno()).st_mtime - time.time()) < 60)
return told
"""
    assert run(agent, lines) == [["23", 5], [2, 2.0, 2_000_000_000], [0o444, True], ["e/", "f"], [], True]


def test_mistakes_are_the_usual_errors(agent: Agent) -> None:
    lines = """
import os, pathlib
os.makedirs("/tmp/full/inner")
open("/tmp/file", "w").close()
told = []
for attempt in (
    lambda: open("/tmp/none"), lambda: os.rmdir("/tmp/full"), lambda: open("/tmp/full"), lambda: os.mkdir("/tmp/full"),
    lambda: open("/tmp/file", "x"), lambda: pathlib.Path("/tmp/no/way").write_text("x"),
    lambda: os.listdir("/tmp/file"), lambda: open("/tmp/file/x"),
    lambda: os.rename("/tmp/full", "/tmp/full/inner/x"), lambda: os.close(77),
    lambda: open("/tmp/file").write("x"), lambda: open("/tmp/file", "rw"), lambda: open("none.txt"),
    lambda: os.symlink("/etc", "/tmp/link"), lambda: open("/tmp/../etc/passwd"), lambda: open("agent.py", "w"),
):
    try:
        attempt()
        told.append("no error")
    except Exception as error:
        told.append(type(error).__name__)
return told
"""
    assert run(agent, lines) == [
        "FileNotFoundError", "OSError", "IsADirectoryError", "FileExistsError",
        "FileExistsError", "FileNotFoundError", "NotADirectoryError",
        "NotADirectoryError", "OSError", "OSError",
        "UnsupportedOperation", "ValueError", "FileNotFoundError",
        "SandboxDenied", "SandboxDenied", "SandboxDenied",
    ]  # fmt: skip


def test_the_quota_holds_and_says_so(agent: Agent) -> None:
    lines = """
import errno, os, pathlib
told = []
with open("/tmp/big", "wb") as file:
    file.write(b"x" * 90_000)
for _ in range(5):  # what is removed makes room
    pathlib.Path("/tmp/two").write_bytes(b"y" * 9_000)
    os.remove("/tmp/two")
held = open("/tmp/two", "wb", buffering=0)
held.write(b"y" * 9_999)
os.remove("/tmp/two")
for attempt in (
    lambda: pathlib.Path("/tmp/three").write_bytes(b"z" * 5_000),
    lambda: [pathlib.Path(f"/tmp/{n}").touch() for n in range(30)],
):
    try:
        attempt()
    except OSError as error:
        told.append([error.errno == errno.ENOSPC, str(error)])
held.close()
told.append(pathlib.Path("/tmp/0").write_bytes(b"z" * 5_000))
return told
"""
    data = run(agent, lines)
    assert isinstance(data, list)
    size, count, written = data
    assert size[0] and "max_bytes" in size[1] and "100,000" in size[1]
    assert count[0] and "max_files" in count[1] and "20" in count[1]
    assert written == 5_000


def test_it_ends_with_the_run_also_in_a_sandbox_that_is_used_again(agent: Agent) -> None:
    lines = "import os\nseen = os.listdir('/tmp')\nopen('/tmp/left', 'w').close()\nreturn seen"
    for lifetime in ("fresh", "reuse"):
        assert [run(agent, lines, lifetime=lifetime) for _ in range(3)] == [[], [], []]


def test_without_the_grant_there_is_none(agent: Agent) -> None:
    outcome = agent.body("open('/tmp/x', 'w')", lifetime="reuse")
    assert outcome.failure is not None
    assert 'capabilities=["files"]' in outcome.failure.message
    assert agent.body("import os\nreturn os.path.exists('/tmp')").data is False


def test_the_versions_own_files_are_found_by_every_means(agent: Agent) -> None:
    files = {
        "agent.py": """
import glob, json, os, pathlib
def handle(request):
    here = pathlib.Path(__file__).resolve().parent
    return [
        (here / "data" / "a.json").read_text(), json.load(open("/data/a.json")), sorted(os.listdir("data")),
        [p.name for p in (here / "data").iterdir()], glob.glob("data/*.json"), os.path.getsize("data/a.json"),
        os.path.isfile("data/a.json"), os.path.isdir("data"), os.path.exists("data/none"), sorted(os.listdir()),
    ]
""",
        "data/a.json": "[1]",
        "data/b.txt": "",
    }
    outcome = agent.run(files)
    assert outcome.data == [
        "[1]", [1], ["a.json", "b.txt"], ["a.json", "b.txt"],
        ["data/a.json"], 3, True, True, False, ["agent.py", "data"],
    ], outcome.failure  # fmt: skip
