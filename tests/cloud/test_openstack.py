# SPDX-License-Identifier: Apache-2.0
"""What a guest's cloud-init reads; tests/vm has the real one read it."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from . import ReferenceCloud
from .guest import NAMES
from .openstack import DOCUMENTS, RESET, VERSIONS
from .owner import Said, ask

UUID = "8ae2549a-7b09-4787-8f25-4487d61be128"
OTHER = "11111111-2222-3333-4444-555555555555"
MAC = "52:54:00:12:34:56"
KEY = "ssh-ed25519 AAAA owner"
USER_DATA = b"#cloud-config\n\xff not even text\n"
VENDOR_DATA = {"cloud-init": "#cloud-config\n{}"}


@pytest.fixture(name="cloud")
def fixture_cloud() -> Iterator[ReferenceCloud]:
    with ReferenceCloud() as cloud:
        cloud.add_instance(
            UUID,
            name="web-1",
            mac=MAC,
            public_keys={"mine": KEY},
            user_data=USER_DATA,
            vendor_data=VENDOR_DATA,
        )
        yield cloud


def get(cloud: ReferenceCloud, path: str) -> Said:
    """One document."""
    return ask(cloud, "GET", path)


def lines(said: Said) -> list[str]:
    """A listing."""
    assert (said.status, said.headers["Content-Type"]) == (200, "text/plain")
    return said.body.decode().split("\n")


def test_versions_are_listed(cloud: ReferenceCloud) -> None:
    for path in ("/openstack", "/openstack/", f"/instances/{UUID}/openstack"):
        assert lines(get(cloud, path)) == list(VERSIONS)
    assert list(VERSIONS) == sorted(VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_has_the_documents_of_its_time(cloud: ReferenceCloud, version: str) -> None:
    there = {name for name in DOCUMENTS if get(cloud, f"/openstack/{version}/{name}").status == 200}
    assert {"meta_data.json", "user_data"} <= there
    assert ("vendor_data.json" in there) == (version >= "2013-10-17")
    assert ("network_data.json" in there) == (version >= "2015-10-15")
    assert ("vendor_data2.json" in there) == (version >= "2016-10-06")


def test_metadata_is_the_same_in_each_version(cloud: ReferenceCloud) -> None:
    document = get(cloud, "/openstack/latest/meta_data.json").json()
    assert document == get(cloud, "/openstack/2018-08-27/meta_data.json").json()
    assert (document["uuid"], document["project_id"]) == (UUID, "p1")
    assert (document["name"], document["hostname"]) == ("web-1", "web-1.novalocal")
    assert document["public_keys"] == {"mine": KEY}
    assert document["keys"] == [{"name": "mine", "type": "ssh", "data": KEY}]


def test_user_and_vendor_data(cloud: ReferenceCloud) -> None:
    assert get(cloud, "/openstack/latest/user_data").body == USER_DATA
    assert get(cloud, "/openstack/latest/vendor_data.json").json() == VENDOR_DATA
    assert get(cloud, "/openstack/latest/vendor_data2.json").json() == {}


def test_network(cloud: ReferenceCloud) -> None:
    document = get(cloud, "/openstack/latest/network_data.json").json()
    [link], [network] = document["links"], document["networks"]
    assert (link["ethernet_mac_address"], network["type"]) == (MAC, "ipv4_dhcp")
    assert network["link"] == link["id"]


def test_an_instance_of_which_nothing_is_known(cloud: ReferenceCloud) -> None:
    cloud.add_instance(OTHER)
    documents = f"/instances/{OTHER}/openstack/latest"
    assert get(cloud, f"{documents}/user_data").status == 404
    assert get(cloud, f"{documents}/network_data.json").status == 404
    assert get(cloud, f"{documents}/vendor_data.json").json() == {}
    document = get(cloud, f"{documents}/meta_data.json").json()
    assert (document["uuid"], document["hostname"]) == (OTHER, "server-11111111.novalocal")
    assert get(cloud, "/openstack").status == 404  # two instances, and none has our address
    assert get(cloud, "/instances/nobody/openstack").status == 404
    cloud.add_instance(OTHER, address="127.0.0.1")
    assert get(cloud, "/openstack/2018-08-27/meta_data.json").json()["uuid"] == OTHER


def test_ec2_leaves(cloud: ReferenceCloud) -> None:
    leaves = lines(get(cloud, "/latest/meta-data/"))
    assert leaves == lines(get(cloud, "/latest/meta-data")) and "instance-id" in leaves
    said = {leaf: get(cloud, f"/latest/meta-data/{leaf}") for leaf in leaves}
    assert {each.status for each in said.values()} == {200}
    assert said["local-hostname"].body == b"web-1.novalocal"


def test_what_is_not_there(cloud: ReferenceCloud) -> None:
    for path in (
        "/openstack/latest",
        "/openstack/latest/password",
        "/openstack/latest/user_data/",
        "/openstack/2011-01-01/meta_data.json",
        "/openstack/2019-01-01/meta_data.json",
        "/openstack/2018-08-27/reset_password",
        "/latest/meta-data/placement/zone",
        "/latest/user-data",
    ):
        assert get(cloud, path).status == 404, path
    refused = ask(cloud, "PUT", "/openstack/latest/user_data", b"mine")
    assert (refused.status, refused.headers["Allow"]) == (405, "GET")


def test_documents_survive_a_restart(tmp_path: Path) -> None:
    db = f"{tmp_path}/cloud.db"
    with ReferenceCloud(db=db) as cloud:
        cloud.add_instance(UUID, mac=MAC, user_data=USER_DATA, vendor_data=VENDOR_DATA)
    with ReferenceCloud(db=db) as cloud:
        test_user_and_vendor_data(cloud)
        test_network(cloud)


def test_only_the_reset_is_disturbed_and_recorded(cloud: ReferenceCloud) -> None:
    assert set(RESET) == set(NAMES)
    cloud.misbehave("*", "status", code=503)
    for name in set(DOCUMENTS) - set(RESET):
        assert get(cloud, f"/openstack/latest/{name}").status == 200
    assert get(cloud, "/openstack/2018-08-27/meta_data.json").status == 200
    assert get(cloud, "/openstack").status == 200
    assert cloud.requests == []
    for name in RESET:
        assert get(cloud, f"/openstack/latest/{name}").status == 503
    assert [request.endpoint for request in cloud.requests] == [NAMES[name] for name in RESET]
