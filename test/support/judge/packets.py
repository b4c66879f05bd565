"""Packets of all protocols, made by scapy: packets.py SEED COUNT FILE [GENERATOR…]

A protocol is added by a generator: a function that takes a random.Random and returns a packet from Ethernet on.
"""

import logging
import random
import sys

logging.getLogger('scapy').setLevel(logging.ERROR)

from scapy.contrib.gtp import GTP_U_Header, GTPEchoRequest, GTPPDUSessionContainer  # noqa: E402
from scapy.contrib.lldp import (  # noqa: E402
    LLDPDUChassisID,
    LLDPDUEndOfLLDPDU,
    LLDPDUGenericOrganisationSpecific,
    LLDPDUManagementAddress,
    LLDPDUPortDescription,
    LLDPDUPortID,
    LLDPDUSystemCapabilities,
    LLDPDUSystemDescription,
    LLDPDUSystemName,
    LLDPDUTimeToLive,
)
from scapy.contrib.mpls import MPLS  # noqa: E402
from scapy.layers.inet import IP, UDP, IPOption_NOP, IPOption_Router_Alert  # noqa: E402
from scapy.layers.l2 import GRE, Dot1AD, Dot1Q, Ether  # noqa: E402
from scapy.layers.vxlan import VXLAN  # noqa: E402
from scapy.packet import Raw  # noqa: E402
from scapy.utils import wrpcap  # noqa: E402

from ip_packets import IpPackets  # noqa: E402
from transport_packets import TransportPackets  # noqa: E402


# ---- Pieces


def mac(r):
    return ':'.join(f'{byte:02x}' for byte in r.randbytes(6))


def address4(r):
    return '.'.join(str(byte) for byte in r.randbytes(4))


def port(r):
    """None that says what follows."""
    return r.randrange(10000, 65536)


def content(r):
    """Does not begin like IP, which is how some tunnels know what they carry."""
    return Raw(bytes([0x80 | r.randrange(128)]) + r.randbytes(r.randrange(60)))


def ether(r, **fields):
    return Ether(dst=mac(r), src=mac(r), **fields)


def ip4(r, **fields):
    options = r.choice([[], [], [IPOption_Router_Alert()], [IPOption_NOP()] * 4])
    return IP(
        src=address4(r),
        dst=address4(r),
        tos=r.randrange(256),
        id=r.randrange(65536),
        ttl=r.randrange(1, 256),
        flags=r.choice(['', 'DF']),
        options=options,
        **fields,
    )


def datagram(r):
    """An IP packet without a link layer."""
    return ip4(r) / UDP(sport=port(r), dport=port(r)) / content(r)


def frame(r):
    """An Ethernet frame, sometimes padded as on the wire."""
    packet = ether(r) / datagram(r)
    return packet / Raw(bytes(r.randrange(20))) if r.randrange(3) == 0 else packet


def text(r, shortest=1):
    return ''.join(r.choice('abc XYZ-0123/') for _ in range(r.randrange(shortest, 30))).encode()


# ---- Generators


def plain(r):
    return ether(r) / datagram(r)


def vlan(r):
    tags = Dot1Q(vlan=r.randrange(4096), prio=r.randrange(8), id=r.randrange(2))
    if r.randrange(2):
        tags = Dot1AD(vlan=r.randrange(4096), prio=r.randrange(8), id=r.randrange(2)) / tags
    return ether(r) / tags / datagram(r)


def fragment(r):
    packet = ip4(r, frag=r.randrange(1, 8192), proto=r.choice([17, 253]))
    packet.flags = r.choice(['', 'MF'])
    return ether(r) / packet / content(r)


def vxlan(r):
    return ether(r) / ip4(r) / UDP(sport=port(r), dport=4789) / VXLAN(flags=8, vni=r.randrange(2**24)) / frame(r)


def gre(r):
    inner, proto = r.choice([(datagram, 0x0800), (frame, 0x6558)])
    header = GRE(
        proto=proto,
        chksum_present=r.randrange(2),
        key_present=r.randrange(2),
        seqnum_present=r.randrange(2),
        key=r.randrange(2**32),
        sequence_number=r.randrange(2**32),
    )
    return ether(r) / ip4(r) / header / inner(r)


def mpls_label(r, bottom):
    return MPLS(label=r.randrange(16, 2**20), cos=r.randrange(8), s=bottom, ttl=r.randrange(256))


