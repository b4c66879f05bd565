#!/usr/bin/python3
"""Writes a capture of valid random packets of one protocol: transport-capture.py FILE PROTOCOL [FRAMES] [SEED]

The same seed gives the same file. Needs Debian's python3-scapy, hence Debian's Python.
"""
import random
import struct
import sys

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.layers.sctp import (SCTP, SCTPChunkCookieAck, SCTPChunkCookieEcho, SCTPChunkData, SCTPChunkInit,
                               SCTPChunkSACK, SCTPChunkShutdown)
from scapy.packet import Raw


class Packets:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def uint(self, bits):
        return self.random.choice([0, (1 << bits) - 1, self.random.randrange(1 << bits)])

    def ipv4_address(self):
        return f'198.18.{self.random.randrange(256)}.{self.random.randrange(256)}'

    def port(self):
        """None that another protocol behind it is known by."""
        return self.random.randrange(49152, 65536)

    def below(self, packet):
        ip = IP(src=self.ipv4_address(), dst=self.ipv4_address(), id=self.uint(16))
        return Ether(src='02:00:00:00:00:01', dst='02:00:00:00:00:02') / ip / packet

    def some(self, longest):
        return self.random.randbytes(self.random.choice([0, 1, self.random.randrange(longest)]))

    # TCP

    def tcp(self):
        flags = self.random.choice(['S', 'SA', 'A', 'PA', 'FA', 'R', 'SEC', 'FPU', 'UA', 'AEC', ''])
        header = TCP(sport=self.port(), dport=self.port(), seq=self.uint(32), ack=self.uint(32), flags=flags,
                     window=self.uint(16), urgptr=self.uint(16), options=self.tcp_options())
        return self.below(header / Raw(self.some(600)))

    def tcp_options(self):
        options, left = [], 40
        for _ in range(self.random.randrange(6)):
            option, size = self.random.choice([
                (('MSS', self.uint(16)), 4), (('WScale', self.random.randrange(15)), 3), (('SAckOK', b''), 2),
                (('NOP', None), 1), (('Timestamp', (self.uint(32), self.uint(32))), 10),
                (('SAck', (1, 2)), 10), (('SAck', (self.uint(32), 7, 9, self.uint(32))), 18),
                ((201, self.random.randbytes(6)), 8), ((200, self.random.randbytes(2)), 4),
            ])
            if size <= left:
                options.append(option)
                left -= size
        return options

    # SCTP

    def sctp(self):
        header = SCTP(sport=self.port(), dport=self.port(), tag=self.uint(32))
        for _ in range(self.random.randrange(1, 4)):
            header /= self.random.choice([
                lambda: SCTPChunkInit(init_tag=self.uint(32), a_rwnd=self.uint(32), n_out_streams=1, n_in_streams=1),
                lambda: SCTPChunkSACK(cumul_tsn_ack=self.uint(32), a_rwnd=self.uint(32)),
                lambda: SCTPChunkCookieEcho(cookie=self.random.randbytes(self.random.randrange(1, 40))),
                lambda: SCTPChunkShutdown(cumul_tsn_ack=self.uint(32)),
                lambda: SCTPChunkCookieAck(),
            ])()
        if self.random.random() < 0.5:
            data = self.random.randbytes(self.random.randrange(1, 400))
            header /= SCTPChunkData(tsn=self.uint(32), stream_id=self.uint(16), proto_id=0, beginning=1, ending=1,
                                    data=data)
        return self.below(header)


def main():
    if not 3 <= len(sys.argv) <= 5:
        sys.exit(__doc__)
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    make = getattr(Packets(seed), sys.argv[2])
    with open(sys.argv[1], 'wb') as file:
        file.write(struct.pack('<IHHIIII', 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number in range(count):
            frame = bytes(make())
            file.write(struct.pack('<IIII', number, 0, len(frame), len(frame)) + frame)


if __name__ == '__main__':
    main()
