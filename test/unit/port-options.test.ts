import { describe, expect, it } from 'vitest'
import { type PortOptions, resolvePortOptions } from '../../lib/port-options.js'

function resolve(options: PortOptions, counts: [number, number][] = []) {
  const lcores = [{ id: 1 }, { id: 2 }, { id: 3 }] as never
  return resolvePortOptions(options, { lcores, queueCounts: new Map(counts) })
}

describe('the options of a port', () => {
  it('have defaults', () => {
    expect(resolve({})).toEqual({
      rxQueueLcores: [1],
      rxDescriptors: 1024,
      txDescriptors: 1024,
      mtu: undefined,
      promiscuous: false,
      mempool: undefined,
      sendRingSize: 256,
    })
  })

  it('deal queues out to the lcores that have the fewest', () => {
    expect(resolve({ rxQueues: 4 }).rxQueueLcores).toEqual([1, 2, 3, 1])
    expect(
      resolve({}, [
        [1, 1],
        [2, 1],
      ]).rxQueueLcores,
    ).toEqual([3])
    expect(
      resolve({ rxQueues: 3 }, [
        [1, 2],
        [2, 0],
        [3, 1],
      ]).rxQueueLcores,
    ).toEqual([2, 2, 3])
  })

  it('may name the lcores', () => {
    expect(resolve({ rxQueueLcores: [3, 3] }).rxQueueLcores).toEqual([3, 3])
    expect(resolve({ rxQueueLcores: [3, 1], rxQueues: 2 }).rxQueueLcores).toEqual([3, 1])
  })

  it.each([
    ['rxQueues', { rxQueues: 0 }],
    ['rxQueues', { rxQueues: 3, rxQueueLcores: [1, 2] }],
    ['rxQueueLcores', { rxQueueLcores: [] }],
    ['rxQueueLcores[1]', { rxQueueLcores: [1, 9] }],
    ['rxDescriptors', { rxDescriptors: 0 }],
    ['txDescriptors', { txDescriptors: 70000 }],
    ['mtu', { mtu: 9.5 }],
    ['promiscuous', { promiscuous: 'yes' }],
    ['mempool', { mempool: {} }],
    ['sendRingSize', { sendRingSize: 100 }],
    ['queues', { queues: 2 }],
  ])('are not wrong about %s', (name, options) => {
    const expected = expect.objectContaining({ message: expect.stringContaining(`options.${name}`) })
    expect(() => resolve(options as never)).toThrow(expected)
  })
})
