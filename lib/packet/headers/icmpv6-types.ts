/**
 * Types of ICMPv6 messages, and what each has.
 *
 * @see https://www.iana.org/assignments/icmpv6-parameters
 */

/** Bytes that all messages have. */
export const ICMPV6_FIXED = 4

export const UNREACHABLE = 1
export const PACKET_TOO_BIG = 2
export const TIME_EXCEEDED = 3
export const PARAMETER_PROBLEM = 4
export const ECHO_REQUEST = 128
export const ECHO_REPLY = 129
export const MULTICAST_QUERY = 130
/** Of version 1. */
export const MULTICAST_REPORT = 131
/** Of version 1. */
export const MULTICAST_DONE = 132
export const ROUTER_SOLICITATION = 133
export const ROUTER_ADVERTISEMENT = 134
export const NEIGHBOUR_SOLICITATION = 135
export const NEIGHBOUR_ADVERTISEMENT = 136
export const REDIRECT = 137
export const MULTICAST_REPORT_V2 = 143

/** Bytes of a multicast query of version 2 without sources: shorter ones are of version 1. */
export const MULTICAST_QUERY_V2 = 28

export function isEcho(type: number): boolean {
  return type === ECHO_REQUEST || type === ECHO_REPLY
}

/** Neighbour solicitation and advertisement, and redirect. */
export function hasTarget(type: number): boolean {
  return type >= NEIGHBOUR_SOLICITATION && type <= REDIRECT
}

/** Multicast query of any version; report and done of version 1. */
export function hasGroup(type: number): boolean {
  return type >= MULTICAST_QUERY && type <= MULTICAST_DONE
}

/** @see RFC 3810, section 8.1 */
export function isMulticastQueryV2(type: number, messageLength: number): boolean {
  return type === MULTICAST_QUERY && messageLength >= MULTICAST_QUERY_V2
}

/** In a message of neighbour discovery; 0 for others. */
export function bytesBeforeOptions(type: number): number {
  if (type === ROUTER_SOLICITATION) return 8
  if (type === ROUTER_ADVERTISEMENT) return 16
  if (type === NEIGHBOUR_SOLICITATION || type === NEIGHBOUR_ADVERTISEMENT) return 24
  return type === REDIRECT ? 40 : 0
}

/** Bytes in front of options, sources, records or payload. */
export function fixedLength(type: number, messageLength: number): number {
  if (hasGroup(type)) return isMulticastQueryV2(type, messageLength) ? MULTICAST_QUERY_V2 : 24
  const isKnown = type <= PARAMETER_PROBLEM || isEcho(type) || type === MULTICAST_REPORT_V2
  return bytesBeforeOptions(type) || (isKnown && type !== 0 ? 8 : ICMPV6_FIXED)
}
