import assert from 'node:assert/strict'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {test, type TestContext} from 'node:test'
import fc from 'fast-check'
import type {Verdict} from '../../src/checks/check.ts'
import {k8sPods, parsePods} from '../../src/checks/k8s-pods.ts'
import {realClock} from '../../src/host/clock.ts'
import type {Machine} from '../../src/host/machine.ts'
import {realProcesses} from '../../src/host/processes.ts'
import {realRandom} from '../../src/host/random.ts'
import {startCluster, writeKubeconfig} from '../fixtures/kubernetes.ts'
import {closedPort, listen} from '../fixtures/network-servers.ts'
import {simHost, type SimHost} from '../sim/host.ts'
import {ended, exited, type Script} from '../sim/processes.ts'
import {contextOf, verdictOf} from './context.ts'

const set = ['checks.k8s.pods.namespace=prod']

// The parts of a pod's document that matter here, as an API server gives them.
const running = {state: {running: {startedAt: '2026-11-20T08:00:00Z'}}, ready: true, restartCount: 0}
const crashing = {
  ready: false,
  restartCount: 17,
  state: {waiting: {reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container'}},
  lastState: {terminated: {exitCode: 1, reason: 'Error'}}
}

interface Container {
  readonly ready: boolean
  readonly restartCount: number
  readonly state: {readonly running?: object; readonly waiting?: {readonly reason: string}}
}

interface PodWish {
  readonly phase?: string
  readonly ready?: boolean | undefined
  readonly containers?: readonly Container[]
  readonly reason?: string
}

interface PodDocument {
  readonly metadata: {readonly name: string; readonly namespace: string; readonly labels: object}
  readonly status: {
    readonly phase: string
    readonly reason?: string
    readonly conditions: readonly {readonly type: string; readonly status: string}[]
    readonly containerStatuses: readonly Container[]
  }
}

function pod(name: string, wish: PodWish = {}): PodDocument & {readonly kind: string; readonly apiVersion: string} {
  const {phase = 'Running', ready = true, containers = [running], reason} = wish
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {name, namespace: 'prod', labels: {app: 'logcaster'}},
    status: {
      phase,
      conditions: [
        {type: 'Initialized', status: 'True'},
        {type: 'Ready', status: ready ? 'True' : 'False'}
      ],
      containerStatuses: containers,
      ...(reason === undefined ? {} : {reason})
    }
  }
}

const healthy = pod('web-1')
const crashLooping = pod('web-2', {ready: false, containers: [running, crashing]})
const pending = pod('web-3', {phase: 'Pending', ready: false, containers: []})
const pulling = pod('web-4', {
  phase: 'Pending',
  ready: false,
  containers: [{...crashing, state: {waiting: {reason: 'ImagePullBackOff'}}, restartCount: 0}]
})
const evicted = pod('web-5', {phase: 'Failed', ready: false, containers: [], reason: 'Evicted'})
const finished = pod('job-1', {phase: 'Succeeded', ready: false, containers: [{...running, ready: false}]})
const unready = pod('web-6', {ready: false})

/** What kubectl makes of them: see the test with the real one, which is given the same documents. */
function listOf(...pods: readonly PodDocument[]): string {
  const lines = pods.map(({metadata, status}) => {
    const containers = status.containerStatuses
    const ready = status.conditions.find(({type}) => type === 'Ready')?.status
    const restarts = containers.map(({restartCount}) => restartCount).join(' ')
    const waiting = containers.flatMap(({state}) => state.waiting?.reason ?? []).join(' ')
    return `${[metadata.name, status.phase, status.reason, ready, restarts, waiting].join('\t')}\n`
  })
  return `List\n${lines.join('')}`
}

function read(script?: Script, more: readonly string[] = []): Promise<Verdict> {
  return verdictOf(k8sPods, hostWith(script), {set: [...set, ...more]})
}

function hostWith(script?: Script, machine: Partial<Machine> = {}): SimHost {
  const host = simHost({seed: 1, machine})
  if (script !== undefined) host.processes.script(['kubectl'], script)
  return host
}

test('S-09: a pod that crashes again and again is found, though its phase is Running', async () => {
  const verdict = await read(exited(0, listOf(healthy, crashLooping)))
  assert.deepEqual([verdict.status, verdict.value, verdict.unit], ['critical', 1, 'pods'])
  const values = {namespace: 'prod', selector: 'app=logcaster', ready: 1, total: 2}
  assert.deepEqual(verdict.finding, {code: 'pods-ready', values})
  const problem = {pod: 'web-2', reason: 'CrashLoopBackOff', restarts: 17}
  assert.deepEqual(verdict.evidence, [{code: 'pod-problem', values: problem}])
  assert.deepEqual(verdict.threshold, {warning: null, critical: '0'})
})

test('S-09: every pod that is not ready is told with its reason; finished jobs are not meant to be', () => {
  const pods = parsePods(listOf(healthy, crashLooping, pending, pulling, evicted, finished, unready))
  assert.deepEqual(
    pods?.map(({name, problem}) => [name, problem]),
    [
      ['web-1', null],
      ['web-2', 'CrashLoopBackOff'],
      ['web-3', 'not ready (Pending)'],
      ['web-4', 'ImagePullBackOff'],
      ['web-5', 'Evicted'],
      ['web-6', 'not ready (Running)']
    ]
  )
})

test('S-09: as many pods as the threshold allows may be unready', async () => {
  const documents = exited(0, listOf(healthy, pending, unready))
  assert.equal((await read(documents, ['checks.k8s.pods.critical=2'])).status, 'ok')
  assert.equal((await read(documents, ['checks.k8s.pods.critical=1'])).status, 'critical')
  const set = ['checks.k8s.pods.critical=5', 'checks.k8s.pods.warning=1']
  assert.equal((await read(documents, set)).status, 'warning')
})

test('S-09: where no pod is, or only finished ones are, nothing runs: that is critical', async () => {
  for (const text of [listOf(), listOf(finished)]) {
    const verdict = await read(exited(0, text), ['checks.k8s.pods.critical=100'])
    assert.deepEqual([verdict.status, verdict.value, verdict.evidence], ['critical', 0, []])
  }
})

test('S-09: what is not a list of pods is no answer, and not good', async () => {
  const garbage = [
    '',
    'List',
    'NAME READY STATUS\nweb-1 1/1 Running\n',
    '{"kind":"List","items":[]}\n',
    'Status\n',
    listOf(healthy).slice(0, -1),
    listOf(healthy, crashLooping).replace('\tRunning', '')
  ]
  for (const text of garbage) {
    assert.equal(parsePods(text), undefined, text)
    const verdict = await read(exited(0, text))
    assert.deepEqual([verdict.status, verdict.finding.code], ['unknown', 'program-failed'])
  }
})

test('a pod of which hardly anything is known is not ready, and breaks nothing', () => {
  assert.deepEqual(parsePods('List\n\t\t\t\t\t\na\t\t\tUnknown\t\t\n'), [
    {name: '?', problem: 'not ready (?)', restarts: 0},
    {name: 'a', problem: 'not ready (?)', restarts: 0}
  ])
})

test('S-09: no answer whatever breaks the reading or makes a pod ready that does not say so', () => {
  const field = fc.string({unit: fc.constantFrom('a', ' ', '0', 'List', '"')})
  const row = fc.array(field, {minLength: 5, maxLength: 7}).map((fields) => fields.join('\t'))
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      for (const {problem} of parsePods(`List\n${rows.map((one) => `${one}\n`).join('')}`) ?? []) {
        assert.notEqual(problem, null)
      }
    })
  )
})

