"""What `requirements.txt` may say, and how everything else is refused."""

import pytest

from sandbox import SourceError
from sandbox.packages import parse


def test_exact_versions_extras_and_comments_are_read() -> None:
    text = "\ufeff# what we need\n\nHumanize == 4.13.0\nmy_pkg[b, A]==1!2.0rc1+local  # why\n\tthird==3\r\n"
    found = parse(text)
    assert [(r.line, r.name, r.extras, r.version) for r in found] == [
        (3, "humanize", (), "4.13.0"),
        (4, "my-pkg", ("A", "b"), "1!2.0rc1+local"),
        (5, "third", (), "3"),
    ]
    assert str(found[1]) == "my-pkg[A,b]==1!2.0rc1+local"
    assert parse("") == parse("# nothing\n\n") == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("humanize", "has no version"),
        ("humanize>=4", "is a range"),
        ("humanize~=4.1", "is a range"),
        ("humanize>=4,<5", "is a range"),
        ("humanize==4.*", "names no one version"),
        ("humanize===4.1", "names no one version"),
        ("humanize==four and more", "not understood"),
        ("humanize==abc", "is no version"),
        ("humanize==4.1; python_version < '3.9'", "conditions"),
        ("humanize @ https://example.com/humanize.whl", "addresses"),
        ("https://example.com/humanize.whl", "addresses"),
        ("git+https://example.com/humanize", "addresses"),
        ("./wheels/humanize.whl", "addresses and paths"),
        ("/etc/passwd", "addresses and paths"),
        ("-r other.txt", "options are not taken"),
        ("--index-url https://example.com", "options are not taken"),
        ("-e .", "options are not taken"),
        ("humanize==4.1 --hash=sha256:00", "leave --hash out"),
        ("humanize==4.1 \\", "in one line"),
        ("humanize[a;b]==4.1", "no name of an extra"),
        ("humanize[--x]==4.1", "no name of an extra"),
        ("==4.1", "not understood"),
        ("$(id)==1", "not understood"),
        ("humanize==4.1 tabulate==1", "not understood"),
    ],
)
def test_everything_else_is_refused_with_its_line_and_the_way_to_write_it(line: str, says: str) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        parse(f"# first\n{line}\n")
    assert (caught.value.file, caught.value.line) == ("requirements.txt", 2)


def test_a_package_named_twice_names_both_lines() -> None:
    with pytest.raises(SourceError, match="line 1 already") as caught:
        parse("my-pkg==1\nMy_Pkg==2\n")
    assert caught.value.line == 2


def test_there_is_a_most_of_packages() -> None:
    with pytest.raises(SourceError, match="51 packages; at most 50"):
        parse("".join(f"p{n}==1\n" for n in range(51)))
