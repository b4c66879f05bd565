"""Packets of TCP, SCTP, DNS and DHCP at random."""

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRRMX, DNSRROPT, DNSRRSOA, DNSRRSRV, EDNS0TLV
from scapy.layers.inet import TCP, UDP
from scapy.layers.sctp import (SCTP, SCTPChunkCookieAck, SCTPChunkCookieEcho, SCTPChunkData, SCTPChunkInit,
                               SCTPChunkSACK, SCTPChunkShutdown)
from scapy.packet import Raw

from pieces import Pieces


class TransportPackets(Pieces):
    def below(self, packet):
        return self.ip_packet() / packet

    def tcp(self):
        flags = self.random.choice(['S', 'SA', 'A', 'PA', 'FA', 'R', 'SEC', 'FPU', 'UA', 'AEC', ''])
        header = TCP(sport=self.port(), dport=self.port(), seq=self.number(32), ack=self.number(32), flags=flags,
                     window=self.number(16), urgptr=self.number(16), options=self.tcp_options())
        return self.below(header / Raw(self.bytes(600)))

    def tcp_options(self):
        options, left = [], 40
        for _ in range(self.random.randrange(6)):
            option, size = self.random.choice([
                (('MSS', self.number(16)), 4), (('WScale', self.random.randrange(15)), 3), (('SAckOK', b''), 2),
                (('NOP', None), 1), (('Timestamp', (self.number(32), self.number(32))), 10),
                (('SAck', (1, 2)), 10), (('SAck', (self.number(32), 7, 9, self.number(32))), 18),
                ((201, self.random.randbytes(6)), 8), ((200, self.random.randbytes(2)), 4),
            ])
            if size <= left:
                options.append(option)
                left -= size
        return options

    def sctp(self):
        header = SCTP(sport=self.port(), dport=self.port(), tag=self.number(32))
        for _ in range(self.random.randrange(1, 4)):
            header /= self.random.choice([
                lambda: SCTPChunkInit(init_tag=self.number(32), a_rwnd=self.number(32), n_out_streams=1, n_in_streams=1),
                lambda: SCTPChunkSACK(cumul_tsn_ack=self.number(32), a_rwnd=self.number(32)),
                lambda: SCTPChunkCookieEcho(cookie=self.random.randbytes(self.random.randrange(1, 40))),
                lambda: SCTPChunkShutdown(cumul_tsn_ack=self.number(32)),
                lambda: SCTPChunkCookieAck(),
            ])()
        if self.random.random() < 0.5:
            data = self.random.randbytes(self.random.randrange(1, 400))
            header /= SCTPChunkData(tsn=self.number(32), stream_id=self.number(16), proto_id=0, beginning=1, ending=1,
                                    data=data)
        return self.below(header)

    def dns(self):
        is_response = self.random.random() < 0.6
        flag = lambda: self.random.randrange(2)
        message = DNS(id=self.number(16), qr=is_response, rd=flag(), ra=flag(), aa=flag(), tc=flag(), ad=flag(), cd=flag(),
                      opcode=0, rcode=self.random.choice([0, 0, 2, 3, 5]),
                      qd=DNSQR(qname=self.name(), qtype=self.random.choice([1, 2, 5, 12, 15, 16, 28, 33, 65, 255])))
        if is_response:
            message.an = self.records(5)
            message.ns = self.records(2)
        message.ar = DNSRROPT(rclass=1232, z=0x8000, rdata=[EDNS0TLV(optcode=10, optdata=self.random.randbytes(8))])
        ports = {'sport': 53, 'dport': self.port()} if is_response else {'sport': self.port(), 'dport': 53}
        # Without compressed names: dns_compress makes wrong ones.
        return self.below(UDP(**ports) / message)

    def name(self):
        host = ''.join(self.random.choices('abcXYZ019-_', k=self.random.randrange(1, 9)))
        return self.random.choice(['.', host, 'example.org', f'{host}.example.org', f'{host}.{host}.example.com'])

    def records(self, most):
        chain = None
        for _ in range(self.random.randrange(1, most + 1)):
            record = self.record()
            chain = record if chain is None else chain / record
        return chain

    def record(self):
        start = {'rrname': self.name(), 'ttl': self.random.randrange(1 << 31)}
        return self.random.choice([
            lambda: DNSRR(**start, type='A', rdata=self.ipv4_address()),
            lambda: DNSRR(**start, type='AAAA', rdata=f'2001:db8::{self.random.randrange(1, 1 << 16):x}'),
            lambda: DNSRR(**start, type=self.random.choice(['CNAME', 'NS', 'PTR']), rdata=self.name()),
            lambda: DNSRR(**start, type='TXT', rdata=[b'some text', b'v=1, "quoted"']),
            lambda: DNSRRMX(**start, type='MX', preference=self.number(16), exchange=self.name()),
            lambda: DNSRRSRV(**start, priority=self.number(16), weight=2, port=self.number(16), target=self.name()),
            lambda: DNSRR(**start, type=65400, rdata=self.random.randbytes(5)),
            lambda: DNSRRSOA(**start, mname=self.name(), rname=self.name(), serial=self.number(32), refresh=2, retry=3,
                             expire=4, minimum=5),
        ])()

    def dhcp(self):
        is_reply = self.random.random() < 0.5
        fixed = BOOTP(op=2 if is_reply else 1, xid=self.number(32), secs=self.number(16), flags=self.random.choice([0, 0x8000]),
                      hops=self.random.randrange(4), ciaddr=self.ipv4_address(), yiaddr=self.ipv4_address(),
                      siaddr=self.ipv4_address(), giaddr=self.ipv4_address(), chaddr=self.random.randbytes(6),
                      sname=self.random.choice([b'', b'server.example']), file=self.random.choice([b'', b'boot/file']))
        options = [('message-type', self.random.randrange(1, 9))]
        options += self.random.sample([
            ('requested_addr', self.ipv4_address()), ('server_id', self.ipv4_address()),
            ('lease_time', self.number(32)), ('subnet_mask', '255.255.255.0'), ('hostname', b'host-1'),
            ('router', self.ipv4_address(), self.ipv4_address()), ('domain', b'example.org'),
            ('name_server', self.ipv4_address()), ('param_req_list', [1, 3, 6, 15, 119]),
            ('client_id', b'\x01' + self.random.randbytes(6)), (224, self.random.randbytes(5)),
        ], self.random.randrange(8))
        ports = {'sport': 67, 'dport': 68} if is_reply else {'sport': 68, 'dport': 67}
        return self.below(UDP(**ports) / fixed / DHCP(options=options + ['end']))
