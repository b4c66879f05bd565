// What Wireshark's tools say about a capture file. They must not complain about it.

import { Program } from './program.js'

/** A packet as tshark sees it. */
export interface SeenPacket {
  /** In hexadecimal. */
  bytes: string
  timestamp: bigint | undefined
  originalLength: number
  /** Counted from 0. */
  section: number
  /** Counted from 0 in its section. */
  interface: number
  interfaceName: string | undefined
  comments: string[]
  flags: number | undefined
  queue: number | undefined
  packetId: bigint | undefined
  dropCount: bigint | undefined
}

type Layer = Record<string, string | undefined>

interface Packet {
  _source: {
    layers: {
      frame: Layer & { 'frame.interface_id_tree'?: Layer }
      frame_raw?: [string]
      pkt_comment?: { 'frame.comment': string | string[] }
    }
  }
}

const EXPECTED_WARNING = /^Running as user "root" and group "root"\. This could be dangerous\.$/
const PATIENCE_MS = 60_000

/** Runs a tool that must have nothing to complain about. */
export async function runQuietly(command: string, args: readonly string[]): Promise<string> {
  const program = new Program(command, args)
  try {
    const { stdout, stderr } = await program.success(PATIENCE_MS)
    const complaints = stderr.split('\n').filter((line) => line !== '' && !EXPECTED_WARNING.test(line))
    if (complaints.length > 0) throw new Error(`${program.name}: ${complaints.join('\n')}`)
    return stdout
  } finally {
    await program[Symbol.asyncDispose]()
  }
}

/** Every packet of a file, in order. */
export async function tsharkPackets(file: string): Promise<SeenPacket[]> {
  const args = ['-n', '-r', file, '-T', 'json', '-x', '--no-duplicate-keys', '-J', 'frame pkt_comment']
  const output = await runQuietly('tshark', args)
  const packets = JSON.parse(output) as Packet[]
  // tshark shows custom blocks as if they were packets.
  const real = packets.filter(({ _source: { layers } }) => layers.frame['frame.cb_pen'] === undefined)
  return real.map(({ _source: { layers } }) => {
    const { frame, frame_raw: raw, pkt_comment: comment } = layers
    return {
      bytes: raw?.[0] ?? '',
      timestamp: seconds(frame['frame.time_epoch']),
      originalLength: Number(frame['frame.len']),
      section: Number(frame['frame.section_number'] ?? 1) - 1,
      interface: Number(frame['frame.interface_id'] ?? 0),
      interfaceName: known(frame['frame.interface_id_tree']?.['frame.interface_name']),
      comments: comment === undefined ? [] : [comment['frame.comment']].flat(),
      flags: number(frame['frame.packet_flags']),
      queue: number(frame['frame.interface_queue']),
      packetId: integer(frame['frame.packet_id']),
      dropCount: integer(frame['frame.drop_count']),
    }
  })
}

/** What capinfos says of it, by its own headings. Those that come twice, such as comments, are joined by lines. */
export async function capinfos(file: string): Promise<Map<string, string>> {
  const facts = new Map<string, string>()
  for (const line of (await runQuietly('capinfos', [file])).split('\n')) {
    const match = line.match(/^\s*([^:=]+?)\s*[:=]\s+(.*)$/)
    const [, name, value] = match ?? []
    if (name === undefined || value === undefined) continue
    const before = facts.get(name)
    facts.set(name, before === undefined ? value : `${before}\n${value}`)
  }
  return facts
}

/** tshark names an interface that has no name. */
function known(name: string | undefined): string | undefined {
  return name === 'unknown' ? undefined : name
}

function seconds(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined
  const negative = text.startsWith('-')
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.')
  const nanoseconds = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))
  return negative ? -nanoseconds : nanoseconds
}

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}

function integer(text: string | undefined): bigint | undefined {
  return text === undefined ? undefined : BigInt(text)
}
