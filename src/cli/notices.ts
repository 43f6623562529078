import {finding, type Finding} from '../base/findings.ts'
import type {NoticeLevel, Tell} from '../base/notice.ts'
import type {World} from '../cli.ts'
import {noticeFields, noticeLines} from '../text/notice.ts'
import {inert} from './printing.ts'

// More than anybody reads: what goes on like this is counted, and told when there is room again.
const noticesMax = 100
const noticesPerSecond = 2

type Paper = Pick<World, 'host' | 'terminal' | 'style'>

/** On standard error, one JSON object a line. */
export function jsonNotices(paper: Paper): Tell {
  const {host, terminal} = paper
  return bounded(paper, (level, said) => {
    void terminal.tell(`${inert(JSON.stringify(noticeFields(level, said, host.clock.now())))}\n`)
  })
}

/** The same of a command whose own document tells all that is well. */
export function jsonWarnings(paper: Paper): Tell {
  const tell = jsonNotices(paper)
  return (level, said) => {
    if (level !== 'info') tell(level, said)
  }
}

/** On standard error, as sentences. With `--quiet` only what is bad. */
export function plainNotices(paper: Paper): Tell {
  const {terminal, style} = paper
  return bounded(paper, (level, said) => {
    if (style.reading.detail === 'quiet' && level === 'info') return
    void terminal.tell(`${noticeLines(level, said, style.reading).join('\n')}\n`)
  })
}

/** A server that meets the same trouble a thousand times a second must not fill the disk with telling it. */
function bounded({host}: Paper, print: (level: NoticeLevel, said: Finding) => void): Tell {
  let room = noticesMax
  let lastMs = host.clock.elapsed()
  let leftOut = 0
  return (level, said) => {
    const nowMs = host.clock.elapsed()
    room = Math.min(noticesMax, room + ((nowMs - lastMs) / 1000) * noticesPerSecond)
    lastMs = nowMs
    if (room < 1) {
      leftOut += 1
      return
    }
    if (leftOut > 0) print('warn', finding('server-notices-left-out', {count: leftOut}))
    leftOut = 0
    room -= 1
    print(level, said)
  }
}
