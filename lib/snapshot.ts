/**
 * Gives a snapshot of counters a `toJSON`, which JSON has no bigint for: they become decimal strings, as in protobuf's
 * JSON, so that every consumer reads them exactly and always in the same type.
 */
export function snapshot<Counters extends object>(counters: Counters): Counters & { toJSON(): unknown } {
  return Object.defineProperty(counters, 'toJSON', { value: () => plain(counters) }) as Counters & {
    toJSON(): unknown
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]))
}
