import { checkBoolean, checkOptions } from '../validate.js'
import { type Action, checkOutput, type Output } from './action.js'

/**
 * Forwards every packet to a port as DPDK's l2fwd does. With MAC updating, the destination becomes
 * `02:00:00:00:00:<port id>` and the source the port's own address.
 *
 * @param options `macUpdating` defaults to true.
 *
 * @example
 * ```ts
 * await left.rx.run(l2fwd({ to: right }))
 * ```
 *
 * @see https://doc.dpdk.org/guides/sample_app_ug/l2_forward_real_virtual.html
 */
export function l2fwd(options: { to: Output; macUpdating?: boolean }): Action {
  checkOptions('options', options, ['to', 'macUpdating'])
  return {
    native: {
      kind: 'l2fwd',
      to: checkOutput('options.to', options.to),
      macUpdating: checkBoolean('options.macUpdating', options.macUpdating ?? true),
    },
    description: `l2fwd to ${options.to.name}`,
  }
}
