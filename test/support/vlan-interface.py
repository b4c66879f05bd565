#!/usr/bin/env python3
"""A VLAN interface for kernels that lack the 8021q module: vlan-interface.py PARENT ID NAME

NAME becomes a tap device. What the kernel sends through it leaves PARENT with an 802.1Q tag; what arrives
at PARENT with that tag comes out of NAME without it. Runs until it is ended; the device then goes with it.
"""
import errno
import fcntl
import os
import select
import socket
import struct
import sys

ETH_P_ALL, ETH_P_8021Q = 0x0003, 0x8100
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
TP_STATUS_VLAN_VALID = 1 << 4
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
AUXDATA = struct.Struct('IIIHHHH')  # struct tpacket_auxdata


def open_tap(name):
    tap = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack('16sH22x', name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def open_wire(parent):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    wire.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    wire.bind((parent, ETH_P_ALL))
    return wire


def received_vlan(control):
    """The kernel takes the tag off every frame it receives; it survives in the auxiliary data only."""
    for level, kind, data in control:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, *_, tci, _tpid = AUXDATA.unpack(data)
            return tci & 0xFFF if status & TP_STATUS_VLAN_VALID else None
    return None


def deliver(tap, frame):
    try:
        os.write(tap, frame)
    except OSError as error:
        if error.errno != errno.EIO:  # the interface is down, and a frame for it is nobody's
            raise


def main():
    parent, vlan, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    tag = struct.pack('!HH', ETH_P_8021Q, vlan)
    wire, tap = open_wire(parent), open_tap(name)
    while True:
        for ready in select.select([wire, tap], [], [])[0]:
            if ready is wire:
                frame, control, _flags, _source = wire.recvmsg(65536, socket.CMSG_SPACE(AUXDATA.size))
                if received_vlan(control) == vlan:
                    deliver(tap, frame)
            else:
                frame = os.read(tap, 65536)
                wire.send(frame[:12] + tag + frame[12:])


if __name__ == '__main__':
    main()
