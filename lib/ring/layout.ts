/**
 * The shared memory of rings, as `native/core/layout.h` lays it out. That file is the source; a test compares
 * these numbers with what the addon was compiled with.
 */

/** Bytes of a ring's counters, before its columns. */
export const RING_HEADER = 384
export const SEND_RING_HEADER = 256

/** Offsets of 32-bit counters from the start of a handler ring. */
export const PRODUCED = 0
export const COMPLETED = 128
export const ASLEEP = 256
export const SEGMENTED = 260

/** Bytes of one descriptor, and the offsets of its fields. */
export const DESCRIPTOR = 8
export const DESCRIPTOR_OFFSET = 0
export const DESCRIPTOR_LENGTH = 4
export const DESCRIPTOR_VERDICT = 6

/** Bytes of one packet's metadata, and the offsets of its fields. */
export const METADATA = 16
export const METADATA_HASH = 0
export const METADATA_PACKET_TYPE = 4
export const METADATA_VLAN = 8
export const METADATA_FLAGS = 10
export const METADATA_HEADROOM = 12
export const METADATA_TAILROOM = 14

export const FLAG_HASH = 1 << 0
export const FLAG_VLAN = 1 << 1
export const FLAG_IP_CHECKSUM_GOOD = 1 << 2
export const FLAG_IP_CHECKSUM_BAD = 1 << 3
export const FLAG_L4_CHECKSUM_GOOD = 1 << 4
export const FLAG_L4_CHECKSUM_BAD = 1 << 5

export const VERDICT_MASK = 0x0fff
export const VERDICT_UNHANDLED = 0
export const VERDICT_DROP = 1
export const VERDICT_CONTINUE = 2
export const VERDICT_FAILED = 3
/** Plus the index of a declared output. */
export const VERDICT_OUTPUT = 8
/** Plus a free slot of the handler's send ring: JavaScript keeps the packet under the name `HELD_NAME | slot`. */
export const VERDICT_HOLD = 0x800
export const MORE_SEGMENTS = 1 << 14
export const RESIZED = 1 << 15

/** Offsets of 32-bit counters from the start of a send ring. */
export const SUPPLIED = 0
export const SEND_ASLEEP = 4
export const REAPED = 8
export const SUBMITTED = 128

/** Bytes of one lent buffer, and the offsets of its fields. */
export const SUPPLY = 8
export const SUPPLY_OFFSET = 0
export const SUPPLY_CAPACITY = 4
export const SUPPLY_PACKET = 6

/** In a packet's name: it was held. Without it, the name is one that was supplied. */
export const HELD_NAME = 0x8000

/**
 * Bytes of one submission, and the offsets of its fields. A send ring of a size has so many supplies and twice as many
 * submissions.
 */
export const SUBMISSION = 16
export const SUBMISSION_OFFSET = 0
export const SUBMISSION_LENGTH = 4
export const SUBMISSION_PACKET = 6
export const SUBMISSION_VERDICT = 8
