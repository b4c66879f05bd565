/** Actions that have actions in them: what all of these share. */

import type { NativeAction } from '../addon.js'
import { DpdkError } from '../errors.js'
import { invalidType, invalidValue, outOfRange } from '../validate.js'
import type { Action } from './action.js'

/** Branches in branches. An lcore keeps a burst for each on its stack. */
const DEEPEST = 16

/** An action of a program, and in how many branches it is. */
export interface PlacedAction {
  readonly action: Action
  readonly depth: number
}

/** The actions of a program in the order of their numbers: an action, what is in its branch, the next action. */
export function depthFirst(actions: readonly Action[], depth = 0): PlacedAction[] {
  return actions.flatMap((action) => [
    { action, depth },
    ...(action.actions === undefined ? [] : depthFirst(action.actions, depth + 1)),
  ])
}

/** What the lcore is told of a program; `nativeOf` is asked for each action, depth first, and need not know its branch. */
export function toNative(
  actions: readonly Action[],
  nativeOf: (action: Action, number: number) => NativeAction,
): NativeAction[] {
  let number = 0
  const translate = (action: Action): NativeAction => {
    const native = nativeOf(action, number++)
    return 'actions' in native ? { ...native, actions: (action.actions ?? []).map(translate) } : native
  }
  return actions.map(translate)
}

/** Checks the list of a program, and what only a whole program can tell. */
export function checkActions(actions: readonly Action[]): void {
  checkList(actions)
  depthFirst(actions).forEach(({ action: { native, description } }, number) => {
    if (number === 0 || native.kind !== 'handle' || native.overflow !== 'backpressure') return
    throw new DpdkError(
      `only a program's first action can leave packets in the device: with backpressure, '${description}' would lose them`,
      {
        code: 'ERR_DPDK_BACKPRESSURE_NOT_FIRST',
        hint: "Put the handler at the front, or let it drop what it has no room for: overflow: 'drop'.",
      },
    )
  })
}

/** Checks the actions of a branch. */
export function checkBranch(actions: readonly Action[]): readonly Action[] {
  checkList(actions)
  const depth = 1 + Math.max(...depthFirst(actions).map((placed) => placed.depth))
  if (depth > DEEPEST) throw outOfRange('actions', `branches in branches, ${DEEPEST} deep at most`, depth)
  return [...actions]
}

function checkList(actions: readonly Action[]): void {
  if (actions.length === 0) throw invalidValue('actions', 'at least one action', actions)
  actions.forEach((action, index) => {
    if (typeof action?.native?.kind === 'string') return
    throw invalidType(`actions[${index}]`, 'an action, for example forward({ to: port })', action)
  })
}
