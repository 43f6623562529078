import {finding, type Finding} from '../base/findings.ts'
import type {Ran} from '../host/processes.ts'

/** One line of a program, for a sentence. */
const detailMax = 200

/** How a program failed us that is there: by its end, or by an answer that is of no use although it ended well. */
export function programFailed(program: string, ran: Ran): Finding {
  const detail = lastLine(ran.stderr.text) || lastLine(ran.stdout.text)
  return finding('program-failed', {program, how: howOf(ran), detail: detail.slice(0, detailMax)})
}

export function hasSucceeded({end}: Ran): boolean {
  return end.how === 'exited' && end.code === 0
}

function howOf({end, stdout}: Ran): string {
  if (stdout.droppedBytes > 0) return 'too much output'
  return end.how === 'exited' ? `exit ${end.code}` : end.how
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}
