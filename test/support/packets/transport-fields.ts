// Fields of TCP and SCTP at random.

import fc, { type Arbitrary } from 'fast-check'
import { Frame, sctpChunk, type TcpOption } from '../../../lib/packets.js'
import { freePort, hexadecimal, optional, uint } from './fields.js'

const flag = fc.boolean()

/** With its length in bytes. */
const tcpOption: Arbitrary<[TcpOption, number]> = fc.oneof(
  fc.constant<[TcpOption, number]>([{ kind: 'sackPermitted' }, 2]),
  uint(16).map((value): [TcpOption, number] => [{ kind: 'maximumSegmentSize', value }, 4]),
  uint(8).map((shift): [TcpOption, number] => [{ kind: 'windowScale', shift }, 3]),
  fc.tuple(uint(32), uint(32)).map(([value, echo]): [TcpOption, number] => {
    return [{ kind: 'timestamps', value, echo }, 10]
  }),
  fc
    .array(fc.record({ left: uint(32), right: uint(32) }), { minLength: 1, maxLength: 3 })
    .map((blocks): [TcpOption, number] => [{ kind: 'sack', blocks }, 2 + 8 * blocks.length]),
  hexadecimal(0, 8).map((hex): [TcpOption, number] => [{ kind: 200, hex }, 2 + hex.length / 2]),
)

/** As many as there is room for, up to whole words: with an end, or with no-operations. */
const tcpOptions = fc
  .tuple(fc.array(tcpOption, { minLength: 1, maxLength: 5 }), flag)
  .map(([given, hasEnd]) => {
    const options: TcpOption[] = []
    let length = 0
    for (const [option, size] of given.filter(([, size]) => size <= 36)) {
      if (length + size > 40) continue
      options.push(option)
      length += size
    }
    const padding = -length & 3
    if (padding > 0 && hasEnd) return [...options, { kind: 'end' as const }]
    return [...options, ...Array.from({ length: padding }, (): TcpOption => ({ kind: 'nop' }))]
  })

export const tcpFields = optional({
  ...{ sourcePort: freePort, destinationPort: freePort, sequenceNumber: uint(32), reserved: uint(3) },
  ...{ acknowledgementNumber: uint(32), ae: flag, cwr: flag, ece: flag, urg: flag, ack: flag, psh: flag },
  ...{ rst: flag, syn: flag, fin: flag, window: uint(16), urgentPointer: uint(16), options: tcpOptions },
})

export const sctpFields = optional({
  ...{ sourcePort: freePort, destinationPort: freePort, verificationTag: uint(32) },
})

const chunk = fc.oneof(
  // Cookie echo, and padding.
  fc.record({ type: fc.constantFrom(10, 132), hex: hexadecimal(1, 20) }),
  // Shutdown.
  fc.record({ type: fc.constant(7), hex: hexadecimal(4, 4) }),
  // Cookie acknowledgement.
  fc.record({ type: fc.constant(11) }),
)

export const sctpChunks = fc
  .array(chunk, { minLength: 1, maxLength: 4 })
  .map((chunks) => Frame.build(...chunks.map(sctpChunk)).bytes)
