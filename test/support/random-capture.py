#!/usr/bin/python3
"""Writes a capture of random frames, well-formed ones and odd ones: random-capture.py FILE [FRAMES] [SEED]

The same seed gives the same file. Needs Debian's python3-scapy, hence Debian's Python.
"""
import random
import struct
import sys

from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption
from scapy.layers.inet6 import (ICMPv6EchoRequest, ICMPv6ND_NS, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                                IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PadN, RouterAlert)
from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Dot3, Ether, LLC, STP
from scapy.packet import Raw

SHORTEST, LONGEST = 60, 1514  # without the frame check sequence
START = 1_700_000_000  # seconds since the epoch; then a frame a millisecond


class Frames:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.kinds = [self.ipv4, self.ipv4, self.ipv4_options, self.ipv4_fragment, self.ipv4_odd, self.ipv6,
                      self.ipv6, self.ipv6_extensions, self.ipv6_neighbour, self.vlan, self.qinq, self.arp,
                      self.multicast, self.broadcast, self.unknown_type, self.ieee_802_3, self.tiny]

    def one(self):
        return bytes(self.random.choice(self.kinds)())

    # Addresses

    def mac(self):
        return '02:' + ':'.join(f'{self.random.randrange(256):02x}' for _ in range(5))

    def ethernet(self, destination=None, **fields):
        return Ether(dst=destination or self.mac(), src=self.mac(), **fields)

    def ipv4_address(self):
        return f'198.18.{self.random.randrange(256)}.{self.random.randrange(256)}'

    def ipv6_address(self):
        return f'2001:db8::{self.random.randrange(1 << 16):x}:{self.random.randrange(1 << 16):x}'

    def ipv4_header(self, **fields):
        return IP(**{'src': self.ipv4_address(), 'dst': self.ipv4_address(),
                     'ttl': self.random.randrange(1, 256), 'tos': self.random.randrange(256),
                     'id': self.random.randrange(1 << 16), **fields})

    def ipv6_header(self, **fields):
        return IPv6(**{'src': self.ipv6_address(), 'dst': self.ipv6_address(),
                       'hlim': self.random.randrange(1, 256), 'tc': self.random.randrange(256),
                       'fl': self.random.randrange(1 << 20), **fields})

    # What is inside

    def transport(self, echo):
        ports = {'sport': self.random.randrange(1 << 16), 'dport': self.random.randrange(1 << 16)}
        return self.random.choice([
            lambda: UDP(**ports),
            lambda: TCP(**ports, seq=self.random.randrange(1 << 32),
                        flags=self.random.choice(['S', 'A', 'PA', 'F'])),
            lambda: echo(id=self.random.randrange(1 << 16), seq=self.random.randrange(1 << 16)),
        ])()

    def fill(self, frame, longest=LONGEST):
        """Payload up to a random size; the shortest and the longest come often."""
        size = self.random.choice([SHORTEST, longest, self.random.randint(SHORTEST, longest)])
        return frame / Raw(self.random.randbytes(max(0, size - len(frame))))

    # Kinds of frames

    def ipv4(self, tags=None):
        return self.above(tags, self.ipv4_header() / self.transport(ICMP))

    def ipv6(self, tags=None):
        return self.above(tags, self.ipv6_header() / self.transport(ICMPv6EchoRequest))

    def above(self, tags, packet):
        """Tags come on top of the longest frame's length."""
        if tags is None:
            return self.fill(self.ethernet() / packet)
        return self.fill(self.ethernet() / tags / packet, LONGEST + len(tags))

    def ipv4_options(self):
        options = self.random.choice([
            [IPOption(b'\x94\x04\x00\x00')],                             # router alert
            [IPOption(b'\x07\x0b\x04' + bytes(8)), IPOption(b'\x00')],   # record route, end of list
            [IPOption(b'\x44\x0c\x05\x00' + self.random.randbytes(8))],  # timestamps
            [IPOption(b'\x01')] * 40,                                    # as many as fit
        ])
        return self.fill(self.ethernet() / self.ipv4_header(options=options) / self.transport(ICMP))

    def ipv4_fragment(self):
        fragment = self.ipv4_header(flags=self.random.choice(['MF', 0]), proto=17,
                                    frag=self.random.randrange(1, 1 << 13))
        return self.fill(self.ethernet() / fragment)

    def ipv4_odd(self):
        fields = self.random.choice([{'ttl': 0}, {'ttl': 1}, {'chksum': 0xBAD}, {'version': 5}, {'ihl': 4},
                                     {'ihl': 15}, {'len': 19}, {'len': 0xFFFF}, {'proto': 255}])
        return self.fill(self.ethernet(type=0x0800) / self.ipv4_header(**fields))

    def ipv6_extensions(self):
        headers = [
            IPv6ExtHdrHopByHop(options=[RouterAlert()]),
            IPv6ExtHdrRouting(addresses=[self.ipv6_address()]),
            IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(self.random.randrange(1, 40)))]),
            IPv6ExtHdrFragment(id=self.random.randrange(1 << 32), offset=self.random.randrange(1 << 13)),
        ]
        frame = self.ethernet() / self.ipv6_header()
        for header in headers:
            if self.random.random() < 0.5:
                frame /= header
        return self.fill(frame / self.transport(ICMPv6EchoRequest))

    def ipv6_neighbour(self):
        target = self.ipv6_address()
        return self.fill(self.ethernet('33:33:ff:00:00:01') / self.ipv6_header(dst='ff02::1:ff00:1', hlim=255)
                         / ICMPv6ND_NS(tgt=target))

    def tag(self, kind):
        return kind(vlan=self.random.randrange(1 << 12), prio=self.random.randrange(8))

    def vlan(self):
        return self.random.choice([self.ipv4, self.ipv6])(self.tag(Dot1Q))

    def qinq(self):
        return self.random.choice([self.ipv4, self.ipv6])(self.tag(Dot1AD) / self.tag(Dot1Q))

    def arp(self):
        # Without hwdst scapy would ask the network for it.
        addresses = {'psrc': self.ipv4_address(), 'pdst': self.ipv4_address(),
                     'hwsrc': self.mac(), 'hwdst': '00:00:00:00:00:00'}
        destination = self.random.choice(['ff:ff:ff:ff:ff:ff', self.mac()])
        return self.ethernet(destination) / ARP(op=self.random.choice([1, 2]), **addresses) / Raw(bytes(18))

    def multicast(self):
        return self.fill(self.ethernet('01:00:5e:00:00:fb') / self.ipv4_header(dst='224.0.0.251')
                         / UDP(sport=5353, dport=5353))

    def broadcast(self):
        return self.fill(self.ethernet('ff:ff:ff:ff:ff:ff') / self.ipv4_header(dst='255.255.255.255')
                         / UDP(sport=68, dport=67))

    def unknown_type(self):
        return self.fill(self.ethernet(type=self.random.randrange(0x0600, 1 << 16)))

    def ieee_802_3(self):
        return Dot3(dst='01:80:c2:00:00:00', src=self.mac()) / LLC() / STP() / Raw(bytes(8))

    def tiny(self):
        """Shorter than Ethernet allows, down to a bare header; virtual devices deliver them."""
        frame = self.ethernet(type=self.random.choice([0x0800, 0x86DD, 0x8100, 0x0806]))
        return frame / Raw(self.random.randbytes(self.random.choice([0, 1, 14, self.random.randrange(46)])))


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    frames = Frames(seed)
    with open(sys.argv[1], 'wb') as file:
        file.write(struct.pack('<IHHIIII', 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number in range(count):
            frame = frames.one()
            seconds, milliseconds = divmod(number, 1000)
            header = (START + seconds, milliseconds * 1000, len(frame), len(frame))
            file.write(struct.pack('<IIII', *header) + frame)


if __name__ == '__main__':
    main()
