import { describe, expect, it } from 'vitest'
import { type EalEnvironment, type EalOptions, resolveEalOptions } from '../../lib/eal-arguments.js'
import { parseEalArguments } from '../../lib/eal-command-line.js'

const machine: EalEnvironment = {
  affinity: [0, 1, 2, 3],
  hugepages: [],
  availableMegabytes: 4096,
  processId: 42,
}
const hugepages = [{ kilobytes: 2048, free: 512 }]

function resolve(options: EalOptions = {}, environment: Partial<EalEnvironment> = {}) {
  return resolveEalOptions(options, { ...machine, ...environment })
}

const argumentsOf = (options: EalOptions) => resolve(options).arguments.join(' ')

describe('without options', () => {
  it('EAL starts on a machine where nothing was set up', () => {
    expect(resolve()).toEqual({
      arguments: [
        ...['--lcores', '3@3,127@(0,1,2)', '--main-lcore', '127'],
        ...['--file-prefix', 'dpdk-node-42'],
        ...['--no-huge', '-m', '256', '--no-shconf'],
        ...['--no-pci', '--no-telemetry'],
      ],
      lcores: [{ id: 3, cpus: [3] }],
      memory: { kind: 'no-huge', megabytes: 256 },
      pci: 'none',
      idle: 'spin',
      filePrefix: 'dpdk-node-42',
      echoLog: false,
      arenaMegabytes: 1024,
    })
  })

  it('private hugepages are taken where there are enough', () => {
    const { memory, pci, arguments: args } = resolve({}, { hugepages })
    expect(memory).toEqual({ kind: 'private' })
    expect(pci).toBe('all')
    expect(args.join(' ')).toContain('--in-memory --single-file-segments --no-telemetry')
    expect(resolve({}, { hugepages: [{ kilobytes: 2048, free: 100 }] }).memory.kind).toBe('no-huge')
    expect(resolve({}, { hugepages: [{ kilobytes: 1048576, free: 8 }] }).memory.kind).toBe('no-huge')
  })
})

describe('lcores', () => {
  it('are besides the control thread, which floats over the other CPUs', () => {
    expect(argumentsOf({ lcores: [1] })).toContain('--lcores 1@1,127@(0,2,3) --main-lcore 127')
    expect(argumentsOf({ lcores: [0, 1, 2, 3] })).toContain('--lcores 0@0,1@1,2@2,3@3,127@(0,1,2,3)')
    expect(argumentsOf({ lcores: [0, 1, 2] })).toContain('127@3')
  })

  it('sleep where CPUs are scarce', () => {
    expect(resolve({ lcores: [0, 1] }).idle).toBe('spin')
    expect(resolve({ lcores: [0, 1, 2] }).idle).toBe('sleep')
    expect(resolve({ lcores: [0, 1, 2], idle: 'spin' }).idle).toBe('spin')
  })

  it('need CPUs that are there', () => {
    expect(() => resolve({ lcores: [4] })).toThrow(
      expect.objectContaining({ code: 'ERR_DPDK_LCORE_UNAVAILABLE', hint: expect.stringContaining('0-3') }),
    )
  })
})

describe('memory', () => {
  it.each([
    [{ kind: 'no-huge', megabytes: 64 }, '--no-huge -m 64 --no-shconf'],
    [{ kind: 'private' }, '--in-memory --single-file-segments'],
    [{ kind: 'private', megabytes: 512 }, '--in-memory --single-file-segments -m 512'],
    [{ kind: 'private', megabytesPerSocket: [512, 0] }, '--socket-mem 512,0'],
    [
      { kind: 'shared', megabytes: 64, hugeDirectory: '/mnt/huge' },
      '--proc-type=primary -m 64 --huge-dir /mnt/huge',
    ],
  ] as const)('%j', (memory, text) => {
    expect(argumentsOf({ memory })).toContain(text)
  })

  it.each([
    [{ kind: 'huge' }],
    [{}],
    [{ kind: 'no-huge', hugeDirectory: '/mnt' }],
    [{ kind: 'private', hugeDirectory: '/mnt' }],
    [{ kind: 'private', megabytes: 0 }],
    [{ kind: 'private', megabytesPerSocket: ['1'] }],
    ['private'],
  ])('is not %j', (memory) => {
    expect(() => resolve({ memory: memory as never })).toThrow(/^options\.memory/)
  })

  it('is not more than there is', () => {
    expect(() => resolve({ memory: { kind: 'no-huge', megabytes: 5000 } })).toThrow(
      expect.objectContaining({
        code: 'ERR_DPDK_NOT_ENOUGH_MEMORY',
        message: '5000 MB of memory were asked for, and 4096 MB are available',
      }),
    )
  })
})

