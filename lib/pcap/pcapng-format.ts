/**
 * The numbers of the format.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/
 */

export const SECTION_HEADER = 0x0a0d0d0a
export const INTERFACE_DESCRIPTION = 1
export const OBSOLETE_PACKET = 2
export const SIMPLE_PACKET = 3
export const INTERFACE_STATISTICS = 5
export const ENHANCED_PACKET = 6

/** Type and length in front, the length once more behind. */
export const BLOCK_FRAME_LENGTH = 12
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d
export const MAJOR_VERSION = 1
export const UNKNOWN_SECTION_LENGTH = 2n ** 64n - 1n
export const UNKNOWN_DROP_COUNT = 0xffff
/** The resolution of an interface that says none, as an if_tsresol: microseconds. */
export const DEFAULT_RESOLUTION = 6
/** What an if_filter of tcpdump's language begins with. */
export const TEXT_FILTER = 0

export const Option = {
  COMMENT: 1,
  SECTION_HARDWARE: 2,
  SECTION_OPERATING_SYSTEM: 3,
  SECTION_APPLICATION: 4,
  INTERFACE_NAME: 2,
  INTERFACE_DESCRIPTION: 3,
  INTERFACE_MAC_ADDRESS: 6,
  INTERFACE_SPEED: 8,
  INTERFACE_TIMESTAMP_RESOLUTION: 9,
  INTERFACE_FILTER: 11,
  INTERFACE_OPERATING_SYSTEM: 12,
  INTERFACE_TIMESTAMP_OFFSET: 14,
  INTERFACE_HARDWARE: 15,
  PACKET_FLAGS: 2,
  PACKET_DROP_COUNT: 4,
  PACKET_ID: 5,
  PACKET_QUEUE: 6,
  STATISTICS_START_TIME: 2,
  STATISTICS_END_TIME: 3,
  STATISTICS_RECEIVED: 4,
  STATISTICS_DROPPED: 5,
  STATISTICS_ACCEPTED_BY_FILTER: 6,
  STATISTICS_DROPPED_BY_SYSTEM: 7,
  STATISTICS_DELIVERED: 8,
} as const
