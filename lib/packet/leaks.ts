/**
 * Packets that JavaScript owns and forgets. One that the garbage collector finds is given back, always. In development a
 * warning names the line that took it, also for those that are left when their program stops or their port closes.
 */

import { setImmediate } from '../clock.js'
import { VERDICT_DROP } from '../ring/layout.js'
import type { SendRing } from '../ring/send-ring.js'
import { development } from './misuse.js'

/** A packet that is out, without the object that stands for it. */
interface Loan {
  readonly ring: SendRing
  /** What to submit, to give it back. */
  readonly name: number
  readonly offset: number
  readonly length: number
  /** Of the line that took it; in development. */
  readonly taken: { stack?: string } | undefined
}

/** The loans of each ring, while it is open; in development. */
const loans = new Map<SendRing, Set<Loan>>()

const collected = new FinalizationRegistry<Loan>((loan) => {
  loans.get(loan.ring)?.delete(loan)
  // Of a ring that is closed, the lcore has taken everything back.
  if (loan.ring.isClosed) return
  loan.ring.submit(loan.name, loan.offset, loan.length, VERDICT_DROP)
  report(loan, 'collected as garbage; dropped')
})

/** Reports that are due, by what they say: one for all packets of a line. */
const reports = new Map<string, { stack: string; count: number }>()

/** An owner's entry, by which it ends. */
export type LoanToken = Loan

/** @param taker the library's function that was called: the line that called it is of interest. */
export function registerLoan(
  owner: object,
  { ring, name, offset, length }: Pick<Loan, 'ring' | 'name' | 'offset' | 'length'>,
  taker: (...args: never[]) => unknown,
): LoanToken {
  const entry: Loan = { ring, name, offset, length, taken: development ? captureStack(taker) : undefined }
  collected.register(owner, entry, owner)
  if (development) {
    const ofRing = loans.get(ring) ?? new Set()
    loans.set(ring, ofRing.add(entry))
  }
  return entry
}

/** The packet was given back. */
export function endLoan(owner: object, entry: LoanToken): void {
  collected.unregister(owner)
  loans.get(entry.ring)?.delete(entry)
}

/** Closes a ring, whose packets are taken back. */
export function closeRing(ring: SendRing): void {
  if (ring.isClosed) return
  ring.close()
  for (const loan of loans.get(ring) ?? []) report(loan, 'still out at the end; taken back')
  loans.delete(ring)
}

function captureStack(taker: (...args: never[]) => unknown): { stack?: string } {
  const taken = {}
  Error.captureStackTrace(taken, taker)
  return taken
}

function report({ taken }: Loan, what: string): void {
  const [, line, ...callers] = taken?.stack?.split('\n') ?? []
  if (line === undefined) return
  const message = `taken ${line.trim()}, ${what}`
  const known = reports.get(message)
  if (reports.size === 0) setImmediate(emitReports)
  if (known !== undefined) known.count++
  else reports.set(message, { stack: [line, ...callers].join('\n'), count: 1 })
}

function emitReports(): void {
  for (const [message, { stack, count }] of reports) {
    process.emitWarning(`${count} packet${count === 1 ? '' : 's'} ${message}`, {
      type: 'DpdkWarning',
      code: 'DPDK_HELD_PACKET_LEAK',
      detail: `Forward, continue or drop it, or take it with "using".\n${stack}`,
    })
  }
  reports.clear()
}
