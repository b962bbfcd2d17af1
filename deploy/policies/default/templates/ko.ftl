# 사람에게 전하는 글: 한국어. 이름과 변수는 docs/notifications.md 에 있습니다.

## 낱말

word-target = { $target ->
    [first_response] 최초 응답
    [next_response] 후속 응답
    [update] 경과 안내
   *[resolution] 해결
}
word-left = { $unit ->
    [minute] { $left }분
    [hour] { $left }시간
   *[day] { $left }일
}
word-to = { $to ->
    [waiting_on_customer] 고객 답변 대기
    [waiting_on_third_party] 제3자 대기
    [developing] 수정 개발 중
    [testing] 수정 시험 중
    [verifying] 수정 검증 중
   *[in_progress] 처리 중
}

## 담당자용

staff-fact = [{ $severity }] { $number } 새 소식: { $subject }
    .text = 이 티켓에 새로운 내용이 있습니다.
staff-digest = 알림 { $count }건: { $subject }
    .text = 다음 알림은 티켓 { $tickets }건에 관한 것입니다.
staff-opened = [{ $severity }] { $number } 신규: { $subject }
    .text = 새 티켓이 접수되었습니다.
staff-replied = [{ $severity }] { $number } 답글: { $subject }
    .text =
        { $by ->
            [customer] 고객의 글:
           *[agent] 담당자의 글:
        }

        { $text }
staff-assigned = [{ $severity }] { $number } 담당자 { $agent }: { $subject }
    .text = 티켓의 담당자: { $agent }
staff-progressed = [{ $severity }] { $number } { word-to }: { $subject }
    .text = 티켓의 현재 상태: { word-to }
staff-resolved = [{ $severity }] { $number } 해결: { $subject }
    .text = 문제가 해결되었습니다.
staff-reopened = [{ $severity }] { $number } 다시 열림: { $subject }
    .text = 문제가 다시 발생했습니다. 티켓이 { $reopens }번 다시 열렸습니다.
staff-closed = [{ $severity }] { $number } 종료: { $subject }
    .text = 티켓이 종료되었습니다.
staff-classified = [{ $severity }] { $number } 분류됨: { $subject }
    .text = 티켓이 분류되었습니다.
staff-routed = [{ $severity }] { $number } 대기열 등록: { $subject }
    .text = 티켓이 대기열에 들어갔습니다.
staff-timed = [{ $severity }] { $number } 기한 설정: { $subject }
    .text = 티켓의 기한이 설정되었습니다.
staff-target_warned = [{ $severity }] { $number } { word-target } 시간 { $percent }% 경과: { $subject }
    .text = { word-target } 시간의 { $percent }%가 지났습니다. 남은 시간: { word-left }
staff-target_breached = [{ $severity }] { $number } { word-target } 기한 초과: { $subject }
    .text = { word-target } 기한이 지났습니다.
staff-target_at_risk = [{ $severity }] { $number } { word-target } 지연 위험({ $percent }%): { $subject }
    .text = { word-target } 지연 확률은 { $percent }%입니다. 남은 시간: { word-left }
staff-escalated = [{ $severity }] { $number } 상위 보고({ $to }): { $subject }
    .text = 이 티켓의 { word-target } 건을 챙겨 주십시오.
staff-compensation_accrued = [{ $severity }] { $number } 보상 { $amount } { $currency }: { $subject }
    .text = { word-target } 지연으로 보상 { $amount } { $currency } 발생.
staff-corrected = [{ $severity }] { $number } 분류 정정: { $subject }
    .text = 티켓의 분류가 정정되었습니다.
staff-folded = [{ $severity }] { $number } 통합({ $incident }): { $subject }
    .text = 이 티켓은 다음 장애를 알리는 것입니다: { $incident }
staff-unfolded = [{ $severity }] { $number } 통합 해제: { $subject }
    .text = 이 티켓은 해당 장애와 관련이 없습니다.
staff-offered = [{ $severity }] { $number } { $agent } 수락 대기: { $subject }
    .text = 이 티켓의 수락 여부를 아래 기한까지 결정할 담당자: { $agent }
staff-accepted = [{ $severity }] { $number } 수락: { $agent }: { $subject }
    .text = 이 티켓을 수락한 담당자: { $agent }
staff-declined = [{ $severity }] { $number } 거절: { $agent }: { $subject }
    .text = 이 티켓을 거절한 담당자: { $agent }
staff-requeued = [{ $severity }] { $number } 회수: { $agent }: { $subject }
    .text = { $why ->
        [declined] 담당자가 거절하여 티켓이 대기열로 돌아갔습니다.
        [timed_out] 담당자가 제때 응답하지 않아 티켓이 대기열로 돌아갔습니다.
        [agent_gone] 담당자가 자리에 없어 티켓이 대기열로 돌아갔습니다.
       *[transferred] 티켓이 이관되어 다시 대기열에서 기다립니다.
    }
staff-transferred = [{ $severity }] { $number } 이관: { $to }: { $subject }
    .text = 티켓이 이관된 곳: { $to }
staff-info_requested = [{ $severity }] { $number } 정보 요청: { $subject }
    .text = { $question }

## 고객용

customer-fact = 문의 { $number } 관련 안내
    .text = 고객님의 문의에 새로운 진행 상황이 있습니다. 계속 처리하겠습니다.
customer-opened = 문의 { $number } 접수 안내
    .text =
        문의해 주셔서 감사합니다. 고객님의 문의가 접수되었으며, 확인 후 답변드리겠습니다.

        궁금하신 점이 있으면 번호 { $number }(으)로 알려 주십시오.
