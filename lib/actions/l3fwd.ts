import { RouteTable } from '../route-table.js'
import { checkArray, checkOptions, invalidType } from '../validate.js'
import { type Action, checkOutput, type Output } from './action.js'

/**
 * Forwards IPv4 and IPv6 packets by a table of routes, as a router does: verifies the header, counts the time to live down
 * with the checksum kept right, addresses the frame to the next hop and from the port, and sends it.
 *
 * Other packets go on to the next action, counted as `passed`: what is no IP, or behind a VLAN tag; groups and broadcasts;
 * addresses of the link (`fe80::/10`) and of the host itself. As in DPDK's l3fwd, the MAC address that a frame came to does
 * not matter.
 *
 * Dropped are, each under its name: `badHeader`, `badChecksum`, `ttlExceeded` (a time to live or hop limit of 0 or 1),
 * `noRoute`, `noNeighbour` (the next hop's MAC address is not known) and `noOutput` (it is behind a port that is not in
 * `to`). Packets to the same port stay in their order.
 *
 * @param options `to`: the ports that it may send to. Default: those that are open when the program starts.
 *
 * @example
 * ```ts
 * await port.rx.run(l3fwd({ table }), handle(answerArp, { outputs: { port } }))
 * ```
 *
 * @see RFC 1812, section 5; RFC 8200, section 3; RFC 1624
 * @see https://doc.dpdk.org/guides/sample_app_ug/l3_forward.html
 */
export function l3fwd(options: { table: RouteTable; to?: readonly Output[] }): Action {
  checkOptions('options', options, ['table', 'to'])
  const { table, to } = options
  if (!(table instanceof RouteTable)) throw invalidType('options.table', 'a RouteTable', table)
  const ports = to === undefined ? undefined : checkArray('options.to', to, checkOutput)
  return {
    native: { kind: 'l3fwd', table: table.id, to: ports },
    description: to === undefined ? 'l3fwd' : `l3fwd to ${to.map(({ name }) => name).join(', ')}`,
  }
}
