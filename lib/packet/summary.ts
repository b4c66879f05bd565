import type { Header } from './headers/header.js'
import type { Layers } from './layers.js'

/** IPv6 extension headers say a word in front of what follows them. */
const WORDS = new Set(['hopByHop', 'destinationOptions', 'routing', 'fragment', 'authentication'])

/** A packet in a line, much as tcpdump says it: addresses and ports first, then what each further header has to say. */
export function summarize(packet: Layers): string {
  const { ethernet, ipv4, ipv6, udp, malformed } = packet
  const headers = packet.headers()
  const parts: string[] = []
  const ip = ipv4 ?? ipv6
  const ports = udp
  if (ip !== undefined) {
    const port = (number: number | undefined) => (number === undefined ? '' : `.${number}`)
    const from = `${ip.source}${port(ports?.sourcePort)}`
    parts.push(`${ip === ipv6 ? 'IP6' : 'IP'} ${from} > ${ip.destination}${port(ports?.destinationPort)}`)
  }
  const inside = headers.filter((header) => header !== ethernet && header !== ip)
  parts.push(...phrases(inside))
  if (parts.length === 0) parts.push(ethernet === undefined ? 'nothing' : String(ethernet))
  if (malformed !== undefined) parts.push(`malformed: ${malformed}`)
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
