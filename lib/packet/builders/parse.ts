import type { Frame } from '../frame.js'
import type { Header } from '../headers/header.js'
import { arp } from './arp.js'
import { dhcp } from './dhcp.js'
import { dns } from './dns.js'
import { ethernet } from './ethernet.js'
import { gre } from './gre.js'
import { gtpU } from './gtp-u.js'
import { icmp } from './icmp.js'
import { icmpv6 } from './icmpv6.js'
import { igmp } from './igmp.js'
import { ipv4 } from './ipv4.js'
import { ipv6 } from './ipv6.js'
import {
  authentication,
  destinationOptions,
  fragment,
  hopByHop,
  mobility,
  routing,
} from './ipv6-extensions.js'
import type { Layer } from './layer.js'
import { lldp } from './lldp.js'
import { mpls } from './mpls.js'
import { payload, trailer } from './raw.js'
import { sctp } from './sctp.js'
import { tcp } from './tcp.js'
import { udp } from './udp.js'
import { vlanTag } from './vlan.js'
import { vxlan } from './vxlan.js'

/** The builder of each header, by its name: each takes what the header's `toJSON()` gives. */
const BUILDERS: Readonly<Record<string, (fields: never) => Layer>> = {
  ...{ ethernet, vlanTag, arp, lldp, mpls, ipv4, ipv6 },
  ...{ hopByHop, destinationOptions, routing, fragment, authentication, mobility },
  ...{ gre, tcp, udp, sctp, icmp, icmpv6, igmp },
  ...{ dns, dhcp, vxlan, gtpU },
}

/** The layers of a frame, with every field; then the payload, and what lies behind it. */
export function layersOf(frame: Frame): Layer[] {
  const headers = frame.headers()
  const layers: Layer[] = []
  for (const header of headers) {
    const builder = BUILDERS[header.name]
    if (builder === undefined) throw new Error(`there is no builder for ${header.name}`)
    const layer = builder(header.toJSON() as never)
    layers.push(header.name === 'dns' ? { ...layer, encode: () => bytesOf(header) } : layer)
  }
  const last = headers.at(-1)
  const rest = last === undefined ? frame.bytes : last.payload
  const behind = frame.bytes.subarray(rest.byteOffset + rest.length - frame.bytes.byteOffset)
  if (rest.length > 0) layers.push(payload(rest))
  if (behind.length > 0) layers.push(trailer(behind))
  return layers
}

/** As it stands there: names can be compressed in many ways, and lengths in front of it are taken as they were. */
function bytesOf({ payload, headerLength }: Header): Uint8Array {
  return new Uint8Array(payload.buffer, payload.byteOffset - headerLength, headerLength)
}
