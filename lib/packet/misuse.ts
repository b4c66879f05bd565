/**
 * What is said about packets and outputs in the wrong place. In development, that is without `NODE_ENV=production`, such
 * a use throws; in production it does nothing.
 */

import { DpdkError } from '../errors.js'

export const development = process.env.NODE_ENV !== 'production'

export function released(): DpdkError {
  return new DpdkError('the packet was used after its handler had returned', {
    code: 'ERR_DPDK_PACKET_RELEASED',
    hint:
      'Keep values from a packet, not the packet: the same object stands for other packets by now. ' +
      'packet.hold() keeps one.',
  })
}

export function gone(): DpdkError {
  return new DpdkError('the packet has been given back already', {
    code: 'ERR_DPDK_PACKET_RELEASED',
    hint:
      'A packet that was held or allocated can be sent, continued or dropped once. It also goes when its handler decides ' +
      'otherwise about it in the same batch, and when its program stops.',
  })
}

export function unknownOutput(output: unknown, outputs: object): DpdkError {
  const names = Object.keys(outputs).join(', ') || 'right'
  return new DpdkError(
    `forward() was given ${output === undefined ? 'undefined' : "an output that is not this handler's"}`,
    {
      code: 'ERR_DPDK_UNKNOWN_OUTPUT',
      hint:
        'Declare every output in the options, and take it from the second argument: ' +
        `(batch, { ${names} }) => { … }, { outputs: { ${names} } }`,
    },
  )
}
