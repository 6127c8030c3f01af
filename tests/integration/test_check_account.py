# SPDX-License-Identifier: Apache-2.0
"""What check finds of the account: made bad, found, mended by the command that it names, and found good."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Callable, Dict, Mapping, Optional, Tuple

import pytest

from checking import Found, check, mend
from image import inside
from throwaway import Root, lasting_today, old_hash

PASSWORD = "the new Password1"


def found(root: Root, name: str, user: str = "alice") -> Found:
    """What that check finds of a user."""
    return check(root.path, "--user", user).find(name)


def write_fields(root: Root, fields: Mapping[int, object], user: str = "alice") -> None:
    """Change fields of a user's line in the shadow file."""
    lines = root.shadow.read_text().split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(f"{user}:"))
    values = lines[at].split(":")
    for index, value in fields.items():
        values[index] = str(value)
    lines[at] = ":".join(values)
    root.write_shadow("\n".join(lines))


def assert_mended(root: Root, bad: Found, user: str = "alice") -> None:
    """The command does what it is named for."""
    mend(bad)
    assert found(root, bad.name, user).level == "OK"


# locked


@pytest.mark.parametrize(
    ("mark", "words"),
    {
        "{}": "not locked",
        "!{}": "locked (!): a reset unlocks it",
        "!!{}": "locked (!!): a reset unlocks it",
        "*": "has never had a password (*)",
        "!": "has never had a password (!)",
        "!!": "has never had a password (!!)",
        "!*": "has never had a password (!)",
        "{}" + "x" * 400: "none: a reset sets one",
    }.items(),
    ids=lambda text: text[:20],
)
def test_locked_is_no_obstacle(root: Root, mark: str, words: str) -> None:
    write_fields(root, {1: mark.format(old_hash())})
    answer = found(root, "locked")
    assert answer.level == "OK" and words in answer.found and "$" not in answer.found


def test_no_password_at_all(image: Root) -> None:
    write_fields(image, {1: ""})
    bad = found(image, "locked")
    assert bad.level == "WARN" and "no password at all" in bad.found and bad.mend
    # It asks for the password, twice.
    subprocess.run(["sh", "-c", bad.mend], input=f"{PASSWORD}\n{PASSWORD}\n".encode(), check=True, timeout=60)
    assert image.verifies("alice", PASSWORD)
    assert found(image, "locked").level == "OK"


# expired


@pytest.mark.parametrize(("days", "level"), [(-1, "FAIL"), (0, "FAIL"), (1, "WARN"), (7, "WARN")])
def test_expired(image: Root, days: int, level: str) -> None:
    write_fields(image, {7: lasting_today() + days})
    bad = found(image, "expired")
    assert (bad.level, bad.found[-15:]) == (level, "(/etc/shadow:6)")
    assert_mended(image, bad)


@pytest.mark.parametrize("day", ["", 60000, 4294967295, 2147483647], ids=str)
def test_not_expired(root: Root, day: object) -> None:
    write_fields(root, {7: day})
    assert found(root, "expired").level == "OK"


def test_not_expired_for_more_than_a_week(root: Root) -> None:
    write_fields(root, {7: lasting_today() + 8})
    assert found(root, "expired").level == "OK"


def test_expired_on_a_line_of_eight_fields(root: Root) -> None:
    text = root.shadow.read_text()
    root.write_shadow(text.replace("expired:", "other:") + f"expired:{old_hash()}:1:::::1\n")
    answer = found(root, "expired", "expired")
    assert answer.level == "FAIL" and "1970-01-02" in answer.found


# must-change


# By how many days ago it was changed, where there is such a day.
AGES: Dict[str, Tuple[Optional[int], Dict[int, object], str]] = {
    "no day": (None, {2: ""}, "no"),
    "young": (0, {3: 0, 4: 99999}, "no"),
    "told to": (None, {2: 0}, "must be changed at the next login"),
    "old": (90, {3: 0, 4: 90, 6: ""}, "must be changed at the next login"),
    "nearly old": (89, {3: 0, 4: 90, 6: ""}, "no"),
    "too old": (90, {3: 0, 4: 60, 6: 30}, "too old; a reset"),
    "of tomorrow": (-100, {3: 0, 4: 1}, "no"),
}


@pytest.mark.parametrize(("age", "fields", "words"), AGES.values(), ids=AGES.keys())
def test_age_is_no_obstacle(root: Root, age: Optional[int], fields: Dict[int, object], words: str) -> None:
    day = {} if age is None else {2: lasting_today() - age}
    write_fields(root, {**fields, **day})
    answer = found(root, "must-change")
    assert answer.level == "OK" and words in answer.found


LASTING: Dict[str, Tuple[Dict[int, object], str, str]] = {
    "at once": ({3: 0, 4: 0, 6: ""}, "WARN", "at every login"),
    "refused at once": ({3: 0, 4: 0, 6: 0}, "FAIL", "refused from the day on"),
    "never": ({3: 10, 4: 5, 6: ""}, "WARN", "after 5 days, and cannot be until day 10"),
}


@pytest.mark.parametrize(("fields", "level", "words"), LASTING.values(), ids=LASTING.keys())
def test_age_of_the_new_password(image: Root, fields: Dict[int, object], level: str, words: str) -> None:
    write_fields(image, fields)
    bad = found(image, "must-change")
    assert bad.level == level and words in bad.found
    assert_mended(image, bad)


