import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Measured } from '../measure/comparison.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Where `bench/setup` puts what it makes. */
export function built(name: string): string {
  return `${root}build/bench/${name}`
}

/** The CPU of the lcore, and the CPU of everything else: the same for all. */
export const LCORE_CPU = 1
export const OTHER_CPU = 0

export interface Launch {
  name: string
  command: string
  arguments: string[]
  /** Of EAL: its telemetry is where the counters come from. */
  filePrefix: string
  /** On its output when packets are on their way. */
  ready: RegExp
}

/** A program that forwards between ports 0 and 1, stopped (SIGSTOP) but for its turns. */
export class Contender {
  readonly name: string
  readonly #process: ChildProcess
  readonly #runtimeFiles: string
  #output = ''

  private constructor(launch: Launch, process: ChildProcess) {
    this.name = launch.name
    this.#process = process
    this.#runtimeFiles = `/run/dpdk/${launch.filePrefix}`
    const add = (text: Buffer) => {
      this.#output = (this.#output + text).slice(-20_000)
    }
    process.stdout?.on('data', add)
    process.stderr?.on('data', add)
  }

  static async launch(launch: Launch): Promise<Contender> {
    const process = spawn(launch.command, launch.arguments, { cwd: root, stdio: ['pipe', 'pipe', 'pipe'] })
    const contender = new Contender(launch, process)
    try {
      await contender.#until(launch.ready)
    } catch (error) {
      process.kill('SIGKILL')
      throw error
    }
    // Its compilers and caches have had their time when it is measured.
    await new Promise((resolve) => setTimeout(resolve, 400))
    process.kill('SIGSTOP')
    return contender
  }

  sample(settleMilliseconds: number, windowMilliseconds: number): Measured {
    const { pid } = this.#process
    const cpus = `${OTHER_CPU},${LCORE_CPU}`
    const telemetry = `${this.#runtimeFiles}/dpdk_telemetry.v2`
    const times = [settleMilliseconds, windowMilliseconds].map(String)
    const output = execFileSync(built('sampler'), [String(pid), telemetry, '0,1', cpus, ...times])
    return JSON.parse(output.toString())
  }

  /** Sends it a line, and waits for one that it answers; while it runs. */
  async ask(line: string, answer: RegExp): Promise<string> {
    this.#process.kill('SIGCONT')
    this.#output = ''
    this.#process.stdin?.write(`${line}\n`)
    const text = await this.#until(answer)
    this.#process.kill('SIGSTOP')
    return text
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const exit = once(this.#process, 'exit')
    this.#process.kill('SIGCONT')
    this.#process.kill('SIGINT')
    const forced = setTimeout(() => this.#process.kill('SIGKILL'), 5000)
    await exit
    clearTimeout(forced)
    // DPDK's own programs leave it behind.
    rmSync(this.#runtimeFiles, { recursive: true, force: true })
  }

  async #until(pattern: RegExp): Promise<string> {
    const end = Date.now() + 20_000
    while (Date.now() < end) {
      const match = this.#output.match(pattern)
      if (match) return match[0]
      if (this.#process.exitCode !== null) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error(`${this.name} did not say ${pattern}:\n${this.#output}`)
  }
}
