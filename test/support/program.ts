// A child process under test: its output, a line to wait for, a signal, its exit. It never outlives the test:
// disposal ends it, and should the test's own process be killed, the kernel ends it.

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const PATIENCE_MS = 15_000

export interface ProgramOptions {
  cwd?: string
  /** Beside the environment of this process. */
  env?: NodeJS.ProcessEnv
}

export interface Exit {
  /** null where a signal ended it. */
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export class Program implements AsyncDisposable {
  readonly name: string
  stdout = ''
  stderr = ''
  #child: ChildProcess
  #closed: Promise<void>
  #isClosed = false

  constructor(command: string, args: readonly string[] = [], options: ProgramOptions = {}) {
    this.name = [command, ...args].join(' ')
    // setpriv replaces itself with the command, so that the pid is the command's own.
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      cwd: options.cwd ?? PROJECT,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#collect('stdout')
    this.#collect('stderr')
    this.#child.once('error', (error) => {
      this.stderr += error.message
    })
    this.#closed = new Promise((resolve) => {
      this.#child.once('close', () => {
        this.#isClosed = true
        resolve()
      })
    })
  }

  #collect(stream: 'stdout' | 'stderr') {
    this.#child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      this[stream] += text
    })
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`could not start ${this.name}`)
    return this.#child.pid
  }

  /** The first line of its output, past or to come, that matches. */
  async line(pattern: RegExp, timeoutMs = PATIENCE_MS): Promise<RegExpMatchArray> {
    const end = performance.now() + timeoutMs
    for (;;) {
      const wasClosed = this.#isClosed
      for (const line of `${this.stdout}\n${this.stderr}`.split('\n')) {
        const match = line.match(pattern)
        if (match) return match
      }
      if (wasClosed) throw this.#failure(`ended without a line like ${pattern}`)
      if (performance.now() > end) throw this.#failure(`printed no line like ${pattern} in ${timeoutMs} ms`)
      await this.#pause(20)
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Waits until it has ended and its output is complete. */
  async exit(timeoutMs = PATIENCE_MS): Promise<Exit> {
    if (!this.#isClosed) await this.#pause(timeoutMs)
    if (!this.#isClosed) throw this.#failure(`had not ended after ${timeoutMs} ms`)
    const { exitCode, signalCode } = this.#child
    return { code: exitCode, signal: signalCode, stdout: this.stdout, stderr: this.stderr }
  }

  /** Waits likewise, and fails unless it ended with status 0. */
  async success(timeoutMs = PATIENCE_MS): Promise<Exit> {
    const exit = await this.exit(timeoutMs)
    if (exit.code !== 0) throw this.#failure(`ended with ${exit.signal ?? `status ${exit.code}`}`)
    return exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }

  async #pause(ms: number) {
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      this.#closed,
      new Promise((resolve) => {
        timer = setTimeout(resolve, ms)
      }),
    ])
    clearTimeout(timer)
  }

  #failure(what: string) {
    return new Error(`${this.name}: ${what}\n${this.stdout}${this.stderr}`)
  }
}

/** Runs a program to its end and returns its output. Fails on a bad exit, and kills it after the time. */
export async function run(
  command: string,
  args: readonly string[] = [],
  { timeoutMs = PATIENCE_MS, ...options }: ProgramOptions & { timeoutMs?: number } = {},
): Promise<string> {
  const program = new Program(command, args, options)
  try {
    return (await program.success(timeoutMs)).stdout
  } finally {
    await program[Symbol.asyncDispose]()
  }
}

/** Starts a script, .ts or .js, with the Node that runs the tests. */
export function startScript(
  script: string,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): Program {
  return new Program(process.execPath, ['--import', 'tsx', script, ...args], options)
}
