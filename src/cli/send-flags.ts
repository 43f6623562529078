import {custom} from '@oclif/core/flags'
import type {OptionFlag} from '@oclif/core/interfaces'
import type {Address} from '../base/address.ts'
import {choice, endpoint, text, whole, type Kind} from '../config/shape.ts'
import type {SendRequest} from '../server/client.ts'
import {reader} from './flags.ts'

type Acknowledged = NonNullable<SendRequest['acknowledged']>

export function serverFlag(): OptionFlag<Address | undefined> {
  const summary = 'The server and its port for lines; unset: the one of the configuration, or 127.0.0.1:9999'
  return custom<Address>({summary, helpValue: 'HOST:PORT', parse: reader(endpoint(), 'to')})()
}

/** Of a session or a source, as servers take it. */
export function nameFlag(name: string, summary: string): OptionFlag<string | undefined> {
  return custom({summary, helpValue: 'NAME', parse: reader(senderName, name)})()
}

export function ackFlag(): OptionFlag<Acknowledged['ack'] | undefined> {
  const summary =
    'What an acknowledgement has to promise: survives the loss of power, the end of the server, or nothing'
  const kind = choice('commit', 'os', 'none')
  return custom<Acknowledged['ack']>({summary, helpValue: 'commit|os|none', parse: reader(kind, 'ack')})()
}

export function windowFlag(): OptionFlag<number | undefined> {
  const summary = 'Most lines under way, sent and not acknowledged'
  const kind = whole({min: 1, max: windowMax})
  return custom<number>({summary, helpValue: 'N', parse: reader(kind, 'window')})()
}

export function fromFlag(): OptionFlag<Acknowledged['from']> {
  const summary =
    'Where to begin when cursor and server do not agree: the first line, what was never acknowledged, or what the server lacks'
  const kind = choice('start', 'cursor', 'server')
  return custom<'start' | 'cursor' | 'server'>({
    summary,
    helpValue: 'start|cursor|server',
    parse: reader(kind, 'from')
  })()
}

const windowMax = 1_000_000

const senderName: Kind<string> = {
  ...text(),
  expects: 'sender-name',
  parse: (raw) => (typeof raw === 'string' && /^[A-Za-z0-9._:-]{1,64}$/.test(raw) ? raw : undefined)
}
