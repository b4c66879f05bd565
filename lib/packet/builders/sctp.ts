import { locate } from '../headers/header.js'
import {
  SCTP_CHUNK_HEADER,
  SCTP_HEADER,
  type SctpChunk,
  type SctpFields,
  SctpHeader,
} from '../headers/sctp.js'
import { PROTOCOL_SCTP } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import type { Layer } from './layer.js'

/** The common header of an SCTP packet. Chunks follow: `sctpChunk()`. */
export function sctp(fields: Partial<SctpFields> = {}): Layer {
  const known = ['sourcePort', 'destinationPort', 'verificationTag', 'checksum'] as const
  const given = new Fields<SctpFields>('sctp', fields, known)
  return {
    name: 'sctp',
    fields,
    protocol: PROTOCOL_SCTP,
    encode({ next }) {
      const header = new Uint8Array(SCTP_HEADER)
      const view = new DataView(header.buffer)
      view.setUint16(0, given.uint('sourcePort', 16, 49152))
      view.setUint16(2, given.uint('destinationPort', 16, next?.port ?? 9))
      view.setUint32(4, given.uint('verificationTag', 32, 0))
      view.setUint32(8, given.uint('checksum', 32, 0))
      return header
    },
    complete(memory, { start, end }) {
      if (given.has('checksum')) return
      const header = new SctpHeader(memory)
      if (header[locate](start, end, end) === undefined) header.updateChecksum()
    },
  }
}

/**
 * A chunk, padded to whole words; of type 0, DATA, unless it is said otherwise. `packet.sctp.chunks` gives it back.
 *
 * @example
 * ```ts
 * Frame.build(ethernet(), ipv4(), sctp({ verificationTag: 7 }), sctpChunk({ type: 11 }))
 * ```
 */
export function sctpChunk(fields: Partial<SctpChunk> = {}): Layer {
  const given = new Fields<SctpChunk>('sctpChunk', fields, ['type', 'flags', 'length', 'hex'])
  const value = given.bytes('hex', 0xffff - SCTP_CHUNK_HEADER)
  return {
    name: 'sctpChunk',
    fields,
    encode() {
      const chunk = new Uint8Array((SCTP_CHUNK_HEADER + value.length + 3) & ~3)
      const view = new DataView(chunk.buffer)
      view.setUint8(0, given.uint('type', 8, 0))
      view.setUint8(1, given.uint('flags', 8, 0))
      view.setUint16(2, given.uint('length', 16, SCTP_CHUNK_HEADER + value.length))
      chunk.set(value, SCTP_CHUNK_HEADER)
      return chunk
    },
  }
}
