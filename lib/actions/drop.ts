import type { Action } from './action.js'

/** Drops every packet, and counts it. */
export function drop(): Action {
  return { native: { kind: 'drop' }, description: 'drop' }
}
