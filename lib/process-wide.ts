/**
 * What belongs to the process and not to this module: a test runner may load a module anew for every file, but EAL, its
 * memory and its threads stay. So what the library knows of them must be found again.
 */

/** The state of that name: made by the first that asks, and the same for all that ask later. */
export function processWide<State extends object>(name: string, make: () => State): State {
  const states = process as unknown as Record<symbol, State | undefined>
  const key = Symbol.for(`dpdk-node.${name}`)
  const state = states[key] ?? make()
  states[key] = state
  return state
}
