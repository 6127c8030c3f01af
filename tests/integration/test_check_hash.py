# SPDX-License-Identifier: Apache-2.0
"""Which hash a reset makes, and the rehearsal of one by selftest."""

from __future__ import annotations

from typing import Sequence

import pytest

import runner
from checking import Found, check, mend
from image import inside
from throwaway import Root


def hash_found(root: Root) -> Found:
    """What is found of the method for root."""
    return check(root.path, "--user", "root").find("hash")


def hash_of(root: Root, login_defs: str, method: str = "auto") -> Found:
    """What is found of the method."""
    (root.etc / "login.defs").write_text(login_defs)
    root.config.write_text(f"hash_method = {method}\n")
    return hash_found(root)


METHODS = {
    "login.defs": ("# x\n\nENCRYPT_METHOD YESCRYPT\n", "auto", "yescrypt, as /etc/login.defs:3 says"),
    "configured": ("ENCRYPT_METHOD DES\n", "sha256", "sha256, as the configuration says"),
    "others": ("# nothing\n", "auto", "sha512, as in /etc/shadow"),
}


@pytest.mark.parametrize(("login_defs", "method", "words"), METHODS.values(), ids=METHODS.keys())
def test_hash_method(root: Root, login_defs: str, method: str, words: str) -> None:
    answer = hash_of(root, login_defs, method)
    assert answer.level == "OK" and answer.found.startswith(f"{words}; a trial with this system's own"), answer


def test_hash_method_by_default(root: Root) -> None:
    root.write_shadow("root:*:1::::::\n")
    assert "sha512, which every libcrypt knows" in hash_of(root, "").found


@pytest.mark.native
def test_hash_method_of_the_running_system(image: Root) -> None:
    (image.etc / "login.defs").unlink()
    image.write_shadow("root:*:1::::::\n")
    answer = check(before=inside(image)).find("hash")
    assert answer.level == "OK" and "which this libcrypt prefers; a trial took" in answer.found


@pytest.mark.parametrize(
    ("method", "words"),
    [("DES", "which is weak: sha512"), ("MD5", "weak"), ("ROT13", "not known: sha512")],
)
def test_hash_method_of_no_use(image: Root, method: str, words: str) -> None:
    bad = hash_of(image, f"UMASK 022\n\tENCRYPT_METHOD {method} # as ever\n")
    assert bad.level == "WARN" and words in bad.found and "/etc/login.defs:2" in bad.found
    mend(bad)
    assert "as /etc/login.defs:2 says" in hash_found(image).found
    assert "UMASK 022\n" in (image.etc / "login.defs").read_text()


def test_hash_of_the_vendors_login_defs(root: Root) -> None:
    (root.etc / "login.defs").unlink()
    vendor = root.path / "usr/etc"
    vendor.mkdir(parents=True)
    (vendor / "login.defs").write_text("ENCRYPT_METHOD SHA256\n")
    assert "sha256, as /usr/etc/login.defs:1 says" in hash_found(root).found


# selftest


def rehearsal(*words: runner.Word, before: Sequence[str] = ()) -> Found:
    """What came of it."""
    return check(None, *words, command="selftest", before=before).find("rehearsal")


@pytest.mark.native
def test_rehearsal_in_an_image_that_is_built(image: Root) -> None:
    """There is no /proc and no /dev; nothing of the system is changed."""
    tmp = image.path / "tmp"
    tmp.mkdir(exist_ok=True)
    words = inside(image)
    names = list(tmp.iterdir())
    before = image.shadow.read_bytes()
    answer = rehearsal(before=words)
    assert answer.level == "OK" and answer.found.startswith("set and read back in /tmp, with sha512")
    assert image.shadow.read_bytes() == before and list(tmp.iterdir()) == names


def test_rehearsal_takes_the_systems_method(root: Root) -> None:
    for text, shadow, method in (
        ("ENCRYPT_METHOD SHA256\n", "", "sha256"),
        ("", "root:$y$j9T$a$b:1::::::\n", "yescrypt"),
        ("", "other:$y$j9T$a$b:1::::::\nroot:$5$a$b:1::::::\n", "sha256"),
        ("", "", "sha512"),
    ):
        (root.etc / "login.defs").write_text(text)
        root.write_shadow(shadow)
        assert f"with {method}," in rehearsal("--root", root.path).found


@pytest.mark.native
def test_rehearsal_by_a_plain_user(image: Root) -> None:
    """As far as that goes without rights: all the way."""
    (image.path / "tmp").mkdir(exist_ok=True)
    (image.path / "tmp").chmod(0o1777)
    words = inside(image)
    ended = runner.start("selftest", before=["chroot", "--userspec=65534:65534", *words[1:]]).end()
    assert ended.code == 0 and "read back in /tmp, with sha512" in ended.out
