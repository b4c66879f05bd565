import { checkInteger, checkOptions, outOfRange } from '../../validate.js'
import {
  GTP_U_EXTENSION,
  GTP_U_G_PDU,
  GTP_U_HEADER,
  GTP_U_NPDU,
  GTP_U_OPTIONAL,
  GTP_U_SEQUENCE,
  GTP_U_VERSION,
  type GtpUExtensionHeader,
  type GtpUFields,
} from '../headers/gtp-u.js'
import { PORT_GTP_U } from '../protocol-numbers.js'
import { bytesOf, Fields } from './fields.js'
import type { Layer } from './layer.js'

const KNOWN = [
  ...(['messageType', 'length', 'teid', 'sequenceNumber', 'npduNumber', 'extensionHeaders'] as const),
]

/** A GTP-U header, of a packet that the tunnel carries unless `messageType` says otherwise. */
export function gtpU(fields: Partial<GtpUFields> = {}): Layer {
  const given = new Fields<GtpUFields>('gtpU', fields, KNOWN)
  const extensions = given.list('extensionHeaders', readExtension)
  const flags =
    (given.has('extensionHeaders') ? GTP_U_EXTENSION : 0) |
    (given.has('sequenceNumber') ? GTP_U_SEQUENCE : 0) |
    (given.has('npduNumber') ? GTP_U_NPDU : 0)
  const optional = flags === 0 ? 0 : GTP_U_OPTIONAL
  const headerLength = extensions.reduce(
    (length, { content }) => length + content.length + 2,
    GTP_U_HEADER + optional,
  )
  return {
    name: 'gtpU',
    fields,
    port: PORT_GTP_U,
    encode({ payloadLength }) {
      const header = new Uint8Array(headerLength)
      const view = new DataView(header.buffer)
      view.setUint8(0, GTP_U_VERSION | flags)
      view.setUint8(1, given.uint('messageType', 8, GTP_U_G_PDU))
      view.setUint16(2, given.uint('length', 16, headerLength - GTP_U_HEADER + payloadLength))
      view.setUint32(4, given.uint('teid', 32, 1))
      if (optional === 0) return header
      view.setUint16(8, given.uint('sequenceNumber', 16, 0))
      view.setUint8(10, given.uint('npduNumber', 8, 0))
      let at = GTP_U_HEADER + GTP_U_OPTIONAL
      for (const { type, content } of extensions) {
        header[at - 1] = type
        header[at] = (content.length + 2) / 4
        header.set(content, at + 1)
        at += content.length + 2
      }
      return header
    },
  }
}

function readExtension(name: string, element: unknown): { type: number; content: Uint8Array } {
  checkOptions(name, element, ['type', 'hex'])
  const { type, hex } = element as Partial<GtpUExtensionHeader>
  checkInteger(`${name}.type`, type, { minimum: 1, maximum: 255 })
  const content = bytesOf(`${name}.hex`, hex)
  if (content.length % 4 !== 2 || content.length > 255 * 4 - 2) {
    throw outOfRange(`${name}.hex`, 'a multiple of four bytes, less two', `${content.length} bytes`)
  }
  return { type: type as number, content }
}
