import { expect, test } from 'vitest'
import { loadAddon } from '../../dist/addon.js'
import * as layout from '../../dist/ring/layout.js'

test('both halves agree on the layout of shared memory, name by name', () => {
  expect({ ...layout }).toEqual(loadAddon().layout)
})
