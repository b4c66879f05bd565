import { outOfRange } from '../../validate.js'
import { AUTHENTICATION_FIXED, type AuthenticationFields } from '../headers/authentication.js'
import { locate } from '../headers/header.js'
import { FRAGMENT_HEADER, type FragmentFields } from '../headers/ipv6-fragment.js'
import { MOBILITY_FIXED, type MobilityFields, MobilityHeader } from '../headers/ipv6-mobility.js'
import { type Ipv6Option, type Ipv6OptionsFields, OPTION_PAD_1 } from '../headers/ipv6-options.js'
import { ROUTING_FIXED, type RoutingFields } from '../headers/ipv6-routing.js'
import {
  PROTOCOL_AUTHENTICATION,
  PROTOCOL_DESTINATION_OPTIONS,
  PROTOCOL_FRAGMENT,
  PROTOCOL_HOP_BY_HOP,
  PROTOCOL_MOBILITY,
  PROTOCOL_ROUTING,
} from '../protocol-numbers.js'
import { Fields } from './fields.js'
import { nextHeaderOf } from './ipv6.js'
import type { Layer } from './layer.js'

/** Of options, routing and mobility headers, in bytes: the length counts words of 8, and leaves the first out. */
const LONGEST = 8 * 256

/** Options for every router; directly behind `ipv6()`. They are padded to a multiple of 8 bytes. */
export function hopByHop(fields: Partial<Ipv6OptionsFields> = {}): Layer {
  return optionsLayer('hopByHop', PROTOCOL_HOP_BY_HOP, fields)
}

/** Options for the destination. They are padded to a multiple of 8 bytes. */
export function destinationOptions(fields: Partial<Ipv6OptionsFields> = {}): Layer {
  return optionsLayer('destinationOptions', PROTOCOL_DESTINATION_OPTIONS, fields)
}

/** A routing header: one of segment routing without addresses, unless it is said otherwise. */
export function routing(fields: Partial<RoutingFields> = {}): Layer {
  const given = new Fields<RoutingFields>('routing', fields, ['nextHeader', 'type', 'segmentsLeft', 'data'])
  return {
    name: 'routing',
    fields,
    protocol: PROTOCOL_ROUTING,
    encode({ next }) {
      const data = given.has('data') ? given.bytes('data', LONGEST - ROUTING_FIXED) : new Uint8Array(4)
      checkLength('routing.data', data, 8, 4)
      const header = new Uint8Array(ROUTING_FIXED + data.length)
      header[0] = given.uint('nextHeader', 8, nextHeaderOf(next))
      header[1] = (header.length >> 3) - 1
      header[2] = given.uint('type', 8, 4)
      header[3] = given.uint('segmentsLeft', 8, 0)
      header.set(data, ROUTING_FIXED)
      return header
    },
  }
}

/** A fragment header: in front of all of a datagram, unless it is said otherwise. */
export function fragment(fields: Partial<FragmentFields> = {}): Layer {
  const known = ['nextHeader', 'fragmentOffset', 'moreFragments', 'identification'] as const
  const given = new Fields<FragmentFields>('fragment', fields, known)
  return {
    name: 'fragment',
    fields,
    protocol: PROTOCOL_FRAGMENT,
    encode({ next }) {
      const offset = given.uint('fragmentOffset', 16, 0)
      if (offset % 8 !== 0) throw outOfRange('fragment.fragmentOffset', 'a multiple of 8', offset)
      const header = new Uint8Array(FRAGMENT_HEADER)
      const view = new DataView(header.buffer)
      view.setUint8(0, given.uint('nextHeader', 8, nextHeaderOf(next)))
      view.setUint16(2, offset | (given.flag('moreFragments') ? 1 : 0))
      view.setUint32(4, given.uint('identification', 32, 0))
      return header
    },
  }
}

