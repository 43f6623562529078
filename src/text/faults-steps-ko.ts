import type {Catalogue} from './say.ts'

const withDetail = (text: string, detail: string): string => (detail === '' ? `${text}.` : `${text}: ${detail}`)

export const stepFaultsKo = {
  'program-missing': ({program}) => ({
    text: `프로그램 ${program} 이(가) 없습니다.`,
    hint: '설치하거나 런북을 고치세요. 이름만 쓰면 프로그램이 있는 기본 폴더에서만 찾습니다.'
  }),
  'program-not-executable': ({path}, write) => ({
    text: `${path} 을(를) 실행할 권한이 없습니다.`,
    hint: `확인: ls -l ${write.word(path)}`
  }),
  'program-unsafe': ({path}, write) => ({
    text: `root 아닌 사용자가 ${path} 을(를) 바꿀 수 있어 root 로 실행하지 않습니다.`,
    hint: `이 파일과 그 위의 폴더를 확인하세요: ls -ld ${write.word(path)}`
  }),
  'step-program-failed': ({program, how, detail}) => ({
    text: withDetail(`${program} 이(가) 실패했습니다(${how})`, detail),
    hint: '출력 전체는 실행 기록에 있습니다. 원인을 고치거나, 실패가 아닌 종료 코드라면 expect 에 적으세요.'
  }),
  'step-program-late': ({program, afterMs, detail}, write) => ({
    text: withDetail(`${program} 이(가) ${write.duration(afterMs)} 안에 끝나지 않아 종료시켰습니다`, detail),
    hint: '무엇을 기다리는지 확인하세요. 시간이 더 필요할 뿐이라면 단계의 timeout 을 늘리세요.'
  }),
  'step-program-stopped': ({program, detail}) => ({
    text: withDetail(`실행이 중단되어 ${program} 을(를) 종료시켰습니다`, detail),
    hint: '그때까지 한 일은 프로그램의 출력에서 확인하세요.'
  }),
  'step-program-not-started': ({program, reason}) => ({
    text: `${program} 을(를) 시작하지 못했습니다: ${reason}.`,
    hint: '작업 폴더(cwd)와 인터프리터(#! 줄)가 있는지, 이 시스템용 프로그램인지 확인하세요.'
  }),
  'step-created-nothing': ({program, path}) => ({
    text: `${program} 은(는) 잘 끝났지만 ${path} 이(가) 없습니다.`,
    hint: 'creates 의 경로를 고치거나, 프로그램이 만들지 않은 이유를 찾으세요.'
  }),
  'step-not-reversible': () => ({
    text: '이 단계는 되돌릴 수 없습니다.',
    hint: '한 일을 확인하고 직접 바로잡으세요.'
  }),
  'step-late': ({target, afterMs}, write) => ({
    text: `단계의 시간이 ${write.duration(afterMs)} 만에 다 되었습니다: ${target}.`,
    hint: '단계의 timeout 을, 전체 시간이 다 된 것이라면 실행의 timeout 을 늘리세요.'
  }),
  'step-stopped': ({target}) => ({
    text: `실행이 중단되어 단계를 그만두었습니다: ${target}.`,
    hint: '실행을 이어서 끝내거나(resume) 되돌리세요(undo).'
  }),
  'step-check-failed': ({check, status, finding}) => ({
    text: `점검 ${check} 을(를) 통과하지 못했습니다: ${status} (${finding}).`,
    hint: '자세한 내용은 logcaster daily-check --only 에 점검 id 를 주어 확인하세요.'
  }),
  'step-check-never-passed': ({check, status, finding, afterMs}, write) => ({
    text: `점검 ${check} 을(를) ${write.duration(afterMs)} 안에 통과하지 못했습니다: ${status} (${finding}).`,
    hint: '자세한 내용은 logcaster daily-check --only 에 점검 id 를 주어 확인하세요. 시간이 더 필요할 뿐이라면 단계의 timeout 을 늘리세요.'
  }),
  'unit-no-manager': ({unit}) => ({
    text: `이곳에는 서비스 관리자가 없어 ${unit} 을(를) 다룰 수 없습니다.`,
    hint: '서비스가 있는 시스템에서 실행하거나 service.manager 에 관리자를 적으세요.'
  }),
  'unit-absent': ({unit}) => ({
    text: `이곳에는 서비스 ${unit} 이(가) 없습니다.`,
    hint: '있는 서비스는 systemctl list-unit-files 로 볼 수 있습니다.'
  }),
  'unit-masked': ({unit}, write) => ({
    text: `${unit} 은(는) 시작하지 못하게 막혀 있습니다(masked).`,
    hint: `막은 이유를 확인하세요. 다시 허용하려면: systemctl unmask ${write.word(unit)}`
  }),
  'unit-unanswered': ({unit, reason}, write) => ({
    text: `${unit} 의 상태를 알 수 없습니다: ${reason}.`,
    hint: `확인: systemctl status ${write.word(unit)}`
  }),
  'unit-changing': ({unit, active, sub}, write) => ({
    text: `${unit} 이(가) 지금 ${active} (${sub}) 상태라 건드리지 않습니다.`,
    hint: `안정된 뒤 다시 하세요. 시작과 종료를 되풀이한다면: journalctl -u ${write.word(unit)} -n 50; 그만두게 하려면: systemctl stop ${write.word(unit)}`
  }),
  'unit-frozen': ({unit}, write) => ({
    text: `${unit} 이(가) 멈춰 있으며(SIGSTOP 또는 freeze), 시작 명령으로는 달라지지 않습니다.`,
    hint: `누가 멈췄는지 확인하세요. 계속하게 하려면: systemctl kill -s CONT ${write.word(unit)}; 아니면 다시 시작하세요.`
  }),
  'unit-order-refused': ({unit, verb, reason}, write) => ({
    text: `${unit} 에 대한 ${verb} 명령이 실패했습니다: ${reason}.`,
    hint: `원인 확인: journalctl -u ${write.word(unit)} -n 50`
  }),
  'unit-late': ({unit, verb, afterMs}, write) => ({
    text: `${unit} 에 대한 ${verb} 명령이 ${write.duration(afterMs)} 안에 끝나지 않았으며, 아직 진행 중일 수 있습니다.`,
    hint: `진행 상황 확인: systemctl status ${write.word(unit)}`
  }),
  'unit-not-up': ({unit, active, sub, result}, write) => ({
    text: `${unit} 이(가) 살아 있지 못했습니다: ${active} (${sub}), ${result}.`,
    hint: `원인 확인: journalctl -u ${write.word(unit)} -n 50`
  }),
  'unit-not-down': ({unit, active, sub}, write) => ({
    text: `${unit} 을(를) 멈추게 했지만 ${active} (${sub}) 상태입니다.`,
    hint: `무언가 다시 시작했는지 확인하세요: systemctl status ${write.word(unit)}`
  })
} satisfies Partial<Catalogue['faults']>
