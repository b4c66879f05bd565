/** Checks of what a writer is given. */

import { MacAddress } from '../packet/mac-address.js'
import { checkArray, checkInteger, invalidType, invalidValue, outOfRange } from '../validate.js'
import { checkPacketFlags } from './packet-flags.js'
import type {
  CaptureItem,
  CaptureRecordInput,
  InterfaceDescription,
  InterfaceStatisticsInput,
} from './record.js'

const MAXIMUM_UINT32 = 2 ** 32 - 1
const LIMIT_UINT64 = 2n ** 64n
const MAXIMUM_TEXT = 65_535

export function isStatistics(item: CaptureItem): item is InterfaceStatisticsInput {
  return 'kind' in item && item.kind === 'interface-statistics'
}

export function checkItem(item: CaptureItem): void {
  if (typeof item !== 'object' || item === null) throw invalidType('item', 'a record or statistics', item)
  if (isStatistics(item)) checkStatistics(item)
  else checkRecord(item)
}

/** Comes with every packet, so its checks are cheap. */
function checkRecord(record: CaptureRecordInput): void {
  const { bytes, timestamp, originalLength, comments, flags, queue, packetId, dropCount } = record
  if (!(bytes instanceof Uint8Array)) throw invalidType('record.bytes', 'a Uint8Array', bytes)
  if (bytes.length > 2 ** 30) throw outOfRange('record.bytes.length', 'at most 1 GiB', bytes.length)
  if (timestamp !== undefined) checkTimestamp('record.timestamp', timestamp)
  if (originalLength !== undefined) {
    checkInteger('record.originalLength', originalLength, {
      minimum: bytes.length,
      maximum: MAXIMUM_UINT32,
      unit: 'bytes',
    })
  }
  if (comments !== undefined) checkTexts('record.comments', comments)
  if (flags !== undefined) checkPacketFlags('record.flags', flags)
  if (queue !== undefined) checkInteger('record.queue', queue, { minimum: 0, maximum: MAXIMUM_UINT32 })
  checkUint64('record.packetId', packetId)
  checkUint64('record.dropCount', dropCount)
}

function checkStatistics(statistics: InterfaceStatisticsInput): void {
  const { kind: _, interface: __, comments, timestamp, ...numbers } = statistics
  checkTimestamp('statistics.timestamp', timestamp)
  for (const [name, value] of Object.entries(numbers)) checkUint64(`statistics.${name}`, value)
  if (comments !== undefined) checkTexts('statistics.comments', comments)
}

export function checkInterface(name: string, description: InterfaceDescription): void {
  if (typeof description !== 'object' || description === null)
    throw invalidType(name, 'an object', description)
  const { linkType, snapLength, macAddress, speed, comments } = description
  if (linkType !== undefined) checkLinkType(`${name}.linkType`, linkType)
  if (snapLength !== undefined) checkSnapLength(`${name}.snapLength`, snapLength)
  if (macAddress !== undefined) checkMacAddress(`${name}.macAddress`, macAddress)
  checkUint64(`${name}.speed`, speed)
  for (const field of ['name', 'description', 'filter', 'hardware', 'operatingSystem'] as const) {
    const text = description[field]
    if (text !== undefined) checkText(`${name}.${field}`, text)
  }
  if (comments !== undefined) checkTexts(`${name}.comments`, comments)
}

export function checkLinkType(name: string, value: unknown): number {
  const advice = 'LinkType has the usual ones.'
  return checkInteger(name, value, { minimum: 0, maximum: 65_535, advice })
}

/** 0 stands for all of a packet. */
export function checkSnapLength(name: string, value: unknown): number {
  return checkInteger(name, value, { minimum: 0, maximum: MAXIMUM_UINT32, unit: 'bytes' })
}

export function checkTexts(name: string, value: unknown): string[] {
  return checkArray(name, value, checkText)
}

/** A text as pcapng can hold it. */
export function checkText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw invalidType(name, 'a string', value)
  if (value.includes('\0')) throw invalidValue(name, 'a string without NUL characters', value)
  // Three bytes a character at most.
  const isLong = value.length * 3 >= MAXIMUM_TEXT && Buffer.byteLength(value) >= MAXIMUM_TEXT
  if (isLong) throw outOfRange(name, `a string of fewer than ${MAXIMUM_TEXT} bytes in UTF-8`, value)
  return value
}

function checkMacAddress(name: string, value: string): void {
  const expected = "a MAC address, for example '02:00:00:00:00:01'"
  if (typeof value !== 'string') throw invalidType(name, expected, value)
  try {
    new MacAddress(value)
  } catch {
    throw invalidValue(name, expected, value)
  }
}

function checkTimestamp(name: string, value: unknown): void {
  const expected = 'a bigint: nanoseconds since the epoch'
  const advice =
    typeof value === 'number' ? 'Milliseconds become BigInt(milliseconds) * 1_000_000n.' : undefined
  if (typeof value !== 'bigint') throw invalidType(name, expected, value, advice)
  if (value < 0n || value >= LIMIT_UINT64)
    throw outOfRange(name, `${expected}, from 0n to 2n ** 64n - 1n`, value)
}

function checkUint64(name: string, value: unknown): void {
  if (value === undefined) return
  if (typeof value !== 'bigint') throw invalidType(name, 'a bigint', value)
  if (value < 0n || value >= LIMIT_UINT64) throw outOfRange(name, 'a bigint from 0n to 2n ** 64n - 1n', value)
}
