// TCP and SCTP, by what tshark says.

import { all, bytesAt, first, flag, type JudgedProtocol, number, numberOf, type Row } from './rows.js'
import type { JudgedField } from './tshark.js'

export const TCP_TABLE: Readonly<Record<string, JudgedProtocol>> = {
  tcp: {
    tshark: ['tcp'],
    fields: {
      sourcePort: number('tcp.srcport'),
      destinationPort: number('tcp.dstport'),
      sequenceNumber: number('tcp.seq'),
      acknowledgementNumber: number('tcp.ack_raw', 'tcp.ack'),
      // tshark shows the three bits as one.
      reserved: (layer) => numberOf(layer, 'tcp.flags') >> 9,
      ae: flag('tcp.flags.ae'),
      cwr: flag('tcp.flags.cwr'),
      ece: flag('tcp.flags.ece'),
      urg: flag('tcp.flags.urg'),
      ack: flag('tcp.flags.ack'),
      psh: flag('tcp.flags.push'),
      rst: flag('tcp.flags.reset'),
      syn: flag('tcp.flags.syn'),
      fin: flag('tcp.flags.fin'),
      window: number('tcp.window_size_value'),
      checksum: number('tcp.checksum'),
      urgentPointer: number('tcp.urgent_pointer'),
      options,
    },
  },
  sctp: {
    tshark: ['sctp'],
    fields: {
      sourcePort: number('sctp.srcport'),
      destinationPort: number('sctp.dstport'),
      verificationTag: number('sctp.verification_tag'),
      checksum: number('sctp.checksum'),
      chunks: (layer, frame) =>
        all(layer, 'sctp.chunk_type').map((field, index) => {
          const length = Number(all(layer, 'sctp.chunk_length')[index]?.show)
          return {
            type: Number(field.show),
            flags: Number(all(layer, 'sctp.chunk_flags')[index]?.show),
            length,
            hex: bytesAt(frame, field.position + 4, length - 4),
          }
        }),
    },
    getters: ['chunks'],
  },
}

/** Up to the end of the list: tshark goes on behind it. */
function options(layer: Parameters<Row>[0], frame: Uint8Array): object[] | undefined {
  const list = first(layer, 'tcp.options')
  if (list === undefined) return undefined
  const found = list.fields.filter((field) => first(field, 'tcp.option_kind') !== undefined)
  const end = found.findIndex((field) => numberOf(field, 'tcp.option_kind') === 0)
  return found.slice(0, end < 0 ? found.length : end + 1).map((field) => readOption(field, frame))
}

function readOption(option: JudgedField, frame: Uint8Array): object {
  const number = (name: string) => numberOf(option, `tcp.options.${name}`)
  const kind = numberOf(option, 'tcp.option_kind')
  switch (kind) {
    case 0:
      return { kind: 'end' }
    case 1:
      return { kind: 'nop' }
    case 2:
      return { kind: 'maximumSegmentSize', value: number('mss_val') }
    case 3:
      return { kind: 'windowScale', shift: number('wscale.shift') }
    case 4:
      return { kind: 'sackPermitted' }
    case 5:
      return { kind: 'sack', blocks: sackBlocks(option) }
    case 8:
      return { kind: 'timestamps', value: number('timestamp.tsval'), echo: number('timestamp.tsecr') }
    default:
      return { kind, hex: bytesAt(frame, option.position + 2, numberOf(option, 'tcp.option_len') - 2) }
  }
}

function sackBlocks(option: JudgedField): object[] {
  const edges = (name: string) => all(option, `tcp.options.${name}`).map(({ show }) => Number(show))
  const right = edges('sack_re')
  return edges('sack_le').map((left, index) => ({ left, right: right[index] }))
}
