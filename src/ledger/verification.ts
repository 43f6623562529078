import {Fault, reasonOf} from '../base/fault.ts'
import type {Disk} from '../host/disk.ts'
import {continues, follow, hashOf, isLine, linesIn, linkOf, type ChainLine, type Link} from './chain.ts'
import {headPath, readHead, type FoundHead, type Head} from './head.ts'
import type {JournalProblem, JournalState, Verification} from './journal.ts'
import {headerOf, journalFolder, listSegments, readSegment, segmentFormat, segmentPath} from './segments.ts'
import type {SegmentHeader} from './segments.ts'

const severity: readonly JournalState[] = ['ok', 'torn', 'head-missing', 'cut', 'altered', 'newer']

// Enough to see what happened; a journal that was rewritten as a whole would have one for each line.
const problemsMax = 100

/** One look at the whole journal, line by line, from the oldest that is kept. */
export async function inspect(disk: Disk, stateFolder: string): Promise<Verification> {
  const inspection = new Inspection()
  const folder = journalFolder(stateFolder)
  const found = await readHead(disk, headPath(stateFolder))
  const segments = await listSegments(disk, folder)
  if (found.state === 'newer') inspection.tell('newer')
  else await walk(inspection, {disk, folder, segments, found})
  return inspection.result(segments.length)
}

/** Changes whenever something is written, so that two looks can be told apart. */
export async function stampOf(disk: Disk, stateFolder: string): Promise<string> {
  const folder = journalFolder(stateFolder)
  const segments = await listSegments(disk, folder)
  const [head, newest] = await Promise.all([
    disk.stat(headPath(stateFolder)),
    disk.stat(segmentPath(folder, segments.at(-1) ?? 0))
  ])
  return JSON.stringify([head?.inode, head?.modifiedMs, segments, newest?.size])
}

interface Ground {
  readonly disk: Disk
  readonly folder: string
  readonly segments: readonly number[]
  readonly found: FoundHead
}

async function walk(inspection: Inspection, ground: Ground): Promise<void> {
  const {found, segments} = ground
  const head = found.state === 'good' ? found.head : undefined
  if (head === undefined && (found.state === 'damaged' || segments.length > 0)) inspection.tell('head-missing')
  const kept = segments.filter((segment) => segment >= (head?.first.segment ?? 0))
  let expected = head?.first.segment ?? kept[0]
  let bytes = kept[0] === undefined ? undefined : await contentOf(inspection, ground, kept[0])
  const first = head?.first ?? headerOf(bytes ?? new Uint8Array(0))
  inspection.link = first && {seq: first.seq - 1, hash: first.prev}
  for (const [at, segment] of kept.entries()) {
    if (segment !== expected) inspection.miss(expected ?? segment)
    expected = segment + 1
    const after = kept[at + 1]
    const next = after === undefined ? undefined : await contentOf(inspection, ground, after)
    const header = after === expected && next !== undefined ? headerOf(next) : undefined
    if (bytes === undefined) inspection.miss(segment)
    else if (!inspection.segment({segment, bytes, head, next: header, isLast: after === undefined})) return
    bytes = next
  }
  if (head !== undefined && head.segment >= (expected ?? 0) && head.segment > 0) inspection.miss(head.segment)
}

/** Undefined when it has gone since it was listed. What nobody of ours can have put there reads as nothing. */
async function contentOf(
  inspection: Inspection,
  {disk, folder}: Ground,
  segment: number
): Promise<Uint8Array | undefined> {
  try {
    return await readSegment(disk, folder, segment)
  } catch (cause) {
    if (!(cause instanceof Fault) || !['too big', 'not a file'].includes(reasonOf(cause))) throw cause
    inspection.tell('altered', {segment, line: null, seq: null})
    return new Uint8Array(0)
  }
}

interface Content {
  readonly segment: number
  readonly bytes: Uint8Array
  readonly head: Head | undefined
  /** How the next segment says that it continues this one. */
  readonly next: SegmentHeader | undefined
  readonly isLast: boolean
}

type Place = Omit<JournalProblem, 'kind'>

class Inspection {
  /** The last line seen; undefined behind a gap: there, any line fits. */
  link: Link | undefined
  readonly #problems: JournalProblem[] = []
  #problemCount = 0
  #worst: JournalState = 'ok'
  #lines = 0
  #runs = 0

