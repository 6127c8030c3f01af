# SPDX-License-Identifier: Apache-2.0
"""The front door: staged and real installation, removal, the demonstration.

What installs for real does so in a mount namespace with overlays over the folders that it may write.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OVERLAID = ("/etc", "/usr/local", "/var/lib")


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )


def in_overlays(work: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Runs a script where changes to the system land in folders below work."""
    mounts = ["mount --make-rprivate /", f"mount -t tmpfs none {work}"]
    for folder in OVERLAID:
        layers = f"{work}{folder}"
        mounts.append(f"mkdir -p {layers}/upper {layers}/work")
        mounts.append(f"mount -t overlay none -o lowerdir={folder},upperdir={layers}/upper,workdir={layers}/work {folder}")
    return run(["unshare", "--mount", "sh", "-euc", "\n".join([*mounts, f"cd {TOP}", script])])


def files_below(folder: Path) -> dict[str, str]:
    """Path and mode of every file and folder."""
    return {
        f"/{path.relative_to(folder)}": oct(path.lstat().st_mode & 0o7777)
        for path in sorted(folder.rglob("*"))
    }


def build(build_dir: Path, *options: str) -> None:
    done = run(["cmake", "-S", str(TOP), "-B", str(build_dir), "-DCMAKE_BUILD_TYPE=RelWithDebInfo", *options])
    assert done.returncode == 0, done.stdout
    done = run(["cmake", "--build", str(build_dir), "-j", "2"])
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            ["-DCMAKE_INSTALL_PREFIX=/usr"],
            {
                "/etc/resetpwd-agent.conf": "0o644",
                "/usr/sbin/resetpwd-agent": "0o755",
                "/usr/lib/systemd/system/resetpwd-agent.service": "0o644",
                "/usr/lib/systemd/system-preset/80-resetpwd-agent.preset": "0o644",
                "/etc/init.d/resetpwd-agent": "0o755",
                "/usr/share/resetpwd-agent/openrc/resetpwd-agent": "0o755",
                "/usr/share/man/man5/resetpwd-agent.conf.5": "0o644",
                "/usr/share/man/man8/resetpwd-agent.8": "0o644",
                "/var/lib/resetpwd-agent": "0o700",
            },
        ),
        (
            [
                "-DCMAKE_INSTALL_PREFIX=/opt/reset",
                "-DCMAKE_INSTALL_SBINDIR=bin",
                "-DCMAKE_INSTALL_SYSCONFDIR=/opt/reset/etc",
                "-DCMAKE_INSTALL_LOCALSTATEDIR=/opt/reset/var",
            ],
            {
                "/opt/reset/etc/resetpwd-agent.conf": "0o644",
                "/opt/reset/bin/resetpwd-agent": "0o755",
                "/opt/reset/lib/systemd/system/resetpwd-agent.service": "0o644",
                "/opt/reset/lib/systemd/system-preset/80-resetpwd-agent.preset": "0o644",
                "/opt/reset/etc/init.d/resetpwd-agent": "0o755",
                "/opt/reset/share/resetpwd-agent/openrc/resetpwd-agent": "0o755",
                "/opt/reset/share/man/man5/resetpwd-agent.conf.5": "0o644",
                "/opt/reset/share/man/man8/resetpwd-agent.8": "0o644",
                "/opt/reset/var/lib/resetpwd-agent": "0o700",
            },
        ),
    ],
)
def test_staged_installation_honours_prefix_and_destdir(
    tmp_path: Path, options: list[str], expected: dict[str, str]
) -> None:
    build(tmp_path / "build", *options)
    stage = tmp_path / "stage"
    done = run(["cmake", "--install", str(tmp_path / "build")], env={**os.environ, "DESTDIR": str(stage)})
    assert done.returncode == 0, done.stdout
    installed = files_below(stage)
    parents = {str(parent) for path in expected for parent in Path(path).parents}
    assert {path: mode for path, mode in installed.items() if path not in parents} == expected
    program = next(path for path in expected if path.endswith("bin/resetpwd-agent"))
    for end, line in ((".service", f"ExecStart={program} run"), ("init.d/resetpwd-agent", f"program={program}")):
        file = next(path for path in expected if path.endswith(end))
        assert f"\n{line}\n" in (stage / file[1:]).read_text()
    unit = next(path for path in expected if path.endswith(".service"))
    state = next(path for path in expected if path.endswith("lib/resetpwd-agent"))
    assert f"\nReadWritePaths=/etc -{state}\n" in (stage / unit[1:]).read_text()
    script = next(path for path in expected if path.endswith("openrc/resetpwd-agent"))
    assert f"\ncommand={program}\n" in (stage / script[1:]).read_text()


