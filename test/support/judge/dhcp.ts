// DHCP messages, by what tshark says.

import {
  all,
  allShown,
  bytesAt,
  first,
  type JudgedProtocol,
  number,
  numberOf,
  type Row,
  raw,
  shown,
} from './rows.js'
import type { JudgedField, JudgedLayer } from './tshark.js'

export const DHCP_TABLE: Readonly<Record<string, JudgedProtocol>> = {
  dhcp: {
    tshark: ['dhcp'],
    fields: {
      operation: number('dhcp.type'),
      hardwareType: number('dhcp.hw.type'),
      hardwareAddressLength: number('dhcp.hw.len'),
      hops: number('dhcp.hops'),
      transactionId: number('dhcp.id'),
      // tshark takes them for swapped where the lower byte is 0.
      seconds: raw('dhcp.secs'),
      flags: number('dhcp.flags'),
      clientAddress: shown('dhcp.ip.client'),
      yourAddress: shown('dhcp.ip.your'),
      serverAddress: shown('dhcp.ip.server'),
      relayAddress: shown('dhcp.ip.relay'),
      hardwareAddress: (layer) =>
        `${first(layer, 'dhcp.hw.mac_addr')?.value}${first(layer, 'dhcp.hw.addr_padding')?.value}`,
      serverName: filledText('dhcp.server'),
      bootFile: filledText('dhcp.file'),
      options,
    },
  },
}

/** In ASCII, with zeros behind it. */
function filledText(name: string): Row {
  return (layer) =>
    Buffer.from(first(layer, name)?.value ?? '', 'hex')
      .toString()
      .replace(/\0+$/, '')
}

function options(layer: JudgedLayer, frame: Uint8Array): object[] {
  return all(layer, 'dhcp.option.type').map((option) => readOption(option, frame))
}

function readOption(option: JudgedField, frame: Uint8Array): object {
  if (first(option, 'dhcp.option.end') !== undefined) return { code: 'end' }
  const number = (name: string) => numberOf(option, `dhcp.option.${name}`)
  const shown = (name: string) => first(option, `dhcp.option.${name}`)?.show
  const list = (name: string) => allShown(option, `dhcp.option.${name}`)
  const code = Number(option.show)
  const hex = bytesAt(frame, option.position + 2, number('length'))
  switch (code) {
    case 1:
      return { code: 'subnetMask', value: shown('subnet_mask') }
    case 3:
      return { code: 'routers', value: list('router') }
    case 6:
      return { code: 'domainNameServers', value: list('domain_name_server') }
    case 12:
      return { code: 'hostName', value: shown('hostname') }
    case 15:
      return { code: 'domainName', value: shown('domain_name') }
    case 50:
      return { code: 'requestedAddress', value: shown('requested_ip_address') }
    case 51:
      return { code: 'leaseTime', value: number('ip_address_lease_time') }
    case 52:
      return { code: 'overload', value: number('option_overload') }
    case 53:
      return { code: 'messageType', value: number('dhcp') }
    case 54:
      return { code: 'serverIdentifier', value: shown('dhcp_server_id') }
    case 55:
      return { code: 'parameterRequestList', value: list('request_list_item').map(Number) }
    case 61:
      return { code: 'clientIdentifier', value: hex }
    default:
      return { code, hex }
  }
}
