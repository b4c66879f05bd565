"""Values at random, for packets; and a packet's layers up to IP."""

import ipaddress
import random

from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Raw


class Pieces:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def number(self, bits):
        """Often with a border of its range."""
        return self.random.choice([0, 1, (1 << bits) - 1] + 5 * [self.random.randrange(1 << bits)])

    def flag(self):
        return self.random.randrange(2)

    def bytes(self, longest, shortest=0):
        return self.random.randbytes(self.random.randint(shortest, longest))

    def some(self, make, most=3):
        return [make() for _ in range(self.random.randint(0, most))]

    def port(self):
        """None that says what follows."""
        return self.random.randrange(10000, 65536)

    def mac(self):
        return ':'.join(f'{byte:02x}' for byte in self.random.randbytes(6))

    def ipv4_address(self):
        return str(ipaddress.IPv4Address(self.random.randrange(1 << 32)))

    def ipv6_address(self):
        # Words of zeros, so that the short notation is used in all places.
        words = (self.random.choice([0, 0, 1, self.random.randrange(1 << 16)]) for _ in range(7))
        return str(ipaddress.IPv6Address('2001:' + ':'.join(f'{word:x}' for word in words)))

    def text(self):
        return ''.join(self.random.choice('abc XYZ-0123/') for _ in range(self.random.randrange(1, 30))).encode()

    def content(self):
        """Does not begin like IP, which is how some tunnels know what they carry."""
        return Raw(bytes([0x80 | self.random.randrange(128)]) + self.bytes(60))

    def ethernet(self, **fields):
        return Ether(src=self.mac(), dst=self.mac(), **fields)

    def ipv4_packet(self, **fields):
        return self.ethernet() / IP(src=self.ipv4_address(), dst=self.ipv4_address(), **fields)

    def ipv6_packet(self, **fields):
        return self.ethernet() / IPv6(
            **{
                **{'src': self.ipv6_address(), 'dst': self.ipv6_address(), 'tc': self.number(8)},
                **{'fl': self.number(20), 'hlim': self.number(8), **fields},
            }
        )

    def ip_packet(self):
        return self.ipv6_packet() if self.flag() else self.ipv4_packet(id=self.number(16))