def test_stripped_program_is_small(tmp_path: Path) -> None:
    build(tmp_path / "build")
    done = run(["cmake", "--install", str(tmp_path / "build"), "--strip"], env={**os.environ, "DESTDIR": str(tmp_path)})
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "usr/local/sbin/resetpwd-agent").stat().st_size < 256 * 1024


def without_pkgconfig_of(library: str, tmp_path: Path) -> dict[str, str]:
    """An environment in which pkg-config knows everything but this library."""
    pkgconfig = tmp_path / "pkgconfig"
    pkgconfig.mkdir()
    dirs = run(["pkg-config", "--variable", "pc_path", "pkg-config"]).stdout.strip().split(":")
    for folder in dirs:
        for file in Path(folder).glob("*.pc"):
            if file.stem != library and not (pkgconfig / file.name).exists():
                (pkgconfig / file.name).symlink_to(file)
    return {**os.environ, "PKG_CONFIG_LIBDIR": str(pkgconfig)}


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libcurl", "CURL"),
        ("libcjson", "cJSON"),
        ("libseccomp", "libseccomp"),
        ("libxcrypt", "libxcrypt"),
        ("libcrypto", "OpenSSL"),
    ],
)
def test_missing_library_is_named(tmp_path: Path, library: str, package: str) -> None:
    done = run(
        ["cmake", "-S", str(TOP), "-B", str(tmp_path / "build"), f"-DCMAKE_DISABLE_FIND_PACKAGE_{package}=ON"],
        env=without_pkgconfig_of(library, tmp_path),
    )
    assert done.returncode != 0
    assert re.search(rf"{library}(>=[0-9.]+)? was not found\. Install lib", " ".join(done.stdout.split()))


@pytest.mark.parametrize("library", ["libcurl", "libcjson", "libcrypto"])
def test_configuration_file_serves_where_pkg_config_does_not(tmp_path: Path, library: str) -> None:
    build_dir = str(tmp_path / "build")
    done = run(["cmake", "-S", str(TOP), "-B", build_dir], env=without_pkgconfig_of(library, tmp_path))
    assert done.returncode == 0, done.stdout
    done = run(["cmake", "--build", build_dir, "-j", "2"])
    assert done.returncode == 0, done.stdout


def test_unknown_system_is_refused(tmp_path: Path) -> None:
    done = run(["cmake", "-S", str(TOP), "-B", str(tmp_path), "-DCMAKE_SYSTEM_NAME=Plan9"])
    assert done.returncode != 0
    assert "no platform/ folder for Plan9" in " ".join(done.stdout.split())


