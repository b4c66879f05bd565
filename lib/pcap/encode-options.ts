import { checkArray, checkOneOf, checkOptions } from '../validate.js'
import { checkInterface, checkLinkType, checkSnapLength, checkText, checkTexts } from './check-item.js'
import type { FormatEncoder } from './format-encoder.js'
import { PcapEncoder } from './pcap-encoder.js'
import { PcapngEncoder } from './pcapng-encoder.js'
import type { InterfaceDescription } from './record.js'

export interface EncodeCaptureOptions {
  /**
   * Default: `pcapng`. `pcap` is for programs that read nothing else: it has one link type, times until 2106, and no
   * names, comments, flags or statistics; those of records are left out.
   */
  format?: 'pcapng' | 'pcap'
  /** Of timestamps; what is finer is cut off. Default: `nanoseconds`. */
  precision?: 'nanoseconds' | 'microseconds'
  /** Of interfaces that say none, see `LinkType`. Default: Ethernet. */
  linkType?: number
  /** Bytes kept of a packet, at most; 0: all. Default: what its interface says, or 262144, what other programs read. */
  snapLength?: number
  /** Described in front, even if no packet comes from them. The first is that of records that name none. */
  interfaces?: readonly InterfaceDescription[]
  /** About the whole capture. Only pcapng. */
  comments?: readonly string[]
  /** Only pcapng. */
  hardware?: string
  /** Only pcapng. */
  operatingSystem?: string
  /** What writes it. Default: `dpdk-node`. Only pcapng. */
  application?: string
}

export interface CaptureSettings {
  readonly format: 'pcapng' | 'pcap'
  readonly precision: 'nanoseconds' | 'microseconds'
  readonly linkType: number | undefined
  readonly snapLength: number | undefined
  readonly interfaces: readonly InterfaceDescription[]
  readonly comments: readonly string[]
  readonly hardware: string | undefined
  readonly operatingSystem: string | undefined
  readonly application: string
}

const OPTIONS = [
  'format',
  'precision',
  'linkType',
  'snapLength',
  'interfaces',
  'comments',
  'hardware',
  'operatingSystem',
  'application',
]

export function makeEncoder(options: EncodeCaptureOptions): FormatEncoder {
  const settings = resolveEncodeOptions(options)
  return settings.format === 'pcapng' ? new PcapngEncoder(settings) : new PcapEncoder(settings)
}

function resolveEncodeOptions(options: EncodeCaptureOptions): CaptureSettings {
  checkOptions('options', options, OPTIONS)
  const { format = 'pcapng', precision = 'nanoseconds', linkType, snapLength, interfaces = [] } = options
  const { comments = [], hardware, operatingSystem, application = 'dpdk-node' } = options
  checkArray('options.interfaces', interfaces, (name, source) =>
    checkInterface(name, source as InterfaceDescription),
  )
  return {
    format: checkOneOf('options.format', format, ['pcapng', 'pcap']),
    precision: checkOneOf('options.precision', precision, ['nanoseconds', 'microseconds']),
    linkType: linkType === undefined ? undefined : checkLinkType('options.linkType', linkType),
    snapLength: snapLength === undefined ? undefined : checkSnapLength('options.snapLength', snapLength),
    interfaces,
    comments: checkTexts('options.comments', comments),
    hardware: hardware === undefined ? undefined : checkText('options.hardware', hardware),
    operatingSystem:
      operatingSystem === undefined ? undefined : checkText('options.operatingSystem', operatingSystem),
    application: checkText('options.application', application),
  }
}
