import {formatDuration} from '../base/units.ts'
import type {Clock} from './clock.ts'
import type {Terminal} from './terminal.ts'

/** Tells on standard error what is being done: a live list where somebody watches, plain lines elsewhere. */
export interface Progress {
  begin(task: string): void
  finish(task: string, outcome: string): void
  /** Takes the live list off the screen. */
  close(): Promise<void>
}

export const silentProgress: Progress = {
  begin() {
    // Nobody wants to know.
  },
  finish() {
    // Nobody wants to know.
  },
  close: () => Promise.resolve()
}

export function plainProgress(terminal: Terminal, clock: Clock): Progress {
  const begun = new Map<string, number>()
  return {
    begin(task) {
      begun.set(task, clock.elapsed())
    },
    finish(task, outcome) {
      const tookMs = clock.elapsed() - (begun.get(task) ?? clock.elapsed())
      void terminal.tell(`${task}: ${outcome} (${formatDuration(tookMs)})\n`)
    },
    close: () => Promise.resolve()
  }
}

const redrawMs = 100
/** More lines than this would scroll a small terminal; the rest is counted. */
const linesMax = 12

/** The running tasks, one a line with the time they took so far, redrawn in place. */
export function liveProgress(terminal: Terminal, clock: Clock): Progress {
  const running = new Map<string, number>()
  let drawnLines = 0
  let cancelTimer = clock.after(redrawMs, draw)

  function draw(): void {
    const now = clock.elapsed()
    const lines = [...running].map(([task, sinceMs]) => `  … ${task} ${formatDuration(now - sinceMs)}`)
    const rest = lines.length - linesMax
    const shown = rest > 0 ? [...lines.slice(0, linesMax), `  … +${rest}`] : lines
    void terminal.tell(erase() + shown.map((line) => `${line}\n`).join(''))
    drawnLines = shown.length
    cancelTimer = clock.after(redrawMs, draw)
  }

  function erase(): string {
    return drawnLines === 0 ? '' : `\u001b[${drawnLines}A\u001b[J`
  }

  return {
    begin: (task) => void running.set(task, clock.elapsed()),
    finish: (task) => void running.delete(task),
    async close() {
      cancelTimer()
      await terminal.tell(erase())
      drawnLines = 0
    }
  }
}
