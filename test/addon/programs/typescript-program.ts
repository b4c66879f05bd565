// Run by tsx: typescript-program.ts MODULE prints how many of a hundred frames the handler let pass.
import { Eal } from 'dpdk-node'
import { CapturePort } from '../../support/capture-port.js'
import { numberedFrames } from '../../support/frames.js'
import { until } from '../../support/until.js'
import type { Limit } from './typescript-handler.js'

const module = new URL(process.argv[2] as string, import.meta.url)
const data: Limit = { longest: 700 }

const eal = await Eal.init({ memory: { kind: 'no-huge' } })
try {
  await using wire = await CapturePort.open(numberedFrames(100))
  const { port } = wire
  const program = await port.rx.handle(module, { outputs: { out: port }, overflow: 'backpressure', data })
  await until('all have been received', () => wire.received === 100)
  await program.stop()
  const { forwarded, unhandled } = program.stats().actions[0]?.counters ?? {}
  console.log(`forwarded ${forwarded}, unhandled ${unhandled}`)
} finally {
  await eal.close()
}
