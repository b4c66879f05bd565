import type { Header } from './headers/header.js'
import type { Layers } from './layers.js'

/** IPv6 extension headers say a word in front of what follows them. */
const WORDS = new Set(['hopByHop', 'destinationOptions', 'routing', 'fragment', 'authentication'])

/** A packet in a line, much as tcpdump says it: addresses and ports first, then what each further header has to say. */
export function summarize(packet: Layers): string {
  const { ethernet, ipv4, ipv6, tcp, udp, sctp, inner, malformed } = packet
  const headers = packet.outerHeaders()
  const parts: string[] = []
  const ip = ipv4 ?? ipv6
  const ports = tcp ?? udp ?? sctp
  if (ip !== undefined) {
    const port = (number: number | undefined) => (number === undefined ? '' : `.${number}`)
    const from = `${ip.source}${port(ports?.sourcePort)}`
    parts.push(`${ip === ipv6 ? 'IP6' : 'IP'} ${from} > ${ip.destination}${port(ports?.destinationPort)}`)
  }
  const last = headers.at(-1)
  // Who says what is in a datagram need not say that it is one.
  const inside = headers.filter((each) => each !== ethernet && each !== ip && (each !== udp || each === last))
  parts.push(...phrases(inside))
  if (parts.length === 0) parts.push(ethernet === undefined ? 'nothing' : String(ethernet))
  if (malformed !== undefined) parts.push(`malformed: ${malformed}`)
  if (inner !== undefined) parts.push(summarize(inner))
  return parts.join(': ')
}

function phrases(headers: readonly Header[]): string[] {
  const phrases: string[] = []
  let words = ''
  for (const header of headers) {
    if (WORDS.has(header.name)) {
      words += `${header} `
    } else {
      phrases.push(`${words}${header}`)
      words = ''
    }
  }
  return words === '' ? phrases : [...phrases, words.trimEnd()]
}