# shell


def write_shell(root: Root, shell: str, user: str = "alice") -> None:
    """Give a user another shell."""
    passwd = root.etc / "passwd"
    old = next(line for line in passwd.read_text().split("\n") if line.startswith(f"{user}:"))
    passwd.write_text(passwd.read_text().replace(old, f"{old.rsplit(':', 1)[0]}:{shell}"))


@pytest.mark.parametrize(
    ("shell", "words"),
    {
        "/usr/sbin/nologin": "lets nobody in",
        "/bin/false": "lets nobody in",
        "/bin/true": "lets nobody in",
        "/bin/zsh-of-old": "is not there",
        "/etc/passwd": "is no program",
        "/usr": "is no program",
        "bash": "is no path",
    }.items(),
)
def test_no_login_shell(image: Root, shell: str, words: str) -> None:
    write_shell(image, shell)
    bad = found(image, "shell")
    assert (bad.level, bad.found) == ("FAIL", f"{shell} {words} (/etc/passwd:4)")
    assert_mended(image, bad)


@pytest.mark.parametrize("shell", ["", "/bin/sh", "/usr/bin/env"])
def test_login_shell(image: Root, shell: str) -> None:
    write_shell(image, shell)
    answer = found(image, "shell")
    assert (answer.level, answer.found) == ("OK", shell or "/bin/sh")


def test_no_shell_to_be_had(root: Root) -> None:
    bad = found(root, "shell")
    assert bad.level == "FAIL" and bad.mend is None


def test_shell_outside_of_the_system(image: Root) -> None:
    """A link in an image leads to a file of that image, or to nothing."""
    (image.path / "shell").symlink_to(Path("/etc/../../../proc/self/exe"))
    write_shell(image, "/shell")
    assert "is not there" in found(image, "shell").found


# nologin


@pytest.mark.native
@pytest.mark.parametrize("path", ["etc/nologin", "run/nologin", "var/run/nologin"])
def test_nologin(image: Root, path: str) -> None:
    words = inside(image)

    def look(user: str) -> Found:
        return check(None, "--user", user, before=words).find("nologin")

    file = image.path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    bad = look("alice")
    assert bad.level == "FAIL" and bad.found.startswith(f"/{path} keeps all out but root"), bad
    assert bad.mend == f"rm /{path}"
    assert look("root").level == "OK"
    subprocess.run(["chroot", str(image.path), "sh", "-c", bad.mend], check=True, timeout=60)
    assert look("alice").level == "OK"


def test_nologin_of_an_image(image: Root) -> None:
    (image.path / "run").mkdir()
    (image.path / "run/nologin").touch()
    assert found(image, "nologin").level == "OK"
    (image.etc / "nologin").touch()
    assert_mended(image, found(image, "nologin"))


# what there is no program for: Alpine's are in a package of their own


def install(root: Root, path: str, mode: int = 0o755) -> None:
    """A program."""
    program = root.path / path
    program.parent.mkdir(parents=True, exist_ok=True)
    program.touch()
    program.chmod(mode)


SPOILT: Dict[str, Tuple[str, Callable[[Root], object]]] = {
    "expired": ("chage", lambda root: write_fields(root, {7: 1})),
    "must-change": ("chage", lambda root: write_fields(root, {3: 0, 4: 0, 6: ""})),
    "shell": ("usermod", lambda root: write_shell(root, "/bin/zsh-of-old")),
    "shadow-file": ("pwconv", lambda root: root.shadow.unlink()),
}


@pytest.mark.parametrize("name", SPOILT)
def test_no_program_to_mend_with(root: Root, name: str) -> None:
    program, spoil = SPOILT[name]
    spoil(root)
    install(root, "bin/sh")  # for a shell
    bad = found(root, name)
    assert bad.level in ("WARN", "FAIL") and bad.mend is None
    install(root, f"usr/sbin/{program}")
    mended = found(root, name)
    assert mended.found == bad.found
    assert mended.mend and mended.mend.startswith(f"chroot {root.path} {program}")


# what cannot be looked at


def test_broken_files(root: Root) -> None:
    (root.etc / "passwd").write_text("root:x:\nalice:x:many:1001:Alice:/home/alice:/bin/bash\n")
    (root.etc / "nologin").touch()
    assert found(root, "nologin").found == "/etc/passwd:2 gives alice no number"
    assert found(root, "faillock").level == "SKIP"
    answer = check(root.path)
    assert answer.find("nologin").level == "SKIP" and answer.find("shell").found.startswith("/bin/sh is not there")


def test_shadow_line_that_is_broken(root: Root) -> None:
    answer = check(root.path, "--user", "broken")
    for name in ("locked", "expired", "must-change"):
        assert (answer.find(name).level, answer.find(name).found) == ("SKIP", "/etc/shadow has no good line for broken")


def test_shadow_that_is_none(root: Root) -> None:
    root.shadow.unlink()
    root.shadow.mkdir()
    (root.etc / "passwd").write_text("root:x:0:0::/:/bin/sh\n")
    answer = check(root.path, "--user", "root")
    assert answer.find("locked").level == "SKIP"
