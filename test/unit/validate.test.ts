import { describe, expect, it } from 'vitest'
import {
  checkArray,
  checkBoolean,
  checkFunction,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkPowerOfTwo,
  checkString,
} from '../../lib/validate.js'

const limits = { minimum: 1, maximum: 10, unit: 'buffers' }

function failure(check: () => unknown): { name: string; code: string; message: string; stack: string } {
  try {
    check()
  } catch (error) {
    return error as never
  }
  throw new Error('it passed')
}

describe('a wrong argument', () => {
  it.each([
    [
      () => checkInteger('size', '5', limits),
      'TypeError',
      'ERR_INVALID_ARG_TYPE',
      "from 1 to 10 buffers; received '5'",
    ],
    [
      () => checkInteger('size', 11, limits),
      'RangeError',
      'ERR_OUT_OF_RANGE',
      'from 1 to 10 buffers; received 11',
    ],
    [() => checkInteger('size', 1.5, limits), 'RangeError', 'ERR_OUT_OF_RANGE', 'an integer'],
    [() => checkInteger('size', Number.NaN, limits), 'RangeError', 'ERR_OUT_OF_RANGE', 'received NaN'],
    [() => checkPowerOfTwo('size', 6, limits), 'RangeError', 'ERR_OUT_OF_RANGE', 'Take 4 or 8.'],
    [() => checkString('name', 5), 'TypeError', 'ERR_INVALID_ARG_TYPE', 'received 5'],
    [() => checkString('name', ''), 'TypeError', 'ERR_INVALID_ARG_VALUE', "received ''"],
    [() => checkBoolean('on', 'yes'), 'TypeError', 'ERR_INVALID_ARG_TYPE', "true or false; received 'yes'"],
    [() => checkFunction('handler', {}), 'TypeError', 'ERR_INVALID_ARG_TYPE', 'a function; received {}'],
    [
      () => checkOneOf('idle', 'nap', ['spin', 'sleep']),
      'TypeError',
      'ERR_INVALID_ARG_VALUE',
      "'spin' or 'sleep'",
    ],
    [
      () => checkOneOf('idle', 1, ['spin', 'sleep']),
      'TypeError',
      'ERR_INVALID_ARG_TYPE',
      "'spin' or 'sleep'",
    ],
    [() => checkArray('names', 'x', checkString), 'TypeError', 'ERR_INVALID_ARG_TYPE', 'an array'],
    [
      () => checkArray('names', ['a', 2], checkString),
      'TypeError',
      'ERR_INVALID_ARG_TYPE',
      'names[1] must be',
    ],
    [() => checkOptions('options', 3, ['a']), 'TypeError', 'ERR_INVALID_ARG_TYPE', 'an object'],
    [
      () => checkOptions('options', { b: 1 }, ['a', 'c']),
      'TypeError',
      'ERR_INVALID_ARG_VALUE',
      'known are a, c',
    ],
  ])('is named, with what was expected and what came: %s', (check, name, code, text) => {
    const error = failure(check)
    expect(error).toMatchObject({ name, code })
    expect(error.message).toContain(text)
  })

  it('is described in a line, however large it is', () => {
    const error = failure(() => checkString('name', { deep: { deeper: {} }, list: Array(1000).fill('x') }))
    expect(error.message.length).toBeLessThan(200)
    expect(failure(() => checkString('name', function loudly() {})).message).toContain('function loudly')
  })
})

describe('a right argument', () => {
  it('is returned', () => {
    expect(checkInteger('size', 10, limits)).toBe(10)
    expect(checkPowerOfTwo('size', 8, limits)).toBe(8)
    expect(checkArray('names', ['a', 'b'], (name, value) => `${name}=${value}`)).toEqual([
      'names[0]=a',
      'names[1]=b',
    ])
    expect(checkOneOf('idle', 'spin', ['spin', 'sleep'])).toBe('spin')
    checkOptions('options', { a: undefined }, ['a'])
  })
})
