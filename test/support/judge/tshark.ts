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
}

export interface JudgedLayer {
  /** tshark's name of the protocol. */
  name: string
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
]

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
  let packet: JudgedPacket = { layers: [], faults: [] }
  let layer: JudgedLayer = { name: '', fields: [] }
  for (const line of pdml.split('\n')) {
    const element = /^ *<(packet|proto|field)\b(.*)/.exec(line)
    if (element === null) continue
    const attributes = readAttributes(element[2] as string)
    if (element[1] === 'packet') {
      packet = { layers: [], faults: [] }
      packets.push(packet)
    } else if (element[1] === 'proto') {
      layer = { name: attributes.name ?? '', fields: [] }
      packet.layers.push(layer)
      if (layer.name === '_ws.malformed') packet.faults.push(attributes.showname ?? 'malformed')
    } else {
      const { name = '', show = '', value = '', pos } = attributes
      layer.fields.push({ name, show, value, position: Number(pos) })
      if (isFault(name, show)) packet.faults.push(lastMessage(layer))
    }
  }
  return packets
}

function isFault(name: string, show: string): boolean {
  if (name.endsWith('.checksum.status')) return BAD.has(show)
  return name === '_ws.expert.severity' && Number(show) >= SEVERITY_ERROR
}

function lastMessage({ name, fields }: JudgedLayer): string {
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
