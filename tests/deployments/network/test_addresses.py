"""Which addresses are public."""

from ipaddress import ip_network

import pytest

from deployments.contract import TransientError
from deployments.network.addresses import addresses_of, is_in, is_public, look_up

PUBLIC = ["93.184.215.14", "2606:50c0:8000::153", "2a00:1450:4001::1", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"]
NOT_PUBLIC = [
    *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("192.0.0.8", "192.0.0.9", "192.0.2.1", "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1"),
    *("fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1"),
    *("2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::", "2002:808:808::", "3fff::1", "5f00::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address) is True


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_of_another_network_is_not_public(address: str) -> None:
    assert is_public(address) is False


@pytest.mark.parametrize(
    ("address", "answer"),
    [("10.20.0.7", True), ("::ffff:10.20.0.7", True), ("64:ff9b::10.20.0.7", False), ("::1", False)],
)
def test_address_is_in_a_network_however_it_is_written(address: str, answer: bool) -> None:
    assert is_in(address, [ip_network("fd12::/48"), ip_network("10.20.0.0/16")]) == answer


def test_this_machine_is_looked_up_once_for_each_address() -> None:
    assert look_up("127.0.0.1", 80) == ["127.0.0.1"]


def test_address_is_not_looked_up() -> None:
    assert addresses_of("2001:db8::1", 443, look_up=lambda host, port: []) == ("2001:db8::1",)


def test_addresses_have_no_zone_and_come_once() -> None:
    assert addresses_of("a.test", 443, look_up=lambda host, port: ["fe80::1%eth0", "fe80::1"]) == ("fe80::1",)


def test_name_without_an_address_may_have_one_later() -> None:
    with pytest.raises(TransientError, match=r"The name a\.test has no address"):
        addresses_of("a.test", 443, look_up=lambda host, port: [])
