import {Fault} from '../../base/fault.ts'
import type {Captured, Ran} from '../../host/processes.ts'
import type {Outputs} from '../step.ts'

/** What is kept and told of a program: what it printed, how it ended, and never a secret that it was given. */

const mask = '***'

/** Shorter lines stand in most texts by chance, and masking them would hide what happened. */
const secretLineMin = 8

/**
 * Takes the secrets out of all that was printed. Where output was dropped, a secret may have been cut in two, which
 * nobody would find: then only the end of what is kept is kept, well behind that place.
 */
export function withoutSecrets(ran: Ran, secrets: readonly string[]): Ran {
  if (secrets.length === 0) return ran
  const lines = secrets.flatMap((secret) => secret.split(/\r?\n/)).filter((line) => line.length >= secretLineMin)
  // The whole comes before its parts, and a longer one before one that it begins with.
  const hidden = [...new Set([...secrets, ...lines])].sort((one, other) => other.length - one.length)
  const clean = ({text, droppedBytes}: Captured): Captured => {
    const masked = hidden.reduce((rest, secret) => rest.replaceAll(secret, mask), text)
    return droppedBytes === 0 ? {text: masked, droppedBytes} : cutTo(masked, droppedBytes)
  }
  return {...ran, stdout: clean(ran.stdout), stderr: clean(ran.stderr)}
}

/** Of the 512 KiB at the end of a stream, at three bytes or fewer for each unit of a text: see `host/processes.ts`. */
const keptBesideSecrets = 128 << 10

function cutTo(text: string, droppedBytes: number): Captured {
  const kept = text.slice(-keptBesideSecrets)
  return {text: kept, droppedBytes: droppedBytes + Buffer.byteLength(text) - Buffer.byteLength(kept)}
}

/** For later steps and the journal, which hold it for years. */
const valueMax = 64 << 10
const errorsMax = 4 << 10

/** What later steps can name. `stdout` is cut at its end, and `stdout_dropped_bytes` says by how much; 0: it is whole. */
export function outputsOf({end, stdout, stderr, strays}: Ran): Outputs {
  const whole = stdout.text.trim()
  const kept = whole.slice(0, valueMax).toWellFormed()
  const cutBytes = Buffer.byteLength(whole) - Buffer.byteLength(kept)
  return {
    values: {
      code: end.how === 'exited' ? end.code : null,
      stdout: kept,
      stdout_dropped_bytes: stdout.droppedBytes + cutBytes,
      stderr: stderr.text.trim().slice(-errorsMax).toWellFormed(),
      strays
    },
    printed: printedOf({stdout, stderr}) + (strays === 0 ? '' : `--- ${strays} processes outlived it, and were ended\n`)
  }
}

function printedOf(streams: Readonly<Record<'stdout' | 'stderr', Captured>>): string {
  return Object.entries(streams)
    .filter(([, {text}]) => text !== '')
    .map(([name, {text, droppedBytes}]) => {
      const dropped = droppedBytes === 0 ? '' : ` (${droppedBytes} bytes in between were not kept)`
      return `--- ${name}${dropped}\n${text}${text.endsWith('\n') ? '' : '\n'}`
    })
    .join('')
}

/** Why the program did not do what was wanted of it; undefined when it did. */
export function failureOf(program: string, ran: Ran, expect: readonly number[]): Fault | undefined {
  const {end, durationMs} = ran
  const detail = lastWords(ran)
  switch (end.how) {
    case 'exited':
      if (expect.includes(end.code)) return undefined
      return new Fault('step-program-failed', {program, how: `exit ${end.code}`, detail})
    case 'signalled':
      return new Fault('step-program-failed', {program, how: end.signal, detail})
    case 'missing':
      // It was found a moment ago: what is missing is the interpreter that it names.
      return new Fault('step-program-not-started', {program, reason: 'ENOENT'})
    case 'refused':
      return new Fault('step-program-not-started', {program, reason: end.reason})
    case 'deadline':
      return new Fault('step-program-late', {program, afterMs: Math.round(durationMs), detail})
    case 'aborted':
      return new Fault('step-program-stopped', {program, detail})
  }
}

const detailMax = 500
const detailLines = 5

/** The end of what it said on standard error, as one line that a terminal does not act on. */
function lastWords({stderr}: Ran): string {
  const lines = stderr.text
    .slice(-2 * detailMax)
    .replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '')
    .split(/[\r\n]+/)
    .map((line) => line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ').trim())
    .filter((line) => line !== '')
  return lines.slice(-detailLines).join(' / ').slice(-detailMax).toWellFormed().trimStart()
}

const shownMax = 200

/** Words as a person would type them, in one line: where one begins and ends can be seen. */
export function shown(words: readonly string[]): string {
  const line = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word))).join(' ')
  return line.length > shownMax ? `${line.slice(0, shownMax)}…` : line
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
