import { setTimeout as delay } from 'node:timers/promises'

/** Waits until something holds, which is expected soon; the limit is for machines that are very slow. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 20_000) {
  const end = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
    await delay(2)
  }
}