def test_install_and_remove(tmp_path: Path) -> None:
    done = in_overlays(
        tmp_path,
        r"""
        state() { find /etc /usr/local /var/lib -name '*resetpwd*' | sort; }
        before=$(state)
        [ -z "$before" ]

        ./install.sh
        /usr/local/sbin/resetpwd-agent --version
        /usr/local/sbin/resetpwd-agent status
        cmp packaging/resetpwd-agent.conf /etc/resetpwd-agent.conf
        [ "$(stat -c %a:%U /var/lib/resetpwd-agent)" = 700:root ]
        if command -v systemctl >/dev/null; then systemctl is-enabled resetpwd-agent.service; fi
        if command -v systemd-analyze >/dev/null; then
            systemd-analyze verify /usr/local/lib/systemd/system/resetpwd-agent.service
        fi

        echo 'deadline_s = 60' >>/etc/resetpwd-agent.conf
        touch /var/lib/resetpwd-agent/record
        made=$(grep ^_resetpwd-agent: /etc/passwd)
        ./install.sh
        tail -n 1 /etc/resetpwd-agent.conf | grep -x 'deadline_s = 60'
        ./install.sh remove
        [ "$(state)" = "/etc/resetpwd-agent.conf
/var/lib/resetpwd-agent" ]
        [ "$(grep ^_resetpwd-agent: /etc/passwd)" = "$made" ]
        ./install.sh remove --purge
        [ -z "$(state)" ]
        [ -z "$(grep _resetpwd-agent /etc/passwd /etc/group /etc/shadow /etc/gshadow)" ]

        ./install.sh
        ./install.sh remove
        [ -z "$(state)" ]
        echo THE END
        """,
    )
    assert done.returncode == 0 and "THE END" in done.stdout, done.stdout
    assert "Kept /etc/resetpwd-agent.conf" in done.stdout
    assert "Left in place: /etc/resetpwd-agent.conf" in done.stdout


@pytest.mark.parametrize(("place", "asked"), [("/usr/local", "stop"), ("/usr", "nothing")])
def test_removing_stops_a_run_that_waits(tmp_path: Path, place: str, asked: str) -> None:
    """Its own, not that of another program. Here by the script of an init, as if no systemd ran."""
    done = in_overlays(
        tmp_path,
        rf"""
        [ ! -d /run/systemd ] || mount -t tmpfs none /run/systemd
        ./install.sh
        echo nothing >/etc/asked
        printf '#!/bin/sh\nprogram={place}/sbin/resetpwd-agent\necho "$1" >/etc/asked\n' >/etc/init.d/resetpwd-agent
        chmod +x /etc/init.d/resetpwd-agent
        ./install.sh remove
        [ "$(cat /etc/asked)" = {asked} ]
        echo THE END
        """,
    )
    assert done.returncode == 0 and "THE END" in done.stdout, done.stdout


def digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_demo(tmp_path: Path) -> None:
    before = {path: digest(path) for path in ("/etc/shadow", "/etc/passwd")}
    done = run([str(TOP / "install.sh"), "demo"], env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stdout
    assert "The new password verifies against root's hash" in done.stdout
    assert 'The service has nothing pending any more: {"reset_password": ""}' in done.stdout
    assert re.search(r"the agent took \d+\.\d ms", done.stdout)
    assert {path: digest(path) for path in before} == before
    assert list(tmp_path.iterdir()) == []


def test_demo_fails_with_a_program_that_sets_nothing(tmp_path: Path) -> None:
    """The demonstration proves what it says: with a program that only claims success it fails."""
    liar = tmp_path / "liar"
    liar.write_text("#!/bin/sh\necho applied\n")
    liar.chmod(0o755)
    done = run([str(TOP / "tests/cloud/demo.sh"), str(liar)])
    assert done.returncode != 0
    assert "the new password does not verify" in done.stdout


def test_usage() -> None:
    assert run([str(TOP / "install.sh"), "--help"]).returncode == 0
    assert run([str(TOP / "install.sh"), "nonsense"]).returncode == 2


@pytest.mark.parametrize("words", ["", " --root /mnt", " demo", " remove --purge", " package windows --sign key.p12"])
def test_who_is_not_root_is_told_the_same_command(words: str) -> None:
    done = run([str(TOP / "install.sh"), *words.split()], user=65534)
    assert (done.returncode, done.stdout) == (1, f"install.sh: this must run as root: sudo ./install.sh{words}\n")
