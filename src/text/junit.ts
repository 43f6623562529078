import type {CheckResult, Report} from '../base/report.ts'
import {en} from './en.ts'
import {sayFault, sayFinding} from './say.ts'
import {writing} from './writing.ts'

const write = writing('utc')

/** A message is one line in most viewers; the first reasons are the worst. */
const evidenceMax = 3

/** Each check as a test case: warning and critical fail it, unknown is an error, skipped is skipped. */
export function junitOf(report: Report, durationMs: number): string {
  const cases = [...report.checks.map(testCase), ...report.errors.map(errorCase)]
  const count = (tag: string): number => cases.filter((one) => one.includes(`<${tag} `)).length
  const totals = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="logcaster" ${totals} time="${seconds(durationMs)}">`,
    `  <testsuite name="${attribute(report.command)}" ${totals} time="${seconds(durationMs)}">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    ''
  ].join('\n')
}

function testCase(check: CheckResult): string {
  const {text, hint} = sayFinding(check.finding, en, write)
  const open = `    <testcase classname="logcaster.daily-check" name="${attribute(check.id)}" time="${seconds(check.durationMs)}"`
  const reasons = check.evidence.slice(0, evidenceMax).map((said) => sayFinding(said, en, write).text)
  const body = attribute([text, ...reasons, ...(hint === undefined ? [] : [hint])].join('; '))
  switch (check.status) {
    case 'ok':
      return `${open}/>`
    case 'skipped':
      return `${open}><skipped message="${attribute(text)}"/></testcase>`
    case 'unknown':
      return `${open}><error message="${body}" type="unknown"/></testcase>`
    case 'warning':
    case 'critical':
      return `${open}><failure message="${body}" type="${check.status}"/></testcase>`
  }
}

function errorCase(fault: Report['errors'][number]): string {
  const message = attribute(sayFault(fault, en, write).text)
  return `    <testcase classname="logcaster.daily-check" name="${fault.code}" time="0"><error message="${message}" type="${fault.code}"/></testcase>`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

/** XML 1.0 forbids most control characters; sentences have none left, ids from outside might. */
function attribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?')
}
