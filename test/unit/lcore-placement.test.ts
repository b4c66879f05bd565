import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkAffinity,
  checkLcores,
  formatCpus,
  formatLcores,
  housekeepingCpus,
  mainLcoreFor,
  parseCoreMask,
  parseLcoreList,
} from '../../lib/lcore-placement.js'

/** An lcore on the CPU of its own number. */
const on = (id: number, ...cpus: number[]) => ({ id, cpus: cpus.length === 0 ? [id] : cpus })

describe('a list of lcores', () => {
  it.each([
    ['1', [on(1)]],
    ['0-2,8', [on(0), on(1), on(2), on(8)]],
    [' 3 , 1 ', [on(3), on(1)]],
    ['2-0', [on(0), on(1), on(2)]],
    ['0@1,1@2', [on(0, 1), on(1, 2)]],
    ['(0-2)@(4,5)', [on(0, 4, 5), on(1, 4, 5), on(2, 4, 5)]],
    ['1-2@3', [on(1, 3), on(2, 3)]],
    ['1@0-2', [on(1, 0, 1, 2)]],
    ['(1,3)', [on(1, 1, 3), on(3, 1, 3)]],
    ['(0,2-3)@7,5', [on(0, 7), on(2, 7), on(3, 7), on(5)]],
  ])('%s is understood as EAL does', (text, expected) => {
    expect(parseLcoreList(text)).toEqual(expected)
  })

  it.each(['', ' ', '1,', ',1', 'a', '1-', '-1', '1@', '@1', '(1', '1)', '1@@2', '1;2', '0-99999', '(-)'])(
    '%j is none',
    (text) => {
      expect(parseLcoreList(text)).toBeUndefined()
    },
  )

  it('is written so that it reads the same', () => {
    const placement = fc.tuple(fc.nat(127), fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 5 }))
    const placements = fc.uniqueArray(placement, { minLength: 1, selector: ([id]) => id })
    fc.assert(
      fc.property(placements, (list) => {
        const lcores = list.map(([id, cpus]) => ({ id, cpus }))
        expect(parseLcoreList(formatLcores(lcores))).toEqual(lcores)
      }),
    )
  })
})

describe('a core mask', () => {
  it.each([
    ['3', [0, 1]],
    ['0x2', [1]],
    ['F0', [4, 5, 6, 7]],
    ['10000000000000000', [64]],
  ])('%s is understood', (text, ids) => {
    expect(parseCoreMask(text)?.map(({ id }) => id)).toEqual(ids)
  })

  it.each(['', '0', '0x', 'g', '1 2'])('%j is none', (text) => {
    expect(parseCoreMask(text)).toBeUndefined()
  })
})

describe('lcores', () => {
  it('are given as CPUs, or with CPUs', () => {
    expect(checkLcores('lcores', [1, { id: 2, cpus: [200, 201] }])).toEqual([on(1), on(2, 200, 201)])
  })

  it.each([
    [[]],
    [[1, 1]],
    [[128]],
    [[-1]],
    [['1']],
    [[{ id: 1, cpus: [] }]],
    [[{ id: 1 }]],
    [[{ id: 1, cpu: 2 }]],
    [1],
  ])('are not %j', (value) => {
    expect(() => checkLcores('lcores', value)).toThrow(/^lcores/)
  })

  it('run on CPUs that the process may use', () => {
    checkAffinity([on(1), on(5, 0, 1)], [0, 1])
    expect(() => checkAffinity([on(9)], [0, 1, 2, 5])).toThrow(
      expect.objectContaining({
        code: 'ERR_DPDK_LCORE_UNAVAILABLE',
        message: 'lcore 9 cannot run on CPU 9',
        hint: expect.stringContaining('CPU 0-2,5'),
      }),
    )
  })

  it('leave the other CPUs to the control thread, or share all of theirs', () => {
    expect(housekeepingCpus([on(1)], [0, 1, 2])).toEqual([0, 2])
    expect(housekeepingCpus([on(0), on(7, 1, 2)], [0, 1, 2])).toEqual([0, 1, 2])
  })

  it('leave the control thread an id', () => {
    expect(mainLcoreFor([on(1)])).toBe(127)
    expect(mainLcoreFor([on(127), on(126)])).toBe(125)
    expect(() => mainLcoreFor(Array.from({ length: 128 }, (_, id) => on(id)))).toThrow(
      expect.objectContaining({ code: 'ERR_DPDK_TOO_MANY_LCORES' }),
    )
  })
})

describe('CPUs', () => {
  it('are written as ranges', () => {
    expect(formatCpus([3, 1, 2, 7, 9, 8])).toBe('1-3,7-9')
    expect(formatCpus([5])).toBe('5')
  })
})
