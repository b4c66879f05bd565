// What tshark reads in a capture: for every packet the layers, for every layer the fields.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface JudgedField {
  name: string
  /** For people: `192.0.2.1`, `0x0800`. */
  show: string
  /** The bytes in hexadecimal digits; of bits within them, the number that they are. */
  value: string
  /** Where it is in the frame. */
  position: number
  /** Those within it, as of a layer. */
  fields: JudgedField[]
}

export interface JudgedLayer {
  /** tshark's name of the protocol. */
  name: string
  /** Where it is in the frame. */
  position: number
  /** In tshark's order, those within others behind them. */
  fields: JudgedField[]
}

export interface JudgedPacket {
  layers: JudgedLayer[]
  /** What is malformed, and wrong checksums. */
  faults: string[]
}

const SEVERITY_ERROR = 0x800000
/** Of a checksum, for versions with and without words. */
const BAD: ReadonlySet<string> = new Set(['0', 'Bad'])

const PREFERENCES = [
  ...['ip.check_checksum:TRUE', 'udp.check_checksum:TRUE', 'tcp.check_checksum:TRUE', 'ip.defragment:FALSE'],
  ...['ipv6.defragment:FALSE', 'tcp.desegment_tcp_streams:FALSE', 'tcp.analyze_sequence_numbers:FALSE'],
  ...['tcp.relative_sequence_numbers:FALSE', 'sctp.checksum:CRC 32c'],
  // Each frame by itself: that random ones claim each other's addresses is no mistake.
  'arp.detect_duplicate_ips:FALSE',
]

/** They quote packets, which are no layers. */
const QUOTING: ReadonlySet<string> = new Set(['icmp', 'icmpv6'])

/**
 * Reads a capture once. Of all protocols, tshark knows only these, so it takes nothing for one of the others by its port.
 *
 * @param protocols by their names in filters: `eth`, `ip`
 */
export function dissect(path: string, protocols: readonly string[]): JudgedPacket[] {
  const folder = mkdtempSync(join(tmpdir(), 'dpdk-node-judge-'))
  try {
    const all = tshark(folder, '-G', 'protocols').trim().split('\n')
    const names = all.map((line) => line.split('\t')[2] as string)
    const needed = new Set([...protocols, 'frame', 'data', 'ethertype'])
    writeFileSync(join(folder, 'disabled_protos'), names.filter((name) => !needed.has(name)).join('\n'))
    const options = PREFERENCES.flatMap((preference) => ['-o', preference])
    return readPdml(tshark(folder, '-n', '-r', path, '-T', 'pdml', ...options))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function tshark(configuration: string, ...options: string[]): string {
  const env = { ...process.env, WIRESHARK_CONFIG_DIR: configuration }
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']
  return execFileSync('tshark', options, { env, stdio, encoding: 'utf8', maxBuffer: 2 ** 30 })
}

/** Packet Details Markup Language: XML with one element a line, and nothing between elements. */
function readPdml(pdml: string): JudgedPacket[] {
  const packets: JudgedPacket[] = []
  let reader = new PacketReader()
  for (const line of pdml.split('\n')) {
    const element = /^( *)<(packet|proto|field)\b(.*)/.exec(line)
    // Hidden is what tshark says a second time, under another name.
    if (element === null || line.includes(' hide="yes"')) continue
    const [, indentation, kind, attributes] = element as unknown as [string, string, string, string]
    if (kind === 'packet') {
      reader = new PacketReader()
      packets.push(reader.packet)
    } else {
      reader.add(kind, indentation.length, readAttributes(attributes))
    }
  }
  return packets
}

/** An element that others may be within, which are farther to the right. */
interface Open {
  indentation: number
  isProtocol: boolean
  name: string
  fields: JudgedField[]
}

class PacketReader {
  readonly packet: JudgedPacket = { layers: [], faults: [] }
  #open: Open[] = []

  add(kind: string, indentation: number, attributes: Record<string, string>): void {
    this.#open = this.#open.filter((element) => element.indentation < indentation)
    const isQuoted = this.#open.some(({ isProtocol, name }) => isProtocol && QUOTING.has(name))
    const isProtocol = kind === 'proto'
    const { name = '', show = '', value = '', pos, showname = 'malformed' } = attributes
    const element = { name, position: Number(pos), fields: [] }
    if (isProtocol) {
      if (!isQuoted) this.packet.layers.push(element)
      if (name === '_ws.malformed' && !isQuoted) this.packet.faults.push(showname)
    } else {
      this.#addField({ ...element, show, value })
    }
    this.#open.push({ indentation, isProtocol, name, fields: element.fields })
  }

  /** To all that it is within, up to its protocol. */
  #addField(field: JudgedField): void {
    const protocol = this.#open.map(({ isProtocol }) => isProtocol).lastIndexOf(true)
    const [layer] = this.#open.slice(protocol)
    for (const { fields } of this.#open.slice(protocol)) fields.push(field)
    if (layer !== undefined && isFault(field)) this.packet.faults.push(lastMessage(layer))
  }
}

function isFault({ name, show }: JudgedField): boolean {
  if (name.endsWith('.checksum.status')) return BAD.has(show)
  return name === '_ws.expert.severity' && Number(show) >= SEVERITY_ERROR
}

function lastMessage({ name, fields }: Open): string {
  if (fields.at(-1)?.name.endsWith('.checksum.status')) return `${name}: wrong checksum`
  return `${name}: ${fields.filter((field) => field.name === '_ws.expert.message').at(-1)?.show}`
}

function readAttributes(text: string): Record<string, string> {
  const found = text.matchAll(/(\w+)="([^"]*)"/g)
  return Object.fromEntries(Array.from(found, ([, name, value]) => [name, resolveEntities(value as string)]))
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

function resolveEntities(text: string): string {
  return text.replace(/&(\w+);/g, (entity, name: string) => ENTITIES[name] ?? entity)
}
