"""Which addresses may be called, in every form that one can be written."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from egress.addresses import AddressPolicy, UrlRefused, check_url

EVERYWHERE = AddressPolicy()


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - an address to refuse, not to listen on
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "::8.8.8.8",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::10.0.0.1",
        "64:ff9b:1:7f00:0:100::",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
        "2001:2::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2002:a9fe:a9fe::",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%1",
        "fec0::1",
        "ff02::1",
        "example.com",
        "127.1",
        "",
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not EVERYWHERE.permits(address, 443)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.0",
        "168.63.129.15",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::200e",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ],
)
def test_a_public_address_is_permitted(address: str) -> None:
    assert EVERYWHERE.permits(address, 443)


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203"])
def test_an_opened_network_is_reached_in_every_wrapping(address: str) -> None:
    assert AddressPolicy(allowed_networks=(ip_network("10.0.0.0/8"),)).permits(address, 80)


def test_opening_one_network_opens_no_other() -> None:
    policy = AddressPolicy(allowed_networks=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")))

    assert policy.permits("fd12::1", 80)
    assert not policy.permits("172.16.0.1", 80)
    assert not policy.permits("127.0.0.1", 80)
    assert not policy.permits("2002:a00:1::", 80)


def test_opening_ipv4_loopback_opens_localhost_on_ipv6_too() -> None:
    assert AddressPolicy(allowed_networks=(ip_network("127.0.0.0/8"),)).permits("::1", 80)


def test_the_allowed_endpoint_is_one_address_and_one_port() -> None:
    policy = AddressPolicy(allowed_endpoint=("127.0.0.1", 9000))

    assert policy.permits("127.0.0.1", 9000)
    assert not policy.permits("127.0.0.1", 9001)
    assert not policy.permits("127.0.0.2", 9000)
    assert not policy.permits("::1", 9000)


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.0.0.0x1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("0", "0.0.0.0"),  # noqa: S104 - an address to refuse, not to listen on
        ("①②⑦.⓪.⓪.①", "127.0.0.1"),
        ("127。0。0。1", "127.0.0.1"),
        ("[0:0:0:0:0:0:0:1]", "::1"),
        ("EXAMPLE.com", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("with_underscore.example", "with_underscore.example"),
        ("example.com.", "example.com."),
    ],
)
def test_a_host_is_recognised_however_it_is_written(written: str, host: str) -> None:
    assert check_url(f"https://{written}:8443/a").host == host


def test_a_url_is_taken_apart_with_its_default_port() -> None:
    url = check_url("http://example.com?q=%20é#part")

    assert (url.scheme, url.host, url.port, url.path, url.query) == (
        "http",
        "example.com",
        80,
        "/",
        "q=%20%C3%A9",
    )
    assert check_url("https://example.com:/x").port == 443


def test_what_may_hold_a_secret_is_not_shown() -> None:
    assert "s3cret" not in repr(check_url("https://example.com/bot-s3cret/me?key=s3cret"))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://example.com/", "http://"),
        ("file:///etc/passwd", "http://"),
        ("example.com/x", "http://"),
        ("", "http://"),
        ("http://user@example.com/", "user name"),
        ("http://user:pass@example.com/", "user name"),
        ("http://@example.com/", "user name"),
        ("http://example.com@10.0.0.1/", "user name"),
        ("http://", "host"),
        ("http:///path", "host"),
        ("http://:80/", "host"),
        ("http://example.com:port/", "port"),
        ("http://example.com:-1/", "port"),
        ("http://example.com:0/", "port"),
        ("http://example.com:65536/", "port"),
        ("http://example.com:123456789012345678901234567890/", "port"),
        ("http://exa mple.com/", "space"),
        (" http://example.com/", "space"),
        ("http://example.com/\r\nX: y", "control"),
        ("http://exam\tple.com/", "control"),
        ("http://example.com\\@10.0.0.1/", "user name"),
        ("http://example.com\\.evil/", "host"),
        ("http://%31%32%37.0.0.1/", "host"),
        ("http://256.0.0.1/", "IPv4"),
        ("http://1.2.3.4.5/", "IPv4"),
        ("http://08.0.0.1/", "IPv4"),
        ("http://4294967296/", "IPv4"),
        ("http://[::1/", "malformed"),
        ("http://[::1]evil.com/", "host"),
        ("http://[fe80::1%25eth0]/", "host"),
        ("http://[v1.x]/", "host"),
        ("http://[1:2:3]/", ""),
        ("http://a..b/", "host"),
        ("http://" + "a" * 64 + ".com/", "host"),
        ("http://" + "a." * 150 + "com/", "host"),
        ("http://\udcff.com/", "host"),
        ("http://example.com/\udcff", "malformed"),
    ],
)
def test_a_url_that_is_never_called_is_refused_with_a_reason(url: str, says: str) -> None:
    with pytest.raises(UrlRefused) as refused:
        check_url(url)

    assert says in refused.value.reason
