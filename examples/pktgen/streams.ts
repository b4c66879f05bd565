// The packets that pktgen makes.

import type { Fields, FieldValues, SizeOptions, StreamOptions } from 'dpdk-node'
import { type BuildPart, ethernet, ipv4, ipv6, udp, vlanTag } from 'dpdk-node/packets'
import type { Options, Spread } from './command-line.js'

/** UDP, with a probe where there is a sink. */
export function makeStream(options: Options, size: SizeOptions | undefined = options.sizes): StreamOptions {
  const { source, destination, sourcePort, destinationPort, vlan, destinationMac } = options
  const version = [source, destination].some((each) => startOf(each)?.includes(':')) ? 'ipv6' : 'ipv4'
  const addresses = { ...fixed('source', source), ...fixed('destination', destination) }
  const ports = { ...fixed('sourcePort', sourcePort), ...fixed('destinationPort', destinationPort) }
  const frame: BuildPart[] = [
    ethernet({ destination: destinationMac }),
    ...(vlan === undefined ? [] : [vlanTag(fixed('id', vlan))]),
    version === 'ipv6' ? ipv6(addresses) : ipv4(addresses),
    udp(ports),
  ]
  const fields: Fields = {
    ...varied(`${version}.source`, source),
    ...varied(`${version}.destination`, destination),
    ...varied('udp.sourcePort', sourcePort),
    ...varied('udp.destinationPort', destinationPort),
    ...(vlan === undefined ? {} : varied('vlanTag.id', vlan)),
  }
  return { frame, fields, probe: options.receive !== undefined, ...(size !== undefined && { size }) }
}

function startOf(addresses: Spread<string>): string | undefined {
  if ('fixed' in addresses) return addresses.fixed
  return 'minimum' in addresses.values ? String(addresses.values.minimum) : undefined
}

function fixed<Value>(name: string, value: Spread<Value>): Record<string, Value> {
  return 'fixed' in value ? { [name]: value.fixed } : {}
}

function varied(name: string, value: Spread<unknown>): Record<string, FieldValues> {
  return 'values' in value ? { [name]: value.values } : {}
}
