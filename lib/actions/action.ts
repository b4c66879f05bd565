import type { NativeAction } from '../addon.js'
import type { HandlerHost, HandlerReports } from '../handler-host.js'
import { invalidType } from '../validate.js'

/** One step of a program, as `forward`, `drop`, `handle` and the others make it. */
export interface Action {
  /** What the lcore is told. */
  readonly native: NativeAction
  /** For people: `forward to net_tap1`. */
  readonly description: string
  /** Of an action that counts under a name. */
  readonly name?: string
  /** Of an action with a branch: the actions in it. */
  readonly actions?: readonly Action[]
  /** @internal Of actions that packets leave to JavaScript by. */
  readonly handler?: HandlerStart
}

/** @internal */
export interface HandlerStart {
  /** What the lcore is told when the action runs on a port's queue, with so many rings. */
  place(port: number, rings: number): NativeAction
  /** Starts what will answer. */
  start(reports: HandlerReports, queueCount: number): Promise<HandlerHost>
}

/** Where packets can be sent: an open `Port`. */
export interface Output {
  readonly id: number
  readonly name: string
  readonly isOpen: boolean
}

/** Checks an argument that names where packets go; returns the port's id. */
export function checkOutput(name: string, value: unknown): number {
  const output = value as Partial<Output> | null | undefined
  if (typeof output?.id !== 'number' || typeof output.isOpen !== 'boolean') {
    throw invalidType(name, 'an open Port', value)
  }
  if (!output.isOpen) throw invalidType(name, 'an open Port', value, `${output.name} is closed.`)
  return output.id
}