  result(segments: number): Verification {
    const {length} = this.#problems
    const problemCount = Math.max(length, this.#problemCount)
    return {state: this.#worst, problems: this.#problems, problemCount, segments, lines: this.#lines, runs: this.#runs}
  }

  tell(kind: JournalProblem['kind'], place: Place = {segment: null, line: null, seq: null}): void {
    this.#problemCount += 1
    if (this.#problems.length < problemsMax) this.#problems.push({kind, ...place})
    if (severity.indexOf(kind) > severity.indexOf(this.#worst)) this.#worst = kind
  }

  /** A segment that should be there is not, or not all of it: what comes next fits to lines that nobody can see. */
  miss(segment: number): void {
    this.tell('cut', {segment, line: null, seq: null})
    this.link = undefined
  }

  /** False when it cannot be understood, so that nothing behind it can. */
  segment(content: Content): boolean {
    const {segment, bytes, head, next, isLast} = content
    const header = headerOf(bytes)
    if (header !== undefined && header.format > segmentFormat) {
      this.tell('newer', {segment, line: 1, seq: header.seq})
      return false
    }
    if (header?.isHeadMissing === true) this.tell('head-missing', {segment, line: 1, seq: header.seq})
    const end = boundOf(content)
    const whole = new Cursor(segment)
    const isHeadHere = head?.segment === segment
    if (isHeadHere && head.bytes <= bytes.length) this.#upToHead(content, head, whole)
    this.#strictly(bytes.subarray(whole.position, end), whole, bytes.length < end)
    if (bytes.length < end) this.miss(segment)
    const rest = bytes.subarray(end)
    if (isLast) this.#tail(rest, whole)
    else if (rest.length > 0) this.#torn(rest.length, {segment, next})
    return true
  }

  /** The head says which line must end there. */
  #upToHead({bytes}: Content, head: Head, cursor: Cursor): void {
    this.#strictly(bytes.subarray(0, head.bytes), cursor, false)
    const isSame = this.link === undefined || (this.link.seq === head.seq && this.link.hash === head.hash)
    if (!isSame) this.tell('altered', cursor.place(head.seq))
    this.link = {seq: head.seq, hash: head.hash}
  }

  /** Lines that were durable, each of which must be there as it was. */
  #strictly(bytes: Uint8Array, cursor: Cursor, isCut: boolean): void {
    for (const line of linesIn(bytes)) {
      if (!line.isWhole && isCut) break
      cursor.line += 1
      const reference = linkOf(line.bytes)
      if (reference === undefined || !line.isWhole) {
        this.tell('altered', cursor.place(null))
        this.link = this.link && {seq: this.link.seq + 1, hash: hashOf(line.bytes)}
        continue
      }
      this.#lines += 1
      if (reference.type === 'run_start') this.#runs += 1
      // Where only the hash does not fit, it is the line before that is not what it was.
      const {seq} = reference
      if (this.link !== undefined && !continues(reference, this.link)) {
        const isBefore = seq === this.link.seq + 1 && cursor.line > 1
        this.tell('altered', isBefore ? {...cursor.place(seq - 1), line: cursor.line - 1} : cursor.place(seq))
      }
      this.link = {seq, hash: hashOf(line.bytes)}
    }
    cursor.position += bytes.length
  }

  /** Behind the head, nothing was promised to be durable: what is no whole line was torn. */
  #tail(bytes: Uint8Array, cursor: Cursor): void {
    const good = this.link === undefined ? {bytes: 0} : follow(bytes, this.link)
    for (const line of linesIn(bytes.subarray(0, good.bytes))) this.#count(line, cursor)
    const [next] = linesIn(bytes.subarray(good.bytes))
    // No crash makes a whole line of ours out of another one: bytes are written once, or are missing.
    const isOurs = next?.isWhole === true && isLine(next.bytes)
    if (next !== undefined) this.tell(isOurs ? 'altered' : 'torn', {...cursor.place(null), line: cursor.line + 1})
  }

  #count({bytes}: ChainLine, cursor: Cursor): void {
    cursor.line += 1
    this.#lines += 1
    if (linkOf(bytes)?.type === 'run_start') this.#runs += 1
  }

  #torn(bytes: number, {segment, next}: Pick<Content, 'segment' | 'next'>): void {
    const isMore = bytes > (next?.tornBytes ?? 0)
    this.tell(isMore ? 'altered' : 'torn', {segment, line: null, seq: null})
  }
}

/** Where we are in a segment. */
class Cursor {
  readonly #segment: number
  line = 0
  position = 0

  constructor(segment: number) {
    this.#segment = segment
  }

  place(seq: number | null): Place {
    return {segment: this.#segment, line: this.line, seq}
  }
}

/** Up to where every byte of a segment was durable, and is part of the chain. */
function boundOf({segment, bytes, head, next, isLast}: Content): number {
  const anchored = head?.segment === segment ? head.bytes : 0
  if (next !== undefined) return Math.max(next.afterBytes, anchored)
  if (anchored > 0) return anchored
  // Begun, but not in the head yet when the machine stopped.
  return isLast && segment > (head?.segment ?? 0) ? 0 : bytes.length
}
