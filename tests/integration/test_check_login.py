# SPDX-License-Identifier: Apache-2.0
"""`check`: does sshd let the account in with its password?"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Iterator, List

import pytest

from checking import Check, Found, check, mend
from sandbox import command
from sshd_system import DEBIAN, SSHD, SshdSystem, entered, with_programs
from throwaway import Root

NAMES = ("ssh-password", "ssh-root", "ssh-users")


@pytest.fixture(name="ssh")
def fixture_ssh(root: Root) -> Iterator[SshdSystem]:
    """A running system with an sshd."""
    with entered(root) as system:
        yield system


def asked(ssh: SshdSystem, user: str = "root") -> Check:
    """What is found for this account; sshd and its files must agree."""
    told = check(None, "--user", user)
    read = check(ssh.path, "--user", user)
    for name in NAMES:
        a, b = told.find(name), read.find(name)
        assert (a.level, a.found) == (b.level, b.found.partition(", by its files")[0])
    return told


def is_found(ssh: SshdSystem, name: str, *words: str, user: str = "root") -> Found:
    """A warning with these words in it."""
    found = asked(ssh, user).find(name)
    assert found.level == "WARN" and all(word in found.found for word in words), found
    return found


def is_mended(ssh: SshdSystem, found: Found, user: str = "root") -> None:
    """The command helps."""
    mend(found)
    after = asked(ssh, user).find(found.name)
    assert after.level == "OK", after


def test_a_password_of_root_is_refused_by_default(ssh: SshdSystem) -> None:
    answer = asked(ssh)
    assert answer.is_ok("ssh-password") and answer.is_ok("ssh-users")
    assert not ssh.lets_in()
    is_mended(ssh, is_found(ssh, "ssh-root", "by default", "prohibit-password"))
    assert ssh.told()["permitrootlogin"] == "yes" and ssh.lets_in()


@pytest.mark.parametrize(
    "release, level",
    [
        ('ID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\n', "OK"),
        ('ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="7.9"\n', "OK"),
        ('ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="8.10"\n', "WARN"),
        ('ID=debian\nVERSION_ID="7"\n', "WARN"),
        ('ID="rhel"\nVERSION_ID="70"\n', "WARN"),
        ('ID="sles"\nID_LIKE="suse"\nVERSION_ID="12.5"\n', "OK"),
        ("ID='sles'\nVERSION_ID=15\n", "OK"),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"\n', "OK"),
        ('ID="sles"\nID_LIKE="suse"\nVERSION_ID="16.0"\n', "WARN"),
        ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\nVERSION_ID="20240101"\n', "WARN"),
        ('ID="sles"\nVERSION_ID="7"\n', "WARN"),
        ('ID="sles"\nVERSION_ID="1"\n', "WARN"),
        ('ID="rhel"\nVERSION_ID="15"\n', "WARN"),
        ('ID=arch\nIDENTITY=sles\nVERSION_ID="15"\n', "WARN"),
        ('ID=arch\n', "WARN"),
    ],
)
def test_the_default_of_an_image(ssh: SshdSystem, release: str, level: str) -> None:
    """Red Hat's OpenSSH 7.4 let root in, and so did SUSE's up to release 15."""
    (ssh.etc / "os-release").write_text(release)
    assert check(ssh.path).find("ssh-root").level == level


def test_the_default_of_an_unknown_image(ssh: SshdSystem) -> None:
    (ssh.etc / "os-release").unlink()
    assert check(ssh.path).find("ssh-root").level == "WARN"


@pytest.mark.parametrize("value", ["no", "prohibit-password", "without-password", "forced-commands-only"])
def test_root_is_kept_out(ssh: SshdSystem, value: str) -> None:
    ssh.set(f"# one\npermitrootlogin={value}\n")
    is_mended(ssh, is_found(ssh, "ssh-root", "PermitRootLogin", "sshd_config.d/50-cloud-init.conf:2"))
    assert ssh.told()["permitrootlogin"] == "yes" and ssh.lets_in()


def test_who_is_not_root(ssh: SshdSystem) -> None:
    found = asked(ssh, "alice").find("ssh-root")
    assert (found.level, found.found) == ("OK", "alice is not root")


def test_no_passwords(ssh: SshdSystem) -> None:
    ssh.set("PermitRootLogin yes\nPasswordAuthentication no\n")
    found = is_found(ssh, "ssh-password", "no passwords from root", "/etc/ssh/sshd_config.d/50-cloud-init.conf:2")
    assert not ssh.lets_in()
    is_mended(ssh, found)
    assert ssh.told()["passwordauthentication"] == "yes" and ssh.lets_in()


def test_the_first_of_several_files_counts(ssh: SshdSystem) -> None:
    (ssh.drop_ins / "10-first.conf").write_text('PasswordAuthentication "no" # mine\n')
    ssh.set("PasswordAuthentication yes\n")
    is_mended(ssh, is_found(ssh, "ssh-password", "10-first.conf:1"))


def test_the_keyboard_takes_passwords_too(ssh: SshdSystem) -> None:
    ssh.set("PermitRootLogin yes\nPasswordAuthentication no\nChallengeResponseAuthentication yes\n")
    assert asked(ssh).is_ok("ssh-password") and ssh.lets_in()


def test_the_keyboard_without_pam_takes_none(ssh: SshdSystem) -> None:
    ssh.set("UsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication yes\n")
    is_mended(ssh, is_found(ssh, "ssh-password", "50-cloud-init.conf:2"))


def test_a_key_is_wanted_too(ssh: SshdSystem) -> None:
    ssh.set("PermitRootLogin yes\nAuthenticationMethods publickey,password password,publickey\n")
    found = is_found(ssh, "ssh-password", "more than a password", "50-cloud-init.conf:2")
    assert not ssh.lets_in()
    is_mended(ssh, found)
    assert ssh.lets_in()


@pytest.mark.parametrize("methods", ["any", "publickey password", "keyboard-interactive publickey,password password"])
def test_a_password_is_enough(ssh: SshdSystem, methods: str) -> None:
    ssh.set(f"AuthenticationMethods {methods}\n")
    assert asked(ssh).is_ok("ssh-password")


@pytest.mark.parametrize("criterion", ["User alice,!root", "User=alice"])
def test_a_match_block(ssh: SshdSystem, criterion: str) -> None:
    with ssh.config.open("a", encoding="ascii") as file:
        file.write(f"Match {criterion}\n\tPasswordAuthentication no\n")
    assert asked(ssh).is_ok("ssh-password")
    is_mended(ssh, is_found(ssh, "ssh-password", "/etc/ssh/sshd_config:5", user="alice"), "alice")


def test_a_block_for_some_clients_is_passed_over_and_said(ssh: SshdSystem) -> None:
    ssh.set("PermitRootLogin no\nMatch Address 10.0.0.0/8\n\tPermitRootLogin yes\n")
    is_found(ssh, "ssh-root", "50-cloud-init.conf:1")
    assert "without Match blocks" in check(ssh.path).find("ssh-password").found


@pytest.mark.parametrize(
    "line, user, mended",
    [
        ("AllowUsers alice", "root", "alice root"),
        ("AllowUsers alice ubun?u@10.*", "root", "root"),
        ("DenyUsers alice root", "root", "alice"),
        ("DenyUsers root", "root", None),
        ("AllowGroups alice admin", "root", "root"),
        ("DenyGroups ubuntu wheel", "ubuntu", "wheel"),
        ("AllowGroups sudo", "alice", "alice"),
    ],
)
def test_lists(ssh: SshdSystem, line: str, user: str, mended: str | None) -> None:
    ssh.set(f"PermitRootLogin yes\n{line}\n")
    found = is_found(ssh, "ssh-users", line.partition(" ")[0], "50-cloud-init.conf:2", user=user)
    assert not ssh.lets_in(user)
    is_mended(ssh, found, user)
    text = command(SSHD, "-T", "-C", f"user={user},host=h,addr=192.0.2.1").lower()
    assert mended is None or f"{line.split()[0].lower()} {mended.split()[-1]}" in text


@pytest.mark.parametrize("line", ["AllowUsers r*t", "AllowUsers root@10.0.0.1", "AllowGroups w?eel", "DenyUsers r?t"])
def test_lists_that_let_root_in(ssh: SshdSystem, line: str) -> None:
    ssh.set(f"{line}\n")
    assert asked(ssh).is_ok("ssh-users")


@pytest.mark.parametrize(
    "line, user, word", [("DenyUsers r*", "root", "r*"), ("DenyGroups admin wheel", "ubuntu", "admin")]
)
def test_what_denies_others_too_has_no_mend(ssh: SshdSystem, line: str, user: str, word: str) -> None:
    ssh.set(f"{line}\n")
    assert is_found(ssh, "ssh-users", word, user=user).mend is None


def test_its_own_group_is_let_in_before_others(ssh: SshdSystem) -> None:
    group = ssh.etc / "group"
    group.write_text(f"users:x:100:alice,bob\n{group.read_text()}")
    ssh.set("AllowGroups ops\n")
    found = is_found(ssh, "ssh-users", "AllowGroups", user="alice")
    assert found.mend and "AllowGroups ops alice/" in found.mend
    is_mended(ssh, found, "alice")


@pytest.mark.parametrize("line", ["AllowGroups ops", "DenyGroups alice"])
@pytest.mark.parametrize(
    "groups", ["alice:x:1001:alice,bob", "users:x:1001:\nalice:x:1009:alice,bob", "users:x:1001:\nalice:x:1009:alice"]
)
def test_a_group_of_several_is_neither_let_in_nor_taken_out(ssh: SshdSystem, line: str, groups: str) -> None:
    """Its own is the primary one that has its name, and nobody else in it."""
    group = ssh.etc / "group"
    group.write_text(group.read_text().replace("alice:x:1001:", groups))
    ssh.set(f"{line}\n")
    assert is_found(ssh, "ssh-users", line.split()[0], user="alice").mend is None


@pytest.mark.parametrize("users", [[f"user-number-{number:030}" for number in range(20)], ["r&d", "alice"]])
def test_a_list_that_does_not_fit_into_a_command_has_no_mend(ssh: SshdSystem, users: List[str]) -> None:
    ssh.set(f"AllowUsers {' '.join(users)}\n")
    assert is_found(ssh, "ssh-users", "AllowUsers").mend is None


@pytest.mark.parametrize("path, text", [("ssh/sshd_config", "Include sshd_config\n"), ("passwd", "root:x:0::::\n")])
def test_settings_that_cannot_be_read_wholly(ssh: SshdSystem, path: str, text: str) -> None:
    (ssh.etc / path).write_text(text)
    for name in NAMES:
        found = check(ssh.path).find(name)
        assert found.level == "SKIP" and "cannot be read wholly" in found.found


def test_settings_that_are_no_file(ssh: SshdSystem) -> None:
    ssh.config.unlink()
    ssh.config.mkdir()
    assert {check(ssh.path).find(name).level for name in NAMES} == {"SKIP"}


def test_the_mend_reloads_a_running_sshd(ssh: SshdSystem) -> None:
    Path("/run/systemd/system").mkdir(parents=True)
    (ssh.etc / "systemd/system").mkdir(parents=True)
    (ssh.etc / "systemd/system/ssh.service").write_text("[Service]\n")
    mended = is_found(ssh, "ssh-root").mend
    assert mended and mended.endswith(" && systemctl reload-or-try-restart ssh.service")


def test_the_mend_reloads_an_sshd_that_a_script_started(ssh: SshdSystem) -> None:
    for folder in ("init.d", "rc3.d"):
        (ssh.etc / folder).mkdir()
    script = ssh.etc / "init.d/sshd"
    script.write_text("#!/bin/sh\necho $1 > /run/sshd/asked\n")
    script.chmod(0o755)
    (ssh.etc / "rc3.d/S01sshd").symlink_to("../init.d/sshd")
    found = is_found(ssh, "ssh-root")
    assert found.mend and found.mend.endswith(" && /etc/init.d/sshd reload")
    is_mended(ssh, found)
    assert Path("/run/sshd/asked").read_text() == "reload\n"


def test_without_keys_the_files_are_read(ssh: SshdSystem) -> None:
    for key in (ssh.etc / "ssh").glob("ssh_host_*"):
        key.unlink()
    ssh.set("PasswordAuthentication no\n")
    found = check().find("ssh-password")
    assert found.level == "WARN" and "50-cloud-init.conf:1" in found.found
    assert check().find("ssh-users").found.endswith(", by its files")


OLD = "UsePrivilegeSeparation yes\n"


def test_a_remark_is_no_complaint(ssh: SshdSystem) -> None:
    """sshd tells of an option that is gone, and goes on: that is not why it does not start."""
    ssh.set(OLD)
    assert "does not start" not in check().find("sshd").found
    for key in (ssh.etc / "ssh").glob("ssh_host_*"):
        key.unlink()
    assert "does not start" not in check().find("sshd").found


def test_the_complaint_behind_a_remark(ssh: SshdSystem) -> None:
    ssh.set(f"{OLD}PasswordAuthentification yes\n")
    assert not ssh.is_valid("root")
    found = check().find("sshd")
    assert found.level == "WARN" and "line 2" in found.found and "PasswordAuthentification" in found.found


def test_without_settings_sshd_does_not_start(ssh: SshdSystem) -> None:
    assert ssh.is_valid("root")
    ssh.config.unlink()
    assert not ssh.is_valid("root")
    for place in (ssh.path, None):
        answer = check(place)
        found = answer.find("sshd")
        assert found.level == "WARN" and "there is no /etc/ssh/sshd_config" in found.found
        assert {answer.find(name).level for name in NAMES} == {"SKIP"}
    mend(found)
    assert ssh.is_valid("root") and "does not start" not in check().find("sshd").found
    is_mended(ssh, is_found(ssh, "ssh-root", "by default"))


def test_a_distribution_that_keeps_its_settings_elsewhere(root: Root) -> None:
    """SUSE's /usr/etc."""
    (root.etc / "ssh/sshd_config.d").mkdir(parents=True)
    with with_programs(root) as usr:
        (usr / "etc/ssh").mkdir(parents=True)
        (usr / "etc/ssh/sshd_config").write_text(f"{DEBIAN}PasswordAuthentication no\n")
        found = check(root.path).find("ssh-password")
        assert found.level == "WARN" and "/usr/etc/ssh/sshd_config:4" in found.found
        mend(found)
        assert check(root.path).is_ok("ssh-password")
        (usr / "etc/ssh/sshd_config").write_text(f"{DEBIAN}DenyUsers alice root\n")
        found = check(root.path).find("ssh-users")
        assert (found.level, found.mend) == ("WARN", None)  # nothing that comes before undoes it


