import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { DpdkError } from './errors.js'
import type { Route } from './route.js'

const CHUNK = 1 << 20

/** A route of a file, and how much of the file has been read, from 0 to 1. */
export interface FileRoute {
  route: Route
  fraction: number
  /** `routes.txt, line 7`. */
  place: string
}

/**
 * Reads a file of routes, one a line: a prefix, spaces or tabs, and a word for where it leads. Empty lines, and what is
 * behind `#`, are left out. A part of the file is in memory at a time.
 */
export async function* readRouteFile(
  path: string,
  nextHop: (word: string) => Route['nextHop'],
): AsyncGenerator<FileRoute[]> {
  const { size } = await stat(path)
  const known = new Map<string, Route['nextHop']>()
  let line = 0
  let read = 0
  let rest = ''
  const parse = (lines: readonly string[]): FileRoute[] => {
    const routes: FileRoute[] = []
    for (const text of lines) {
      line++
      const words = wordsOf(text)
      if (words === undefined) continue
      const place = `${path}, line ${line}`
      routes.push({ route: toRoute(words, place), fraction: size === 0 ? 1 : read / size, place })
    }
    return routes
  }
  const toRoute = ([prefix, word]: [string, string], place: string): Route => {
    if (prefix === '' || word === '' || /\s/.test(word)) {
      throw new DpdkError(`${place}: a prefix and where it leads are expected`, {
        code: 'ERR_DPDK_ROUTE_FILE',
      })
    }
    let leadsTo = known.get(word)
    if (leadsTo === undefined) {
      leadsTo = nextHop(word)
      known.set(word, leadsTo)
    }
    return { prefix, nextHop: leadsTo }
  }
  for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: CHUNK })) {
    read += chunk.length
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield parse(lines)
  }
  yield parse([rest])
}

/** A line's first word and all behind it; undefined where there is nothing. */
function wordsOf(line: string): [string, string] | undefined {
  const comment = line.indexOf('#')
  const text = (comment < 0 ? line : line.slice(0, comment)).trim()
  if (text === '') return undefined
  const gap = text.search(/\s/)
  return gap < 0 ? [text, ''] : [text.slice(0, gap), text.slice(gap).trimStart()]
}
