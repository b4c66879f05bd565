// Frames for tests: each one different, so that a mix-up shows.

export interface EthernetFields {
  destination?: string
  source?: string
  etherType?: number
}

/** `payload` behind an Ethernet header. */
export function ethernetFrame(payload: Uint8Array, fields: EthernetFields = {}): Uint8Array {
  const { destination = '02:00:00:00:0d:0d', source = '02:00:00:00:05:05', etherType = 0x88b5 } = fields
  return Uint8Array.from([...macBytes(destination), ...macBytes(source), ...uint16(etherType), ...payload])
}

/**
 * As many frames as asked for, of different lengths and contents. Both addresses end with the frame's number; the
 * EtherType is one for local experiments (IEEE 802), so nobody takes them for something.
 */
export function numberedFrames(count: number, { shortest = 60, longest = 1514 } = {}): Uint8Array[] {
  return Array.from({ length: count }, (_, number) => {
    const length = shortest + ((number * 97) % (longest - shortest + 1))
    const payload = Uint8Array.from({ length: length - 14 }, (_, at) => number * 31 + at * 7)
    const source = `02:00:00:01:${twoDigits(number >> 8)}:${twoDigits(number)}`
    const destination = `02:00:00:02:${twoDigits(number >> 8)}:${twoDigits(number)}`
    return ethernetFrame(payload, { source, destination })
  })
}

/** The number of a frame that `numberedFrames` has made. */
export function numberOf(frame: Uint8Array): number {
  return ((frame[10] as number) << 8) | (frame[11] as number)
}

export interface Ipv4Fields extends EthernetFields {
  ttl?: number
  protocol?: number
  source4?: string
  destination4?: string
  identification?: number
  /** Bytes between header and payload, padded to whole words by the caller. */
  options?: Uint8Array
  /** Tag control information of 802.1Q tags, the outermost first. */
  vlans?: readonly number[]
}

/** An IPv4 packet with a right checksum behind an Ethernet header, padded to Ethernet's shortest frame. */
export function ipv4Frame(payload: Uint8Array, fields: Ipv4Fields = {}): Uint8Array {
  const { ttl = 64, protocol = 17, identification = 0, options = new Uint8Array(), vlans = [] } = fields
  const { source4 = '192.0.2.1', destination4 = '198.51.100.2' } = fields
  const headerLength = 20 + options.length
  const header = Uint8Array.from([
    0x40 | (headerLength / 4),
    0,
    ...uint16(headerLength + payload.length),
    ...uint16(identification),
    ...uint16(0),
    ttl,
    protocol,
    ...uint16(0),
    ...addressBytes(source4),
    ...addressBytes(destination4),
    ...options,
  ])
  header.set(uint16(internetChecksum(header)), 10)
  const types = [...vlans.map(() => 0x8100), 0x0800]
  const tags = vlans.flatMap((tag, index) => [...uint16(tag), ...uint16(types[index + 1] as number)])
  const body = Uint8Array.from([...tags, ...header, ...payload])
  const padded = new Uint8Array(Math.max(body.length, 46))
  padded.set(body)
  return ethernetFrame(padded, { ...fields, etherType: types[0] as number })
}

/** RFC 1071, straight from its definition: the ones' complement of the ones' complement sum of 16-bit words. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) {
    sum += ((bytes[at] as number) << 8) + (bytes[at + 1] ?? 0)
    if (sum > 0xffff) sum -= 0xffff
  }
  return 0xffff - sum
}

export function macBytes(address: string): Uint8Array {
  return Uint8Array.from(address.split(':'), (part) => Number.parseInt(part, 16))
}

/** Frames as text, to compare many of them: fast, and with a difference that can be read. */
export function hex(frames: readonly Uint8Array[]): string[] {
  return frames.map((frame) => Buffer.from(frame).toString('hex'))
}

/** The same frame with other bytes at an offset. */
export function patched(frame: Uint8Array, at: number, bytes: Iterable<number>): Uint8Array {
  const copy = Uint8Array.from(frame)
  copy.set([...bytes], at)
  return copy
}

/** The same frame with destination and source exchanged. */
export function swapped(frame: Uint8Array): Uint8Array {
  return Uint8Array.from([...frame.subarray(6, 12), ...frame.subarray(0, 6), ...frame.subarray(12)])
}

function addressBytes(address: string): number[] {
  return address.split('.').map(Number)
}

function uint16(value: number): [number, number] {
  return [value >> 8, value & 0xff]
}

function twoDigits(value: number): string {
  return (value & 0xff).toString(16).padStart(2, '0')
}
