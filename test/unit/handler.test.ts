import { describe, expect, it, vi } from 'vitest'
import { handle } from '../../lib/actions/handle.js'
import { checkHandler, defineHandler, isHandlerFactory, makeOutputs } from '../../lib/handler.js'
import { HandlerFailures } from '../../lib/handler-failures.js'
import { drop, forward, l2fwd, macSwap } from '../../lib/index.js'

const left = { id: 0, name: 'net_null0', isOpen: true }
const right = { id: 4, name: 'net_null1', isOpen: true }
const closed = { id: 5, name: 'net_null2', isOpen: false }

describe('actions', () => {
  it('name ports by their ids', () => {
    expect(forward({ to: right }).native).toEqual({ kind: 'forward', to: 4 })
    expect(macSwap({ to: left }).native).toEqual({ kind: 'macSwap', to: 0 })
    expect(l2fwd({ to: left }).native).toEqual({ kind: 'l2fwd', to: 0, macUpdating: true })
    expect(l2fwd({ to: left, macUpdating: false }).native).toEqual({
      kind: 'l2fwd',
      to: 0,
      macUpdating: false,
    })
    expect(drop().native).toEqual({ kind: 'drop' })
  })

  it('go to open ports only', () => {
    expect(() => forward({ to: closed })).toThrow(/options\.to must be an open Port.*net_null2 is closed/)
    expect(() => forward({ to: 4 as never })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    )
    expect(() => forward({ to: right, too: left } as never)).toThrow(
      /options\.too is not an option; known are to/,
    )
    expect(() => l2fwd({ to: right, macUpdating: 1 as never })).toThrow(/macUpdating must be true or false/)
  })
})

describe('handle', () => {
  it('declares its outputs in order, and has defaults', () => {
    expect(handle(() => {}, { outputs: { right, left, all: [left, right] } }).native).toEqual({
      kind: 'handle',
      outputs: [[4], [0], [0, 4]],
      bypass: undefined,
      onError: 'drop',
      sendSize: 64,
      rings: 1,
      overflow: 'drop',
      unhandled: 'drop',
      ringSize: 1024,
    })
    expect(handle(() => {}).native).toMatchObject({ outputs: [] })
  })

  it('gives the handler its outputs by their names', () => {
    handle((_, { right: there, left: here }) => [there.name, here.name], { outputs: { right, left } })
    // @ts-expect-error: it was not declared
    handle((_, { middle }) => middle, { outputs: { right } })
    // @ts-expect-error: there are none
    handle((_, { middle }) => middle)
  })

  it.each([
    ['outputs.right', { outputs: { right: closed } }],
    ['overflow', { overflow: 'wait' }],
    ['unhandled', { unhandled: 'forward' }],
    ['ringSize', { ringSize: 1000 }],
    ['ringSize', { ringSize: 65536 }],
    ['batchLimit', { batchLimit: 0 }],
    ['workers', { workers: 1 }],
    ['data', { data: 1 }],
  ])('refuses wrong %s', (name, options) => {
    expect(() => handle(() => {}, options as never)).toThrow(
      new RegExp(`options\\.${name.replace('.', '\\.')}`),
    )
  })

  it.each([
    ['workers', { workers: 0 }],
    ['workers', { workers: [] }],
    ['workers[0]', { workers: [{}] }],
    ['wait', { wait: 'sleep' }],
    ['cpus', { cpus: [] }],
    ['cpus[0]', { cpus: [-1] }],
  ])('refuses wrong %s of Workers', (name, options) => {
    const expected = expect.objectContaining({ message: expect.stringContaining(`options.${name}`) })
    expect(() => handle(new URL('file:///handler.js'), options as never)).toThrow(expected)
  })

  it.each([
    ['an async function', async () => {}],
    ['a generator', function* () {}],
  ])('refuses %s', (_, handler) => {
    expect(() => handle(handler as never)).toThrow(
      expect.objectContaining({ code: 'ERR_DPDK_ASYNCHRONOUS_HANDLER' }),
    )
  })

  it('refuses what is no handler', () => {
    expect(() => handle('./handler.js' as never)).toThrow(/handler must be a function, or the URL/)
    expect(() => handle(defineHandler(() => () => {}) as never)).toThrow(
      expect.objectContaining({ code: 'ERR_DPDK_HANDLER_MODULE' }),
    )
  })
})

describe('defineHandler', () => {
  it('marks a factory, and returns it', () => {
    const factory = () => () => {}
    expect(isHandlerFactory(factory)).toBe(false)
    expect(defineHandler(factory)).toBe(factory)
    expect(isHandlerFactory(factory)).toBe(true)
  })

  it('takes functions only', () => {
    expect(() => defineHandler({} as never)).toThrow(TypeError)
  })
})

describe('outputs', () => {
  it('belong to one handler, and cannot be changed', () => {
    const outputs = makeOutputs(['a', 'b'])
    expect(Object.keys(outputs)).toEqual(['a', 'b'])
    expect(outputs.a?.outputs).toBe(outputs)
    expect(Object.isFrozen(outputs)).toBe(true)
    expect(Object.isFrozen(outputs.a)).toBe(true)
  })
})

describe('failures of a handler', () => {
  it('are reported at once, then no more than ten times a second', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    try {
      const reports: string[] = []
      const failures = new HandlerFailures((error) => reports.push(error.message))
      for (let i = 0; i < 1000; i++) failures.add({ error: new Error(`boom ${i}`) })
      vi.advanceTimersByTime(100)
      failures.add({ error: 'a string' })
      expect(reports).toEqual([
        'a handler threw: boom 0',
        'a handler threw (and 999 times more since the last report): a string',
      ])
    } finally {
      vi.useRealTimers()
    }
  })

  it('keep their cause', () => {
    const report = vi.fn()
    const cause = new Error('boom')
    new HandlerFailures(report).add({ error: cause })
    expect(report.mock.calls[0]?.[0]).toMatchObject({ code: 'ERR_DPDK_HANDLER_THREW', cause })
  })

  it('of an asynchronous handler do not end the process', async () => {
    const report = vi.fn()
    new HandlerFailures(report).add({ returned: Promise.reject(new Error('late')) })
    expect(report.mock.calls[0]?.[0]).toMatchObject({ code: 'ERR_DPDK_ASYNCHRONOUS_HANDLER' })
    await new Promise((resolve) => setImmediate(resolve))
  })

  it('can be a function by all appearances', () => {
    const handler = () => {}
    expect(checkHandler('handler', handler)).toBe(handler)
  })
})
