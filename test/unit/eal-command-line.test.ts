import { describe, expect, it } from 'vitest'
import { parseEalArguments } from '../../lib/eal-command-line.js'

const parse = (text: string) => parseEalArguments(text === '' ? [] : text.split(' '))
const optionsOf = (text: string) => parse(text).options

describe("a DPDK program's command line", () => {
  it('ends at --', () => {
    expect(parse('-l 1 -- -p 3 -- -q')).toEqual({
      options: { lcores: [1] },
      rest: ['-p', '3', '--', '-q'],
      notes: [],
    })
    expect(parse('')).toEqual({ options: {}, rest: [], notes: [] })
  })

  it.each(['-l 0,1', '-l0,1', '--lcores 0,1', '--lcores=0-1', '--lco 0,1', '-c 3', '-c0x3', '--coremask=3'])(
    'names lcores: %s',
    (text) => {
      expect(optionsOf(text)).toEqual({ lcores: [0, 1] })
    },
  )

  it('names lcores with CPUs', () => {
    expect(optionsOf('--lcores 0@2,(3,4)@(5,6)')).toEqual({
      lcores: [
        { id: 0, cpus: [2] },
        { id: 3, cpus: [5, 6] },
        { id: 4, cpus: [5, 6] },
      ],
    })
  })

  it.each([
    ['--no-huge', { kind: 'no-huge' }],
    ['--no-huge -m 64', { kind: 'no-huge', megabytes: 64 }],
    ['--in-memory', { kind: 'private' }],
    ['-m 512', { kind: 'private', megabytes: 512 }],
    ['--memory-size=512', { kind: 'private', megabytes: 512 }],
    ['--socket-mem 512,0', { kind: 'private', megabytesPerSocket: [512, 0] }],
    ['--numa-mem 512,0 --in-memory', { kind: 'private', megabytesPerSocket: [512, 0] }],
    ['--huge-dir /mnt/huge -m 8', { kind: 'shared', megabytes: 8, hugeDirectory: '/mnt/huge' }],
    ['--proc-type=primary', { kind: 'shared' }],
    ['--single-file-segments --no-shconf', undefined],
  ])('%s', (text, memory) => {
    expect(optionsOf(text)).toEqual(memory === undefined ? {} : { memory })
  })

  it('names devices', () => {
    expect(optionsOf('--vdev net_null0 --vdev=net_tap0,iface=x --no-pci')).toEqual({
      vdevs: ['net_null0', 'net_tap0,iface=x'],
      pci: 'none',
    })
    expect(optionsOf('-a 0000:01:00.0 --allow=02:00.0')).toEqual({ pci: ['0000:01:00.0', '02:00.0'] })
    expect(optionsOf('-b 0000:01:00.0')).toEqual({ pci: { block: ['0000:01:00.0'] } })
  })

  it('sets the rest', () => {
    expect(optionsOf('--file-prefix x --log-level=8 --log-level lib.eal:debug --telemetry')).toEqual({
      filePrefix: 'x',
      logLevel: ['8', 'lib.eal:debug'],
      telemetry: true,
    })
    expect(optionsOf('--no-telemetry')).toEqual({ telemetry: false })
  })

  it('passes on what it has no name for', () => {
    expect(optionsOf('-n 4 --iova-mode va --huge-worker-stack --match-allocations')).toEqual({
      extraArguments: ['-n4', '--iova-mode=va', '--huge-worker-stack', '--match-allocations'],
    })
    expect(optionsOf('-vn2').extraArguments).toEqual(['-v', '-n2'])
  })

  it('says what has no effect', () => {
    const { options, notes } = parse('-l 0,1 --main-lcore 1')
    expect(options).toEqual({ lcores: [0, 1] })
    expect(notes).toEqual([expect.stringContaining('--main-lcore 1 has no effect')])
  })

  it.each(['-h', '--help', '--hel', '-vh'])(
    'never reaches EAL with %s, at which it would end the process',
    (text) => {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'ERR_DPDK_EAL_HELP' }))
    },
  )

  it.each([
    ['-l', '-l needs a value'],
    ['--lcores', '--lcores needs a value'],
    ['-p 3', '-p is not an EAL option'],
    ['--portmap=1', '--portmap is not an EAL option'],
    ['eth0', "'eth0' is not an EAL option"],
    ['-', "'-' is not an EAL option"],
    ['--no-huge=1', '--no-huge takes no value'],
    ['--no', '--no-huge or --no-pci'],
    ['--mem 4', '--memory-channels or --memory-ranks'],
    ['--=3', 'is not an EAL option'],
    ['-l x', '-l x: not a list of lcores'],
    ['-c zz', '-c zz: not a list of lcores'],
    ['-l 1 -l 2', 'the lcores were given already'],
    ['-l 1 -c 2', 'the lcores were given already'],
    ['-m many', 'not a number of megabytes'],
    ['-m 1 --socket-mem 1', '-m and --socket-mem exclude each other'],
    ['--no-huge --in-memory', '--no-huge and --in-memory exclude each other'],
    ['--no-huge --socket-mem 1', '--no-huge and --socket-mem exclude each other'],
    ['--in-memory --huge-dir /x', '--in-memory and --huge-dir exclude each other'],
    ['-a 1:0.0 -b 2:0.0', '-a and -b exclude each other'],
    ['--proc-type=secondary', 'only primary processes'],
    ['--log-level=help', 'would end the process'],
  ])('is refused: %s', (text, message) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'ERR_DPDK_EAL_ARGUMENTS', message: expect.stringContaining(message) }),
    )
  })
})
