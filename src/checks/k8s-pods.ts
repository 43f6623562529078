import {finding, type Finding} from '../base/findings.ts'
import {judge, skipped, thresholdOf, unknown, type Check} from './check.ts'
import {hasSucceeded, programFailed} from './program.ts'

// Only what is judged: whole documents of a thousand pods are tens of megabytes. What a pod has not is left empty.
const fields = [
  '.metadata.name',
  '.status.phase',
  '.status.reason',
  '.status.conditions[?(@.type=="Ready")].status',
  '.status.containerStatuses[*].restartCount',
  '.status.containerStatuses[*].state.waiting.reason'
]
const line = fields.map((field) => `{${field}}`).join(String.raw`{"\t"}`)
const template = String.raw`{.kind}{"\n"}{range .items[*]}${line}{"\n"}{end}`

/** Pods that are not ready, from the fields of the API, never from its tables for people. */
export const k8sPods: Check = {
  id: 'k8s.pods',
  async read({host, config, signal}) {
    const {namespace, selector, context, ...limits} = config.checks['k8s.pods']
    if (namespace === null) return skipped(finding('not-configured', {setting: 'checks.k8s.pods.namespace'}))
    const cluster = context === null ? [] : [`--context=${context}`]
    const question = ['get', 'pods', `--namespace=${namespace}`, `--selector=${selector}`]
    const form = [`--output=jsonpath=${template}`, '--request-timeout=5s']
    const ran = await host.processes.run(['kubectl', ...cluster, ...question, ...form], {
      deadlineMs: config.checks.deadline,
      signal,
      env: {HOME: host.machine.home, ...kubeconfig(host.machine.env)}
    })
    if (ran.end.how === 'missing') return unknown(finding('program-missing', {program: 'kubectl'}))
    const isWhole = hasSucceeded(ran) && ran.stdout.droppedBytes === 0
    const pods = isWhole ? parsePods(ran.stdout.text) : undefined
    if (pods === undefined) return unknown(programFailed('kubectl', ran))
    const bad = pods.filter((pod) => pod.problem !== null)
    const ready = pods.length - bad.length
    return {
      // A selector that matches nothing means that nothing runs.
      status: pods.length === 0 ? 'critical' : judge(bad.length, limits),
      finding: finding('pods-ready', {namespace, selector, ready, total: pods.length}),
      value: bad.length,
      unit: 'pods',
      threshold: thresholdOf(limits),
      evidence: bad.map(problemFinding)
    }
  }
}

function kubeconfig(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const file = env['KUBECONFIG']
  return file === undefined ? {} : {KUBECONFIG: file}
}

export interface Pod {
  readonly name: string
  readonly problem: string | null
  readonly restarts: number
}

function problemFinding({name, problem, restarts}: Pod): Finding {
  return finding('pod-problem', {pod: name, reason: problem ?? '', restarts})
}

/** Undefined for what is not a list of pods. Finished jobs are left out: they are not meant to be ready. */
export function parsePods(text: string): readonly Pod[] | undefined {
  const [kind = '', ...rest] = text.split('\n')
  if (!kind.endsWith('List') || rest.pop() !== '') return undefined
  const rows = rest.map((one) => one.split('\t'))
  if (rows.some((row) => row.length !== fields.length)) return undefined
  return rows.filter(([, phase]) => phase !== 'Succeeded').map(podOf)
}

function podOf([name = '', phase = '', reason = '', ready = '', restarts = '', waiting = '']: string[]): Pod {
  return {
    name: name || '?',
    problem: problemOf({phase, reason, ready, waiting}),
    restarts: words(restarts).reduce((sum, one) => sum + Number(one), 0)
  }
}

/** `Running` is the phase of a pod in CrashLoopBackOff, too: readiness and the containers' own states decide. */
function problemOf(status: Readonly<Record<'phase' | 'reason' | 'ready' | 'waiting', string>>): string | null {
  const [waiting] = words(status.waiting)
  if (waiting !== undefined) return waiting
  if (status.ready === 'True') return null
  return status.reason || `not ready (${status.phase || '?'})`
}

/** The values of several containers stand side by side. */
function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '')
}
