// The README's test, as it stands there, run by vitest in a process of its own.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { run } from '../support/program.js'

const project = path.resolve(import.meta.dirname, '../..')

it("the README's test passes, and fails when the handler does something else", async () => {
  const readme = await readFile(path.join(project, 'README.md'), 'utf8')
  const test = /## A test.*?```ts\n(.*?)```/s.exec(readme)?.[1]
  if (test === undefined) throw new Error('the README has no test')
  // Inside the project, because it imports the package by its own name.
  const folder = await mkdtemp(path.join(project, 'build', 'readme-test-'))
  try {
    const file = path.join(folder, 'handler.test.ts')
    const vitest = path.join(project, 'node_modules/.bin/vitest')
    const args = ['run', '--root', folder, '--config', path.join(folder, 'none.js')]
    await writeFile(path.join(folder, 'none.js'), 'export default {}')
    await writeFile(file, test)
    expect(await run(vitest, args, { timeoutMs: 60_000 })).toMatch(/1 passed/)
    await writeFile(file, test.replace('packet.ipv4?.decrementTtl()', ''))
    await expect(run(vitest, args, { timeoutMs: 60_000 })).rejects.toThrow(/differ, the first at/)
  } finally {
    await rm(folder, { recursive: true })
  }
}, 120_000)
