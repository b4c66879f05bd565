"""Packets of ARP, IPv6 with its extension headers, ICMP, ICMPv6 and IGMP at random."""

from scapy.contrib.igmp import IGMP
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3gr, IGMPv3mq, IGMPv3mr
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (HBHOptUnknown, ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest,
                                ICMPv6MLDMultAddrRec, ICMPv6MLDone, ICMPv6MLQuery, ICMPv6MLQuery2, ICMPv6MLReport,
                                ICMPv6MLReport2, ICMPv6NDOptDstLLAddr, ICMPv6NDOptMTU, ICMPv6NDOptPrefixInfo,
                                ICMPv6NDOptRDNSS, ICMPv6NDOptSrcLLAddr, ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA,
                                ICMPv6ND_RS, ICMPv6ND_Redirect, ICMPv6PacketTooBig, ICMPv6ParamProblem,
                                ICMPv6TimeExceeded, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
                                IPv6ExtHdrRouting, IPv6ExtHdrSegmentRouting, MIP6MH_BRR, MIP6MH_BU, PadN, RouterAlert)
from scapy.layers.ipsec import AH
from scapy.layers.l2 import ARP
from scapy.packet import Raw

from pieces import Pieces


class IpPackets(Pieces):
    def arp(self):
        addresses = {'hwsrc': self.mac(), 'hwdst': self.mac(), 'psrc': self.ipv4_address(), 'pdst': self.ipv4_address()}
        return self.ethernet(type=0x0806) / ARP(op=self.random.choice([1, 2, 3, 4]), **addresses) / Raw(bytes(18))

    def authentication(self):
        header = AH(spi=self.number(32), seq=self.number(32), icv=self.bytes(12, 12), nh=253, payloadlen=4)
        return self.ipv6_packet() / header / self.content()

    def ipv6(self):
        """With any extension headers."""
        packet = self.ipv6_packet()
        options = lambda: self.some(lambda: self.random.choice([
            PadN(optdata=bytes(self.random.randrange(9))), RouterAlert(value=self.random.randrange(3)),
            HBHOptUnknown(otype=0x1e, optdata=self.bytes(20))]))
        headers = [
            lambda: IPv6ExtHdrHopByHop(options=options()),
            lambda: IPv6ExtHdrDestOpt(options=options()),
            lambda: self.routing(),
            lambda: IPv6ExtHdrFragment(m=0, offset=0, id=self.number(32)),
        ]
        for header in headers:
            if self.random.random() < 0.6:
                packet /= header()
        return packet / self.random.choice([
            lambda: UDP(sport=self.random.randrange(49152, 1 << 16), dport=9) / Raw(self.bytes(40)),
            lambda: TCP(sport=self.random.randrange(49152, 1 << 16), dport=9) / Raw(self.bytes(40)),
            lambda: IPv6ExtHdrFragment(m=self.flag(), offset=self.random.randrange(1, 1 << 10), id=self.number(32))
            / Raw(self.random.randbytes(64)),
            lambda: MIP6MH_BRR(),
            lambda: MIP6MH_BU(seq=self.number(16), mhtime=self.number(16)),
        ])()

    def icmp(self):
        quoted = IP(src=self.ipv4_address(), dst=self.ipv4_address()) / UDP(sport=49152, dport=self.number(16))
        numbers = {'id': self.number(16), 'seq': self.number(16)}
        return self.ipv4_packet() / self.random.choice([
            lambda: ICMP(type=self.random.choice([0, 8]), **numbers) / Raw(self.bytes(60)),
            lambda: ICMP(type=self.random.choice([13, 14]), **numbers, ts_ori=self.number(32), ts_rx=0, ts_tx=0),
            lambda: ICMP(type=self.random.choice([17, 18]), **numbers),
            lambda: ICMP(type=3, code=self.random.choice([0, 1, 2, 3, 13])) / quoted,
            lambda: ICMP(type=3, code=4, nexthopmtu=self.number(16)) / quoted,
            lambda: ICMP(type=5, code=1, gw=self.ipv4_address()) / quoted,
            lambda: ICMP(type=11, code=self.flag()) / quoted,
            lambda: ICMP(type=12, ptr=self.random.randrange(60)) / quoted,
        ])()

    def igmp(self):
        group = lambda: f'239.{self.number(8)}.{self.number(8)}.{self.number(8)}'
        sources = lambda: self.some(self.ipv4_address)
        record = lambda: IGMPv3gr(rtype=self.random.randint(1, 6), maddr=group(), srcaddrs=sources())
        return self.ipv4_packet(ttl=1) / self.random.choice([
            lambda: IGMP(type=0x11, mrcode=self.number(8), gaddr=self.random.choice(['0.0.0.0', group()])),
            lambda: IGMP(type=self.random.choice([0x12, 0x16, 0x17]), mrcode=0, gaddr=group()),
            lambda: IGMPv3(type=0x11, mrcode=self.random.randrange(256))
            / IGMPv3mq(gaddr=self.random.choice(['0.0.0.0', group()]), s=self.flag(), qrv=self.random.randrange(8),
                       qqic=self.number(8), srcaddrs=sources()),
            lambda: IGMPv3(type=0x22, mrcode=0) / IGMPv3mr(records=self.some(record)),
        ])()

    def icmpv6(self):
        quoted = IPv6(src=self.ipv6_address(), dst=self.ipv6_address()) / UDP(sport=49152, dport=9)
        numbers = {'id': self.number(16), 'seq': self.number(16)}
        return self.ipv6_packet() / self.random.choice([
            lambda: ICMPv6EchoRequest(**numbers, data=self.bytes(60)),
            lambda: ICMPv6EchoReply(**numbers, data=self.bytes(60)),
            lambda: ICMPv6DestUnreach(code=self.random.randrange(5)) / quoted,
            lambda: ICMPv6TimeExceeded(code=self.flag()) / quoted,
            lambda: ICMPv6PacketTooBig(mtu=self.number(32)) / quoted,
            lambda: ICMPv6ParamProblem(code=self.random.randrange(3), ptr=self.number(32)) / quoted,
        ])()

    def neighbour(self):
        message = self.random.choice([
            lambda: ICMPv6ND_RS(),
            lambda: ICMPv6ND_RA(chlim=self.number(8), M=self.flag(), O=self.flag(), H=self.flag(),
                                prf=self.random.choice([0, 1, 3]), routerlifetime=self.number(16),
                                reachabletime=self.number(32), retranstimer=self.number(32)),
            lambda: ICMPv6ND_NS(tgt=self.ipv6_address()),
            lambda: ICMPv6ND_NA(R=self.flag(), S=self.flag(), O=self.flag(), tgt=self.ipv6_address()),
            lambda: ICMPv6ND_Redirect(tgt=self.ipv6_address(), dst=self.ipv6_address()),
        ])()
        options = self.some(lambda: self.random.choice([
            lambda: ICMPv6NDOptSrcLLAddr(lladdr=self.mac()),
            lambda: ICMPv6NDOptDstLLAddr(lladdr=self.mac()),
            lambda: ICMPv6NDOptMTU(mtu=self.number(32)),
            lambda: ICMPv6NDOptPrefixInfo(prefixlen=self.random.randrange(129), L=self.flag(), A=self.flag(),
                                          validlifetime=self.number(32), preferredlifetime=self.number(32),
                                          prefix=self.ipv6_address()),
            lambda: ICMPv6NDOptRDNSS(lifetime=self.number(32),
                                     dns=[self.ipv6_address()] + self.some(self.ipv6_address)),
        ])(), 4)
        packet = self.ipv6_packet(hlim=255) / message
        for option in options:
            packet /= option
        return packet

    def listener(self):
        group = lambda: f'ff02::{self.number(16):x}:{self.number(16):x}'
        sources = lambda: self.some(self.ipv6_address)
        record = lambda: ICMPv6MLDMultAddrRec(rtype=self.random.randint(1, 6), dst=group(), sources=sources())
        return self.ipv6_packet(hlim=1) / self.random.choice([
            lambda: ICMPv6MLQuery(mrd=self.number(16), mladdr=self.random.choice(['::', group()])),
            lambda: ICMPv6MLReport(mladdr=group()),
            lambda: ICMPv6MLDone(mladdr=group()),
            lambda: ICMPv6MLQuery2(mrd=self.number(16), mladdr=self.random.choice(['::', group()]), S=self.flag(),
                                   QRV=self.random.randrange(8), QQIC=self.number(8), sources=sources()),
            lambda: ICMPv6MLReport2(records=self.some(record)),
        ])()

    def routing(self):
        addresses = [self.ipv6_address() for _ in range(self.random.randint(1, 3))]
        left = self.random.randint(0, len(addresses))
        if self.flag():
            return IPv6ExtHdrRouting(type=self.random.choice([0, 0, 2]), addresses=addresses[:1], segleft=min(left, 1))
        left = min(left, len(addresses) - 1)
        return IPv6ExtHdrSegmentRouting(addresses=addresses, segleft=left, lastentry=len(addresses) - 1)
