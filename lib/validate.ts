/**
 * Checks of arguments. A failed check throws an error with the `code` that Node uses for it; the message names
 * the argument, what was expected, what came, and where it helps, what to do.
 */

import { inspect } from 'node:util'

export interface ArgumentError extends Error {
  code: 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE' | 'ERR_OUT_OF_RANGE'
}

/** A value of the wrong type. `expected` reads on after "must be". */
export function invalidType(name: string, expected: string, value: unknown, advice?: string): ArgumentError {
  return argumentError(new TypeError(sentence(name, expected, value, advice)), 'ERR_INVALID_ARG_TYPE')
}

/** A value of the right type that means nothing. */
export function invalidValue(name: string, expected: string, value: unknown, advice?: string): ArgumentError {
  return argumentError(new TypeError(sentence(name, expected, value, advice)), 'ERR_INVALID_ARG_VALUE')
}

/** A number, length or name beyond its limits. */
export function outOfRange(name: string, expected: string, value: unknown, advice?: string): ArgumentError {
  return argumentError(new RangeError(sentence(name, expected, value, advice)), 'ERR_OUT_OF_RANGE')
}

function sentence(name: string, expected: string, value: unknown, advice: string | undefined): string {
  const text = `${name} must be ${expected}; received ${describe(value)}`
  return advice === undefined ? text : `${text}. ${advice}`
}

function describe(value: unknown): string {
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  const text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY })
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function argumentError(error: Error, code: ArgumentError['code']): ArgumentError {
  // The caller of the library's function is of interest, not the checks.
  Error.captureStackTrace(error, outOfRange)
  return Object.assign(error, { code })
}

export interface IntegerLimits {
  minimum: number
  maximum: number
  /** What it counts, for the message: "descriptors", "milliseconds". */
  unit?: string
  advice?: string
}

export function checkInteger(name: string, value: unknown, limits: IntegerLimits): number {
  const unit = limits.unit === undefined ? '' : ` ${limits.unit}`
  const expected = `an integer from ${limits.minimum} to ${limits.maximum}${unit}`
  if (typeof value !== 'number') throw invalidType(name, expected, value, limits.advice)
  if (!Number.isInteger(value) || value < limits.minimum || value > limits.maximum) {
    throw outOfRange(name, expected, value, limits.advice)
  }
  return value
}

/** A number that need not be an integer. */
export function checkNumber(name: string, value: unknown, limits: IntegerLimits): number {
  const unit = limits.unit === undefined ? '' : ` ${limits.unit}`
  const expected = `a number from ${limits.minimum} to ${limits.maximum}${unit}`
  if (typeof value !== 'number') throw invalidType(name, expected, value, limits.advice)
  // Also what is not a number.
  if (!(value >= limits.minimum && value <= limits.maximum)) {
    throw outOfRange(name, expected, value, limits.advice)
  }
  return value
}

export function checkPowerOfTwo(name: string, value: unknown, limits: IntegerLimits): number {
  const integer = checkInteger(name, value, limits)
  if ((integer & (integer - 1)) === 0) return integer
  const below = 2 ** Math.floor(Math.log2(integer))
  throw outOfRange(name, 'a power of two', value, `Take ${below} or ${below * 2}.`)
}

export function checkString(name: string, value: unknown, expected = 'a string that is not empty'): string {
  if (typeof value !== 'string') throw invalidType(name, expected, value)
  if (value === '') throw invalidValue(name, expected, value)
  return value
}

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidType(name, 'true or false', value)
  return value
}

export function checkFunction<Type>(name: string, value: Type, expected = 'a function'): Type {
  if (typeof value !== 'function') throw invalidType(name, expected, value)
  return value
}

export function checkOneOf<Choice extends string>(
  name: string,
  value: unknown,
  choices: readonly Choice[],
  others = '',
): Choice {
  const found = choices.find((choice) => choice === value)
  if (found !== undefined) return found
  const list = `${choices.map((choice) => `'${choice}'`).join(' or ')} ${others}`.trimEnd()
  throw typeof value === 'string' ? invalidValue(name, list, value) : invalidType(name, list, value)
}

/** Checks every element with `check`, which is told its name: `lcores[2]`. */
export function checkArray<Element>(
  name: string,
  value: unknown,
  check: (name: string, element: unknown) => Element,
): Element[] {
  if (!Array.isArray(value)) throw invalidType(name, 'an array', value)
  return value.map((element, index) => check(`${name}[${index}]`, element))
}

/** An options object; one that has properties which nobody reads is a spelling mistake. */
export function checkOptions(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidType(name, 'an object', value)
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      const message = `${name}.${key} is not an option; known are ${known.join(', ')}`
      throw argumentError(new TypeError(message), 'ERR_INVALID_ARG_VALUE')
    }
  }
}
