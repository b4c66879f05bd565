/**
 * Captures: pcap and pcapng, read and written as streams. Needs neither DPDK nor the addon.
 *
 * @example
 * ```ts
 * import { CaptureWriter, readCapture } from 'dpdk-node/pcap'
 *
 * await using writer = await CaptureWriter.open('arp.pcapng')
 * for await (const record of readCapture('office.pcap')) {
 *   if (record.bytes[12] === 8 && record.bytes[13] === 6) await writer.write(record)
 * }
 * ```
 *
 * @module
 */

export type { CaptureFormatCode } from './capture-format-error.js'
export { CaptureFormatError } from './capture-format-error.js'
export type { EncodeCaptureOptions } from './encode-options.js'
export { LinkType } from './link-type.js'
export type { PacketFlags } from './packet-flags.js'
export {
  type CaptureSource,
  type DecodeCaptureOptions,
  decodeCapture,
  type ReadCaptureOptions,
  readCapture,
  readCaptureFile,
} from './read.js'
export {
  BlockType,
  type CaptureBlock,
  type CaptureInterface,
  type CaptureItem,
  type CaptureRecord,
  type CaptureRecordInput,
  type CaptureSection,
  type InterfaceDescription,
  type InterfaceStatistics,
  type InterfaceStatisticsInput,
  type OtherBlock,
} from './record.js'
export { CaptureEncoder, CaptureWriter, encodeCapture, writeCaptureFile } from './write.js'
