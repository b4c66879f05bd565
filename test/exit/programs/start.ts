// start.ts OPTIONS...: starts EAL with each of the options in turn, prints what came of it, a line of JSON each, and
// ends by itself.
import { DpdkError, Eal, type EalOptions } from 'dpdk-node'

async function start(options: EalOptions): Promise<object> {
  try {
    const { memory, lcores } = await Eal.init(options)
    return { open: true, memory, lcores: lcores.map(({ id }) => id) }
  } catch (error) {
    const { name, message } = error as Error
    if (!(error instanceof DpdkError)) return { name, message, code: (error as { code?: string }).code }
    const { code, hint, log, syscall } = error
    return { name, message, code, hint, log, syscall }
  }
}

for (const options of process.argv.slice(2)) console.log(JSON.stringify(await start(JSON.parse(options))))
await Eal.current?.close()