describe('devices', () => {
  it.each([
    ['all', ''],
    ['none', '--no-pci'],
    [[], '--no-pci'],
    [['0000:01:00.0', '02:00.0,key=1'], '--allow 0000:01:00.0 --allow 02:00.0,key=1'],
    [{ block: ['0000:01:00.0'] }, '--block 0000:01:00.0'],
  ] as const)('pci %j', (pci, text) => {
    const args = argumentsOf({ pci })
    expect(args).toContain(text)
    if (pci === 'all') expect(args).not.toMatch(/pci|allow|block/)
  })

  it('are virtual', () => {
    expect(argumentsOf({ vdevs: ['net_tap0,iface=left', 'net_null1'] })).toContain(
      '--vdev net_tap0,iface=left --vdev net_null1',
    )
  })

  it.each([
    [{ pci: 'some' }],
    [{ pci: 5 }],
    [{ pci: ['a b'] }],
    [{ vdevs: [''] }],
    [{ vdevs: ['--help'] }],
    [{ filePrefix: 'a/b' }],
    [{ logLevel: 5 }],
    [{ idle: 'doze' }],
    [{ telemetry: 1 }],
    [{ arenaMegabytes: 4096 }],
    [{ lcore: [1] }],
  ])('and others are not %j', (options) => {
    expect(() => resolve(options as never)).toThrow(/^options\./)
  })
})

describe('raw arguments', () => {
  it('go to EAL, and become options where there are such', () => {
    const settings = resolve({
      extraArguments: ['--iova-mode=va', '-n4', '-l', '1', '--vdev=net_null0', '--no-huge'],
    })
    expect(settings.lcores).toEqual([{ id: 1, cpus: [1] }])
    expect(settings.memory).toEqual({ kind: 'no-huge' })
    expect(settings.arguments.join(' ')).toMatch(/--vdev net_null0 .*--iova-mode=va -n4$/)
  })

  it('add virtual devices to those of the options', () => {
    const text = argumentsOf({ vdevs: ['net_null0'], extraArguments: ['--vdev', 'net_null1'] })
    expect(text).toContain('--vdev net_null0 --vdev net_null1')
  })

  it('do not contradict options', () => {
    expect(() => resolve({ lcores: [1], extraArguments: ['-l', '2'] })).toThrow(
      expect.objectContaining({ code: 'ERR_DPDK_EAL_ARGUMENTS' }),
    )
  })

  it.each([['--help'], ['-h'], ['-vh'], ['--he'], ['--frobnicate'], ['stray']])(
    'are refused: %s',
    (argument) => {
      expect(() => resolve({ extraArguments: [argument] })).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^ERR_DPDK_EAL_(HELP|ARGUMENTS)$/) }),
      )
    },
  )

  it('that a command line was made of are understood again', () => {
    const { options } = parseEalArguments(['-n', '4', '-d', 'x.so', '-v', '--syslog', '--trace=eal', '-S1'])
    expect(options.extraArguments).toEqual(['-n4', '-dx.so', '-v', '--syslog', '--trace=eal', '-S1'])
    expect(parseEalArguments(options.extraArguments ?? []).options).toEqual(options)
  })
})
