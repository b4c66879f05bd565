import { outOfRange } from '../../validate.js'
import {
  GRE_CHECKSUM_PRESENT,
  GRE_KEY_PRESENT,
  GRE_SEQUENCE_NUMBER_PRESENT,
  type GreFields,
  GreHeader,
} from '../headers/gre.js'
import { locate } from '../headers/header.js'
import { PROTOCOL_GRE } from '../protocol-numbers.js'
import { Fields } from './fields.js'
import type { Layer } from './layer.js'

const KNOWN = [
  ...(['protocolType', 'reserved0', 'hasChecksum', 'checksum', 'reserved1'] as const),
  ...(['key', 'sequenceNumber'] as const),
]

/** A GRE header. It has the key and the sequence number that are given, and a checksum with `hasChecksum: true`. */
export function gre(fields: Partial<GreFields> = {}): Layer {
  const given = new Fields<GreFields>('gre', fields, KNOWN)
  const hasChecksum = given.flag('hasChecksum', given.has('checksum'))
  if (!hasChecksum && (given.has('checksum') || given.has('reserved1'))) {
    throw outOfRange('gre.hasChecksum', 'true where checksum or reserved1 is given', false)
  }
  return {
    name: 'gre',
    fields,
    protocol: PROTOCOL_GRE,
    encode({ next }) {
      const words: number[] = []
      let flags = given.uint('reserved0', 7, 0) << 3
      if (hasChecksum) {
        flags |= GRE_CHECKSUM_PRESENT
        words.push(given.uint('checksum', 16, 0) * 0x10000 + given.uint('reserved1', 16, 0))
      }
      if (given.has('key')) {
        flags |= GRE_KEY_PRESENT
        words.push(given.uint('key', 32, 0))
      }
      if (given.has('sequenceNumber')) {
        flags |= GRE_SEQUENCE_NUMBER_PRESENT
        words.push(given.uint('sequenceNumber', 32, 0))
      }
      return headerOf(flags, given.uint('protocolType', 16, next?.etherType ?? 0), words)
    },
    complete(memory, { start, end }) {
      if (!hasChecksum || given.has('checksum')) return
      const header = new GreHeader(memory, undefined)
      if (header[locate](start, end, end) === undefined) header.updateChecksum()
    },
  }
}

function headerOf(flags: number, protocolType: number, words: readonly number[]): Uint8Array {
  const header = new Uint8Array(4 + 4 * words.length)
  const view = new DataView(header.buffer)
  view.setUint16(0, flags)
  view.setUint16(2, protocolType)
  words.forEach((word, index) => {
    view.setUint32(4 + 4 * index, word)
  })
  return header
}
