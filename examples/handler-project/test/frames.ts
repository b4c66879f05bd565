import { ethernet, Frame, ipv4, udp } from 'dpdk-node/packets'

/** A UDP packet with a right checksum; what is not said is filled in. */
export function ipv4Frame({ ttl }: { ttl: number }): Frame {
  return Frame.build(ethernet(), ipv4({ ttl }), udp(), 'how are you?')
}

/** A frame of a type that is not IPv4. */
export function otherFrame(): Frame {
  return Frame.build(ethernet({ etherType: 0x88b5 }), new Uint8Array(46))
}