test('an answer of which the middle is lost is told as such, and not judged', async () => {
  const whole = exited(0, listOf(healthy, healthy))
  const verdict = await read({...whole, stdout: {...whole.stdout, droppedBytes: 1}})
  assert.equal(verdict.status, 'unknown')
  assert.deepEqual({...verdict.finding.values, detail: ''}, {program: 'kubectl', how: 'too much output', detail: ''})
})

test('S-02: without kubectl the pods are unknown, and its name is told', async () => {
  const verdict = await read()
  assert.deepEqual(verdict, {status: 'unknown', finding: {code: 'program-missing', values: {program: 'kubectl'}}})
})

test('S-02: a kubectl that fails, dies or hangs leaves the pods unknown, with how it ended and its last word', async () => {
  const refused = "E1120 memcache.go:265] couldn't get current server API group list\nThe connection was refused\n"
  for (const [script, how, detail] of [
    [exited(1, '', refused), 'exit 1', 'The connection was refused'],
    [exited(1, 'no such flag\n', ''), 'exit 1', 'no such flag'],
    [ended({how: 'signalled', signal: 'SIGKILL'}), 'signalled', ''],
    ['hangs', 'deadline', '']
  ] as const) {
    const verdict = await read(script)
    const values = {program: 'kubectl', how, detail}
    assert.deepEqual([verdict.status, verdict.finding], ['unknown', {code: 'program-failed', values}])
  }
})

