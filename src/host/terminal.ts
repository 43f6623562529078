import type {Writable} from 'node:stream'
import {isatty} from 'node:tty'
import {reasonOf} from '../base/fault.ts'
import type {Clock} from './clock.ts'

/** Where results and progress go. Standard output carries results only; everything else is on standard error. */
export interface Terminal {
  readonly columns: number
  /** Somebody watches standard error: a live list may be drawn. */
  readonly isWatched: boolean
  readonly hasColours: boolean
  /**
   * Settles when the system has taken every byte. A reader that went away is no failure (`closed`); a full disk behind a
   * redirection is one, and so is a reader that takes nothing when we have been told to stop.
   */
  print(text: string | Uint8Array): Promise<Printed>
  tell(text: string): Promise<Printed>
  /**
   * Puts a question on standard error and takes one line for the answer: yes only where it says so. `nobody` where
   * there is nobody to ask, as standard input or standard error is no terminal.
   */
  ask(question: string): Promise<Answer>
}

export type Answer = 'yes' | 'no' | 'nobody'

export type Printed = {readonly status: 'written' | 'closed'} | {readonly status: 'failed'; readonly reason: string}

const columnsDefault = 80
const columnsMax = 120

// After we were told to stop: a reader that is alive takes what waits for it within this time.
const unreadMs = 1000

export function realTerminal(clock: Clock, stop: AbortSignal): Terminal {
  const env = process.env
  // Every write tells of its own error. A library's listener would throw it once more; with none, the process would end.
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error').on('error', ignore)
  const limits = {clock, stop}
  const isDumb = env['TERM'] === 'dumb' || (env['CI'] ?? '') !== ''
  return {
    // A terminal that does not know its width says 0.
    columns: Math.min(columnsMax, (process.stdout.isTTY && process.stdout.columns) || columnsDefault),
    isWatched: process.stderr.isTTY && !isDumb,
    hasColours: process.stdout.isTTY && !isDumb && (env['NO_COLOR'] ?? '') === '',
    print: (text) => write(process.stdout, text, limits),
    tell: (text) => write(process.stderr, text, limits),
    async ask(question) {
      if (!isatty(0) || !isatty(2)) return 'nobody'
      await write(process.stderr, question, limits)
      const line = await readLine(stop)
      if (line === undefined) await write(process.stderr, '\n', limits)
      return /^(?:y|yes|예|네)$/i.test(line?.trim() ?? '') ? 'yes' : 'no'
    }
  }
}

function write(
  stream: Writable,
  text: string | Uint8Array,
  {clock, stop}: {readonly clock: Clock; readonly stop: AbortSignal}
): Promise<Printed> {
  return new Promise((resolve) => {
    let cancel = ignore
    const settle = (printed: Printed): void => {
      cancel()
      stop.removeEventListener('abort', hurry)
      resolve(printed)
    }
    const hurry = (): void => {
      cancel = clock.after(unreadMs, () => {
        settle({status: 'failed', reason: 'not read'})
      })
    }
    stream.write(text, (error) => {
      settle(printedOf(error))
    })
    if (stop.aborted) hurry()
    else stop.addEventListener('abort', hurry)
  })
}

// A terminal gives a line when it is finished; what is longer than any answer is none.
const lineLengthMax = 1000

/** What stands before the first line break; undefined at the end of the input, or when we are told to stop. */
function readLine(stop: AbortSignal): Promise<string | undefined> {
  const {stdin} = process
  const decoder = new TextDecoder()
  return new Promise((resolve) => {
    let text = ''
    const settle = (line: string | undefined): void => {
      stdin.off('data', take).off('end', giveUp).off('error', giveUp)
      stop.removeEventListener('abort', giveUp)
      // An input that is still read would keep the process from ending.
      stdin.pause().unref()
      resolve(line)
    }
    const giveUp = (): void => {
      settle(undefined)
    }
    const take = (chunk: Buffer): void => {
      text += decoder.decode(chunk, {stream: true})
      const end = text.indexOf('\n')
      if (end >= 0) settle(text.slice(0, end))
      else if (text.length > lineLengthMax) giveUp()
    }
    stop.addEventListener('abort', giveUp)
    if (stop.aborted) giveUp()
    else stdin.on('data', take).on('end', giveUp).on('error', giveUp).ref().resume()
  })
}

function printedOf(error: Error | null | undefined): Printed {
  if (error === null || error === undefined) return {status: 'written'}
  const reason = reasonOf(error)
  return reason === 'EPIPE' ? {status: 'closed'} : {status: 'failed', reason}
}

function ignore(): void {
  // Told through the callback of the write.
}
