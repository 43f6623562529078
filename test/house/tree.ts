import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** The folder of this repository. */
export const root = path.join(import.meta.dirname, '..', '..')

/** Every file that belongs to the repository, relative to its root. */
export function filesOf(folders: readonly string[]): string[] {
  return fs
    .globSync(
      folders.map((folder) => path.posix.join(folder, '**')),
      {cwd: root, exclude: ['node_modules/**', 'dist/**', 'coverage/**', '.git/**'], withFileTypes: true}
    )
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort()
}

/** A small project in a temporary folder, with the checkers and their settings of this one. Its folder is removed at the end. */
export function projectWith(files: Readonly<Record<string, string>>, borrowed: readonly string[] = []): Project {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logcaster-house-'))
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  for (const name of borrowed) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), {recursive: true})
    fs.copyFileSync(path.join(root, name), path.join(folder, name))
  }
  for (const [name, text] of Object.entries({'package.json': '{"type": "module"}', ...files})) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), {recursive: true})
    fs.writeFileSync(path.join(folder, name), text)
  }
  return {
    folder,
    [Symbol.dispose]() {
      fs.rmSync(folder, {recursive: true})
    }
  }
}

export interface Project extends Disposable {
  readonly folder: string
}