test('kubectl is told where and what to look for, by the settings, and finds its own configuration', async () => {
  const machine = {home: '/home/op', env: {KUBECONFIG: '/etc/kube.conf', SECRET: 'x'}}
  const host = hostWith(exited(0, listOf(healthy)), machine)
  await verdictOf(k8sPods, host, {set: [...set, 'checks.k8s.pods.selector=tier=log', 'checks.k8s.pods.context=blue']})
  const [run] = host.processes.runs
  const argv = ['kubectl', '--context=blue', 'get', 'pods', '--namespace=prod', '--selector=tier=log']
  assert.deepEqual(run?.argv.slice(0, argv.length), argv)
  assert.match(run.argv[argv.length] ?? '', /^--output=jsonpath=\{/)
  assert.deepEqual(run.argv.slice(argv.length + 1), ['--request-timeout=5s'])
  assert.deepEqual(run.options.env, {HOME: '/home/op', KUBECONFIG: '/etc/kube.conf'})
  const plain = hostWith(exited(0, listOf(healthy)))
  await verdictOf(k8sPods, plain, {set})
  assert.deepEqual(plain.processes.runs[0]?.options.env, {HOME: '/root'})
})

test('where no namespace is set pods are not looked at', async () => {
  const host = hostWith(exited(0, listOf(healthy)))
  const verdict = await verdictOf(k8sPods, host)
  assert.deepEqual([verdict.status, verdict.finding.values], ['skipped', {setting: 'checks.k8s.pods.namespace'}])
  assert.deepEqual(host.processes.runs, [])
})

test('S-09: the real kubectl and the check understand each other', async (t) => {
  const kubectl = await realKubectl(t)
  if (kubectl === undefined) return
  const cluster = await startCluster(t, kubectl.folder, [healthy, crashLooping, finished])
  const verdict = await kubectl.read(cluster.kubeconfig)
  const values = {namespace: 'prod', selector: 'app=logcaster', ready: 1, total: 2}
  assert.deepEqual([verdict.status, verdict.finding], ['critical', {code: 'pods-ready', values}])
  const problem = {pod: 'web-2', reason: 'CrashLoopBackOff', restarts: 17}
  assert.deepEqual(verdict.evidence, [{code: 'pod-problem', values: problem}])
  assert.ok(cluster.asked.some((path) => path.startsWith('/api/v1/namespaces/prod/pods?labelSelector=app%3Dlogcaster')))

  const none = await kubectl.read(cluster.kubeconfig, ['checks.k8s.pods.selector=app=other'])
  assert.deepEqual([none.status, none.value], ['critical', 0])
  const wrong = await kubectl.read(cluster.kubeconfig, ['checks.k8s.pods.context=blue'])
  assert.deepEqual([wrong.status, wrong.finding.code], ['unknown', 'program-failed'])
})

test('S-09: the real kubectl gives of every kind of pod what is judged, and of a thousand all', async (t) => {
  const kubectl = await realKubectl(t)
  if (kubectl === undefined) return
  const kinds = [healthy, pending, pulling, evicted, unready, {kind: 'Pod', apiVersion: 'v1', metadata: {name: 'new'}}]
  // With what nobody asks for they are several megabytes.
  const spec = {nodeName: 'x'.repeat(5000)}
  const many = Array.from({length: 1000}, (_, at) => ({...crashLooping, metadata: {name: `web-${at + 10}`}, spec}))
  const cluster = await startCluster(t, kubectl.folder, [...kinds, ...many])
  const {finding, evidence = []} = await kubectl.read(cluster.kubeconfig)
  assert.deepEqual(finding.values, {namespace: 'prod', selector: 'app=logcaster', ready: 1, total: 1006})
  assert.deepEqual(
    evidence.slice(0, 6).map(({values}) => values),
    [
      {pod: 'web-3', reason: 'not ready (Pending)', restarts: 0},
      {pod: 'web-4', reason: 'ImagePullBackOff', restarts: 0},
      {pod: 'web-5', reason: 'Evicted', restarts: 0},
      {pod: 'web-6', reason: 'not ready (Running)', restarts: 0},
      {pod: 'new', reason: 'not ready (?)', restarts: 0},
      {pod: 'web-10', reason: 'CrashLoopBackOff', restarts: 17}
    ]
  )
})

test('S-02: with the real kubectl, a cluster that is down, or takes the question and is silent, is unknown', async (t) => {
  const kubectl = await realKubectl(t)
  if (kubectl === undefined) return
  const down = await kubectl.read(writeKubeconfig(join(kubectl.folder, 'down'), await closedPort(t)))
  assert.deepEqual([down.status, down.finding.code], ['unknown', 'program-failed'])
  assert.match(JSON.stringify(down.finding.values), /refused/)
  const port = await listen(t, () => undefined)
  const silent = await kubectl.read(writeKubeconfig(join(kubectl.folder, 'silent'), port), ['checks.deadline=2s'])
  assert.deepEqual(silent.finding.values, {program: 'kubectl', how: 'deadline', detail: ''})
})

interface Kubectl {
  readonly folder: string
  read(kubeconfig: string, more?: readonly string[]): Promise<Verdict>
}

/** Through real processes, with a home of its own: kubectl keeps what it learns of a cluster there. */
async function realKubectl(t: TestContext): Promise<Kubectl | undefined> {
  const clock = realClock()
  const processes = realProcesses(clock, realRandom())
  const version = await processes.run(['kubectl', 'version', '--client'], {deadlineMs: 20_000})
  if (version.end.how !== 'exited' || version.end.code !== 0) {
    t.skip('needs kubectl')
    return undefined
  }
  const folder = mkdtempSync(join(tmpdir(), 'logcaster-pods-'))
  t.after(() => {
    rmSync(folder, {recursive: true, force: true})
  })
  return {
    folder,
    async read(kubeconfig, more = []) {
      const base = simHost({seed: 1, machine: {home: folder, env: {KUBECONFIG: kubeconfig}}})
      return k8sPods.read(await contextOf({...base, clock, processes}, {set: [...set, ...more]}))
    }
  }
}
