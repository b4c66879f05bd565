import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { numberedFrames } from '../support/frames.js'
import { startScript } from '../support/program.js'

const short = numberedFrames(100).filter(({ length }) => length <= 700).length

test.each([
  ['is named', './typescript-handler.ts'],
  ['stands where its compiled module would be', './typescript-handler.js'],
])('under tsx, a Worker runs a handler in TypeScript that %s', async (_, module) => {
  const script = fileURLToPath(new URL('./programs/typescript-program.ts', import.meta.url))
  await using program = startScript(script, [module])
  const { stdout } = await program.success(60_000)
  expect(stdout).toBe(`forwarded ${short}, unhandled ${100 - short}\n`)
})
