import { checkBoolean, checkInteger, checkOneOf, checkOptions } from '../validate.js'

/** What the link layer knew about a packet: the flags word of pcapng's enhanced packet block. */
export interface PacketFlags {
  /** As seen from the machine that captured. */
  direction?: 'inbound' | 'outbound' | undefined
  /** Why it was received. */
  reception?: 'unicast' | 'multicast' | 'broadcast' | 'promiscuous' | undefined
  /** Bytes of frame check sequence at its end, 0 to 15. 0: not known. */
  frameCheckSequenceLength?: number | undefined
  /** Its checksum is yet to be computed, by the device. */
  checksumNotReady?: boolean | undefined
  /** Its checksum was checked, by the device. */
  checksumValid?: boolean | undefined
  /** It stands for several packets of a TCP stream. */
  segmentationOffloaded?: boolean | undefined
  /** Errors of the link layer: the upper 16 bits of the flags word, so 0x100 is a wrong checksum of the frame. */
  errors?: number | undefined
}

// In the order of their numbers, from 1.
const DIRECTIONS = ['inbound', 'outbound'] as const
const RECEPTIONS = ['unicast', 'multicast', 'broadcast', 'promiscuous'] as const
const FIELDS = [
  'direction',
  'reception',
  'frameCheckSequenceLength',
  'checksumNotReady',
  'checksumValid',
  'segmentationOffloaded',
  'errors',
]

// Bits from the least significant one.
const RECEPTION = 2
const FRAME_CHECK_SEQUENCE_LENGTH = 5
const CHECKSUM_NOT_READY = 1 << 9
const CHECKSUM_VALID = 1 << 10
const SEGMENTATION_OFFLOADED = 1 << 11
const ERRORS = 16

export function decodePacketFlags(word: number): PacketFlags {
  return {
    direction: DIRECTIONS[(word & 3) - 1],
    reception: RECEPTIONS[((word >>> RECEPTION) & 7) - 1],
    frameCheckSequenceLength: (word >>> FRAME_CHECK_SEQUENCE_LENGTH) & 15,
    checksumNotReady: (word & CHECKSUM_NOT_READY) !== 0,
    checksumValid: (word & CHECKSUM_VALID) !== 0,
    segmentationOffloaded: (word & SEGMENTATION_OFFLOADED) !== 0,
    errors: word >>> ERRORS,
  }
}

export function checkPacketFlags(name: string, flags: PacketFlags): void {
  checkOptions(name, flags, FIELDS)
  const { direction, reception, frameCheckSequenceLength, errors } = flags
  if (direction !== undefined) checkOneOf(`${name}.direction`, direction, DIRECTIONS)
  if (reception !== undefined) checkOneOf(`${name}.reception`, reception, RECEPTIONS)
  if (frameCheckSequenceLength !== undefined) {
    const limits = { minimum: 0, maximum: 15, unit: 'bytes' }
    checkInteger(`${name}.frameCheckSequenceLength`, frameCheckSequenceLength, limits)
  }
  if (errors !== undefined) checkInteger(`${name}.errors`, errors, { minimum: 0, maximum: 0xffff })
  for (const field of ['checksumNotReady', 'checksumValid', 'segmentationOffloaded'] as const) {
    const value = flags[field]
    if (value !== undefined) checkBoolean(`${name}.${field}`, value)
  }
}

export function encodePacketFlags(flags: PacketFlags): number {
  const word =
    numberOf(DIRECTIONS, flags.direction) |
    (numberOf(RECEPTIONS, flags.reception) << RECEPTION) |
    (((flags.frameCheckSequenceLength ?? 0) & 15) << FRAME_CHECK_SEQUENCE_LENGTH) |
    (flags.checksumNotReady ? CHECKSUM_NOT_READY : 0) |
    (flags.checksumValid ? CHECKSUM_VALID : 0) |
    (flags.segmentationOffloaded ? SEGMENTATION_OFFLOADED : 0) |
    ((flags.errors ?? 0) << ERRORS)
  return word >>> 0
}

/** 0 for none. */
function numberOf<Name>(names: readonly Name[], name: Name | undefined): number {
  return name === undefined ? 0 : names.indexOf(name) + 1
}
