import type {Seeded} from '../sim/random.ts'

/**
 * Lines that are nearly logs, one byte a character: times, levels, keys and brackets of all kinds, right and slightly
 * wrong, put together at random. Whatever a line may look like to `levelOf`, something here comes close to it.
 */
export class NearlyLogs {
  readonly #random: Seeded

  constructor(random: Seeded) {
    this.#random = random
  }

  line(): string {
    let line = this.#oneOf([this.#start, this.#stamp, this.#usual, () => '', () => ''])
    for (let count = this.#below(8); count > 0; count -= 1) line += this.#token()
    if (this.#below(4) === 0) line += 'y'.repeat(this.#below(200)) + this.#token() + this.#token()
    // What counts ends behind 256 bytes, so more than usual happens there.
    if (this.#below(6) === 0) {
      line = line.padEnd(240 + this.#below(20), this.#pick(['z', ' ', '[', ' E'])) + this.#token() + this.#token()
    }
    return this.#below(3) === 0 ? this.#spoilt(line) : line
  }

  #spoilt(line: string): string {
    const at = this.#below(line.length + 1)
    if (this.#below(4) === 0) return line.slice(0, at)
    return line.slice(0, at) + this.#character() + line.slice(at + this.#below(3))
  }

  #usual = (): string => {
    const start = this.#oneOf([
      this.#stamp,
      () => `[${this.#stamp()}]`,
      () => `${this.#pick(['time', 'ts', 't', 'date', 'timestamp'])}=${this.#pick(['', '"'])}${this.#stamp()}`
    ])
    return (
      start + this.#pick([' ', ': ', ' - ', '|', ',;\t', '']) + this.#word() + this.#pick([' ', ' ', ':', '=', '|'])
    )
  }

