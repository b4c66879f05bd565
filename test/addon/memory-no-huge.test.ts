import { describe } from 'vitest'
import { describeMemory } from './describe-memory.js'

describe('ordinary pages', () => {
  describeMemory({
    options: () => ({ memory: { kind: 'no-huge', megabytes: 64 } }),
    kind: 'no-huge',
    pageSize: 4096,
  })
})