def mpls(r):
    packet = ether(r, type=0x8847)
    for _ in range(r.randrange(4)):
        packet /= mpls_label(r, 0)
    return packet / mpls_label(r, 1) / datagram(r)


def ip_in_ip(r):
    return ether(r) / ip4(r) / datagram(r)


def gtp_u(r):
    header = GTP_U_Header(teid=r.randrange(2**32), gtp_type=255)
    if r.randrange(2):
        header.S, header.seq = 1, r.randrange(65536)
    if r.randrange(2):
        header.PN, header.npdu = 1, r.randrange(256)
    if r.randrange(2):
        header.E, header.next_ex = 1, 0x85
        header /= GTPPDUSessionContainer(type=r.randrange(2), QFI=r.randrange(64))
    return ether(r) / ip4(r) / UDP(sport=port(r), dport=2152) / header / datagram(r)


def gtp_u_echo(r):
    header = GTP_U_Header(teid=0, S=1, seq=r.randrange(65536), gtp_type=1)
    return ether(r) / ip4(r) / UDP(sport=port(r), dport=2152) / header / GTPEchoRequest()


def tunnels_in_tunnels(r):
    """VXLAN, in it IP in IP, in it GRE, in it MPLS."""
    inside = ip4(r) / ip4(r) / GRE(proto=0x8847) / mpls_label(r, 1) / datagram(r)
    return ether(r) / ip4(r) / UDP(sport=port(r), dport=4789) / VXLAN(vni=r.randrange(2**24)) / ether(r) / inside


def lldp(r):
    chassis = r.choice([(4, mac(r)), (5, address4(r)), (7, text(r)), (6, text(r))])
    port_id = r.choice([(3, mac(r)), (4, address4(r)), (5, text(r)), (7, text(r))])
    packet = Ether(dst='01:80:c2:00:00:0e', src=mac(r))
    # The family, IPv4, is there for network addresses only.
    packet /= LLDPDUChassisID(subtype=chassis[0], family=1, id=chassis[1])
    packet /= LLDPDUPortID(subtype=port_id[0], family=1, id=port_id[1])
    packet /= LLDPDUTimeToLive(ttl=r.randrange(65536))
    family = r.choice([1, 2])
    optional = [
        LLDPDUPortDescription(description=text(r)),
        LLDPDUSystemName(system_name=text(r)),
        LLDPDUSystemDescription(description=text(r)),
        LLDPDUSystemCapabilities(mac_bridge_available=r.randrange(2), router_available=1, router_enabled=r.randrange(2)),
        LLDPDUManagementAddress(
            management_address_subtype=family,
            management_address=r.randbytes(4 if family == 1 else 16),
            interface_numbering_subtype=2,
            interface_number=r.randrange(2**32),
        ),
        LLDPDUGenericOrganisationSpecific(org_code=0xAABBCC, subtype=r.randrange(256), data=r.randbytes(9)),
    ]
    for tlv in r.sample(optional, r.randrange(len(optional) + 1)):
        packet /= tlv
    return packet / LLDPDUEndOfLLDPDU()


TUNNELS = [
    *[plain, vlan, fragment],
    *[vxlan, gre, mpls, ip_in_ip, gtp_u, gtp_u_echo, tunnels_in_tunnels, lldp],
]
IP_KINDS = ['arp', 'ipv6', 'authentication', 'icmp', 'icmpv6', 'neighbour', 'listener', 'igmp']
TRANSPORT_KINDS = ['tcp', 'sctp', 'dns', 'dhcp']


def generators(seed):
    r = random.Random(seed)
    ip_packets, transport_packets = IpPackets(seed), TransportPackets(seed)
    return {
        **{make.__name__: lambda make=make: make(r) for make in TUNNELS},
        **{kind: getattr(ip_packets, kind) for kind in IP_KINDS},
        **{kind: getattr(transport_packets, kind) for kind in TRANSPORT_KINDS},
    }


def main(seed, count, path, *wanted):
    known = generators(int(seed))
    makers = [known[name] for name in wanted or known]
    packets = [makers[i % len(makers)]() for i in range(int(count))]
    for packet in packets:
        packet.time = 0
    wrpcap(path, packets)


if __name__ == '__main__':
    main(*sys.argv[1:])
