# SPDX-License-Identifier: Apache-2.0
"""A cloud with access keys, and both SDKs with one of them."""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "integration")]

import runner
import sandbox
from cloud import Instance, ReferenceCloud, Settings, encrypt
from sdk import Client, Sdk, install
from throwaway import Root

KEY = ("AKIDtestsclients", "a secret of tests/clients")
OTHER_KEY = ("AKIDtestsother", "another one")
PROJECT = "p1"


@pytest.fixture(name="modules", scope="session", autouse=True)
def fixture_modules() -> Path:
    """The SDKs; from then on nothing gets out of this process's own network."""
    modules = install()
    os.umask(0o022)
    sandbox.enter()
    return modules


@dataclass
class World:
    """A cloud, and how far its clock is ahead of ours."""

    cloud: ReferenceCloud = field(init=False)
    ahead_s: float = 0

    def __post_init__(self) -> None:
        settings = Settings(keys=dict([KEY, OTHER_KEY]), clock=lambda: time.time() + self.ahead_s)
        self.cloud = ReferenceCloud(settings=settings)


@pytest.fixture(name="world")
def fixture_world() -> Iterator[World]:
    """With no instance yet."""
    world = World()
    with world.cloud:
        yield world


@pytest.fixture(name="cloud")
def fixture_cloud(world: World) -> ReferenceCloud:
    """The cloud in it."""
    return world.cloud


@pytest.fixture(name="instance")
def fixture_instance(cloud: ReferenceCloud) -> Instance:
    """One that runs."""
    return cloud.add_instance(project=PROJECT)


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path) -> Root:
    """A throw-away system."""
    return Root(tmp_path / "root")


@pytest.fixture(name="booted")
def fixture_booted(cloud: ReferenceCloud, root: Root) -> Instance:
    """An instance that runs, and behind which the throw-away system boots the agent."""
    driver = {"kind": "folder", "root": str(root.path), "agent": str(runner.BINARY)}
    return cloud.add_instance(project=PROJECT, driver=json.dumps(driver))


@pytest.fixture(name="tencent_sdk", scope="session")
def fixture_tencent_sdk(modules: Path) -> Iterator[Sdk]:
    """tencentcloud-sdk-nodejs-cvm."""
    with closing(Sdk(modules, "tencent.cjs")) as sdk:
        yield sdk


@pytest.fixture(name="tencent")
def fixture_tencent(tencent_sdk: Sdk, cloud: ReferenceCloud) -> Client:
    """The same, for this cloud."""
    return Client(tencent_sdk, endpoint=endpoint(cloud), key=KEY)


@pytest.fixture(name="huawei_sdk", scope="session")
def fixture_huawei_sdk(modules: Path) -> Iterator[Sdk]:
    """@huaweicloud/huaweicloud-sdk-ecs."""
    with closing(Sdk(modules, "huawei.cjs")) as sdk:
        yield sdk


@pytest.fixture(name="huawei")
def fixture_huawei(huawei_sdk: Sdk, cloud: ReferenceCloud) -> Client:
    """The same, for this cloud."""
    return Client(huawei_sdk, endpoint=endpoint(cloud), key=KEY, project=PROJECT)


def endpoint(cloud: ReferenceCloud) -> str:
    """Host and port."""
    return cloud.url.partition("//")[2]


def assert_pending(cloud: ReferenceCloud, instance: Instance, password: str, user_name: str | None = None) -> None:
    """What waits for the agent is this password, for this account."""
    pending = cloud.pending(instance.id)
    assert pending
    salt = base64.b64decode(pending.blob[:12])
    assert (pending.blob, pending.user_name) == (encrypt(password.encode(), instance.id, salt), user_name)


class Hanging:
    """A driver of a machine that runs, and takes its time to stop."""

    def __init__(self) -> None:
        self._closed = threading.Event()

    def start(self) -> None:
        """Never asked for."""

    def stop(self) -> None:
        """Until the cloud ends."""
        self._closed.wait()

    def is_running(self) -> bool:
        """Still."""
        return True

    def close(self) -> None:
        """The cloud ends."""
        self._closed.set()


def hang(cloud: ReferenceCloud, instance: Instance) -> None:
    """Whatever is begun with this instance goes on until the test ends."""
    cloud.compute.attach(instance.id, Hanging())
