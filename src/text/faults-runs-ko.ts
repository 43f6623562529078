import type {Catalogue} from './say.ts'
import {expectsKo} from './expects-ko.ts'

const suggest = (word: string | null): string => (word === null ? '' : `혹시 ${word} 인가요? `)

/** Faults of runs and of their steps. */
export const runFaultsKo = {
  'lock-unknown': ({run}) => ({
    text: `실행 ${run} 이(가) 잡은 잠금이 없습니다.`,
    hint: 'logcaster locks 로 모두 볼 수 있습니다.'
  }),
  'lock-alive': ({run, pid, command}) => ({
    text: `실행 ${run} 은(는) 아직 살아 있습니다: 프로세스 ${pid}, ${command}.`,
    hint: `먼저 끝내면 (kill ${pid}) 잠금도 풀립니다. --yes 는 그래도 빼앗습니다.`
  }),
  'run-half-undone': ({run}, write) => ({
    text: `실행 ${run} 은(는) 되돌리던 중에 끊겼습니다.`,
    hint: `먼저 마저 되돌리세요: logcaster runs undo ${write.word(run)}`
  }),
  'step-not-open': ({step, run}, write) => ({
    text: `${step} 단계는 어디까지 했는지 알고 있거나 두 가지를 함께 말해서 따로 말할 것이 없습니다.`,
    hint: `단계별로 보기: logcaster runs show ${write.word(run)}`
  }),
  'run-out-of-time': ({steps}) => ({
    text: `전체 실행 시간이 다 되어 그대로 남은 단계: ${steps}.`,
    hint: '마저 하려면 logcaster runs resume RUN, 되돌리려면 logcaster runs undo RUN.'
  }),
  'files-left-out': ({path, inUse, odd}) => ({
    text: `${path} 에서 사용 중인 오래된 파일 ${inUse}개와 이상한 이름 ${odd}개를 뺐습니다.`,
    hint: '누가 파일을 열고 있는지는 lsof 로 보세요. 닫혀야 공간이 비워집니다. 제어 문자가 있는 이름은 사람이 봐야 합니다.'
  }),
  'run-needs-root': ({steps}) => ({
    text: `root 권한이 필요한 단계: ${steps}.`,
    hint: 'sudo 로 실행하세요. --dry-run 은 권한 없이도 됩니다.'
  }),
  'run-not-confirmed': ({steps, wasAsked}) => ({
    text: wasAsked
      ? `확인받지 못해 아무것도 하지 않았습니다: ${steps}.`
      : `서비스를 멈추거나 되돌릴 수 없는 단계인데 확인해 줄 사람이 없습니다: ${steps}.`,
    hint: '--dry-run 으로 계획을 보고, --yes 로 확인하세요.'
  }),
  'run-too-long': ({runbook, stepsMax}) => ({
    text: `${runbook} 의 단계가 ${stepsMax}개를 넘습니다.`,
    hint: '대상을 좁혀 실행하고, 나머지는 다시 실행하세요.'
  }),
  'run-goal-missed': ({check}, write) => ({
    text: `모든 단계를 해 보았지만 ${check} 점검이 여전히 통과하지 못합니다.`,
    hint: `이유 보기: logcaster daily-check --only ${write.word(check)}`
  }),
  'run-deadline': ({afterMs}, write) => ({
    text: `${write.duration(afterMs)} 안에 끝나지 않았습니다.`,
    hint: '어느 단계가 오래 걸렸는지 보세요: logcaster runs show RUN. 제한 시간은 런북의 timeout 입니다.'
  }),
  'run-stuck': ({steps}) => ({
    text: `되돌리지 못한 단계: ${steps}.`,
    hint: '지금 사람이 확인해야 합니다. logcaster runs show RUN 이 각 단계가 한 일을 알려 줍니다.'
  }),
  'run-not-reversible': ({steps}) => ({
    text: `되돌리는 방법이 없어 그대로 둔 단계: ${steps}.`,
    hint: '나머지는 모두 되돌렸습니다. 이 단계들이 한 일은 logcaster runs show RUN 에 있습니다.'
  }),
  'run-plan-lost': ({path, reason}) => ({
    text: `이 실행의 계획을 쓸 수 없습니다: ${path} (${reason}).`,
    hint: '계획이 없으면 이어서 하거나 되돌릴 수 없습니다. logcaster runs show RUN 이 한 일을 알려 줍니다.'
  }),
  'run-crashed': ({run, command, user, sinceMs}, write) => ({
    text: `이전 실행이 중간에 끊겼습니다: ${user} 의 ${command}, ${write.time(sinceMs)} 시작 (실행 ${run}).`,
    hint: `이어서 하려면 logcaster runs resume ${write.word(run)}, 되돌리려면 logcaster runs undo ${write.word(run)}.`
  }),
  'run-unknown': ({id, nearest}) => ({
    text: `실행 ${id} 이(가) 없습니다.`,
    hint: `${suggest(nearest)}logcaster runs list 로 모두 볼 수 있습니다.`
  }),
  'run-not-open': ({run, how, status}, write) => ({
    text:
      how === 'resume'
        ? `실행 ${run} 에는 이어서 할 것이 없습니다: ${status}.`
        : how === 'undo'
          ? `실행 ${run} 에는 되돌릴 것이 없습니다: ${status}.`
          : `실행 ${run} 에는 닫을 것이 없습니다: ${status}.`,
    hint: `한 일 보기: logcaster runs show ${write.word(run)}`
  }),
  'step-uncertain': ({step, run}, write) => ({
    text: `실행이 끊길 때 ${step} 단계가 시작된 상태였고, 끝났는지 알 수 없습니다.`,
    hint: `직접 확인한 뒤: logcaster runs resume ${write.word(run)} --done ${write.word(step)}, 또는 --again ${write.word(step)}`
  }),
  'step-unknown-id': ({step, nearest}) => ({
    text: `이 실행에 ${step} 단계가 없습니다.`,
    hint: `${suggest(nearest)}logcaster runs show RUN 으로 단계를 볼 수 있습니다.`
  }),
  'runbook-bad-fact': ({runbook, fact, use}) => ({
    text: `${runbook} 의 fact ${fact} 가 ${use} 에 맞지 않는 값을 줍니다.`,
    hint: '각각이 받는 값은 docs/steps.md 에 있습니다.'
  }),
  'step-bad-value': ({step, key, value, expected}) => ({
    text: `${step} 단계: ${key} 은(는) ${value} 일 수 없습니다: ${expectsKo(expected)}.`,
    hint: '값은 입력, fact, 설정에서 옵니다. 그곳을 고치세요.'
  }),
  'step-value-option': ({step, value}) => ({
    text: `${step} 단계: 값 ${value} 이(가) 프로그램의 옵션으로 읽힙니다.`,
    hint: "런북에서 그 앞에 '--' 를 두거나 다른 값을 주세요."
  }),
  'step-value-missing': ({step, value}) => ({
    text: `${step} 단계가 기다리는 ${value} 값을 앞의 어느 단계도 주지 않았습니다.`,
    hint: '각 단계가 준 값 보기: logcaster runs show RUN.'
  }),
  'step-each-not-list': ({step}) => ({
    text: `${step} 단계: each 가 목록이 아니거나 실행 전에 알 수 없습니다.`,
    hint: 'each 에는 목록인 입력, fact, 설정을 쓰세요.'
  }),
  'step-call-late': ({step}) => ({
    text: `${step} 단계가 부르는 런북의 값을 실행 전에 알 수 없습니다.`,
    hint: '어떤 단계가 있는지 미리 알아야 합니다. 입력, fact, 설정을 쓰세요.'
  }),
  'step-call-cycle': ({step, chain}) => ({
    text: `${step} 단계가 부르는 런북이 자신에게 돌아오거나 너무 깊습니다: ${chain}.`,
    hint: '호출 하나를 빼세요.'
  }),
  'step-call-ladder': ({step, runbook}) => ({
    text: `${step} 단계가 ${runbook} 을(를) 부르는데, 이 런북은 점검을 통과하면 바로 끝나므로 따로만 실행할 수 있습니다.`,
    hint: `${runbook} 을(를) 따로 실행하거나, until 이 없는 런북을 부르세요.`
  }),
  'step-world-moved': ({step, target, planned, found}) => ({
    text: `${step} 단계를 시작하지 않았습니다: 계획한 뒤 ${target} 이(가) 바뀌었습니다 (계획 ${planned}, 지금 ${found}).`,
    hint: '누가 함께 작업하는지 확인하고 다시 실행해 새 계획을 세우세요.'
  }),
  'step-not-verified': ({step, target}) => ({
    text: `${step} 단계는 잘 끝났지만 ${target} 이(가) 바라는 상태가 아닙니다.`,
    hint: '다른 것이 동시에 바꾸고 있을 수 있습니다.'
  }),
  'step-hangs': ({step, afterMs}, write) => ({
    text: `${step} 단계가 ${write.duration(afterMs)} 안에 돌아오지 않았고 중단할 수도 없습니다.`,
    hint: '디스크나 마운트가 멈췄을 수 있습니다: logcaster daily-check --only disk.*'
  }),
  'step-broke': ({step, reason}) => ({
    text: `${step} 단계를 계속할 수 없습니다: ${reason}.`,
    hint: '같은 명령에 --verbose 를 붙이면 원인이 보입니다.'
  }),
  'output-lost': ({path, reason}) => ({
    text: `단계의 출력을 ${path} 에 남기지 못했습니다 (${reason}).`,
    hint: '실행은 계속되었고, 출력의 끝부분은 저널에 있습니다.'
  })
} satisfies Partial<Catalogue['faults']>
