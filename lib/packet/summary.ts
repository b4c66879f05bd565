import type { Layers } from './layers.js'

/** A packet in a line, much as tcpdump says it: addresses and ports first, then what each further header has to say. */
export function summarize(packet: Layers): string {
  const { ethernet, ipv4, tcp, udp, sctp, inner, malformed } = packet
  const headers = packet.outerHeaders()
  const parts: string[] = []
  const ip = ipv4
  const ports = tcp ?? udp ?? sctp
  if (ip !== undefined) {
    const port = (number: number | undefined) => (number === undefined ? '' : `.${number}`)
    const from = `${ip.source}${port(ports?.sourcePort)}`
    parts.push(`IP ${from} > ${ip.destination}${port(ports?.destinationPort)}`)
  }
  const last = headers.at(-1)
  // Who says what is in a datagram need not say that it is one.
  const inside = headers.filter((each) => each !== ethernet && each !== ip && (each !== udp || each === last))
  parts.push(...inside.map(String))
  if (parts.length === 0) parts.push(ethernet === undefined ? 'nothing' : String(ethernet))
  if (malformed !== undefined) parts.push(`malformed: ${malformed}`)
  if (inner !== undefined) parts.push(summarize(inner))
  return parts.join(': ')
}
