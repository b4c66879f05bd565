import { formatIpv6Address } from '../ip-address.js'
import type { Icmpv6Header } from './icmpv6.js'
import * as types from './icmpv6-types.js'

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
        : 'ip6 reassembly time exceeded'
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
  if (sources !== undefined) return `multicast listener query v2 [gaddr ${group}]`
  const delay = `max resp delay: ${header.maximumResponseCode} addr: ${group}`
  if (type === types.MULTICAST_QUERY) return `multicast listener query ${delay}`
  if (type === types.MULTICAST_REPORT) return `multicast listener report ${delay}`
  return type === types.MULTICAST_DONE ? `multicast listener done ${delay}` : undefined
}

function unreachable(header: Icmpv6Header): string {
  const destination = quotedDestination(header)
  const reasons = ['route', 'prohibited', 'beyond scope', 'address', 'port']
  const reason = reasons[header.code]
  return reason === undefined ? `code ${header.code}` : `unreachable ${reason} ${destination}`
}

/** Where the packet was sent that an error is about, as far as it is quoted. */
function quotedDestination({ payload }: Icmpv6Header): string {
  return payload.length < 40 ? 'unknown' : formatIpv6Address(payload, 24)
}
