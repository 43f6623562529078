/** A line of the kernel's list of mounts. */
interface Mount {
  readonly point: string
  readonly isReadOnly: boolean
}

/** Newer kernels show a file system that went read-only after an error as `rw,…,emergency_ro`. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [, point, , options] = line.split(' ')
    if (point === undefined || options === undefined) return []
    const words = options.split(',')
    return [{point: unescapeMount(point), isReadOnly: words.includes('ro') || words.includes('emergency_ro')}]
  })
}

/** Blanks and the like in mount points are written as octal escapes. */
function unescapeMount(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

/** The last of the deepest mounts above the path: a later mount covers an earlier one at the same place. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const above = mounts.filter(({point}) => point === '/' || path === point || path.startsWith(`${point}/`))
  const deepest = Math.max(...above.map(({point}) => point.length))
  return above.findLast(({point}) => point.length === deepest)
}
