/** What handlers decide, port by port, and when those on the main thread may. */

import type { Decision, HandlerObserver } from '../handler-observer.js'
import { runtime } from '../runtime.js'

interface Watched {
  readonly decisions: Decision[]
  mayRun: boolean
}

class Observer implements HandlerObserver {
  readonly #ports = new Map<number, Watched>()

  watch(port: number): Watched {
    const watched = { decisions: [], mayRun: true }
    this.#ports.set(port, watched)
    return watched
  }

  unwatch(port: number): void {
    this.#ports.delete(port)
  }

  watches(port: number): boolean {
    return this.#ports.has(port)
  }

  mayRun(port: number): boolean {
    return this.#ports.get(port)?.mayRun ?? true
  }

  decided(port: number, decisions: readonly Decision[]): void {
    this.#ports.get(port)?.decisions.push(...decisions)
  }
}

/** The handlers of some ports, from now on until `end`. */
export class Decisions {
  readonly #observer: Observer
  readonly #ports = new Map<number, Watched>()

  constructor(ports: Iterable<number>) {
    const current = runtime()
    // Of another loading of this module, it is as good.
    current.observer ??= new Observer()
    this.#observer = current.observer as Observer
    for (const port of ports) this.#ports.set(port, this.#observer.watch(port))
  }

  of(port: number): readonly Decision[] {
    return this.#ports.get(port)?.decisions ?? []
  }

  /** Handlers on the main thread get nothing until `resume`. */
  pause(): void {
    for (const watched of this.#ports.values()) watched.mayRun = false
  }

  resume(): void {
    for (const watched of this.#ports.values()) watched.mayRun = true
  }

  end(): void {
    for (const port of this.#ports.keys()) this.#observer.unwatch(port)
  }
}
