/** An IPv4 packet of 20 bytes, without options and payload, in an Ethernet frame of the shortest length. */
export function ipv4Frame({ ttl }: { ttl: number }): Uint8Array {
  const frame = new Uint8Array(60)
  frame.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00])
  const header = frame.subarray(14, 34)
  header.set([0x45, 0, 0, 20, 0, 0, 0, 0, ttl, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2])
  header.set(checksum(header), 10)
  return frame
}

/** A frame of a type that is not IPv4. */
export function otherFrame(): Uint8Array {
  const frame = new Uint8Array(60)
  frame.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5])
  return frame
}

/** The internet checksum (RFC 1071), in network order. */
function checksum(bytes: Uint8Array): [number, number] {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0)
  sum = (sum & 0xffff) + (sum >>> 16)
  const complement = ~(sum + (sum >>> 16)) & 0xffff
  return [complement >> 8, complement & 0xff]
}