/** An authentication header, with 12 bytes of zeros for a check value unless one is given. */
export function authentication(fields: Partial<AuthenticationFields> = {}): Layer {
  const known = ['nextHeader', 'securityParametersIndex', 'sequenceNumber', 'integrityCheckValue'] as const
  const given = new Fields<AuthenticationFields>('authentication', fields, known)
  return {
    name: 'authentication',
    fields,
    protocol: PROTOCOL_AUTHENTICATION,
    encode({ next }) {
      const longest = 4 * (255 + 2) - AUTHENTICATION_FIXED
      const isGiven = given.has('integrityCheckValue')
      const value = isGiven ? given.bytes('integrityCheckValue', longest) : new Uint8Array(12)
      checkLength('authentication.integrityCheckValue', value, 4, 0)
      const header = new Uint8Array(AUTHENTICATION_FIXED + value.length)
      const view = new DataView(header.buffer)
      view.setUint8(0, given.uint('nextHeader', 8, nextHeaderOf(next)))
      view.setUint8(1, (header.length >> 2) - 2)
      view.setUint32(4, given.uint('securityParametersIndex', 32, 256))
      view.setUint32(8, given.uint('sequenceNumber', 32, 1))
      header.set(value, AUTHENTICATION_FIXED)
      return header
    },
  }
}

/** A mobility header: a binding refresh request, unless it is said otherwise. */
export function mobility(fields: Partial<MobilityFields> = {}): Layer {
  const given = new Fields<MobilityFields>('mobility', fields, ['nextHeader', 'type', 'checksum', 'data'])
  return {
    name: 'mobility',
    fields,
    protocol: PROTOCOL_MOBILITY,
    encode({ next }) {
      const data = given.has('data') ? given.bytes('data', LONGEST - MOBILITY_FIXED) : new Uint8Array(2)
      checkLength('mobility.data', data, 8, 2)
      const header = new Uint8Array(MOBILITY_FIXED + data.length)
      const view = new DataView(header.buffer)
      view.setUint8(0, given.uint('nextHeader', 8, nextHeaderOf(next)))
      view.setUint8(1, (header.length >> 3) - 1)
      view.setUint8(2, given.uint('type', 8, 0))
      view.setUint16(4, given.uint('checksum', 16, 0))
      header.set(data, MOBILITY_FIXED)
      return header
    },
    complete(memory, { start, end, network }) {
      if (given.has('checksum') || network < 0) return
      const header = new MobilityHeader(memory).behind(network)
      if (header[locate](start, end) === undefined) header.updateChecksum()
    },
  }
}

function optionsLayer(name: string, protocol: number, fields: Partial<Ipv6OptionsFields>): Layer {
  const given = new Fields<Ipv6OptionsFields>(name, fields, ['nextHeader', 'options'])
  return {
    name,
    fields,
    protocol,
    encode({ next }) {
      const options = given.objects('options').flatMap((option, index) => encodeOption(name, option, index))
      const length = (2 + options.length + 7) & ~7
      if (length > LONGEST)
        throw outOfRange(`${name}.options`, `${LONGEST - 2} bytes long at most`, options.length)
      const header = new Uint8Array(length)
      header[0] = given.uint('nextHeader', 8, nextHeaderOf(next))
      header[1] = (length >> 3) - 1
      header.set(options, 2)
      const padding = length - 2 - options.length
      // One byte of padding is an option of type 0; more are one of type 1.
      if (padding > 1) header.set([1, padding - 2], length - padding)
      return header
    },
  }
}

function encodeOption(layer: string, option: object, index: number): number[] {
  const name = `${layer}.options[${index}]`
  const given = new Fields<Ipv6Option>(name, option, ['type', 'hex'])
  const type = given.uint('type', 8, OPTION_PAD_1)
  const value = given.bytes('hex', type === OPTION_PAD_1 ? 0 : 255)
  return type === OPTION_PAD_1 ? [type] : [type, value.length, ...value]
}

function checkLength(name: string, bytes: Uint8Array, multiple: number, more: number): void {
  if (bytes.length % multiple === more) return
  const expected = `${more === 0 ? '' : `${more} bytes more than `}a multiple of ${multiple} bytes long`
  throw outOfRange(name, expected, `${bytes.length} bytes`)
}
