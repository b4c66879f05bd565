import { Meter } from '../meter.js'
import { checkOptions, invalidType } from '../validate.js'
import type { Action } from './action.js'

/**
 * Ends every packet, and measures those that a generator has numbered. They count as `measured`, others as `unmeasured`;
 * what was measured, `meter.read()` tells.
 *
 * @param options without a `meter`, packets are only counted.
 *
 * @example
 * ```ts
 * const meter = await Meter.create({ streams: 2 })
 * await right.rx.run(sink({ meter }))
 * ```
 */
export function sink(options: { meter?: Meter } = {}): Action {
  checkOptions('options', options, ['meter'])
  const { meter } = options
  if (meter !== undefined && !(meter instanceof Meter)) throw invalidType('options.meter', 'a Meter', meter)
  return { native: { kind: 'sink', meter: meter?.id }, description: 'sink' }
}
