import { IPV6_HEADER } from '../extension-walk.js'
import { formatIpv6Address } from '../ip-address.js'
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../protocol-numbers.js'
import type { Icmpv6Header } from './icmpv6.js'
import * as types from './icmpv6-types.js'

const PORT_UNREACHABLE = 4
/** Why a destination cannot be reached, by the code. */
const REASONS = ['route', 'prohibited', 'beyond scope', 'address']

/** A message in tcpdump's words. */
export function describeIcmpv6(header: Icmpv6Header): string {
  const { type, code } = header
  switch (type) {
    case types.UNREACHABLE:
      return `destination unreachable, ${unreachable(header)}`
    case types.PACKET_TOO_BIG:
      return `packet too big, mtu ${header.mtu}`
    case types.TIME_EXCEEDED:
      return code === 0
        ? `time exceeded in-transit for ${quotedDestination(header)}`
        : 'time exceeded in-transit (reassembly)'
    case types.PARAMETER_PROBLEM:
      return `parameter problem, octet ${header.pointer}`
    case types.ECHO_REQUEST:
      return `echo request, id ${header.identifier}, seq ${header.sequenceNumber}`
    case types.ECHO_REPLY:
      return `echo reply, id ${header.identifier}, seq ${header.sequenceNumber}`
    case types.ROUTER_SOLICITATION:
      return 'router solicitation'
    case types.ROUTER_ADVERTISEMENT:
      return 'router advertisement'
    case types.NEIGHBOUR_SOLICITATION:
      return `neighbor solicitation, who has ${header.target}`
    case types.NEIGHBOUR_ADVERTISEMENT:
      return `neighbor advertisement, tgt is ${header.target}`
    case types.REDIRECT:
      return `redirect, ${header.destination} to ${header.target}`
    default:
      return multicast(header) ?? `type ${type}, code ${code}`
  }
}

function multicast(header: Icmpv6Header): string | undefined {
  const { type, group, sources, records } = header
  if (records !== undefined) return `multicast listener report v2, ${records.length} group record(s)`
  if (sources !== undefined) return `multicast listener query v2 [gaddr ${group}${sourceCount(sources)}]`
  const delay = `max resp delay: ${header.maximumResponseCode} addr: ${group}`
  if (type === types.MULTICAST_QUERY) return `multicast listener query ${delay}`
  if (type === types.MULTICAST_REPORT) return `multicast listener report ${delay}`
  return type === types.MULTICAST_DONE ? `multicast listener done ${delay}` : undefined
}

function unreachable(header: Icmpv6Header): string {
  const { code, payload } = header
  const destination = quotedDestination(header)
  if (code === PORT_UNREACHABLE) return `unreachable port, ${destination}${quotedPort(payload)}`
  const reason = REASONS[code]
  return reason === undefined ? `code ${code}` : `unreachable ${reason} ${destination}`
}

/** Where the packet was sent that an error is about, as far as it is quoted. */
function quotedDestination({ payload }: Icmpv6Header): string {
  return payload.length < IPV6_HEADER ? 'unknown' : formatIpv6Address(payload, 24)
}

function quotedPort(payload: Uint8Array): string {
  const protocol = payload[6]
  const name = protocol === PROTOCOL_UDP ? 'udp' : protocol === PROTOCOL_TCP ? 'tcp' : undefined
  if (name === undefined || payload.length < IPV6_HEADER + 4) return ''
  return ` ${name} port ${((payload[42] as number) << 8) | (payload[43] as number)}`
}

function sourceCount({ length }: readonly string[]): string {
  return length === 0 ? '' : `, ${length} source(s)`
}
