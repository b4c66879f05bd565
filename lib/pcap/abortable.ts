/** The chunks of a source, until the signal: even one that has gone silent is left then, with the signal's reason. */
export async function* abortable<Chunk>(
  source: AsyncIterable<Chunk> | Iterable<Chunk>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Chunk, void, undefined> {
  if (signal === undefined) {
    yield* source
    return
  }
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  let isOver = false
  try {
    for (;;) {
      const result = await orAborted(iterator.next(), signal)
      if (result.done) break
      yield result.value
    }
    isOver = true
  } finally {
    // Not awaited when aborted: a silent source may never answer.
    if (!isOver) {
      const returned = Promise.resolve(iterator.return?.()).catch(() => {})
      if (!signal.aborted) await returned
    }
  }
}

async function orAborted<Value>(value: Value | Promise<Value>, signal: AbortSignal): Promise<Value> {
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([value, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