  #start = (): string =>
    this.#oneOf([
      () => `[${this.#stamp()}${this.#pick(['', ']'])}`,
      () => `${this.#pick(keys)}=${this.#pick(['', '"'])}${this.#stamp()}${this.#pick(['', '"'])}`,
      () => `<${this.#below(300)}>`,
      () => `<${this.#pick(['', '1', '0013', '19a', '007'])}>`,
      () => '{',
      () => this.#pick([' ', '\t']) + this.#stamp(),
      () => 'x'.repeat(this.#below(260)),
      () => this.#pick(['\t[ ', '[', '< ', '="', ' ']).repeat(this.#below(120))
    ])

  #token = (): string =>
    this.#oneOf([
      () => this.#word(),
      () => ` ${this.#pick(words).toUpperCase()}${this.#pick([' ', ':', ': ', '::', '', '='])}`,
      () => {
        const inside = this.#blank() + this.#pick(['', '', 'core:', 'a-module-of-some-length:']) + this.#word()
        return this.#pick(['[', '<']) + inside + this.#blank() + this.#pick([']', '>', ''])
      },
      () => `${this.#key()}=${this.#pick(['', '"'])}${this.#value()}${this.#pick(['', '"', ' '])}`,
      () => {
        const key = this.#pick(['"', '"', '']) + this.#key() + '"'
        return key + this.#blank() + ':' + this.#blank() + this.#pick(['', '"']) + this.#value()
      },
      this.#stamp,
      this.#commonLog,
      () => this.#pick([' ', '=', '"', ':', ',', '|', '-', ';', ']', '>', '{', '\r', '\t', '<13>', '.', '\0']),
      () => 'x'.repeat(this.#below(40)),
      () => ' '.repeat(this.#below(20)),
      () => this.#character()
    ])

  #stamp = (): string => this.#oneOf([this.#iso, this.#iso, this.#month, this.#commonLog, this.#epoch])

  #iso = (): string => {
    const separator = this.#pick(['-', '-', '-', '/'])
    const month = this.#pick(['01', '02', '04', '11', '12', '13', '00', '1a'])
    const date = this.#year() + separator + month + this.#pick([separator, separator, '-']) + this.#day()
    return date + this.#pick(['T', 'T', ' ', 't', '\0', '_']) + this.#clock() + this.#fraction() + this.#zone()
  }

  #month = (): string => {
    const name = this.#pick(['', '', 'Sat ', 'Mon ', 'Thu ', 'sun ']) + this.#pick(months)
    const day = this.#pick(['10', ' 5', '31', '30', '29', ' x', '0a', '00', ' 0'])
    return `${name} ${day} ${this.#clock()}${this.#fraction()}${this.#pick(['', ' 2026', ' 20x6'])}`
  }

  #commonLog = (): string => {
    const date = `[${this.#day()}/${this.#pick(months)}/${this.#year()}`
    return `${date}:${this.#clock()}${this.#pick(['', ' +0000', 'Z', ' UTC'])}${this.#pick([']', ']', ''])}`
  }

  #epoch = (): string => {
    const digits = this.#pick([10, 10, 13, 13, 16, 19, 9, 20, 21])
    const number = Array.from({length: digits}, () => this.#below(10)).join('')
    return number + this.#pick(['', '.123', '.', '-', 'x', '_', '.1.', ' '])
  }

  #year(): string {
    return this.#pick(['2024', '2026', '1900', '2000', '2023', '20a4', '0000'])
  }

  #day(): string {
    return this.#pick(['01', '10', '28', '29', '30', '31', '32', '00', '3a'])
  }

  #clock(): string {
    const two = (bound: number): string => String(this.#below(bound)).padStart(2, '0')
    return this.#oneOf([
      () => `${two(25)}:${two(61)}:${two(62)}`,
      () => '09:00:00',
      () => this.#pick(['24:00:00', '23:60:00', '9:00:00', '09:00', '09:00:5x', '09.00:00', '09:00:60'])
    ])
  }

  #fraction(): string {
    return this.#pick(['', '.123', '.123', ',123', '.', '.1', '.123456789', '.1234567890123', ',x', '.12x'])
  }

  #zone(): string {
    return this.#pick([
      ...[
        '',
        'Z',
        'Z',
        'Z ',
        'z',
        '+02:00',
        '-0330',
        '+02',
        ' +0200',
        ' -12',
        ' +02:00',
        ' UTC',
        ' GMT',
        ' UTCx',
        ' Z'
      ],
      ...['+24:00', '+02:60', '+0x', ' -1260', ' +02:6', '+02:', ' UT', '+23:59']
    ])
  }

  #word(): string {
    return this.#anyCase(this.#pick(words))
  }

  #key(): string {
    return this.#anyCase(this.#pick(keys))
  }

  #value(): string {
    return this.#oneOf([
      () => this.#word(),
      () => String(this.#below(110)),
      () => String(this.#below(70)).padStart(2, '0')
    ])
  }

  #anyCase(word: string): string {
    return this.#oneOf([
      () => word,
      () => word.toUpperCase(),
      () => word.charAt(0).toUpperCase() + word.slice(1),
      () => [...word].map((letter) => (this.#below(2) === 0 ? letter : letter.toUpperCase())).join('')
    ])
  }

  #blank(): string {
    return this.#pick(['', '', ' ', '\t', '  '])
  }

  #character(): string {
    return String.fromCharCode(this.#below(256))
  }

  #oneOf(makers: readonly (() => string)[]): string {
    return this.#random.pick(makers)()
  }

  #pick<Item>(from: readonly Item[]): Item {
    return this.#random.pick(from)
  }

  #below(bound: number): number {
    return this.#random.below(bound)
  }
}

const words = [
  ...['trace', 'trc', 'debug', 'dbg', 'info', 'inf', 'information', 'notice', 'warn', 'warning', 'wrn', 'error', 'err'],
  ...['severe', 'fatal', 'ftl', 'critical', 'crit', 'alert', 'emerg', 'emergency', 'panic'],
  // Nearly words of levels, by a letter more, less or other, and by their first eight letters.
  ...['errors', 'informations', 'informat', 'informatiox', 'emergenc', 'emergencx', 'xmergency', 'warn_', 'err.', 'in'],
  ...['', 'x', 'a-b', 'GET', 'é', 'ERROR가', 'E0806', 'W1234', 'I00000', 'F080', 'X0806', 'E08x6']
].map((word) => Buffer.from(word).toString('latin1'))

const keys = [
  ...['level', 'lvl', 'severity', 'severity_text', 'log.level', 'loglevel', 'levelname', '@l'],
  // Nearly keys of levels, also by one bit only.
  ...[
    '`l',
    'lev',
    'xlevel',
    'level_',
    'severity text',
    'log_level',
    'severityxtext',
    'hostname',
    'evel',
    'name',
    'text'
  ],
  ...['msg', 'time', 'ts', 't', 'date', 'timestamp', '@timestamp', '_time', 'tt']
]

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec', 'oct', 'Foo']
