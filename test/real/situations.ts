import type {ServiceFacts, ServiceState} from '../../src/host/services.ts'

/** A unit, what is done to it under a real systemd, and the part of its state that must come of it. */
export interface Situation {
  readonly what: string
  readonly unit: string
  /** Lines of the unit file; absent where there is none. */
  readonly file?: readonly string[]
  readonly provoke?: string
  readonly expected: Partial<ServiceFacts> & Pick<ServiceState, 'answer'>
}

const sleeps = 'ExecStart=sleep infinity'
const fails = 'ExecStart=/bin/sh -c "exit 3"'
const ignoresTerm = `ExecStart=/bin/sh -c 'trap "" TERM; touch /run/%p.deaf; while :; do sleep 0.1; done'`
const thriceAnHour = ['[Unit]', 'StartLimitBurst=3', 'StartLimitIntervalSec=1h']
const killMain = 'kill -KILL $(systemctl show --property=MainPID --value'

export const situations: readonly Situation[] = [
  {
    what: 'a running service is up',
    unit: 'runs',
    file: ['[Service]', sleeps],
    provoke: 'systemctl start runs',
    expected: {answer: 'up', active: 'active', sub: 'running', result: 'success', restarts: 0, isFrozen: false}
  },
  {
    what: 'an instance of a template is a unit like any other',
    unit: 'worker@7.service',
    provoke: `printf '%s\\n' '[Service]' '${sleeps}' > /etc/systemd/system/worker@.service; systemctl start worker@7`,
    expected: {answer: 'up', sub: 'running'}
  },
  {
    what: 'a service that has done its work and stays active is up without a process',
    unit: 'once',
    file: ['[Service]', 'Type=oneshot', 'RemainAfterExit=yes', 'ExecStart=true'],
    provoke: 'systemctl start once',
    expected: {answer: 'up', sub: 'exited', mainPid: 0}
  },
  {
    what: 'a service that reads its configuration anew is still up',
    unit: 'reloads',
    file: ['[Service]', sleeps, 'ExecReload=sleep infinity'],
    provoke: 'systemctl start reloads && systemctl reload --no-block reloads',
    expected: {answer: 'up', active: 'reloading'}
  },
  {
    what: 'a service that was never started is down, without a result against it',
    unit: 'idle',
    file: ['[Service]', sleeps],
    expected: {answer: 'down', active: 'inactive', result: 'success', mainPid: 0, sinceMs: null, isStartLimited: false}
  },
  {
    what: 'a service that dies at once is failed with its exit code, not start-limited',
    unit: 'dies',
    file: ['[Service]', fails],
    provoke: 'systemctl start dies',
    expected: {answer: 'down', active: 'failed', result: 'exit-code', restarts: 0, mainPid: 0, isStartLimited: false}
  },
  {
    what: 'a service that waits for its next try is changing',
    unit: 'waits',
    file: ['[Service]', fails, 'Restart=always', 'RestartSec=1h'],
    provoke: 'systemctl start waits',
    expected: {
      answer: 'changing',
      active: 'activating',
      sub: 'auto-restart',
      result: 'exit-code',
      isStartLimited: false
    }
  },
  {
    what: 'a service whose preparation takes its time is changing',
    unit: 'prepares',
    file: ['[Service]', 'ExecStartPre=sleep infinity', sleeps, 'TimeoutStartSec=1h'],
    provoke: 'systemctl start --no-block prepares',
    expected: {answer: 'changing', active: 'activating', sub: 'start-pre', mainPid: 0}
  },
  {
    what: 'a service that ignores SIGTERM is stopping while it does',
    unit: 'stubborn',
    file: ['[Service]', ignoresTerm, 'TimeoutStopSec=1h'],
    provoke: `systemctl start stubborn; ${until('-e /run/stubborn.deaf')}; systemctl stop --no-block stubborn`,
    expected: {answer: 'changing', active: 'deactivating', sub: 'stop-sigterm', result: 'success'}
  },
  {
    what: 'a service that ignored SIGTERM until it was killed is failed because of the time it took',
    unit: 'killed',
    file: ['[Service]', ignoresTerm, 'TimeoutStopSec=100ms'],
    provoke: `systemctl start killed; ${until('-e /run/killed.deaf')}; systemctl stop killed`,
    expected: {answer: 'down', active: 'failed', result: 'timeout', isStartLimited: false}
  },
  {
    what: 'a killed service is up again, and its restarts have grown',
    unit: 'returns',
    file: ['[Service]', sleeps, 'Restart=on-failure', 'RestartSec=1ms'],
    provoke: `systemctl start returns && ${killMain} returns)`,
    expected: {answer: 'up', sub: 'running', restarts: 1}
  },
  {
    what: 'a service that failed too often is start-limited, although its result names the failure',
    unit: 'limited',
    file: [...thriceAnHour, '[Service]', fails, 'Restart=always', 'RestartSec=10ms'],
    provoke: 'systemctl start limited',
    expected: {answer: 'down', active: 'failed', result: 'exit-code', restarts: 3, isStartLimited: true}
  },
  {
    what: 'a service that was killed too often is start-limited, although its result names the signal',
    unit: 'shot',
    file: [...thriceAnHour, '[Service]', sleeps, 'Restart=on-failure', 'RestartSec=1ms'],
    // Earlier starts by hand count for the limit but not as restarts: a comparison of the two would miss this one.
    provoke: `systemctl start shot && systemctl restart shot && systemctl restart shot && ${killMain} shot)`,
    expected: {answer: 'down', active: 'failed', result: 'signal', restarts: 1, isStartLimited: true}
  },
  {
    what: 'a service that ended well too often is start-limited by its result',
    unit: 'hasty',
    file: [...thriceAnHour, '[Service]', 'ExecStart=true', 'Restart=always', 'RestartSec=10ms'],
    provoke: 'systemctl start hasty',
    expected: {answer: 'down', active: 'failed', result: 'start-limit-hit', isStartLimited: true}
  },
  {
    what: 'a service that was started by hand too often is start-limited, too',
    unit: 'fiddled',
    file: [...thriceAnHour, '[Service]', sleeps],
    provoke: 'for start in 1 2 3 4; do systemctl restart fiddled; done',
    expected: {answer: 'down', active: 'failed', result: 'start-limit-hit', restarts: 0, isStartLimited: true}
  },
  {
    what: 'a service whose preparation fails is failed, not start-limited',
    unit: 'unprepared',
    file: ['[Service]', 'ExecStartPre=false', sleeps],
    provoke: 'systemctl start unprepared',
    expected: {answer: 'down', active: 'failed', result: 'exit-code', restarts: 0, isStartLimited: false}
  },
  {
    what: 'a service that crashed often and then ended for good is failed, not start-limited',
    unit: 'veteran',
    file: [
      ...['[Unit]', 'StartLimitBurst=3', 'StartLimitIntervalSec=0', '[Service]', 'Restart=always', 'RestartSec=1ms'],
      ...['RestartPreventExitStatus=9', 'ExecStart=/bin/sh -c "test -e /run/enough && exit 9; exit 3"']
    ],
    provoke: `systemctl start veteran; ${until('$(systemctl show --property=NRestarts --value veteran) -gt 5')}; touch /run/enough`,
    expected: {answer: 'down', active: 'failed', result: 'exit-code', isStartLimited: false}
  },
  {
    what: 'a service stopped by SIGSTOP is frozen, although systemd calls it running',
    unit: 'halted',
    file: ['[Service]', sleeps],
    provoke: 'systemctl start halted && kill -STOP $(systemctl show --property=MainPID --value halted)',
    expected: {answer: 'up', active: 'active', sub: 'running', isFrozen: true}
  },
  {
    what: 'a service in the freezer is frozen, although its process is not stopped',
    unit: 'chilled',
    file: ['[Service]', sleeps],
    provoke: 'systemctl start chilled && systemctl freeze chilled',
    expected: {answer: 'up', active: 'active', sub: 'running', isFrozen: true}
  },
  {
    what: 'a masked unit is masked',
    unit: 'forbidden',
    provoke: 'systemctl mask forbidden',
    expected: {answer: 'masked'}
  },
  {
    what: 'a service that was masked while it ran is up',
    unit: 'lingers',
    file: ['[Service]', sleeps],
    provoke: 'systemctl start lingers; rm /etc/systemd/system/lingers.service; systemctl mask lingers',
    expected: {answer: 'up', active: 'active', sub: 'running'}
  },
  {
    what: 'a service that outlives its unit file is up',
    unit: 'orphan',
    file: ['[Service]', sleeps],
    provoke: 'systemctl start orphan; rm /etc/systemd/system/orphan.service; systemctl daemon-reload',
    expected: {answer: 'up', active: 'active', sub: 'running'}
  },
  {
    what: 'a unit whose file cannot be used is down because of that file',
    unit: 'broken',
    file: ['[Service]', 'Type=oneshot'],
    expected: {answer: 'down', active: 'inactive', result: 'bad-setting'}
  },
  {what: 'a unit nobody installed is unknown', unit: 'nonesuch', expected: {answer: 'unknown-unit'}},
  {what: 'a pattern that fits several units is no unit', unit: 'r*', expected: {answer: 'unknown-unit'}},
  {what: 'a unit of another kind has a state, too', unit: 'dbus.socket', expected: {answer: 'up', active: 'active'}}
]

/** For a shell: waits until the test is true. The patience of `Lab.exec` bounds it. */
function until(condition: string): string {
  return `until [ ${condition} ]; do sleep 0.05; done`
}