# sshd itself and the files: 60 systems


def some_lines(random_: random.Random) -> List[str]:
    """Settings as people write them, and worse."""
    blank = random_.choice([" ", "\t", "  ", "=", " = "])
    on = random_.choice(["yes", "no", '"no"', "no # why"])
    users = " ".join(random_.sample(["root", "alice", "r*", "?oot", "ubuntu@10.*", '"bob"'], 2))
    groups = " ".join(random_.sample(["root", "admin", "w*", "alice", "ubuntu"], 2))
    match = random_.choice(
        ["all", "User root", "User alice,!root", "User *", "Group admin", "Group !wheel,*", "Address 10.0.0.0/8",
         "User root Address 10.*", "Group wheel User r*"]  # fmt: skip
    )
    choices = [
        f"PasswordAuthentication{blank}{on}",
        f"  KBDINTERACTIVEAUTHENTICATION{blank}{on}",
        f"PermitRootLogin{blank}{random_.choice(['yes', 'no', 'prohibit-password', 'without-password'])}",
        f"AllowUsers {users}",
        f"DenyUsers {users}",
        f"AllowGroups {groups}",
        f"DenyGroups {groups}",
        f"AuthenticationMethods {random_.choice(['any', 'password', 'publickey,password', 'publickey password'])}",
        "Include /etc/ssh/more/*.conf",
        "Include more/b.conf",
        f"Match {match}",
        "# PermitRootLogin yes",
    ]
    return [random_.choice(choices) for _ in range(random_.randrange(5))]


@pytest.mark.parametrize("seed", range(10))
def test_files_are_read_as_sshd_reads_them(ssh: SshdSystem, seed: int) -> None:
    random_ = random.Random(seed)
    more = ssh.etc / "ssh/more"
    more.mkdir()
    compared = 0
    while compared < 5:
        for path in (ssh.drop_ins / "a.conf", ssh.drop_ins / "b.conf"):
            path.write_text("\n".join(some_lines(random_)))
        for path in (more / "a.conf", more / "b.conf"):
            lines = [line for line in some_lines(random_) if "Include" not in line]
            path.write_text("\n".join(lines) + "\n")
        ssh.config.write_text("UsePAM yes\nInclude sshd_config.d/*.conf\n" + "\n".join(some_lines(random_)) + "\n")
        for user in ("root", "ubuntu"):
            if ssh.is_valid(user):
                asked(ssh, user)
                compared += 1
