// LLDP's identifiers and TLVs, by what tshark says.

import { bytesAt, first, type Row, textOf } from './rows.js'
import type { JudgedLayer } from './tshark.js'

/** @param prefix `lldp.chassis` or `lldp.port` */
export function lldpIdentifier(prefix: string): Row {
  return (layer) => {
    const subtype = Number(first(layer, `${prefix}.subtype`)?.show)
    const address = ['mac', 'ip4', 'ip6'].map((kind) => first(layer, `${prefix}.id.${kind}`)).find(Boolean)
    return { subtype, id: address?.show ?? textOf(first(layer, `${prefix}.id`)) }
  }
}

/** Those behind the first three; tshark lists the parts of each behind its type. */
export function lldpTlvs(layer: JudgedLayer, frame: Uint8Array): object[] {
  const types = layer.fields.flatMap(({ name }, index) => (name === 'lldp.tlv.type' ? [index] : []))
  return types.slice(3).flatMap((start, index) => {
    const fields = layer.fields.slice(start, types[index + 4])
    const type = Number(fields[0]?.show)
    return type === 0 ? [] : [readTlv(type, { ...layer, fields }, frame)]
  })
}

function readTlv(type: number, layer: JudgedLayer, frame: Uint8Array): object {
  const number = (name: string) => Number(first(layer, name)?.show)
  switch (type) {
    case 4:
    case 5:
    case 6: {
      const names = ['lldp.port.desc', 'lldp.tlv.system.name', 'lldp.tlv.system.desc']
      return { type, text: textOf(first(layer, names[type - 4] as string)) ?? '' }
    }
    case 7:
      return {
        ...{ type, supported: number('lldp.tlv.system_cap') },
        ...{ enabled: number('lldp.tlv.enable_system_cap') },
      }
    case 8:
      return {
        ...{ type, addressSubtype: number('lldp.mgn.address.subtype') },
        address: address(layer),
        interfaceSubtype: number('lldp.mgn.interface.subtype'),
        interfaceNumber: number('lldp.mgn.interface.number'),
        objectIdentifier: first(layer, 'lldp.mgn.obj.id')?.value ?? '',
      }
    case 127: {
      const { oui, subtype, hex } = organisation(layer, frame)
      return { type, oui, subtype, hex }
    }
    default:
      return { type, hex: tlvValue(layer, frame) }
  }
}

function address(layer: JudgedLayer): string | undefined {
  const known = first(layer, 'lldp.mgn.addr.ip4') ?? first(layer, 'lldp.mgn.addr.ip6')
  return known?.show ?? first(layer, 'lldp.mgn.addr.hex')?.value
}

/** tshark names the subtype by the organisation; it always is the byte behind the three of the OUI. */
function organisation(layer: JudgedLayer, frame: Uint8Array) {
  const value = tlvValue(layer, frame)
  const oui = first(layer, 'lldp.orgtlv.oui')?.value
  return { oui, subtype: Number.parseInt(value.slice(6, 8), 16), hex: value.slice(8) }
}

function tlvValue(layer: JudgedLayer, frame: Uint8Array): string {
  const { position = 0 } = first(layer, 'lldp.tlv.type') ?? {}
  const length = Number(first(layer, 'lldp.tlv.len')?.show)
  return bytesAt(frame, position + 2, length)
}