customer-replied = { $by ->
        [customer] 문의 { $number } 추가 내용 접수 안내
       *[agent] 문의 { $number } 답변 안내
    }
    .text = { $by ->
        [customer] 보내 주신 내용을 문의에 추가했습니다. 감사합니다.
       *[agent] { $text }
    }
customer-assigned = 문의 { $number } 담당자 배정 안내
    .text = 지원 담당자가 고객님의 문의를 처리하고 있습니다.
customer-progressed = 문의 { $number } 진행 안내
    .text = { $to ->
        [waiting_on_customer] 처리를 계속하려면 고객님의 답변이 필요합니다. 이 메시지에 회신해 주십시오.
        [waiting_on_third_party] 해결에 필요한 관계사의 조치를 기다리고 있으며, 계속 확인하겠습니다.
        [developing] 조치 방법을 확인하여 해결책을 준비하고 있습니다.
        [testing] 해결책이 준비되어 시험하고 있습니다.
        [verifying] 해결책을 적용했으며, 고객님과 함께 확인하고 있습니다.
       *[in_progress] 고객님의 문의를 처리하고 있습니다.
    }
customer-resolved = 문의 { $number } 해결 안내
    .text = 고객님의 문의가 해결되었습니다. 아직 불편한 점이 있으면 이 메시지에 회신해 주십시오. 다시 처리해 드리겠습니다.
customer-reopened = 문의 { $number } 재처리 안내
    .text = 고객님의 문의를 다시 처리하고 있습니다.
customer-closed = 문의 { $number } 종료 안내
    .text = 고객님의 문의가 종료되었습니다. 기다려 주셔서 감사합니다. 필요하시면 언제든지 연락해 주십시오.
customer-classified = 문의 { $number } 진행 안내
    .text = 문의 내용을 확인하여 알맞은 담당자에게 전달하고 있습니다.
customer-routed = 문의 { $number } 진행 안내
    .text = 고객님의 문의를 담당 팀에 전달했습니다.
customer-timed = 문의 { $number } 진행 안내
    .text = 고객님의 문의 처리 일정을 잡았으며, 계속 처리하겠습니다.
customer-target_warned = 문의 { $number } 처리 중 안내
    .text = 고객님의 문의를 계속 처리하고 있습니다. 조금만 더 기다려 주십시오.
customer-target_breached = 문의 { $number } 처리 지연 안내
    .text = 약속드린 시간 안에 처리하지 못해 대단히 죄송합니다. 계속 처리하고 있으며, 진행 상황이 있으면 바로 알려 드리겠습니다.
customer-target_at_risk = 문의 { $number } 처리 중 안내
    .text = 고객님의 문의를 계속 처리하고 있습니다. 조금만 더 기다려 주십시오.
customer-escalated = 문의 { $number } 담당 인력 보강 안내
    .text = 고객님의 문의 처리에 더 많은 담당자가 참여하도록 했습니다.
customer-compensation_accrued = 문의 { $number } 보상 안내
    .text = 약속을 지키지 못해 대단히 죄송합니다. 계약에 따라 보상해 드리며, 자세한 내용은 담당자가 연락드리겠습니다.
customer-corrected = 문의 { $number } 진행 안내
    .text = 고객님의 문의 정보를 갱신했습니다.
customer-folded = 문의 { $number } 관련 장애 안내
    .text = 다른 고객님도 같은 내용을 알려 주셨습니다. 함께 해결하고 있으며, 진행 상황을 알려 드리겠습니다.
customer-unfolded = 문의 { $number } 진행 안내
    .text = 고객님의 문의를 다시 개별적으로 처리합니다.
customer-offered = 문의 { $number } 관련 안내
    .text = 고객님의 문의에 알맞은 담당자를 찾고 있습니다.
customer-accepted = 문의 { $number } 담당자 배정 안내
    .text = 지원 담당자가 고객님의 문의를 처리하고 있습니다.
customer-declined = 문의 { $number } 관련 안내
    .text = 고객님의 문의를 처리할 다른 담당자를 찾고 있습니다.
customer-requeued = 문의 { $number } 관련 안내
    .text = 고객님의 문의를 담당 팀에서 맡고 있습니다.
customer-transferred = 문의 { $number } 관련 안내
    .text = 고객님의 문의를 알맞은 담당자에게 전달하고 있습니다.
customer-info_requested = 문의 { $number } 확인 요청
    .text = { $question }
customer-digest = 문의 관련 안내 { $count }건: { $subject }
    .text = 고객님의 문의 { $tickets }건에 대해 안내가 { $count }건 있습니다.
customer-closing =
    감사합니다.
    고객 지원팀 드림

## 항목 이름

field-number = 번호
field-subject = 제목
field-customer = 고객
field-tier = 등급
field-region = 지역
field-product = 제품
field-category = 분류
field-queue = 대기열
field-opened = 접수 일시
field-due = 기한
field-reason = 사유
field-ladder = 보고 체계
field-step = 단계
field-computation = 계산
field-summary = 해결 방법
field-note = 비고

## 링크와 그 페이지

link-acknowledge = 확인
link-take_over = 맡기
link-snooze = 나중에 알림
link-resolve = 해결로 표시
page-ask = 이 작업을 하시겠습니까?
page-confirm = 예
page-done = 완료되었습니다.
page-again = 이미 처리된 작업입니다. 다시 실행하지 않았습니다.
page-late = 만료된 링크입니다. 티켓을 직접 열어 주십시오.
page-wrong = 올바르지 않은 링크입니다. 전체를 복사해 주십시오.
page-away = 지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주십시오.
