// IP packets to route, and what a router makes of them, written down from the RFCs and not with the library.

import { ethernetFrame, internetChecksum, ipv4Frame, macBytes, patched } from './frames.js'

const ETHERNET = 14

/** A number that is found again in what comes out. */
export function numberedPayload(number: number, length = 26): Uint8Array {
  const payload = new Uint8Array(length).fill(number & 0xff)
  payload.set([number >> 8, number & 0xff], length - 2)
  return payload
}

export interface Ipv6Fields {
  source?: string
  destination?: string
  hopLimit?: number
  payloadLength?: number
}

/** An IPv6 packet without a known protocol. Addresses are written in full: eight groups. */
export function ipv6Frame(payload: Uint8Array, fields: Ipv6Fields = {}): Uint8Array {
  const { source = '2001:db8:0:0:0:0:0:1', destination = '2001:db8:0:0:0:0:0:2', hopLimit = 64 } = fields
  const length = fields.payloadLength ?? payload.length
  const header = [0x60, 0, 0, 0, length >> 8, length & 0xff, 59, hopLimit]
  const body = [...header, ...groups(source), ...groups(destination), ...payload]
  return ethernetFrame(Uint8Array.from(body), { etherType: 0x86dd })
}

function groups(address: string): number[] {
  return address.split(':').flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

export interface Hop {
  destination: string
  source: string
}

/** What a router sends on: a hop older, with a checksum made anew. */
export function routed(frame: Uint8Array, { destination, source }: Hop): Uint8Array {
  const isIpv6 = frame[12] === 0x86
  const addressed = patched(frame, 0, [...macBytes(destination), ...macBytes(source)])
  if (isIpv6) return patched(addressed, ETHERNET + 7, [(frame[ETHERNET + 7] as number) - 1])
  return withChecksum(patched(addressed, ETHERNET + 8, [(frame[ETHERNET + 8] as number) - 1]))
}

/** An IPv4 packet with the checksum that its header should have. */
export function withChecksum(frame: Uint8Array): Uint8Array {
  const length = ((frame[ETHERNET] as number) & 0x0f) * 4
  const header = patched(frame.subarray(ETHERNET, ETHERNET + length), 10, [0, 0])
  const checksum = internetChecksum(header)
  return patched(frame, ETHERNET + 10, [checksum >> 8, checksum & 0xff])
}

export { ipv4Frame }
