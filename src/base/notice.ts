import type {Finding} from './findings.ts'

/** How a server that runs for months tells what happens to it; whoever starts it decides where that goes. */
export type Tell = (level: NoticeLevel, said: Finding) => void

export type NoticeLevel = 'info' | 'warn' | 'error'
